"""Where runs are published to and read from: the interface of `Server` and `InProcess`.

A target knows the address and the credentials; neither is ever part of a `repr` or an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self, TypeAlias

from realtime_widgets.protocol.ids import is_sprint_id
from realtime_widgets.protocol.messages import MAX_SIMILAR

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from realtime_widgets.client.large_value import LargeValue
    from realtime_widgets.client.link import Link
    from realtime_widgets.protocol.search.query import SearchQuery

__all__ = ["MAX_SEQ", "PAGE_EVENTS", "READ_S", "LogHead", "LogPosition", "PublishTarget", "Target"]

READ_S = 5.0
"""How long reading may take; a page of history is read from disk."""

PAGE_EVENTS = 1_000
"""Most events of one page (protocol 10)."""

MAX_SEQ = 2**53 - 1

LogPosition: TypeAlias = tuple[str | None, int]
"""The epoch of a run's log and its head, None and 0 where there is no such run.

Another epoch is another log: their seqs cannot be compared."""


class LogHead(NamedTuple):
    """How far the log of a run is."""

    position: LogPosition

    similar: list[str]
    """Names of runs that are similar to one that has not begun; none where it has."""

    @classmethod
    def of(cls, position: dict[str, Any] | None) -> Self:
        """Read the answer of `GET sprints/{id}/position`."""
        if position is None:
            return cls((None, 0), [])
        names = [name for name in position.get("similar", []) if isinstance(name, str)]
        return cls(
            (position["epoch"], position["head"]),
            [name for name in names if is_sprint_id(name)][:MAX_SIMILAR],
        )


class PublishTarget(Protocol):
    """What publishing needs."""

    @property
    def name(self) -> str:
        """What to call it in front of the user."""

    @property
    def is_server(self) -> bool:
        """Whether a browser can reach it, too."""

    def prepare(self) -> None:
        """Load what connecting needs, in the user's thread; see `warm_up`."""

    async def connect(self, sprint_id: str) -> Link:
        """Open a link, in the loop of the runtime.

        Raises:
            ServerNotFoundError: There is no server, or it refuses.
        """

    async def put_blob(self, sprint_id: str, value: LargeValue) -> None:
        """Store a blob, in the loop of the runtime; nothing where the run was deleted.

        Raises:
            InvalidEventError: It breaks a rule of protocol 4.9.
            ServerNotFoundError: There is no server, or it refuses, or cannot store it now.
            StoreError: The hub in this process cannot store it now.
        """


class Target(PublishTarget, Protocol):
    """What publishing and reading need."""

    def on_one_connection(self) -> AbstractContextManager[Target]:
        """Return the same target, whose reads in the block use one connection; in one thread."""

    def runs(self, *, timeout: float = READ_S) -> list[dict[str, Any]]:
        """Return the states of all runs, the newest first.

        Raises:
            ServerNotFoundError: There is no server, or it refuses.
        """

    def run(self, sprint_id: str, *, timeout: float = READ_S) -> dict[str, Any] | None:
        """Return the state of a run, None where nothing was published to it.

        Raises:
            ServerNotFoundError: There is no server, or it refuses.
        """

    def page(  # noqa: PLR0913 - most of them by name
        self,
        sprint_id: str,
        *,
        limit: int,
        after: int = 0,
        before: int | None = None,
        query: SearchQuery | None = None,
        timeout: float = READ_S,
    ) -> dict[str, Any] | None:
        """Return a page of a run's history, as `GET sprints/{id}/events` (protocol 10).

        It is None, or has no epoch, where nothing was published to the run.

        Args:
            sprint_id: The run.
            limit: Most events of the page, at most `PAGE_EVENTS`.
            after: Where given, the page has the first events after this seq.
            before: Where given, the page has the last events before this seq instead.
            query: Where given, the page has only the log events that match it, which may be none
                although there is a next page.
            timeout: Seconds.

        Raises:
            InvalidSearchError: The hub in this process has no engine for regular expressions.
            ServerNotFoundError: There is no server, or it refuses, or cannot search.
        """

    def series(
        self, sprint_id: str, attempt: int | None = None, *, timeout: float = READ_S
    ) -> dict[str, Any] | None:
        """Return the series of the metrics of an attempt, as `GET sprints/{id}/series`.

        It is None, or has no epoch, where nothing was published to the run.

        Args:
            sprint_id: The run.
            attempt: Number of the attempt, from 1; None for the newest.
            timeout: Seconds.

        Raises:
            ServerNotFoundError: There is no server, or it refuses.
        """

    def blob(self, sprint_id: str, sha256: str, *, timeout: float = READ_S) -> bytes | None:
        """Return the bytes of a blob, as `GET sprints/{id}/blobs/{sha256}`; None for none.

        Raises:
            ServerNotFoundError: There is no server, or it refuses.
        """

    def log_head(self, sprint_id: str, *, timeout: float = READ_S) -> LogHead:
        """Return how far the log of a run is.

        Raises:
            ServerNotFoundError: There is no server, or it refuses.
        """
