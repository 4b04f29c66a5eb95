"""Searches the log lines of a run: page by page, on a thread, so that it can end at any page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from realtime_widgets.hub.attempts import AttemptStarts, seqs_by_state
from realtime_widgets.hub.log_pages import pages_of_log
from realtime_widgets.protocol.json_limits import MAX_INTEGER
from realtime_widgets.protocol.search.batch_search import FoundEvent

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from realtime_widgets.hub.log_pages import LogPage
    from realtime_widgets.hub.search_thread import SearchThread
    from realtime_widgets.hub.stores.base import Store, StoredBatch
    from realtime_widgets.protocol.position import Bounds
    from realtime_widgets.protocol.run_state import RunState
    from realtime_widgets.protocol.search.batch_search import BatchSearch

__all__ = ["FoundBatch", "LogSearch", "SearchScope", "SearchStep"]


class FoundBatch(NamedTuple):
    """A batch with events that match."""

    batch: StoredBatch
    events: list[FoundEvent]
    """In the order of the search."""


class SearchStep(NamedTuple):
    """What one page of the log has."""

    searched: int
    """The seq up to which the log is searched; backwards, down to which."""

    found: list[FoundBatch]
    """In the order of the search."""

    bounds: Bounds
    """What the log held after the page was read."""


class SearchScope(NamedTuple):
    """Which part of a log is searched, and in which direction."""

    after: int = 0
    """Only events with a higher seq."""

    before: int = MAX_INTEGER
    """Only events with a lower seq."""

    is_backward: bool = False
    """Whether the newest event is searched first."""

    attempt: int | None = None
    """Only events of this attempt, from 1; None for all."""

    @classmethod
    def starting(
        cls, after: int = 0, before: int | None = None, attempt: int | None = None
    ) -> SearchScope:
        """Return the events after a seq or, where `before` is given, back from that one."""
        if before is None:
            return cls(after, attempt=attempt)
        return cls(before=before, is_backward=True, attempt=attempt)


class LogSearch:
    """One search in one log.

    Args:
        store: Where the log is.
        thread: Where it searches.
        name: The run.
        bounds: What the log holds: later events are not searched.
        search: What is looked for.
        scope: Where.
        state: The state of the run, read after the bounds, where the scope is an attempt.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - each of another type
        self,
        store: Store,
        thread: SearchThread,
        name: str,
        bounds: Bounds,
        search: BatchSearch,
        scope: SearchScope,
        state: RunState | None = None,
    ) -> None:
        self.name = name
        self.bounds = bounds
        self.scope = scope
        self._store = store
        self._thread = thread
        self._state = state
        self._search = search
        self._seqs = range(max(scope.after + 1, bounds.first), min(scope.before, bounds.head + 1))

    @property
    def start(self) -> int:
        """The seq up to which nothing is to be searched; backwards, down to which."""
        return self._seqs.stop if self.scope.is_backward else self._seqs.start - 1

    @property
    def end(self) -> int:
        """The seq up to which all is searched when it is done; backwards, down to which."""
        return self._seqs.start if self.scope.is_backward else self._seqs.stop - 1

    async def steps(self) -> AsyncGenerator[SearchStep]:
        """Yield what is found, page by page; close it to end the search.

        Raises:
            PositionLostError: The log was deleted, or another one has taken its place.
            StoreError: It cannot be read.
        """
        if self.bounds.epoch is None:
            return
        log = partial(pages_of_log, self._store, self.name, self.bounds.epoch)
        seqs, is_backward = self._seqs, self.scope.is_backward
        if self._state is not None and self.scope.attempt is not None:
            of_attempt = seqs_by_state(self._state, self.bounds.first, self.scope.attempt)
            if of_attempt is None:
                starts = AttemptStarts(self._state)
                async for page in log(range(self.bounds.first, self._state.began)):
                    await self._thread.run(starts.add, page.batches)
                    yield SearchStep(self.start, [], page.bounds)
                of_attempt = starts.seqs_of(self.scope.attempt)
            seqs = range(max(seqs.start, of_attempt.start), min(seqs.stop, of_attempt.stop))
        async for page in log(seqs, is_backward=is_backward):
            found = await self._thread.run(self._find, page)
            reached = page.seqs.start if is_backward else page.seqs.stop - 1
            yield SearchStep(reached, found, page.bounds)

    def _find(self, page: LogPage) -> list[FoundBatch]:
        found = []
        for batch in page.batches:
            events = self._search.find(batch.first, batch.timestamp, batch.raw, page.seqs)
            if self.scope.is_backward:
                events = [FoundEvent(seq, lines[::-1]) for seq, lines in reversed(events)]
            if events:
                found.append(FoundBatch(batch, events))
        return found
