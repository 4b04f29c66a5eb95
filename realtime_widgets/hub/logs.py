"""The stored logs of a hub, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.hub.log_search import SearchScope
from realtime_widgets.hub.pagination import page_after, page_before
from realtime_widgets.protocol.ids import check_sprint_id

if TYPE_CHECKING:
    from realtime_widgets.hub.pagination import Page
    from realtime_widgets.hub.searches import Searches
    from realtime_widgets.hub.stores.base import Store
    from realtime_widgets.protocol.position import Bounds
    from realtime_widgets.protocol.search.query import SearchQuery

__all__ = ["Logs"]


class Logs:
    """Reads the logs of runs.

    Args:
        store: Has the logs.
        searches: Finds the events that match a query.
    """

    def __init__(self, store: Store, searches: Searches) -> None:
        self._store = store
        self._searches = searches

    async def position(self, sprint_id: str) -> Bounds:
        """Return how far the log of a run is; no events are read.

        Returns:
            An epoch of None and no events for a run that nothing was published to.

        Raises:
            InvalidSprintIdError: The id breaks protocol 1.1.
            StoreError: It cannot be read.
        """
        return await self._store.bounds(check_sprint_id(sprint_id))

    async def page(
        self,
        sprint_id: str,
        *,
        limit: int,
        after: int = 0,
        before: int | None = None,
        query: SearchQuery | None = None,
    ) -> Page:
        """Return a page of a run's history.

        Args:
            sprint_id: The run.
            limit: Most events of the page; their size is bounded too.
            after: Where given, the page has the first events after this seq.
            before: Where given, the page has the last events before this seq instead.
            query: Where given, the page has only the log events that match it.

        Raises:
            InvalidSearchError: The regular expression cannot be used.
            InvalidSprintIdError: The id breaks protocol 1.1.
            StoreError: They cannot be read.
        """
        if query is not None:
            scope = SearchScope.starting(after, before)
            return await self._searches.page(sprint_id, query, scope, limit=limit)
        name = check_sprint_id(sprint_id)
        if before is None:
            return await page_after(self._store, name, after, limit)
        return await page_before(self._store, name, before, limit)
