"""Makes the columns of an event `metrics` as short as they can be (protocol 4.6).

Of a million calls in a row the steps are a few ranges, and values with many digits have 10
characters each in place of 19.
"""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from realtime_widgets.protocol.json_limits import MAX_INTEGER
from realtime_widgets.protocol.metrics.columns import DOUBLE, FRACTION

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["shortened"]

_LEAST = 8
"""Fewest rows of which a shorter form is made."""

_RANGE = 3
"""Numbers of a range."""

_MEMBERS = 60
"""Characters of packed numbers beside the numbers."""


def shortened(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event with shorter columns.

    Args:
        event: Its fields, whose columns are lists.
    """
    if len(event["steps"]) < _LEAST:
        return event
    values = {name: _shorter_values(column) for name, column in event["values"].items()}
    times = _shorter_numbers(event["times"])
    return {**event, "steps": _shorter_numbers(event["steps"]), "values": values, "times": times}


def _shorter_numbers(column: list[float]) -> list[float] | dict[str, Any]:
    """Return ranges where these are shorter, else the column."""
    ranges: list[list[float]] = []
    at, count = 0, len(column)
    while at < count:
        start, end = column[at], at + 1
        distance = column[end] - start if end < count else 0
        longest = count if abs(distance) * count <= MAX_INTEGER else end
        # By a product, as a reader does it: with sums, fractions would differ in their last digits.
        while end < longest and column[end] == start + distance * (end - at):
            end += 1
        ranges.append([start, distance if end > at + 1 else 0, end - at])
        at = end
        if len(ranges) * _RANGE >= count:
            return column
    form = {"ranges": ranges}
    return form if len(to_json(form)) < len(to_json(column)) else column


def _shorter_values(column: Sequence[Any]) -> Sequence[Any] | dict[str, Any]:
    """Return packed numbers where all are finite fractions and that is shorter, else the column."""
    if set(map(type, column)) != {float}:
        return column
    count = len(column)
    doubles = struct.pack(f">{count}d", *column)
    planes = [doubles[place::DOUBLE] for place in range(DOUBLE)]
    first, last = 0, DOUBLE
    while first < DOUBLE - 1 and planes[first].count(planes[first][0]) == count:
        first += 1
    while last > first + 1 and not any(planes[last - 1]):
        last -= 1
    width = last - first
    length = width * 4 / 3 * count
    if length + _MEMBERS >= len(to_json(column)):
        return column
    if width == DOUBLE and sum(map(len, (form := _by_exponent(doubles, count)).values())) < length:
        return form
    data = bytearray(width * count)
    for place in range(width):
        data[place::width] = planes[first + place]
    head = bytes(plane[0] for plane in planes[:first]).hex()
    return {"head": head, "width": width, "packed": base64.b64encode(data).decode()}


def _by_exponent(doubles: bytes, count: int) -> dict[str, Any]:
    """Pack the last bits of numbers, and the indices of their first bits."""
    digits = doubles.hex()
    length = 2 * DOUBLE
    of_each = [digits[at : at + 3] for at in range(0, len(digits), length)]
    firsts = list(dict.fromkeys(of_each))
    indexed = (len(firsts) - 1).bit_length()
    indices = {first: f"{index:0{indexed}b}" for index, first in enumerate(firsts)}
    # Digit by digit of all numbers is faster than number by number.
    lasts = bytearray((length - 3) * count)
    for place in range(length - 3):
        lasts[place :: length - 3] = digits[place + 3 :: length].encode()
    row = int(lasts, 16)
    if indexed:
        row = row << count * indexed | int("".join([indices[first] for first in of_each]), 2)
    bits = count * (FRACTION + indexed)
    size = -(-bits // 8)
    data = (row << 8 * size - bits).to_bytes(size)
    return {"exponents": "".join(firsts), "packed": base64.b64encode(data).decode()}
