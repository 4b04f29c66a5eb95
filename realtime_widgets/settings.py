"""Fields of dataclasses that are settings: the default, the smallest value and what it does.

The Jupyter Server extension makes its traits from these fields, so that a setting is described in
one place.
"""

from __future__ import annotations

from dataclasses import field
from typing import TypeVar

__all__ = ["setting"]

_Number = TypeVar("_Number", int, float)


def setting(default: _Number, text: str, *, least: float) -> _Number:
    """Return a dataclass field with `text` and `least` in its metadata.

    Args:
        default: The default value.
        text: What the setting does, with its unit, as users read it.
        least: The smallest value allowed.
    """
    made: _Number = field(default=default, metadata={"text": text, "least": least})
    return made
