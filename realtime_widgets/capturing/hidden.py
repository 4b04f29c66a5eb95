"""Output that is drawn as always and not published, because an event has it already.

A record of a logger is an event, so the line that its handler prints is none; so it is with the
bars of tqdm, with warnings and with tracebacks of threads.
"""

from __future__ import annotations

import contextlib
import threading
from _thread import get_ident
from typing import TYPE_CHECKING

from realtime_widgets.client.own_threads import silent

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["count_records", "hidden", "is_hidden", "is_record_hidden", "note_record"]


class _Here(threading.local):
    depth = 0
    hidden_records = 0
    records = 0


_here = _Here()


@contextlib.contextmanager
def hidden(*, records: bool = False) -> Iterator[None]:
    """Publish nothing of what this thread prints in the block.

    Args:
        records: Whether records of loggers are not published either.
    """
    _here.depth += 1
    _here.hidden_records += records
    try:
        yield
    finally:
        _here.depth -= 1
        _here.hidden_records -= records


def is_hidden() -> bool:
    """Whether what this thread prints is not published; that of the package's own never is."""
    return _here.depth > 0 or get_ident() in silent


def is_record_hidden() -> bool:
    """Whether records of loggers of this thread are not published."""
    return _here.hidden_records > 0


def note_record() -> None:
    """Count a record that this thread publishes."""
    _here.records += 1


def count_records() -> int:
    """Return how many records this thread has published."""
    return _here.records
