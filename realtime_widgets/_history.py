"""`history()`: reads the stored events of a run, page by page, in both directions."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import TypeAdapter

from realtime_widgets.client.argument_checks import whole_number
from realtime_widgets.client.discovery import discover
from realtime_widgets.client.metric_lists import metric_lists
from realtime_widgets.client.publishing.outbox.outboxes import flush_before_reading
from realtime_widgets.client.secret import as_secret
from realtime_widgets.client.target import MAX_SEQ, PAGE_EVENTS, READ_S
from realtime_widgets.errors import InvalidSearchError, PositionLostError, UnknownRunError
from realtime_widgets.protocol.events import AnyEvent
from realtime_widgets.protocol.ids import check_sprint_id
from realtime_widgets.protocol.metrics.columns import expanded
from realtime_widgets.protocol.search.matchers import matcher_of
from realtime_widgets.protocol.search.query import SearchQuery

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pandas import DataFrame

    from realtime_widgets.client.target import Target
    from realtime_widgets.protocol.events import Event

__all__ = ["History", "history"]

FLUSH_S = 2.0
"""Maximum time that reading waits until this process's own events are stored."""

SEARCH_READ_S = 30.0
"""How long a page of a search may take, which waits while many others search."""

FIRST_COLUMNS = ("seq", "timestamp", "type", "user")
"""Columns of every table, before the fields of the events."""

_EVENTS: TypeAdapter[list[Event]] = TypeAdapter(list[AnyEvent])


def history(  # noqa: PLR0913 - most of them by name
    sprint_id: str,
    *,
    newest: int | None = None,
    after: int | None = None,
    before: int | None = None,
    search: str | None = None,
    regex: bool = False,
    case: bool = False,
    word: bool = False,
    level: str | None = None,
    source: str | None = None,
    server: str | None = None,
) -> History:
    """Read the stored events of a run, and do not wait for new ones.

    ```python
    for event in history("nightly-eval"):
        print(event.seq, event.type)

    lines = history("nightly-eval", newest=10_000).to_dataframe()
    errors = list(history("nightly-eval", level="error"))
    failures = list(history("nightly-eval", search="out of memory", level="error"))
    ```

    Args:
        sprint_id: The run.
        newest: Only the last so many events, of those that `before` leaves. None for all.
        after: Only events with a higher `seq`; not together with `newest`.
        before: Only events with a lower `seq`.
        search: Only log events, of those that the limits above leave, with this text in one of
            their lines, as a view shows them: without colours. It is searched where the run is
            stored. None for all events.
        regex: Whether `search` is a regular expression, of RE2.
        case: Whether upper and lower case differ.
        word: Whether no letter, digit or underscore may be beside the text.
        level: Only log events of this level or a more severe one: `debug`, `info`, `warning`,
            `error` or `critical`. None for all.
        source: Only log events of this source. None for any.
        server: As in `Sprint`.

    Returns:
        An iterable of events in the order of the log; `reversed` has the newest first.

    Raises:
        InvalidSprintIdError: The id breaks the rule of protocol 1.1.
        ValueError: A number is not within its limits, `newest` is given together with `after`,
            `search` is empty, longer than 1,000 characters or no regular expression, or `server` is
            not a URL of a Jupyter server.
    """
    server = as_secret(server)
    query = _query(search, regex=regex, case=case, word=word, level=level, source=source)
    if newest is not None:
        newest = whole_number("newest", newest, minimum=1, maximum=MAX_SEQ)
    if after is not None:
        after = whole_number("after", after, minimum=0, maximum=MAX_SEQ)
    if before is not None:
        before = whole_number("before", before, minimum=1, maximum=MAX_SEQ)
    if newest is not None and after is not None:
        raise ValueError("give `newest` or `after`, not both")
    name = check_sprint_id(sprint_id)
    limits = {"newest": newest, "after": after, "before": before}
    return History(name, discover(server), query=query, **limits)


def _query(search: str | None, **options: Any) -> SearchQuery | None:  # noqa: ANN401 - as given
    """Return what is searched, None where nothing is.

    Raises:
        ValueError: It cannot be searched, or an option needs a text.
    """
    given = {name: value for name, value in options.items() if value is not None}
    if search is None and all(value is False for value in given.values()):
        return None
    query = SearchQuery(text=search, **given)
    try:
        if search is not None:
            matcher_of(query)
    except InvalidSearchError as error:
        if error.field != "regex":  # the engine may be missing here, and not on the server
            raise
    return query


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

    def __init__(  # noqa: PLR0913 - most of them by name
        self,
        sprint_id: str,
        target: Target,
        *,
        newest: int | None,
        after: int | None,
        before: int | None,
        query: SearchQuery | None,
    ) -> None:
        self._sprint_id = sprint_id
        self._target = target
        self._newest = newest
        self._after = after
        self._before = before
        self._query = query

    def __repr__(self) -> str:
        limits = {"newest": self._newest, "after": self._after, "before": self._before}
        given = [f"{name}={number}" for name, number in limits.items() if number is not None]
        given += [f"search={self._query.text!r}"] if self._query else []
        return f"history({', '.join([repr(self._sprint_id), *given])})"

    def __iter__(self) -> Iterator[Event]:
        for page in self._pages():
            yield from _EVENTS.validate_python(page)

    def __reversed__(self) -> Iterator[Event]:
        for page in self._pages_from_the_end():
            yield from reversed(_EVENTS.validate_python(page))

    def metrics(self) -> dict[str, list[Any]]:
        """Return the values of all metrics, in the order of the log; `DataFrame` takes them.

        Returns:
            Lists of the same length with an item for each value: `seq`, the number of its event;
            `metric`; `step`; `value`, which may be NaN or infinite; and `time`, in seconds since
            1970, None where that is unknown.
        """
        return metric_lists(self)

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
        table = pandas.DataFrame([_with_lists(event) for page in self._pages() for event in page])
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

    def _page(
        self, wanted: _Range, *, limit: int, after: int = 0, before: int | None = None
    ) -> dict[str, Any]:
        """Read a page, and leave out what is not wanted."""
        page = self._target.page(
            self._sprint_id,
            limit=limit,
            after=after,
            before=before,
            query=self._query,
            timeout=READ_S if self._query is None else SEARCH_READ_S,
        )
        if page is None or page["epoch"] != wanted.epoch:
            raise PositionLostError(self._sprint_id, "epoch")
        # Where some are damaged, a page reaches beyond them.
        events = [event for event in page["events"] if wanted.after < event["seq"] <= wanted.end]
        return {**page, "events": events}


def _with_lists(event: dict[str, Any]) -> dict[str, Any]:
    return expanded(event) if event["type"] == "metrics" else event
