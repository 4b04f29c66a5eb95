"""What the state of a run has of an attempt before the newest one."""

from __future__ import annotations

from realtime_widgets.protocol.events import Status
from realtime_widgets.protocol.state_part import StatePart

__all__ = ["MAX_PAST", "PastAttempt"]

MAX_PAST = 20
"""Most attempts of a state before the newest one."""


class PastAttempt(StatePart):
    """An attempt before the newest one."""

    attempt: int
    began: int
    """Number of the `running` that began it."""

    started: str | None
    """Timestamp of that event."""

    ended: str | None
    """Timestamp of its final status; None where the next attempt began without one."""

    status: Status
    """Its last status."""
