"""The searches in the runs of a hub, and what else is read from a whole log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime_widgets.errors import PositionLostError
from realtime_widgets.hub.log_search import LogSearch
from realtime_widgets.hub.metric_series import MetricSeries, seqs_of
from realtime_widgets.hub.pagination import Page
from realtime_widgets.hub.search_page import page_of_found
from realtime_widgets.hub.search_thread import SearchThread
from realtime_widgets.protocol.ids import check_sprint_id
from realtime_widgets.protocol.metrics.run_series import RunSeries
from realtime_widgets.protocol.search.batch_search import BatchSearch

if TYPE_CHECKING:
    from realtime_widgets.hub.channels import Channels
    from realtime_widgets.hub.clock import Clock
    from realtime_widgets.hub.log_search import SearchScope
    from realtime_widgets.hub.stores.base import Store
    from realtime_widgets.protocol.search.query import SearchQuery

__all__ = ["Searches"]


class Searches:
    """Makes searches, which share one thread.

    Args:
        store: Where the logs are.
        channels: Has the states of runs, for attempts.
        clock: The time.
    """

    def __init__(self, store: Store, channels: Channels, clock: Clock) -> None:
        self._store = store
        self._channels = channels
        self._clock = clock
        self._thread = SearchThread()
        self._series = MetricSeries(store, self._thread)

    async def begin(self, sprint_id: str, query: SearchQuery, scope: SearchScope) -> LogSearch:
        """Return a search in the log lines of a run that are stored now.

        Raises:
            InvalidSearchError: The regular expression cannot be used.
            InvalidSprintIdError: The id breaks protocol 1.1.
            StoreError: The run cannot be read.
        """
        name = check_sprint_id(sprint_id)
        search = await self._thread.run(BatchSearch, query)
        bounds = await self._store.bounds(name)
        state = await self._channels.current_state(name) if scope.attempt is not None else None
        return LogSearch(self._store, self._thread, name, bounds, search, scope, state)

    async def page(
        self, sprint_id: str, query: SearchQuery, scope: SearchScope, *, limit: int
    ) -> Page:
        """Return a page of the events that a search finds first, in the order of the log.

        Args:
            sprint_id: The run.
            query: What is searched.
            scope: Where.
            limit: Most events of the page; their size and the time are bounded too.

        Raises:
            InvalidSearchError: The regular expression cannot be used.
            InvalidSprintIdError: The id breaks protocol 1.1.
            StoreError: The run cannot be read.
        """
        search = await self.begin(sprint_id, query, scope)
        try:
            return await page_of_found(search, self._thread, self._clock, limit)
        except PositionLostError:  # deleted meanwhile: a client compares the epoch
            return Page(await self._store.bounds(search.name), [], None)

    async def series(self, sprint_id: str, attempt: int | None = None) -> dict[str, Any]:
        """Return the series of the metrics of an attempt (protocol 10.5).

        Args:
            sprint_id: The run.
            attempt: Number of the attempt, from 1; None for the newest.

        Raises:
            InvalidSprintIdError: The id breaks protocol 1.1.
            StoreError: The run cannot be read.
        """
        name = check_sprint_id(sprint_id)
        bounds = await self._store.bounds(name)
        state = await self._channels.current_state(name)
        series = RunSeries().as_dict()
        if state is not None and bounds.epoch is not None:
            number = attempt or max(1, state.attempt)
            seqs = seqs_of(state, bounds, number)
            try:
                series = await self._series.read(name, bounds.epoch, number, seqs)
            except PositionLostError:  # deleted meanwhile
                bounds = await self._store.bounds(name)
        return {"epoch": bounds.epoch, "first": bounds.first, "head": bounds.head, **series}

    def close(self) -> None:
        """End all searches with their next page. Safe to call twice."""
        self._thread.close()
