"""Lines out of what a program writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from realtime_widgets.publisher._lines import LineSplitter

from .reading import lines

if TYPE_CHECKING:
    from realtime_widgets import Sprint


def split(*chunks: bytes) -> list[str]:
    splitter = LineSplitter()
    return [line for chunk in chunks for line in splitter.feed(chunk)] + splitter.finish()


def test_lines_may_come_in_any_pieces() -> None:
    assert split(b"on", b"e\ntw", b"o\n", b"three") == ["one", "two", "three"]


def test_a_blank_line_is_a_line() -> None:
    assert split(b"one\n\ntwo\n") == ["one", "", "two"]


def test_windows_line_ends_are_line_ends_also_when_cut_in_two() -> None:
    assert split(b"one\r\ntwo\r", b"\nthree\r\n") == ["one", "two", "three"]


def test_of_a_rewritten_line_the_last_form_counts() -> None:
    assert split(b"\r 10%", b"\r 50%\r", b"100%\ndone\n") == ["100%", "done"]


def test_a_character_may_be_cut_in_two() -> None:
    snowman = "\N{SNOWMAN}".encode()

    assert split(snowman[:1], snowman[1:], b"\n") == ["\N{SNOWMAN}"]


def test_bytes_that_are_no_utf8_are_replaced() -> None:
    assert split(b"a\xff\n") == ["a\N{REPLACEMENT CHARACTER}"]


def test_an_unfinished_line_is_told_at_the_second_pause_and_its_rest_when_it_ends() -> None:
    splitter = LineSplitter()

    assert splitter.feed(b"test_one ... ") == []
    assert splitter.pause() == []
    assert splitter.pause() == ["test_one ... "]
    assert splitter.pause() == []
    assert splitter.feed(b"ok\n") == ["ok"]


def test_a_rewritten_line_is_told_now_and_then() -> None:
    splitter = LineSplitter()

    told = [splitter.feed(b"\r%d%%" % percent) + splitter.pause() for percent in (1, 2, 3)]

    assert told == [[], ["2%"], ["3%"]]
    assert splitter.feed(b"\n") == []


def test_a_line_without_an_end_is_ended_where_a_log_line_is_full() -> None:
    splitter = LineSplitter()

    first = splitter.feed(b"x" * 65_000)
    full = splitter.feed(b"x" * 65_536)
    rest = splitter.finish()

    assert first == []
    assert [len(line) for line in full + rest] == [65_536, 65_000]


@pytest.mark.parametrize("character", ["x", "\N{SNOWMAN}", "\x01", "\N{GRINNING FACE}"])
def test_of_a_long_line_nothing_is_lost(sprint: Sprint, character: str) -> None:
    text = character * 100_000

    for line in split(text.encode() + b"\nnext\n"):
        sprint.log(line)

    *pieces, after = lines(sprint)
    assert "".join(pieces) == text
    assert after == "next"


def test_the_end_of_a_line_that_is_told_already_is_no_line() -> None:
    assert [len(line) for line in split(b"x" * 65_536, b"\n", b"\n")] == [65_536, 0]
