"""What the state of a run has of its metrics: newest value, extremes and counts of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.protocol.event_base import Number
from realtime_widgets.protocol.json_limits import MAX_INTEGER
from realtime_widgets.protocol.metrics.event import Finite, MetricValue
from realtime_widgets.protocol.state_part import StatePart

if TYPE_CHECKING:
    from realtime_widgets.protocol.metrics.event import Metrics

__all__ = ["MAX_METRICS", "MetricState", "update_metrics"]

MAX_METRICS = 50
"""Most metrics of a state: the first of the attempt."""


class MetricState(StatePart):
    """One metric of the newest attempt."""

    name: str
    last: MetricValue
    """The newest value."""

    step: Number
    """The step of the newest value."""

    min: Finite | None = None
    """The least finite value; None where there is none."""

    max: Finite | None = None
    """The greatest finite value; None where there is none."""

    count: int = 0
    """How many values there are, those that are not finite among them."""

    not_finite: int = 0
    """How many of them are NaN or infinite."""

    not_finite_step: Number | None = None
    """The step of the newest of those."""

    def add(self, steps: list[int | float], column: list[MetricValue | None]) -> None:
        """Reduce a column of an event that has at least one value."""
        rows = [
            (step, value) for step, value in zip(steps, column, strict=True) if value is not None
        ]
        finite = [value for _, value in rows if not isinstance(value, str)]
        self.step, self.last = rows[-1]
        self.count = min(self.count + len(rows), MAX_INTEGER)
        if finite:
            low, high = min(finite), max(finite)
            self.min = low if self.min is None else min(self.min, low)
            self.max = high if self.max is None else max(self.max, high)
        if len(finite) < len(rows):
            self.not_finite = min(self.not_finite + len(rows) - len(finite), MAX_INTEGER)
            self.not_finite_step = next(s for s, v in reversed(rows) if isinstance(v, str))


def update_metrics(metrics: list[MetricState], event: Metrics) -> None:
    """Reduce an event into the metrics of a state; names beyond `MAX_METRICS` are left out."""
    known = {metric.name: metric for metric in metrics}
    for name, column in event.values.items():
        if all(value is None for value in column):
            continue
        metric = known.get(name)
        if metric is None:
            if len(metrics) >= MAX_METRICS:
                continue
            metric = MetricState(name=name, last=0, step=0)
            metrics.append(metric)
        metric.add(event.steps, column)
