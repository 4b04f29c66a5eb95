"""Reads the position and the pages of a run's history (protocol 10), of any target."""

from __future__ import annotations

from typing import Any

from realtime_widgets.client.target import LogHead
from realtime_widgets.protocol.ids import is_sprint_id
from realtime_widgets.protocol.messages import MAX_SIMILAR

__all__ = ["NewestEvents", "log_head_of"]

NEWEST_PAGES = 4
"""Most pages that the newest events of a run are read from, of 1 MiB each (protocol 10)."""

PAGE_EVENTS = 1_000
"""Most events of one page (protocol 10)."""

MAX_SEQ = 2**53 - 1


def log_head_of(position: dict[str, Any] | None) -> LogHead:
    """Read the answer of `GET sprints/{id}/position`."""
    if position is None:
        return LogHead((None, 0), [])
    names = [name for name in position.get("similar", []) if isinstance(name, str)]
    return LogHead(
        (position["epoch"], position["head"]),
        [name for name in names if is_sprint_id(name)][:MAX_SIMILAR],
    )


class NewestEvents:
    """The newest events of a run, as page after page arrives: the newest page first."""

    def __init__(self, limit: int) -> None:
        self.events: list[dict[str, Any]] = []
        self.before: int | None = MAX_SEQ
        """Where the next page begins, None where there is none."""

        self._limit = limit
        self._pages = 0

    @property
    def missing(self) -> int:
        """How many events the next page may have."""
        return min(self._limit - len(self.events), PAGE_EVENTS)

    @property
    def is_wanting(self) -> bool:
        """Whether another page is to be read."""
        return self.before is not None and self.missing > 0 and self._pages < NEWEST_PAGES

    def take(self, page: dict[str, Any] | None) -> None:
        """Put a page before the events that there are, or notice that there is none."""
        self._pages += 1
        self.events[:0] = page["events"] if page else []
        self.before = page["next"] if page else None
