"""Splits JSON without parsing it, so that its values need not be in memory at once.

A message of 1 MiB that is all brackets becomes 60 MiB of Python objects. What has so many values is
split first, and each part is parsed by itself, or not at all where it exceeds a bound.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from realtime_widgets.protocol.json_limits import MAX_VALUES

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MANY_VALUES", "has_many_values", "has_too_many_values", "members", "parts"]

MANY_VALUES = 4 * MAX_VALUES
"""Most values that are parsed at once. A batch of the usual size cannot have as many."""

# Possessive, and up to the end if it is not closed: else a hostile text takes quadratic time.
_TEXT = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)'
_SEPARATORS = re.compile(_TEXT + rb"|([,\[{])", re.DOTALL)
_TOKENS = re.compile(_TEXT + rb"|([\[{])|([\]}])|(,)", re.DOTALL)
_OPENS, _CLOSES, _COMMA = 1, 2, 3
_MEMBER = re.compile(rb"\s*+(" + _TEXT + rb")\s*+:(.*)", re.DOTALL)


def has_too_many_values(raw: bytes) -> bool:
    """Whether a JSON text has more values than one event may have."""
    return has_many_values(raw, MAX_VALUES)


def has_many_values(raw: bytes, most: int = MANY_VALUES) -> bool:
    """Whether a JSON text has too many values to be parsed at once."""
    # Each value but the outermost follows a separator, so it takes two bytes.
    if len(raw) <= 2 * most:
        return False
    if raw.count(b",") + raw.count(b"[") + raw.count(b"{") <= most:
        return False
    separators = (token for token in _SEPARATORS.finditer(raw) if token.lastindex)
    return next(islice(separators, most, None), None) is not None


def parts(raw: bytes) -> Iterator[bytes]:
    """Yield what is between the commas of an array or object, as it is written.

    Raises:
        ValueError: It is no JSON. If none is raised, the parts may still be none.
    """
    depth = start = 0
    for token in _TOKENS.finditer(raw):
        kind = token.lastindex
        if kind == _OPENS:
            depth += 1
            if depth == 1:
                start = token.end()
        elif kind == _CLOSES:
            depth -= 1
            if depth == 0:
                yield raw[start : token.start()]
                if raw[token.end() :].strip():
                    break
                return
        elif kind == _COMMA and depth == 1:
            yield raw[start : token.start()]
            start = token.end()
    raise ValueError("its brackets do not match")


def members(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the keys and values of an object, as they are written.

    Raises:
        ValueError: It is no JSON object. If none is raised, keys and values may still be no JSON.
    """
    if not raw.lstrip().startswith(b"{"):
        raise ValueError("it is no object")
    for part in parts(raw):
        member = _MEMBER.fullmatch(part)
        if member is None:
            raise ValueError("a key or its value is missing")
        yield member[1], member[2]
