"""Text that is safe to send: Unicode scalar values only (protocol 4.1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import JsonValue

__all__ = ["replace_surrogates"]

_SURROGATE = re.compile("[\ud800-\udfff]")


def replace_surrogates(value: JsonValue) -> JsonValue:
    """Return a JSON value in which every lone surrogate is U+FFFD."""
    match value:
        case str():
            return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value)
        case list():
            return [replace_surrogates(item) for item in value]
        case dict():
            return {
                _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", key): replace_surrogates(item)
                for key, item in value.items()
            }
        case _:
            return value
