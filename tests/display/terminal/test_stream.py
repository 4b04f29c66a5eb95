"""What a script prints while its run is shown: lines above, unfinished lines in the region."""

from __future__ import annotations

import io

import pytest

from realtime_widgets.display.terminal.stream import MAX_PARTIAL, Stream


class Screen:
    """A stream, with the lines that it printed."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.stream = Stream(
            io.StringIO(), lambda line: self.lines.append(line.plain), lambda: None
        )

    @property
    def rows(self) -> list[str]:
        return [row.plain for row in self.stream.rows()]


@pytest.fixture
def screen() -> Screen:
    return Screen()


def test_a_line_is_printed_when_it_ends(screen: Screen) -> None:
    screen.stream.write("one\ntw")
    screen.stream.writelines(["o\n"])

    assert (screen.lines, screen.rows) == (["one", "two"], [])


def test_a_bar_that_is_drawn_again_is_one_row_and_one_line_at_its_end(screen: Screen) -> None:
    for done in range(5):
        screen.stream.write(f"\r{done}/4")
    assert (screen.lines, screen.rows) == ([], ["4/4"])

    screen.stream.write("\n")

    assert (screen.lines, screen.rows) == (["4/4"], [])


def test_a_nested_bar_is_a_row_below_the_outer_one(screen: Screen) -> None:
    screen.stream.write("\router")
    for done in range(3):
        screen.stream.write(f"\n\rinner {done}\x1b[A")

    assert (screen.lines, screen.rows) == ([], ["outer", "inner 2"])


def test_a_line_without_an_end_is_bounded(screen: Screen) -> None:
    screen.stream.write("x" * (MAX_PARTIAL + 1))

    assert len(screen.lines) == 1
    assert screen.rows == []


def test_all_else_is_the_stream_itself(screen: Screen) -> None:
    assert screen.stream.getvalue() == ""
