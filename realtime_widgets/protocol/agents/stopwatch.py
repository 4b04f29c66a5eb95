"""Times of several things: the union of their intervals, and the sum of their delays."""

from __future__ import annotations

from realtime_widgets.protocol.events import Number
from realtime_widgets.protocol.json_limits import MAX_INTEGER
from realtime_widgets.protocol.state_part import StatePart

__all__ = ["Delays", "Stopwatch"]


class Stopwatch(StatePart):
    """The union of intervals whose ends come in the order of time."""

    total: Number | None = None
    """Seconds of what has ended; None where nothing has."""

    since: Number | None = None
    """Since when an interval is open, in seconds since 1970; None where none is."""

    open: int = 0
    """How many intervals are open."""

    def begin(self, time: float) -> None:
        """Something begins at this time, in seconds since 1970."""
        if self.open == 0:
            self.since = time
        self.open += 1

    def end(self, time: float | None) -> None:
        """Something ends; without a time the interval is not counted."""
        self.open -= 1
        if self.open > 0:
            return
        since, self.since = self.since, None
        if time is not None and since is not None:
            self.total = (self.total or 0) + max(time - since, 0)


class Delays(StatePart):
    """Delays that were measured, from which their mean follows."""

    count: int = 0
    total: Number = 0
    """Their sum, in seconds."""

    def add(self, seconds: float) -> None:
        """Add a delay."""
        self.count = min(self.count + 1, MAX_INTEGER)
        self.total += seconds
