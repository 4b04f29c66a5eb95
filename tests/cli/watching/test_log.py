"""Which lines of the log are in memory, and which of them a filter shows."""

from __future__ import annotations

import pytest

from realtime_widgets.cli.watching import log as log_module
from realtime_widgets.cli.watching.log import Filter, Log
from realtime_widgets.cli.watching.log_items import LogItem


def item(key: int, text: str, level: str | None = "info") -> LogItem:
    return LogItem(key=key, text=text, level=level)


@pytest.fixture
def log() -> Log:
    log = Log()
    log.start_at(100)
    log.add([item(100, "running", None), item(101, "Out of\nMemory", "error"), item(102, "fine")])
    return log


def keys(log: Log) -> list[int]:
    return [one.key for one in log.shown]


def test_a_filter_shows_lines_with_a_text_in_any_case_and_of_a_level(log: Log) -> None:
    log.set_filter(Filter("memory"))
    assert keys(log) == [101]
    log.add([item(103, "no memory is left"), item(104, "fine")])
    assert keys(log) == [101, 103]

    log.set_filter(Filter("", "warning"))
    assert keys(log) == [101]
    log.set_filter(Filter())
    assert keys(log) == [100, 101, 102, 103, 104]


def test_what_the_server_finds_comes_before_until_the_filter_changes(log: Log) -> None:
    log.set_filter(Filter("memory"))
    assert log.found_before == 100

    log.add_found([item(7, "memory")], 7)
    assert (keys(log), log.found_before, log.before) == ([7, 101], 7, 100)

    log.set_filter(Filter())
    assert (keys(log), log.found_before) == ([100, 101, 102], 100)


def test_an_earlier_page_takes_the_place_of_what_was_found_in_it(log: Log) -> None:
    log.set_filter(Filter("memory"))
    log.add_found([item(98, "memory")], None)

    log.add_earlier([item(98, "memory"), item(99, "fine")], 98)

    assert (keys(log), log.found_before) == ([98, 101], 98)


def test_a_text_that_cannot_be_searched_is_a_problem() -> None:
    assert Filter("fine").problem == ""
    assert "at most 1,000" in Filter("x" * 1_001).problem


def test_of_too_many_items_the_oldest_are_dropped_and_can_be_loaded_again(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "MAX_ITEMS", 40)
    log.add([item(key, "x") for key in range(103, 150)])

    assert len(keys(log)) <= 30
    assert keys(log)[-1] == 149
    assert log.before == keys(log)[0]


def test_it_is_full_where_earlier_items_would_be_dropped(log: Log) -> None:
    assert not log.is_full
    text = "x" * (log_module.MAX_CHARACTERS // 1_000)
    log.add([item(key, text) for key in range(103, 703)])
    assert log.is_full
