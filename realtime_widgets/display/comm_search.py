"""Searches the log of a target from a kernel, with the progress of protocol 10.1."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from realtime_widgets.client.target import MAX_SEQ, PAGE_EVENTS
from realtime_widgets.client.waiting import in_thread
from realtime_widgets.protocol.search.batch_search import found_in
from realtime_widgets.protocol.search.matchers import matcher_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from realtime_widgets.client.target import Target
    from realtime_widgets.protocol.search.matchers import Matcher
    from realtime_widgets.protocol.search.query import SearchQuery

__all__ = ["MAX_PAGE_S", "search"]

MAX_PAGE_S = 30.0
"""How long one page may take, as a search waits for others on the server."""

SEARCH_S = 30.0
"""How long a search may take, as on a server."""

MAX_MATCHES = 1_000
"""Matches that are reported; further ones are counted."""

PROGRESS_S = 0.25
"""Minimum time between two reports: each is a message to all pages."""


async def search(
    target: Target, sprint_id: str, query: SearchQuery, after: int | None, before: int | None
) -> AsyncIterator[dict[str, Any]]:
    """Search in one direction and yield reports, the last with its `end`.

    Args:
        target: Server or hub that stores the run.
        sprint_id: The run.
        query: Which lines match.
        after: Search the events after this seq, the oldest first.
        before: Search the events before this seq, the newest first; down to `after` where that is
            given, too.

    Raises:
        InvalidSearchError: The regular expression cannot be used, or not here.
        ServerNotFoundError: The server cannot be reached, or refuses.
    """
    read = partial(target.page, sprint_id, limit=PAGE_EVENTS, query=query, timeout=MAX_PAGE_S)
    matcher = None if query.text is None else matcher_of(query)
    began = reported = time.monotonic()
    found = _Found(matcher, after or 0, before)
    place: int | None = after or 0 if before is None else min(before, MAX_SEQ)
    end = None
    while end is None:
        start = {"after": place} if before is None else {"before": place}
        page = await in_thread(partial(read, **start))
        if page is None or not found.is_of_same_log(page):
            end = "gone"
        else:
            place = page["next"]
            found.take(page)
            end = found.end_at(place, time.monotonic() - began)
        if end is not None or time.monotonic() - reported > PROGRESS_S:
            reported = time.monotonic()
            yield found.report(end)


class _Found:
    """What was found so far.

    Args:
        matcher: Finds the text in a line; None where an event matches as a whole.
        after: Events up to this seq are not searched.
        before: None for a search from the oldest event on.
    """

    def __init__(self, matcher: Matcher | None, after: int, before: int | None) -> None:
        self._matcher = matcher
        self._after = after
        self._is_backwards = before is not None
        self._epoch: str | None = None
        self._first = 1
        self._head = 0
        self._searched = 0
        self._count = 0
        self._reported = 0
        self._matches: list[list[int]] = []
        """Those of the next report."""

    def is_of_same_log(self, page: dict[str, Any]) -> bool:
        """Whether the page is of the log whose pages came before it."""
        self._epoch = self._epoch or page["epoch"]
        return self._epoch is not None and page["epoch"] == self._epoch

    def take(self, page: dict[str, Any]) -> None:
        """Add the matches of a page."""
        self._first = page["first"]
        self._head = self._head or page["head"]
        place = page["next"]
        if place is None:
            place = self._first if self._is_backwards else self._head
        self._searched = place
        events = page["events"]
        for event in reversed(events) if self._is_backwards else events:
            if event["seq"] <= self._after:
                continue
            for line in self._lines_of(event):
                self._count += 1
                if self._reported < MAX_MATCHES:
                    self._reported += 1
                    self._matches.append([event["seq"], *line])

    def _lines_of(self, event: dict[str, Any]) -> list[tuple[int, int, int]]:
        if self._matcher is None:
            return [(0, 0, 0)]
        found = found_in([(event["seq"], event["message"])], self._matcher)
        lines = [(line.line, line.start, line.end) for each in found for line in each.lines]
        return lines[::-1] if self._is_backwards else lines

    def end_at(self, place: int | None, seconds: float) -> str | None:
        """Return why the search ends here, None where it continues."""
        if place is None or (self._is_backwards and place <= self._after + 1):
            return "done" if self._reported == self._count else "limit"
        return "time" if seconds > SEARCH_S else None

    def report(self, end: str | None) -> dict[str, Any]:
        """Return the progress since the last report."""
        matches, self._matches = self._matches, []
        return {
            "epoch": self._epoch,
            "first": self._first,
            "head": self._head,
            "searched": self._searched,
            "count": self._count,
            "matches": matches,
            "end": end,
        }
