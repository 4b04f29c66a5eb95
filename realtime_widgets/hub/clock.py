"""The time as the hub reads it, so that tests can set it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

__all__ = ["Clock", "timestamp"]


class Clock(Protocol):
    """The module `time`, or a stand-in for it."""

    def monotonic(self) -> float:
        """Return monotonic seconds, for deadlines."""

    def time(self) -> float:
        """Return seconds since 1970, for what users see."""


def timestamp(clock: Clock) -> str:
    """Return the time now as the server writes it: ISO 8601, UTC, milliseconds."""
    now = datetime.fromtimestamp(clock.time(), UTC)
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
