"""`history()`: reads the stored events of a run, page by page, in both directions."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import TypeAdapter

from realtime_widgets.client.discovery import discover
from realtime_widgets.client.numbers import whole_number
from realtime_widgets.client.publishing.outbox import flush_before_reading
from realtime_widgets.client.secret import as_secret
from realtime_widgets.client.target import MAX_SEQ, PAGE_EVENTS
from realtime_widgets.errors import PositionLostError, UnknownRunError
from realtime_widgets.protocol.events import AnyEvent
from realtime_widgets.protocol.ids import check_sprint_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pandas import DataFrame

    from realtime_widgets.client.target import Target
    from realtime_widgets.protocol.events import Event

__all__ = ["History", "history"]

FLUSH_S = 2.0
"""Maximum time that reading waits until this process's own events are stored."""

FIRST_COLUMNS = ("seq", "timestamp", "type", "user")
"""Columns of every table, before the fields of the events."""

_EVENTS: TypeAdapter[list[Event]] = TypeAdapter(list[AnyEvent])


def history(
    sprint_id: str,
    *,
    newest: int | None = None,
    after: int | None = None,
    before: int | None = None,
    server: str | None = None,
) -> History:
    """Read the stored events of a run, and do not wait for new ones.

    ```python
    for event in history("nightly-eval"):
        print(event.seq, event.type)

    lines = history("nightly-eval", newest=10_000).to_dataframe()
    ```

    Args:
        sprint_id: The run.
        newest: Only the last so many events, of those that `before` leaves. None for all.
        after: Only events with a higher `seq`; not together with `newest`.
        before: Only events with a lower `seq`.
        server: As in `Sprint`.

    Returns:
        An iterable of events in the order of the log; `reversed` has the newest first.

    Raises:
        InvalidSprintIdError: The id breaks the rule of protocol 1.1.
        ValueError: A number is not within its limits, `newest` is given together with `after`, or
            `server` is not a URL of a Jupyter server.
    """
    server = as_secret(server)
    if newest is not None:
        newest = whole_number("newest", newest, minimum=1, maximum=MAX_SEQ)
    if after is not None:
        after = whole_number("after", after, minimum=0, maximum=MAX_SEQ)
    if before is not None:
        before = whole_number("before", before, minimum=1, maximum=MAX_SEQ)
    if newest is not None and after is not None:
        raise ValueError("give `newest` or `after`, not both")
    name = check_sprint_id(sprint_id)
    return History(name, discover(server), newest=newest, after=after, before=before)


class _Range(NamedTuple):
    """Which events of which log."""

    epoch: str
    after: int
    end: int
    """Seq of the last one."""


class History:
    """The stored events of a run, returned by `history`.

    Each iteration reads the store again, and has the events that are stored when it begins. It
    holds one page in memory: at most 1,000 events and 1 MiB, or one event that is larger. Events
    that are not stored any more, or are damaged, are left out: their `seq`s are missing.

    Reading raises `UnknownRunError` if nothing was published to the run, `ServerNotFoundError` if
    the server cannot be reached or refuses, and `PositionLostError` if the run is deleted or its
    log replaced by another one between two pages.
    """

    def __init__(
        self,
        sprint_id: str,
        target: Target,
        *,
        newest: int | None,
        after: int | None,
        before: int | None,
    ) -> None:
        self._sprint_id = sprint_id
        self._target = target
        self._newest = newest
        self._after = after
        self._before = before

    def __repr__(self) -> str:
        limits = {"newest": self._newest, "after": self._after, "before": self._before}
        given = [f"{name}={number}" for name, number in limits.items() if number is not None]
        return f"history({', '.join([repr(self._sprint_id), *given])})"

    def __iter__(self) -> Iterator[Event]:
        for page in self._pages():
            yield from _EVENTS.validate_python(page)

    def __reversed__(self) -> Iterator[Event]:
        for page in self._pages_from_the_end():
            yield from reversed(_EVENTS.validate_python(page))

    def to_dataframe(self) -> DataFrame:
        """Return the events as a table, one row for each.

        Returns:
            A DataFrame with the columns `seq`, `timestamp` (a time in UTC), `type`, `user`, then
            the fields of the events in the order in which they first occur.

        Raises:
            ImportError: pandas is not installed.
        """
        try:
            pandas: Any = import_module("pandas")
        except ImportError as error:
            words = "to_dataframe() needs pandas: pip install pandas"
            raise ImportError(words, name="pandas") from error
        table = pandas.DataFrame([event for page in self._pages() for event in page])
        fields = [name for name in table.columns if name not in (*FIRST_COLUMNS, "sprint_id")]
        table = table.reindex(columns=[*FIRST_COLUMNS, *fields])
        table["timestamp"] = pandas.to_datetime(table["timestamp"], utc=True)
        return table

    def _pages(self) -> Iterator[list[dict[str, Any]]]:
        """Yield pages of flat events in the order of the log."""
        wanted = self._range()
        after: int | None = wanted.after
        while after is not None and after < wanted.end:
            limit = min(PAGE_EVENTS, wanted.end - after)
            page = self._page(wanted, after=after, limit=limit)
            yield page["events"]
            after = page["next"]

    def _pages_from_the_end(self) -> Iterator[list[dict[str, Any]]]:
        """Yield pages of flat events, the newest page first."""
        wanted = self._range()
        before: int | None = wanted.end + 1
        while before is not None and before > wanted.after + 1:
            limit = min(PAGE_EVENTS, before - 1 - wanted.after)
            page = self._page(wanted, before=before, limit=limit)
            yield page["events"]
            before = page["next"]

    def _range(self) -> _Range:
        flush_before_reading(self._target, self._sprint_id, timeout=FLUSH_S)
        (epoch, head), similar = self._target.log_head(self._sprint_id)
        if epoch is None:
            raise UnknownRunError(self._sprint_id, tuple(similar))
        end = head if self._before is None else min(head, self._before - 1)
        after = self._after or 0 if self._newest is None else max(0, end - self._newest)
        return _Range(epoch, after, end)

    def _page(self, wanted: _Range, **limits: int) -> dict[str, Any]:
        """Read a page, and leave out what is not wanted."""
        page = self._target.page(self._sprint_id, **limits)
        if page is None or page["epoch"] != wanted.epoch:
            raise PositionLostError(self._sprint_id, "epoch")
        # Where some are damaged, a page reaches beyond them.
        events = [event for event in page["events"] if wanted.after < event["seq"] <= wanted.end]
        return {**page, "events": events}
