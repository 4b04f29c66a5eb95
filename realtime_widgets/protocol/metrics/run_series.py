"""The series of all metrics of an attempt, as they are sent to a view (protocol 10.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime_widgets.protocol.metrics.series import Series
from realtime_widgets.protocol.metrics.state import MetricState

if TYPE_CHECKING:
    from realtime_widgets.protocol.metrics.event import Metrics, MetricValue

__all__ = ["MAX_METRICS", "RunSeries"]

MAX_METRICS = 200
"""Most metrics that have a series: the first ones."""

MAX_SENT = 20_000
"""Most buckets of all series together, as they are sent: less than 2 MB of JSON."""

_COLUMNS = ("steps", "times", "mins", "maxs", "sums", "counts")


class RunSeries:
    """Reduces the metrics of an attempt to their states and series."""

    def __init__(self) -> None:
        self._metrics: dict[str, tuple[MetricState, Series]] = {}
        self._has_more = False

    def add(self, event: Metrics, stored: float | None) -> None:
        """Reduce an event.

        Args:
            event: The event.
            stored: When it was stored, in seconds since 1970.
        """
        began = stored if event.time is None else event.time
        for name, column in event.values.items():
            if any(value is not None for value in column):
                self._add_column(name, event, column, began)

    def _add_column(
        self, name: str, event: Metrics, column: list[MetricValue | None], began: float | None
    ) -> None:
        if name not in self._metrics:
            if len(self._metrics) >= MAX_METRICS:
                self._has_more = True
                return
            self._metrics[name] = MetricState(name=name, last=0, step=0), Series()
        state, series = self._metrics[name]
        state.add(event.steps, column)
        offsets = event.times or [0] * len(column)
        for step, value, offset in zip(event.steps, column, offsets, strict=True):
            if value is not None and not isinstance(value, str):
                series.add(step, value, None if began is None else began + offset)

    def as_dict(self) -> dict[str, Any]:
        """Return the states and the columns of the series, in at most `MAX_SENT` buckets.

        Call it once: series that are too long are made shorter.
        """
        most = MAX_SENT // max(1, len(self._metrics))
        sent = []
        for state, series in self._metrics.values():
            while len(series.steps) > most:
                series.halve()
            columns = {name: getattr(series, name) for name in _COLUMNS}
            sent.append({**state.model_dump(), "width": series.width, **columns})
        return {"metrics": sent, "has_more": self._has_more}
