"""Fields of dataclasses that are settings: the default, the smallest value and what each does.

The Jupyter Server extension makes its traits from these fields, so that a setting is described in
one place.
"""

from __future__ import annotations

from dataclasses import field
from typing import TypeVar

__all__ = ["setting"]

_Value = TypeVar("_Value", int, float, str)


def setting(default: _Value, text: str, *, least: float | None = None) -> _Value:
    """Return a dataclass field with `text` and `least` in its metadata.

    Args:
        default: The default value.
        text: What the setting does, with its unit, as users read it.
        least: The smallest number allowed; None for a text.
    """
    made: _Value = field(default=default, metadata={"text": text, "least": least})
    return made
