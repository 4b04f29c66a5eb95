"""A pane that scrolls by rows through items, and draws only those that are visible."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.text import Text

__all__ = ["Pane"]


class Pane:
    """Follows the end of its items, or stays at one of them, whose key has to stay.

    Args:
        items: Returns all items, in the order of their `key`.
        draw: Returns the rows of an item in a number of columns, at least one.
    """

    def __init__(
        self,
        items: Callable[[], Sequence[Any]],
        draw: Callable[[Any, int], Sequence[Text]],
    ) -> None:
        self._items = items
        self._draw_item = draw
        self._width = 1
        self._height = 1
        self._bottom: Any = None
        """The key of the last item that is visible; None at the end."""

        self._cut = 0
        """How many of its last rows are below the pane."""

        self._is_at_top = False
        """Whether the first items are shown, also when earlier ones come."""

        self._missing = 0
        """Rows below the last item, where there are not enough."""

    @property
    def follows(self) -> bool:
        """Whether new items are shown as they come."""
        return self._bottom is None

    @property
    def is_filled(self) -> bool:
        """Whether there are items for all of its rows."""
        return not self._missing

    @property
    def is_near_top(self) -> bool:
        """Whether it is scrolled to less than two pages below the first item."""
        is_near = self._index(self._items()) < 2 * self._height
        return self._is_at_top or (is_near and not self.follows)

    @property
    def page(self) -> int:
        """Rows by which a page up or down moves."""
        return max(self._height - 1, 1)

    @property
    def below(self) -> int:
        """How many items are below the visible ones."""
        items = self._items()
        return 0 if self.follows else len(items) - 1 - self._index(items)

    def to_end(self) -> None:
        """Show the end, and follow it."""
        self._bottom, self._cut, self._is_at_top = None, 0, False

    def to_top(self) -> None:
        """Show the first items, also when earlier ones come."""
        if items := self._items():
            self._bottom, self._cut, self._is_at_top = items[0].key, 0, True

    def move(self, rows: int) -> None:
        """Move by rows: below 0 up, else down."""
        self._is_at_top = False
        items = self._items()
        if not items:
            return
        index, cut = self._index(items), self._cut - rows
        while index > 0 and cut >= (height := len(self._rows_of(items[index]))):
            cut, index = cut - height, index - 1
        while index < len(items) - 1 and cut < 0:
            index += 1
            cut += len(self._rows_of(items[index]))
        cut = min(cut, len(self._rows_of(items[index])))
        if cut < 0 or (cut == 0 and index == len(items) - 1):
            self.to_end()
        else:
            self._bottom, self._cut = items[index].key, cut

    def rows(self, width: int, height: int) -> list[Text]:
        """Return the visible rows, in this many columns and at most so many."""
        self._width, self._height = width, height
        if is_at_top := self._is_at_top:
            self.to_top()
        rows = self._fill()
        if len(rows) < height and not self.follows:  # moved beyond the top
            self.move(height - len(rows))
            rows = self._fill()
        self._is_at_top = is_at_top and not self.follows
        self._missing = height - len(rows)
        return rows

    def _fill(self) -> list[Text]:
        rows: list[Text] = []
        items, cut = self._items(), self._cut
        for index in range(self._index(items), -1, -1):
            drawn = self._rows_of(items[index])
            rows[:0] = drawn[: max(len(drawn) - cut, 0)]
            cut = max(cut - len(drawn), 0)
            if len(rows) >= self._height:
                return rows[len(rows) - self._height :]
        return rows

    def _rows_of(self, item: Any) -> Sequence[Text]:  # noqa: ANN401 - an item
        return self._draw_item(item, self._width)

    def _index(self, items: Sequence[Any]) -> int:
        """Return the index of the last visible item; -1 where there is none."""
        if self._bottom is None or not items:
            return len(items) - 1
        return max(bisect_right(items, self._bottom, key=lambda item: item.key) - 1, 0)
