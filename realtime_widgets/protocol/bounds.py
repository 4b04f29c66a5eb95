"""Bounds on free-form JSON (protocol 4.1), checked on parsed values.

Only what a model does not spell out comes here: the AG-UI event inside an `agent_message`,
events of unknown types, and extra fields.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from realtime_widgets.errors import InvalidEventError

if TYPE_CHECKING:
    from pydantic import JsonValue

__all__ = ["MAX_DEPTH", "MAX_INTEGER", "MAX_KEY_LENGTH", "MAX_VALUES", "check_json"]

MAX_DEPTH = 32
MAX_VALUES = 10_000
MAX_KEY_LENGTH = 128
MAX_INTEGER = 2**53 - 1
"""Beyond this a browser silently changes the number."""


def check_json(value: JsonValue, field: str = "") -> None:
    """Walk a JSON value and refuse what cannot travel safely.

    Args:
        value: The value, as a JSON parser gives it.
        field: Its own name, put before the names of what lies inside it.

    Raises:
        InvalidEventError: A bound is exceeded; its `field` names the place.
    """
    left = MAX_VALUES
    # A list instead of recursion: the depth is the input's to choose.
    waiting: list[tuple[JsonValue, str, int]] = [(value, field, 1)]
    while waiting:
        item, path, depth = waiting.pop()
        left -= 1
        if left < 0:
            raise InvalidEventError(
                "too_many_values", f"more than {MAX_VALUES:,} values", field=field or None
            )
        match item:
            case dict():
                _check_depth(depth, path)
                for key, inner in item.items():
                    if len(key) > MAX_KEY_LENGTH:
                        raise InvalidEventError(
                            "key_too_long",
                            f"a key is longer than {MAX_KEY_LENGTH} characters",
                            field=path or None,
                        )
                    waiting.append((inner, f"{path}.{key}" if path else key, depth + 1))
            case list():
                _check_depth(depth, path)
                waiting.extend(
                    (inner, f"{path}.{index}" if path else str(index), depth + 1)
                    for index, inner in enumerate(item)
                )
            case bool() | str() | None:
                pass
            case int() if abs(item) > MAX_INTEGER:
                raise InvalidEventError(
                    "number_out_of_range", "an integer is beyond ±(2^53-1)", field=path or None
                )
            case float() if not math.isfinite(item):
                raise InvalidEventError(
                    "number_out_of_range", "a number is not finite", field=path or None
                )


def _check_depth(depth: int, path: str) -> None:
    if depth > MAX_DEPTH:
        # The path is as deep as the value; its beginning tells enough.
        start = ".".join(path.split(".")[:4])
        raise InvalidEventError(
            "too_deep", f"nested deeper than {MAX_DEPTH} levels", field=start or None
        )
