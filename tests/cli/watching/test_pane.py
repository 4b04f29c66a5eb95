"""Scrolling through items of different heights."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from rich.text import Text

from realtime_widgets.cli.watching.pane import Pane


@dataclass(frozen=True)
class Item:
    key: int
    height: int


def rows_of(item: Item, _: int) -> list[Text]:
    return [Text(f"{item.key}.{row}") for row in range(item.height)]


def pane_of(items: list[Item]) -> Pane:
    return Pane(lambda: items, rows_of)


def shown(pane: Pane, height: int = 4) -> list[str]:
    return [row.plain for row in pane.rows(80, height)]


@pytest.fixture
def items() -> list[Item]:
    return [Item(1, 2), Item(2, 3), Item(5, 1), Item(6, 2)]


def test_it_follows_the_end_until_it_is_scrolled(items: list[Item]) -> None:
    pane = pane_of(items)
    assert shown(pane) == ["2.2", "5.0", "6.0", "6.1"]

    items.append(Item(7, 1))
    assert shown(pane) == ["5.0", "6.0", "6.1", "7.0"]

    pane.move(-2)
    items.append(Item(8, 1))
    assert shown(pane) == ["2.1", "2.2", "5.0", "6.0"]
    assert pane.below == 2


def test_it_moves_by_rows_and_not_beyond_either_end(items: list[Item]) -> None:
    pane = pane_of(items)
    shown(pane)

    pane.move(-100)
    assert shown(pane) == ["1.0", "1.1", "2.0", "2.1"]
    pane.move(1)
    assert shown(pane) == ["1.1", "2.0", "2.1", "2.2"]
    pane.move(100)
    assert pane.follows
    assert shown(pane) == ["2.2", "5.0", "6.0", "6.1"]


def test_what_is_visible_stays_when_earlier_items_come(items: list[Item]) -> None:
    pane = pane_of(items)
    shown(pane)
    pane.move(-100)
    before = shown(pane)

    items[:0] = [Item(-1, 3), Item(0, 1)]

    assert shown(pane) == before
    assert pane.is_near_top


def test_at_the_beginning_earlier_items_are_shown_as_they_come(items: list[Item]) -> None:
    pane = pane_of(items)
    shown(pane)
    pane.to_top()
    assert shown(pane) == ["1.0", "1.1", "2.0", "2.1"]

    items[:0] = [Item(-1, 3), Item(0, 1)]
    assert shown(pane) == ["-1.0", "-1.1", "-1.2", "0.0"]

    pane.move(1)
    items[:0] = [Item(-2, 1)]
    assert shown(pane) == ["-1.1", "-1.2", "0.0", "1.0"]


def test_it_stays_beside_an_item_that_a_filter_has_removed(items: list[Item]) -> None:
    pane = pane_of(items)
    shown(pane)
    pane.move(-2)
    assert shown(pane)[-1] == "5.0"

    items.remove(Item(5, 1))

    assert shown(pane)[-1] == "2.2"


def test_without_enough_items_it_is_not_filled() -> None:
    empty, few = pane_of([]), pane_of([Item(1, 2)])

    for pane in (empty, few):
        pane.move(-1)
        pane.to_top()
        shown(pane)
        assert not pane.is_filled
    assert shown(empty) == []
    assert shown(few) == ["1.0", "1.1"]
