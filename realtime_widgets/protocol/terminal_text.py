"""Terminal text as lines of plain text: what a terminal shows, without its colours.

The rules are those of the live view, `frontend/src/terminal/ansi.ts`;
`tests/vectors/terminal.json` holds both to them. A control sequence ends at its final byte, at a
line break or after `MAX_CONTROL` characters, so that none hides the text behind it. A control
character of ASCII that means nothing here, such as NUL, is shown as a mark.
"""

from __future__ import annotations

import re

__all__ = ["MAX_CONTROL", "has_controls", "lines_of", "without_colours", "without_controls"]

MAX_CONTROL = 4_096
"""Longest control sequence; what follows it is text again."""

FIRST_PICTURE = 0x2400
"""The control pictures of Unicode, in the order of the controls that they show."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_COLOUR = re.compile(r"\x1b\[[0-9;:]{0,1000}m")

_TOKEN = re.compile(
    r"(?P<text>[^\x00-\x08\x0b-\x1f\x7f-\x9f]++)"
    r"|\x1b++[ -/]*+(?:"
    rf"\[(?P<erase>[0-?]{{0,{MAX_CONTROL - 1}}}+)K"
    rf"|\[[ -?]{{0,{MAX_CONTROL - 1}}}+[@-~]"
    rf"|\[[ -?]{{0,{MAX_CONTROL}}}+"
    rf"|[\]PX^_][^\x07\x1b\x9c]{{0,{MAX_CONTROL}}}+(?:[\x07\x9c]|(?=\x1b))?+"
    r"|[^\x00-\x1f]?+)"
    r"|(?P<control>[\x00-\x1f])"
    r"|[\x7f-\x9f]"
)


def has_controls(text: str) -> bool:
    """Return whether the text has control characters other than tabs and line breaks."""
    return _CONTROL.search(text) is not None


def lines_of(text: str) -> list[str]:
    """Return the lines; a line break at the end ends the last one, it begins no new one."""
    body = text.removesuffix("\n")
    if not has_controls(body):
        return body.split("\n")
    plain = without_colours(body)
    if not has_controls(plain):  # as most: this is faster
        return plain.split("\n")
    return [_line(line) if has_controls(line) else line for line in body.split("\n")]


def without_colours(text: str) -> str:
    """Return the text without colours, and without carriage returns at the end of lines.

    Where no control characters are left, its lines are those that are shown.
    """
    return _COLOUR.sub("", text).replace("\r\n", "\n").removesuffix("\r")


def without_controls(text: str) -> str:
    """Return the text without its control sequences and characters, as if they had no effect."""
    return "\n".join(
        "".join(token["text"] or "" for token in _TOKEN.finditer(line)) for line in text.split("\n")
    )


def _line(line: str) -> str:
    cells: list[str] = []
    cursor = 0
    for token in _TOKEN.finditer(line):
        written = token["text"] or ""
        match token["control"]:
            case None:
                pass
            case "\r":
                cursor = 0
            case "\b":
                cursor = max(cursor - 1, 0)
            case control:
                written = chr(FIRST_PICTURE + ord(control))
        if token["erase"] in {"", "0", "2"}:
            # Erasing all also goes back to the first column, as the live view has it.
            cursor = 0 if token["erase"] == "2" else cursor
            del cells[cursor:]
        cells[cursor : cursor + len(written)] = written
        cursor += len(written)
    return "".join(cells)
