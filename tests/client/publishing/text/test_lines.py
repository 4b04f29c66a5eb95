"""Lines out of what a program writes, and when they are ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from realtime_widgets.client.publishing.text.lines import REPEAT_S, SETTLE_S, STILL_S, LineSplitter
from tests.client.reading import lines

if TYPE_CHECKING:
    from realtime_widgets import Sprint


class Program:
    """What a program writes, at times of a clock that stands still otherwise."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.splitter = LineSplitter()

    def writes(self, data: bytes) -> list[str]:
        self.splitter.feed(data, self.now)
        return self.waits(0)

    def waits(self, seconds: float) -> list[str]:
        self.now += seconds
        return [line.text for line in self.splitter.take(self.now, self.now - SETTLE_S)]

    def ends(self) -> list[str]:
        self.splitter.feed(b"", self.now)
        return [line.text for line in self.splitter.take_all(self.now)]


@pytest.fixture
def program() -> Program:
    return Program()


def split(*chunks: bytes) -> list[str]:
    program = Program()
    return [line for chunk in chunks for line in program.writes(chunk)] + program.ends()


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


def test_a_line_is_ready_a_moment_after_its_end(program: Program) -> None:
    assert program.writes(b"one\ntwo\n") == []
    assert program.waits(SETTLE_S) == ["one", "two"]
    assert not program.splitter.is_waiting


def test_a_flood_of_lines_does_not_wait(program: Program) -> None:
    ready = program.writes(b"line\n" * 1_000)

    assert len(ready) > 900
    assert len(ready + program.ends()) == 1_000


def test_an_unfinished_line_is_ready_when_it_stands_still_and_its_rest_when_it_ends(
    program: Program,
) -> None:
    assert program.writes(b"test_one ... ") == []
    assert program.waits(STILL_S) == ["test_one ... "]
    assert program.waits(STILL_S) == []
    assert program.writes(b"ok\n") == []
    assert program.waits(SETTLE_S) == ["ok"]


def test_b21_the_rest_of_a_line_has_the_colour_in_which_it_began(program: Program) -> None:
    program.writes(b"\x1b[31mtest_one ... ")
    program.waits(STILL_S)

    assert program.writes(b"bad\x1b[0m\n") + program.waits(SETTLE_S) == ["\x1b[31mbad\x1b[0m"]


def test_b22_dots_are_one_line_every_ten_seconds(program: Program) -> None:
    ready: list[str] = []
    for _ in range(120):
        ready += program.writes(b".") + program.waits(REPEAT_S / 50)
    ready += program.writes(b"\n") + program.waits(SETTLE_S)

    assert len(ready) == 3
    assert "".join(ready) == "." * 120


def test_b22_a_bar_is_ready_every_ten_seconds_and_in_its_last_form(program: Program) -> None:
    ready: list[str] = []
    for percent in range(100):
        ready += program.writes(b"\r%3d%%" % percent) + program.waits(REPEAT_S / 40)
    ready += program.writes(b"\r100%\n") + program.waits(SETTLE_S)

    assert ready == [" 39%", " 79%", "100%"]


def test_b22_a_bar_that_stands_still_is_ready_once(program: Program) -> None:
    program.writes(b"\r 10%")
    assert program.waits(STILL_S) == [" 10%"]

    program.writes(b"\r 20%")
    assert program.waits(STILL_S) == []
    assert program.waits(REPEAT_S - STILL_S) == [" 20%"]
    assert program.waits(REPEAT_S) == []


@pytest.mark.parametrize(
    ("frame", "up"),
    [
        pytest.param("\rw0 {0}%\n\rw1 {0}%", "\x1b[A", id="tqdm"),
        pytest.param("w0 {0}%\nw1 {0}%", "\r\x1b[2K\x1b[1A\x1b[2K", id="rich"),
        pytest.param("\x1b[2Kw0 {0}%\r\n\x1b[2Kw1 {0}%\r\n", "\x1b[2A", id="log-update"),
        pytest.param("w0 {0}%\nw1 {0}%\n", "\x1b[2F\x1b[J", id="erase below"),
        pytest.param("w0 {0}%\nw1 {0}%\n", "\x1b[2A\x1b[2M", id="delete lines"),
        pytest.param("w0 {0}%\nw1 {0}%\n", "\x1b[H\x1b[2J", id="watch"),
    ],
)
def test_b22_of_bars_over_many_lines_the_last_form_is_ready(
    program: Program, frame: str, up: str
) -> None:
    program.writes(b"begin\n")
    program.waits(SETTLE_S)
    if up.startswith("\x1b[H"):
        program.writes(up.encode())

    ready: list[str] = []
    for percent in range(0, 100, 4):
        ready += program.writes((frame.format(percent) + up).encode()) + program.waits(0.1)
    ready += program.writes((frame.format(100) + "\nend\n").encode()) + program.ends()

    assert [line for line in ready if line] == ["w0 100%", "w1 100%", "end"]


def test_b22_bars_that_take_long_are_ready_every_ten_seconds(program: Program) -> None:
    ready: list[str] = []
    for percent in range(100):
        ready += program.writes(b"\rw0 %d%%\n\rw1 %d%%\x1b[A" % (percent, percent))
        ready += program.waits(REPEAT_S / 40)

    assert ready == ["w0 39%", "w1 39%", "w0 79%", "w1 79%"]


def test_b22_lines_above_bars_are_ready_while_these_continue(program: Program) -> None:
    program.writes(b"\rw0 0%\n\rw1 0%\x1b[A")
    program.writes(b"\r\x1b[Kepoch 1 done\n\rw0 50%\n\rw1 50%\x1b[A")

    assert program.waits(STILL_S)[0] == "epoch 1 done"


def test_b22_memory_is_bounded_for_any_output(program: Program) -> None:
    for _ in range(50):
        program.writes(b"x\x1b[31m" * 10_000 + b"\x1b[A\n\r\x1b]8;;x")

    rows = program.splitter._screen.rows  # noqa: SLF001 - nothing else shows them
    assert sum(row.width for row in rows) < 3_000_000


def test_a_line_without_an_end_is_ended_where_a_log_line_is_full(program: Program) -> None:
    assert program.writes(b"x" * 65_000) == []

    assert [len(line) for line in program.writes(b"x" * 65_536) + program.ends()] == [
        65_536,
        65_000,
    ]


@pytest.mark.parametrize("character", ["x", "\N{SNOWMAN}", "\x01", "\N{GRINNING FACE}"])
def test_of_a_long_line_nothing_is_lost(sprint: Sprint, character: str) -> None:
    text = character * 100_000

    for line in split(text.encode() + b"\nnext\n"):
        sprint.log(line)

    *pieces, after = lines(sprint)
    assert "".join(pieces) == text
    assert after == "next"


def test_b21_the_pieces_of_a_long_line_have_its_colour() -> None:
    text = "\N{GRINNING FACE}" * 100_000

    first, *others = split(f"\x1b[31m{text}\n".encode())

    assert first.startswith("\x1b[31m")
    assert others
    assert all(piece.startswith("\x1b[31m") for piece in others)


def test_the_end_of_a_line_that_is_full_is_no_line() -> None:
    assert [len(line) for line in split(b"x" * 65_536, b"\n", b"\n")] == [65_536, 0]
