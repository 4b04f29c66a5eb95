"""Compression of REST answers (protocol 10).

It is gzip, the one coding that all browsers and the standard library of each supported Python have.

An attacker who causes many requests of a user and sees the length of each answer can find out a
secret in compressed answers if the same answer holds text of the attacker (the BREACH attack). The
answers that are compressed hold stored events and states of runs, and nothing else: no cookie, no
token, no ticket, and no text of the request. Text that a run publishes is therefore the only way to
place a guess, and other text on the same page all that could be found out.
"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["GZIP_BYTES", "accepts_gzip", "compress"]

GZIP_BYTES = 1024
"""Least size of an answer that is compressed: a shorter one fits into one packet anyway."""

LEVEL = 4
"""Of zlib: log lines shrink to a tenth, 1 MiB of them in 7 ms, and no text takes more than 42 ms.
Level 1 takes 4 ms and leaves 15 % more, level 6 leaves 4 % less and takes 110 ms for some texts."""


def accepts_gzip(accept_encoding: str) -> bool:
    """Return whether a client accepts gzip, and prefers no other answer (RFC 9110, 12.5.3).

    Args:
        accept_encoding: The value of its header, "" where it has none. A malformed quality counts
            as 0.
    """
    qualities: dict[str, float] = {}
    for choice in accept_encoding.lower().split(","):
        coding, *parameters = (word.strip() for word in choice.split(";"))
        qualities[coding] = _quality(parameters)
    others = qualities.get("*", 0.0)
    wanted = qualities.get("gzip", qualities.get("x-gzip", others))
    return wanted > 0 and wanted >= qualities.get("identity", others)


def compress(page: bytes) -> bytes:
    """Return a page in gzip format, the same bytes for the same page.

    It takes milliseconds for a page of 1 MiB: call it in a thread; the interpreter's lock is
    released meanwhile.
    """
    return gzip.compress(page, LEVEL, mtime=0)


def _quality(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(float(value), 1.0)
            except ValueError:
                return 0.0
    return 1.0
