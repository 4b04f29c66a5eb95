"""Bounds on free-form JSON (protocol 4.1), checked on parsed values.

Only what a model does not spell out comes here: the AG-UI event inside an `agent_message`,
events of unknown types, and extra fields.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from realtime_widgets.errors import InvalidEventError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAX_DEPTH", "MAX_INTEGER", "MAX_KEY_LENGTH", "MAX_VALUES", "check_json"]

MAX_DEPTH = 32
MAX_VALUES = 10_000
MAX_KEY_LENGTH = 128
MAX_INTEGER = 2**53 - 1
"""Beyond this a browser silently changes the number."""


def check_json(value: object, field: str = "") -> None:
    """Walk a JSON value and refuse what cannot travel safely.

    Args:
        value: The value, as a JSON parser gives it; what none gives is refused too.
        field: Its own name, put before the names of what lies inside it.

    Raises:
        InvalidEventError: A bound is exceeded; its `field` names the place.
    """
    left = MAX_VALUES - 1
    # A list instead of recursion: the depth is the input's to choose.
    waiting: list[tuple[object, str, int]] = [(value, field, 1)]
    while waiting:
        item, path, depth = waiting.pop()
        if isinstance(item, dict | list):
            _check_depth(depth, path)
            left -= len(item)
            if left < 0:
                reason = f"more than {MAX_VALUES:,} values"
                raise InvalidEventError("too_many_values", reason, field=path or None)
            waiting.extend((inner, name, depth + 1) for inner, name in _inside(item, path))
        else:
            _check_scalar(item, path)


def _inside(item: dict[Any, Any] | list[Any], path: str) -> Iterator[tuple[object, str]]:
    """Yield what lies directly inside, with its name."""
    if isinstance(item, list):
        yield from (
            (inner, f"{path}.{index}" if path else str(index)) for index, inner in enumerate(item)
        )
        return
    for key, inner in item.items():
        if not isinstance(key, str):
            raise InvalidEventError("bad_json", "a key is not a string", field=path or None)
        if len(key) > MAX_KEY_LENGTH:
            reason = f"a key is longer than {MAX_KEY_LENGTH} characters"
            raise InvalidEventError("key_too_long", reason, field=path or None)
        yield inner, f"{path}.{key}" if path else key


def _check_scalar(item: object, path: str) -> None:
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
    raise InvalidEventError(code, reason, field=path or None)


def _check_depth(depth: int, path: str) -> None:
    if depth > MAX_DEPTH:
        # The path is as deep as the value; its beginning tells enough.
        start = ".".join(path.split(".")[:4])
        raise InvalidEventError(
            "too_deep", f"nested deeper than {MAX_DEPTH} levels", field=start or None
        )
