"""Bounds on free-form JSON (protocol 4.1), checked on parsed values.

Only what a model does not spell out comes here: the AG-UI event inside an `agent_message`,
events of unknown types, and extra fields.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

from realtime_widgets.errors import InvalidEventError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MAX_DEPTH", "MAX_INTEGER", "MAX_KEY_LENGTH", "MAX_VALUES", "check_json"]

MAX_DEPTH = 32
MAX_VALUES = 10_000
MAX_KEY_LENGTH = 128
MAX_INTEGER = 2**53 - 1
"""Beyond this a browser silently changes the number."""

_Place: TypeAlias = "tuple[_Place | None, str | int]"
"""The parent of a value and its name in it; made to text only for a refusal."""

_CONTAINERS = (dict, list)


def check_json(value: object, field: str = "") -> None:
    """Walk a JSON value and refuse what exceeds a bound.

    Args:
        value: A value from a JSON parser; other Python types are refused too.
        field: Its own name, put before the names of what lies inside it.

    Raises:
        InvalidEventError: A bound is exceeded; its `field` names the place.
    """
    left = MAX_VALUES - 1
    # A list instead of recursion: the input chooses the depth.
    waiting: list[tuple[object, _Place, int]] = [(value, (None, field), 1)]
    while waiting:
        item, place, depth = waiting.pop()
        if isinstance(item, _CONTAINERS):
            if depth > MAX_DEPTH:
                raise _refusal("too_deep", f"nested deeper than {MAX_DEPTH} levels", place)
            left -= len(item)
            if left < 0:
                raise _refusal("too_many_values", f"more than {MAX_VALUES:,} values", place)
            # Most values are texts, which need no check.
            waiting.extend(
                [
                    (inner, (place, name), depth + 1)
                    for name, inner in _inside(item, place)
                    if not isinstance(inner, str)
                ]
            )
        else:
            _check_scalar(item, place)


def _inside(item: dict[Any, Any] | list[Any], place: _Place) -> Iterable[tuple[str | int, object]]:
    """Return what lies directly inside, with its name."""
    if isinstance(item, list):
        return enumerate(item)
    for key in item:
        if not isinstance(key, str):
            raise _refusal("bad_json", "a key is not a string", place)
        if len(key) > MAX_KEY_LENGTH:
            reason = f"a key is longer than {MAX_KEY_LENGTH} characters"
            raise _refusal("key_too_long", reason, place)
    return item.items()


def _check_scalar(item: object, place: _Place) -> None:
    match item:
        case bool() | str() | None:
            return
        case int():
            if abs(item) <= MAX_INTEGER:
                return
            code, reason = "number_out_of_range", "an integer is beyond ±(2^53-1)"
        case float():
            if math.isfinite(item):
                return
            code, reason = "number_out_of_range", "a number is not finite"
        case _:
            code, reason = "bad_json", f"JSON has no {type(item).__name__}"
    raise _refusal(code, reason, place)


def _refusal(code: str, reason: str, place: _Place) -> InvalidEventError:
    names: list[str] = []
    rest: _Place | None = place
    while rest is not None:
        rest, name = rest
        names.append(str(name))
    if not names[-1]:
        names.pop()  # the value itself has no name
    # The path of a value that is too deep is as long; its beginning is enough.
    shown = names[::-1][: 4 if code == "too_deep" else None]
    return InvalidEventError(code, reason, field=".".join(shown) or None)
