"""Text that is safe to send: Unicode scalar values only (protocol 4.1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import JsonValue

__all__ = ["has_surrogates", "replace_surrogates"]

_SURROGATE = re.compile("[\ud800-\udfff]")


def has_surrogates(text: str) -> bool:
    """Whether a text holds surrogates, lone or in pairs."""
    return not text.isascii() and _SURROGATE.search(text) is not None


def replace_surrogates(value: JsonValue) -> JsonValue:
    """Return a JSON value in which every lone surrogate is U+FFFD, and every pair its character."""
    match value:
        case str():
            return _whole(value)
        case list():
            return [replace_surrogates(item) for item in value]
        case dict():
            return {_whole(key): replace_surrogates(item) for key, item in value.items()}
        case _:
            return value


def _whole(text: str) -> str:
    if _SURROGATE.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
