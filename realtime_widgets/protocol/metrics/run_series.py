"""The series of all metrics of an attempt, as they are sent to a view (protocol 10.5).

They are sent with the configuration and the environment of the attempt, so that attempts are
compared without reading a log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from realtime_widgets.protocol.details.state import RunDetails
from realtime_widgets.protocol.metrics.series import COLUMNS, Series
from realtime_widgets.protocol.metrics.state import MetricState

if TYPE_CHECKING:
    from realtime_widgets.protocol.details.event import Details
    from realtime_widgets.protocol.metrics.event import Metrics, MetricValue

__all__ = ["MAX_METRICS", "RunSeries"]

MAX_METRICS = 200
"""Most metrics that have a series: the first ones."""

MAX_SENT = 20_000
"""Most buckets of all series together, as they are sent: less than 2 MB of JSON."""

_NUMBERS = {int, float}


class RunSeries:
    """Reduces the metrics of an attempt to their states and series."""

    def __init__(self) -> None:
        self._metrics: dict[str, tuple[MetricState, Series]] = {}
        self._details = RunDetails()
        self._has_more = False

    @property
    def size(self) -> int:
        """How many buckets it has."""
        return sum(len(series.steps) for _, series in self._metrics.values())

    def add(self, event: Metrics, stored: float | None) -> None:
        """Reduce an event.

        Args:
            event: The event.
            stored: When it was stored, in seconds since 1970.
        """
        began = stored if event.time is None else event.time
        offsets = event.times or [0] * len(event.steps)
        times = [None if began is None else began + offset for offset in offsets]
        for name, column in event.values.items():
            if any(value is not None for value in column):
                self._add_column(name, event.steps, column, times)

    def add_details(self, event: Details) -> None:
        """Reduce an event with settings."""
        self._details.add(event)

    def _add_column(
        self,
        name: str,
        steps: list[int | float],
        column: list[MetricValue | None],
        times: list[float | None],
    ) -> None:
        if name not in self._metrics:
            if len(self._metrics) >= MAX_METRICS:
                self._has_more = True
                return
            self._metrics[name] = MetricState(name=name, last=0, step=0), Series()
        state, series = self._metrics[name]
        state.add(steps, column)
        if _NUMBERS.issuperset(map(type, column)) and series.can_extend(steps):
            series.extend(steps, cast("list[float]", column), times)
            return
        for step, value, time in zip(steps, column, times, strict=True):
            if value is not None and not isinstance(value, str):
                series.add(step, value, time)

    def as_dict(self) -> dict[str, Any]:
        """Return the states, and the columns of the series in at most `MAX_SENT` buckets."""
        most = MAX_SENT // max(1, len(self._metrics))
        sent = []
        for state, series in self._metrics.values():
            sent_series = series.shortened(most)
            columns = {name: getattr(sent_series, name) for name in COLUMNS}
            sent.append({**state.model_dump(), "width": sent_series.width, **columns})
        settings = self._details.model_dump(include={"config", "environment"})
        return {"metrics": sent, "has_more": self._has_more, **settings}
