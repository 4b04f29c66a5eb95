"""The values of metrics that a log has, as lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime_widgets.protocol.events import Metrics

if TYPE_CHECKING:
    from collections.abc import Iterable

    from realtime_widgets.protocol.events import Event

__all__ = ["metric_lists"]


def metric_lists(events: Iterable[Event]) -> dict[str, list[Any]]:
    """Return lists of the same length, with an item for each value of a metric.

    Args:
        events: Events in the order of the log.

    Returns:
        `seq` of the event, `metric`, `step`, `value`, and `time` in seconds since 1970, None where
        that is unknown.
    """
    lists: dict[str, list[Any]] = {name: [] for name in ("seq", "metric", "step", "value", "time")}
    for event in events:
        if not isinstance(event, Metrics):
            continue
        offsets = event.times or [0] * len(event.steps)
        for row, (step, offset) in enumerate(zip(event.steps, offsets, strict=True)):
            moment = None if event.time is None else event.time + offset
            for name, column in event.values.items():
                value = column[row]
                if value is None:
                    continue
                number = float(value) if isinstance(value, str) else value
                items = (event.seq, name, step, number, moment)
                for each, item in zip(lists.values(), items, strict=True):
                    each.append(item)
    return lists
