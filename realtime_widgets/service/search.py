"""A search in a run, as an answer that is sent while it runs (protocol 10)."""

from __future__ import annotations

import time
from contextlib import aclosing
from typing import TYPE_CHECKING, Literal

from pydantic_core import to_json

from realtime_widgets.errors import PositionLostError, StoreError
from realtime_widgets.hub.log_search import SearchScope
from realtime_widgets.service.api_error import bad_field, result_of
from realtime_widgets.service.arguments import (
    MAX_LIMIT,
    read_attempt,
    read_flag,
    read_limit,
    read_query,
    read_start,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from realtime_widgets.hub.log_search import LogSearch, SearchStep
    from realtime_widgets.service.service import Service

__all__ = ["SearchAnswer", "begin_search"]

SEARCH_S = 30.0
"""Time after which a search ends, in seconds."""

REPORT_S = 0.1
"""Least time between two lines of an answer, in seconds."""

End = Literal["done", "limit", "time", "gone", "failed"]


class SearchAnswer:
    """The lines of an answer.

    Args:
        service: Where the run is.
        search: The search.
        limit: Number of matches after which no matches of further events are sent.
        counts: Whether the search continues after that, to count the matches that are not sent.
    """

    def __init__(self, service: Service, search: LogSearch, *, limit: int, counts: bool) -> None:
        self._service = service
        self._search = search
        self._limit = limit
        self._counts = counts
        self._bounds = search.bounds
        self._searched = search.start
        self._matches: list[tuple[int, int, int, int]] = []
        """Those that were not sent."""
        self._left = limit
        """How many may still be taken."""
        self._count = 0

    async def lines(self) -> AsyncGenerator[bytes]:
        """Yield JSON objects, each on a line, and nothing (`b""`) where there is nothing to send.

        It yields after each page of the log; close it to end the search.
        """
        now = time.monotonic()
        deadline, reported = now + SEARCH_S, now
        end: End = "done"
        try:
            async with aclosing(self._search.steps()) as steps:
                async for step in steps:
                    self._take(step)
                    now = time.monotonic()
                    if self._is_enough or now >= deadline:
                        end = "limit" if self._is_enough else "time"
                        break
                    is_due = now >= reported + REPORT_S
                    reported = now if is_due else reported
                    yield self._line() if is_due else b""
                else:
                    self._searched = self._search.end
                    end = "limit" if self._left <= 0 else "done"
        except PositionLostError:
            end = "gone"
        except StoreError as error:
            self._service.hub.store_failed(error)
            end = "failed"
        yield self._line(end)

    @property
    def _is_enough(self) -> bool:
        return self._left <= 0 and not self._counts

    def _take(self, step: SearchStep) -> None:
        self._searched, self._bounds = step.searched, step.bounds
        for found in step.found:
            for seq, lines in found.events:
                self._count += len(lines)
                if self._left > 0:
                    self._matches += [(seq, *line) for line in lines]
                    self._left -= len(lines)

    def _line(self, end: End | None = None) -> bytes:
        fields = {
            "epoch": self._bounds.epoch,
            "first": self._bounds.first,
            "head": self._search.bounds.head,
            "searched": self._searched,
            "count": self._count,
            "matches": self._matches,
        }
        self._matches = []
        return to_json(fields if end is None else {**fields, "end": end}) + b"\n"


async def begin_search(
    service: Service, sprint_id: str, arguments: Mapping[str, str]
) -> SearchAnswer:
    """Return the answer to a search.

    Args:
        service: Where the run is.
        sprint_id: The run.
        arguments: As in the query (protocol 10).

    Raises:
        ApiError: An argument breaks its rule, or the store cannot be read.
    """
    query = read_query(arguments)
    if query is None:
        raise bad_field("give a text to search for, a level, a source, or a time", "text")
    start, limit = read_start(arguments), read_limit(arguments, default=MAX_LIMIT)
    counts = read_flag(arguments, "count", default=True)
    scope = SearchScope.starting(**{start.name: start.seq}, attempt=read_attempt(arguments))
    search = await result_of(service.hub, service.hub.searches.begin(sprint_id, query, scope))
    return SearchAnswer(service, search, limit=limit, counts=counts)
