"""Pagination of answers that may be long: a run's history, and the list of runs (protocol 10).

A page is bounded in bytes: an event may have 256 KiB and a state 2 MB, so a number of them bounds
nothing. Items are read and written one after the other until the page is full, events from the
bytes that the store holds.
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pydantic_core import to_json

from realtime_widgets.hub.frames import flat_events
from realtime_widgets.hub.log_pages import READ_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from realtime_widgets.hub.stores.base import ChannelSummary, Store
    from realtime_widgets.protocol.index import IndexPosition
    from realtime_widgets.protocol.position import Bounds
    from realtime_widgets.protocol.run_state import RunState

__all__ = [
    "PAGE_BYTES",
    "Items",
    "Origin",
    "Page",
    "RunsPage",
    "before_newest",
    "page_after",
    "page_before",
    "page_of_runs",
]

PAGE_BYTES = 1024 * 1024
"""Most bytes of one page; its first item is on it in any case."""

NEWEST_READ_BYTES = 64 * 1024
"""The same where the newest page is looked for: about 500 log lines. Where each is a
separate batch, a read of `READ_BYTES` makes joining with 300 of them take 27 ms instead of 10."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a run's history."""

    bounds: Bounds
    """What the log held when the page was read."""

    events: list[bytes]
    """Flat events (protocol 9) as JSON, in the order of the log."""

    next: int | None
    """Where the next page continues, None after the last page."""


class Origin(NamedTuple):
    """Where a run is published from."""

    sprint_id: str
    notebook: str
    user: str | None


@dataclass(frozen=True, slots=True)
class RunsPage:
    """A part of the list of runs."""

    states: list[bytes]
    """States as JSON, that of the run created last first."""

    origins: list[Origin]
    """Of those that are published from notebooks."""

    next: int | None
    """The next page has the runs created before this number, None after the last page."""

    index: IndexPosition
    """Changes up to here are in the states (protocol 12)."""


class Items:
    """Takes items until there are enough of them, by number or by size."""

    def __init__(self, limit: int) -> None:
        self.taken: list[bytes] = []
        self._limit = limit
        self._room = PAGE_BYTES

    @property
    def may_grow(self) -> bool:
        """Whether there may be room for one more."""
        return len(self.taken) < self._limit and self._room > 0

    def take(self, item: bytes) -> bool:
        """Add an item, if there is room for it."""
        if not self.may_grow or (self.taken and len(item) > self._room):
            return False
        self.taken.append(item)
        self._room -= len(item)
        return True


async def page_after(store: Store, name: str, after: int, limit: int) -> Page:
    """Return the first events after a seq; the next page has those after `next`.

    Raises:
        StoreError: They cannot be read.
    """
    bounds, events = await store.bounds(name), Items(limit)
    while after < bounds.head and events.may_grow:
        batches = await store.read(name, after, READ_BYTES)
        for batch in batches:
            seqs = range(max(batch.first, after + 1), batch.last + 1)
            for seq, event in flat_events(name, batch, seqs):
                if not events.take(event):
                    return Page(bounds, events.taken, after)
                after = seq
        if not batches:  # the rest is damaged
            after = bounds.head
    return Page(bounds, events.taken, after if after < bounds.head else None)


async def page_before(store: Store, name: str, before: int, limit: int) -> Page:
    """Return the last events before a seq; the next page has those before `next`.

    Raises:
        StoreError: They cannot be read.
    """
    bounds, events = await store.bounds(name), Items(limit)
    before = min(before, bounds.head + 1)
    while before > bounds.first and events.may_grow:
        batches = await store.read_back(name, before, READ_BYTES)
        for batch in batches:
            seqs = range(min(batch.last, before - 1), batch.first - 1, -1)
            for seq, event in flat_events(name, batch, seqs):
                if not events.take(event):
                    return Page(bounds, events.taken[::-1], before)
                before = seq
        if not batches:  # the rest is damaged
            before = bounds.first
    return Page(bounds, events.taken[::-1], before if before > bounds.first else None)


async def before_newest(store: Store, name: str, limit: int) -> int:
    """Return the seq after which the newest page begins.

    It has at most `limit` events, and whole batches of at most `PAGE_BYTES` or one larger batch;
    damaged events do not count.

    Raises:
        StoreError: They cannot be read.
    """
    bounds = await store.bounds(name)
    before, events, size = bounds.head + 1, 0, 0
    while before > bounds.first:
        batches = await store.read_back(name, before, NEWEST_READ_BYTES)
        if not batches:  # the rest is damaged
            break
        for batch in batches:
            size += len(batch.raw)
            if events and size > PAGE_BYTES:
                return before - 1
            events += batch.count
            before = batch.first
            if events >= limit:
                return before - 1 + events - limit
    return bounds.first - 1


async def page_of_runs(
    runs: AsyncGenerator[tuple[ChannelSummary, RunState]], limit: int, index: IndexPosition
) -> RunsPage:
    """Return the first of these runs; they are closed when the page is full.

    Args:
        runs: The runs.
        limit: Most runs of the page.
        index: Where the index of runs is before they are read.

    Raises:
        StoreError: They cannot be read.
    """
    states = Items(limit)
    origins: list[Origin] = []
    last = 0
    async with aclosing(runs):
        async for summary, state in runs:
            if not states.take(to_json(state)):
                return RunsPage(states.taken, origins, last, index)
            if state.notebook is not None:
                origins.append(Origin(state.sprint_id, state.notebook, state.user))
            last = summary.number
    return RunsPage(states.taken, origins, None, index)
