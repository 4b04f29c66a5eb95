"""A page of the events that a search finds (protocol 10)."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from realtime_widgets.hub.frames import flat_events
from realtime_widgets.hub.pagination import Items, Page

if TYPE_CHECKING:
    from realtime_widgets.hub.clock import Clock
    from realtime_widgets.hub.log_search import FoundBatch, LogSearch
    from realtime_widgets.hub.search_thread import SearchThread

__all__ = ["PAGE_S", "page_of_found"]

PAGE_S = 2.0
"""Time after which a page ends, in seconds; it may have no events then, and a next one."""


async def page_of_found(search: LogSearch, thread: SearchThread, clock: Clock, limit: int) -> Page:
    """Return the first events that a search finds, in the order of the log.

    It has at most `limit` events and `PAGE_BYTES`, and what is found in `PAGE_S`.

    Args:
        search: The search, in either direction.
        thread: Where the events are written.
        clock: The time.
        limit: Most events.

    Raises:
        PositionLostError: The log was deleted, or another one has taken its place.
        StoreError: It cannot be read.
    """
    events, deadline = Items(limit), clock.monotonic() + PAGE_S
    is_backward = search.scope.is_backward
    reached: int | None = search.start
    async with aclosing(search.steps()) as steps:
        async for step in steps:
            for found in step.found:
                flat = await thread.run(_write, search.name, found)
                for seq, event in flat:
                    if not events.take(event):
                        return _page(search, events, seq + 1 if is_backward else seq - 1)
            reached = step.searched
            if not events.may_grow or clock.monotonic() > deadline:
                break
        else:
            reached = None
    return _page(search, events, reached)


def _page(search: LogSearch, events: Items, following: int | None) -> Page:
    taken = events.taken[::-1] if search.scope.is_backward else events.taken
    return Page(search.bounds, taken, following)


def _write(name: str, found: FoundBatch) -> list[tuple[int, bytes]]:
    seqs = [event.seq for event in found.events]
    return list(flat_events(name, found.batch, seqs))
