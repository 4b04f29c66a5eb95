"""Rows of metrics that wait to be sent, and the event that they become (protocol 4.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from realtime_widgets.protocol.metrics.columns import expanded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from realtime_widgets.protocol.metrics.event import MetricValue

__all__ = [
    "MAX_MIXED",
    "MAX_PACKED",
    "METRICS",
    "Row",
    "joined_rows",
    "mixed_rows",
    "row_size",
    "rows_of",
]

Row: TypeAlias = "tuple[MetricValue, ...]"
"""Step, time and values of one call. In one tuple of numbers a million of them are little work for
Python's garbage collector."""

METRICS = "metrics"
"""The type of the events, and the first part of their joining keys."""

MAX_PACKED = 96_000
"""Maximum size of rows that are joined. With 200 names of any characters they fit into an event."""

MAX_MIXED = 100
"""Most metrics of rows that do not have all of them. With nulls they fit into an event."""

_MIN_ROW = MAX_PACKED // 500
"""Size of a row of few values, so that an event has at most `MAX_ROWS` of them."""

_NUMBER = 25
"""Characters of a number in JSON, at most."""


def row_size(values: int) -> int:
    """Return the size of a row with so many values, its step and its time."""
    return max(_MIN_ROW, _NUMBER * (values + 2))


def joined_rows(names: Sequence[str], waiting: Sequence[Row | dict[str, Any]]) -> dict[str, Any]:
    """Return one event with all rows of the same metrics that wait to be sent.

    Args:
        names: The metrics.
        waiting: Rows, and events that were joined before.
    """
    if dict in map(type, waiting):
        waiting = [row for one in waiting for row in _rows(one)]
    columns: Iterator[tuple[Any, ...]] = zip(*waiting, strict=True)
    event: dict[str, Any] = {"type": METRICS, "steps": list(next(columns))}
    moments = next(columns)
    event["values"] = dict(zip(names, map(list, columns), strict=True))
    event["time"] = moments[0]
    if len(moments) > 1:
        event["times"] = _offsets(moments)
    return event


def _offsets(moments: Sequence[float]) -> list[float]:
    """Return the times after the first, rounded to milliseconds; faster than `round`."""
    began = moments[0]
    return [((moment - began) * 1000 + 0.5) // 1 / 1000 for moment in moments]


def _rows(one: Row | dict[str, Any]) -> Iterable[Row]:
    """Return the rows of an event that was joined before, or the row itself."""
    if isinstance(one, tuple):
        return (one,)
    event = expanded(one)
    moments = [event["time"] + offset for offset in event.get("times", [0])]
    return zip(event["steps"], moments, *event["values"].values(), strict=True)


def rows_of(one: Row | dict[str, Any]) -> int:
    """Return how many rows it is: one, or those of an event that was joined before."""
    if isinstance(one, tuple):
        return 1
    steps = one["steps"]
    return len(steps) if isinstance(steps, list) else sum(count for *_, count in steps["ranges"])


def mixed_rows(names: Sequence[str], parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return one event with the rows of events, in which some of the metrics may be missing.

    Args:
        names: The metrics of all.
        parts: Events that `joined_rows` has made.
    """
    if len(parts) == 1:
        return parts[0]
    steps: list[float] = []
    moments: list[float] = []
    columns: dict[str, list[MetricValue | None]] = {name: [] for name in names}
    for part in parts:
        steps += part["steps"]
        moments += [part["time"] + offset for offset in part.get("times", [0])]
        nothing = [None] * len(part["steps"])
        for name, column in columns.items():
            column.extend(part["values"].get(name, nothing))
    times = {"time": moments[0], "times": _offsets(moments)}
    return {"type": METRICS, "steps": steps, "values": columns, **times}
