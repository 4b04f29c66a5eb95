"""What a screen shows of what a program has written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_widgets.client.publishing.screen import HEIGHT, Screen, as_shown

WIDTH = 50


def shown(*chunks: str, width: int = WIDTH) -> list[str]:
    screen = Screen(width)
    for chunk in chunks:
        screen.feed(chunk)
    return [row.text() for row in screen.rows]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("one\r\ntwo", ["one", "two"]),
        ("10%\r20%\r100%", ["100%"]),
        ("long text\rab", ["abng text"]),
        ("long text\r\x1b[Kab", ["ab"]),
        ("long text\x1b[2Kab", ["ab"]),
        ("long\r    \r", [""]),
        ("|\b/\b-", ["-"]),
        ("a\b\b\bX", ["X"]),
        ("a\nb\n\x1b[2AX", ["X", "b", ""]),
        ("a\nb\x1b[1FX", ["X", "b"]),
        ("a\nb\x1b[A\r\x1b[Jc", ["c", ""]),
        ("abc\x1b[2DX", ["aXc"]),
        ("abc\x1b[1GX", ["Xbc"]),
        ("a\x1b[3CX", ["a   X"]),
        ("a\nb\nc\x1b[2A\x1b[2Mx", ["cx"]),
        ("a\nb\x1b[99A\x1b[99BX", ["a", "bX"]),
        ("old\x1b[2J\x1b[Hone\x1b[Htwo", ["old", "two"]),
        ("\x1b[H\x1b[2Ja\nb\x1b[H\x1b[2Jc", ["c", ""]),
        ("\x1b[2;3Hx", ["", "  x"]),
        ("\x1b[?25l\x1b]0;title\x07\x1b(Ba\x1b=b\x1b[?25h", ["ab"]),
        ("a\x1b[31", ["a"]),
        ("a\x1b[12\nb", ["a", "b"]),
        ("a\x1b]0;title\nb", ["a", "b"]),
        ("\x00\x07\ttab", ["\x00\x07\ttab"]),
    ],
)
def test_b22_a_screen_shows_what_a_terminal_does(text: str, rows: list[str]) -> None:
    assert shown(text) == rows
    assert shown(*text) == rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("\x1b[32mok\x1b[0m", ["\x1b[32mok\x1b[0m"]),
        ("\x1b[31mred\nstill", ["\x1b[31mred\x1b[0m", "\x1b[31mstill\x1b[0m"]),
        ("\x1b[31mred\n\x1b[mplain", ["\x1b[31mred\x1b[0m", "plain"]),
        ("\x1b[31m\n\n\x1b[1mx", ["", "", "\x1b[31;1mx\x1b[0m"]),
        ("\x1b[31m10%\r\x1b[32m20%", ["\x1b[32m20%\x1b[0m"]),
        ("\x1b[31mabc\rX", ["\x1b[31mXbc\x1b[0m"]),
        ("\x1b[41m   \r \n", ["\x1b[41m   \x1b[0m", ""]),
        ("\x1b]8;;https://x.org\x07a\x1b]8;;\x07b", ["\x1b]8;;https://x.org\x07a\x1b]8;;\x07b"]),
    ],
)
def test_b21_each_row_has_its_colours_with_it(text: str, rows: list[str]) -> None:
    assert shown(text) == rows
    assert shown(*text) == rows


def test_b22_a_row_that_is_full_continues_in_the_next() -> None:
    assert [len(row) for row in shown("x" * (2 * WIDTH + 1), "\n", "y")] == [WIDTH, WIDTH, 1, 1]
    assert [len(row) for row in shown("x" * WIDTH, "\n", "y")] == [WIDTH, 1]


def test_b22_rows_beyond_the_screen_are_final() -> None:
    screen = Screen(WIDTH)
    screen.feed("".join(f"{number}\n" for number in range(100)))

    final = screen.drop_final()
    screen.feed("\x1b[200Achanged")

    assert [row.text() for row in final] == [str(number) for number in range(101 - HEIGHT)]
    assert screen.rows[0].text().startswith("changed")


PIECES = st.sampled_from(
    [
        "a",
        "bc",
        " ",
        "\n",
        "\r",
        "\r\n",
        "\b",
        "\t",
        "\x1b",
        "\x1b[",
        "31",
        ";",
        "m",
        "K",
        "\x1b[2K",
    ]
    + [f"\x1b[{final}" for final in "ABCDEFGHJKMm"]
    + ["\x1b[2J", "\x1b[9A", "\x1b[99;99H", "\x1b]8;;http://x\x1b\\", "\x1b]0;t\x07", "\x1b[?25l"]
    + ["\x1b[31m", "\x1b[1;4m", "\x1b[0m", "x" * WIDTH]
)


@given(st.lists(PIECES))
def test_b22_it_makes_no_difference_in_what_pieces_a_text_comes(pieces: list[str]) -> None:
    text = "".join(pieces)

    assert shown(*pieces) == shown(text) == shown(*text)


@given(st.lists(PIECES))
def test_b22_what_is_shown_stays_as_it_is_when_it_is_shown_again(pieces: list[str]) -> None:
    rows = shown("".join(pieces))

    assert shown("\n".join(rows), width=10_000) == rows
    assert all(not row.endswith("\x1b") and "\r" not in row for row in rows)


def bar(states: int) -> str:
    return "".join(f"\r{100 * n // (states - 1):3}%|{'#' * 20}|" for n in range(states))


def test_l12_a_text_is_shown_with_its_last_state() -> None:
    assert as_shown(f"begin\r\n{bar(1_000)}\nend\n", WIDTH) == f"begin\n100%|{'#' * 20}|\nend\n"


def test_l12_what_is_beyond_the_limit_stays_as_it_is() -> None:
    text = "line\r\n" * WIDTH

    reduced = as_shown(text, WIDTH)

    assert reduced.startswith("line\nline\n")
    assert reduced.endswith("line\r\nline\r\n")
    assert reduced.count("line") == WIDTH
