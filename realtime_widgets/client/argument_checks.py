"""Checks the whole numbers that a user passes, such as how many events to read."""

from __future__ import annotations

import operator
from contextlib import suppress
from typing import SupportsIndex

__all__ = ["whole_number"]


def whole_number(name: str, value: object, *, minimum: int, maximum: int) -> int:
    """Return an argument that is a whole number, also one of numpy.

    Raises:
        ValueError: It is none, or not within the limits, which the message has.
    """
    if isinstance(value, SupportsIndex) and not isinstance(value, bool):
        with suppress(TypeError):  # an array of several numbers
            number = operator.index(value)
            if minimum <= number <= maximum:
                return number
    words = f"{name} is a whole number from {minimum:,} to {maximum:,}"
    raise ValueError(f"{words}, not {value!r:.80}")
