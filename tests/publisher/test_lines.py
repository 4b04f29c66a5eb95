"""Lines out of what a program writes."""

from __future__ import annotations

from realtime_widgets.publisher._lines import LineSplitter


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


def test_a_line_without_an_end_is_ended() -> None:
    (line,) = LineSplitter().feed(b"x" * 70_000)

    assert len(line) == 70_000
