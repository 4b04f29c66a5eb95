"""The part of a run's log that is loaded, and what a filter leaves of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from realtime_widgets.errors import InvalidSearchError
from realtime_widgets.protocol.search.matchers import matcher_of
from realtime_widgets.protocol.search.query import LEVELS, SearchQuery

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from realtime_widgets.cli.watching.log_items import LogItem

__all__ = ["MAX_ITEMS", "Filter", "Log"]

MAX_ITEMS = 20_000
MAX_CHARACTERS = 16_000_000
"""Of the items that are loaded; of more, the oldest are dropped."""


@dataclass(frozen=True)
class Filter:
    """Which lines of the log are shown.

    Attributes:
        text: What one of the lines contains; "" for all.
        level: The least severe level; `debug` for all.
    """

    text: str = ""
    level: str = LEVELS[0]

    @property
    def query(self) -> SearchQuery | None:
        """The same for a search of the server; None where nothing is filtered."""
        if self == Filter():
            return None
        return SearchQuery(text=self.text or None, level=self.level)

    @property
    def problem(self) -> str:
        """Why it cannot be searched; "" where it can."""
        try:
            _ = self.query
        except InvalidSearchError as error:
            return str(error)
        return ""

    def chosen(self, items: Iterable[LogItem]) -> list[LogItem]:
        """Return the items that are shown."""
        query = self.query
        if query is None:
            return list(items)
        find = matcher_of(query).find if self.text else None
        least = LEVELS.index(self.level)
        return [
            item
            for item in items
            if item.level is not None
            and LEVELS.index(item.level) >= least
            and (find is None or any(map(find, item.text.split("\n"))))
        ]


class Log:
    """Items in the order of the log, from the earliest that is loaded to the newest."""

    def __init__(self) -> None:
        self.filter = Filter()
        self.before: int | None = None
        """The earlier events, which are not loaded, are those before this number; None for none."""

        self.found_before: int | None = None
        """The same of those that the filter leaves."""

        self._items: list[LogItem] = []
        self._found: list[LogItem] = []
        """Earlier items, before those that are loaded, that the server has found for the filter."""

        self._shown: list[LogItem] = []
        self._characters = 0

    @property
    def shown(self) -> Sequence[LogItem]:
        """The items that the filter leaves."""
        return self._shown

    def earlier_end(self, query: SearchQuery | None) -> int | None:
        """Return before which number the next earlier page is, of a search or of all events."""
        return self.before if query is None else self.found_before

    def set_filter(self, chosen: Filter) -> None:
        """Show other items; the filter has no `problem`."""
        self.filter = chosen
        self._found = []
        self.found_before = self.before
        self._shown = chosen.chosen(self._items)

    def start_at(self, first: int) -> None:
        """The first event that is loaded has this number."""
        self.before = self.found_before = first if first > 1 else None

    def add(self, items: Sequence[LogItem]) -> None:
        """Add newer items."""
        self._items += items
        self._characters += sum(len(item.text) for item in items)
        self._shown += self.filter.chosen(items)
        if len(self._items) > MAX_ITEMS or self._characters > MAX_CHARACTERS:
            self._drop_oldest()

    def add_earlier(self, items: Sequence[LogItem], before: int | None) -> None:
        """Add the page before the items that are loaded.

        Args:
            items: Its items.
            before: Where the page before it ends; None where there is none.
        """
        self._items[:0] = items
        self._characters += sum(len(item.text) for item in items)
        self.before = before
        self.set_filter(self.filter)

    def add_found(self, items: Sequence[LogItem], before: int | None) -> None:
        """Add what the server has found for the filter, before all that is shown."""
        self._found[:0] = items
        self._shown[:0] = items
        self.found_before = before

    @property
    def is_full(self) -> bool:
        """Whether no earlier items are to be loaded, as they would be dropped."""
        return len(self._items) + len(self._found) > MAX_ITEMS // 2 or (
            self._characters > MAX_CHARACTERS // 2
        )

    def _drop_oldest(self) -> None:
        while len(self._items) > MAX_ITEMS * 3 // 4 or self._characters > MAX_CHARACTERS * 3 // 4:
            many = max(len(self._items) // 8, 1)
            self._characters -= sum(len(item.text) for item in self._items[:many])
            self.before = self._items[many].key if many < len(self._items) else self.before
            del self._items[:many]
        self.set_filter(self.filter)
