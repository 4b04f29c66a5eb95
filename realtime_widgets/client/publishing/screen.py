r"""A terminal screen: what a program shows, after all that it has overwritten.

Theory of operation. The screen is a list of rows and a cursor. As long as a program only appends
to a row, the row is a string that grows. When it goes back (`\r`, backspace, cursor movement) and
writes or erases there, the row becomes a list of characters, each with its style. The cursor
reaches only the last `HEIGHT` rows; the rows above them are final, and `drop_final` removes them.

Handled: line feed, carriage return, backspace, SGR, cursor movement, erasing in a line and below
it, clearing the screen, deleting lines. Links (OSC 8) are kept where a row is only appended to.
All other control sequences are removed. What a sequence costs is bounded by the size of the
screen, and the patterns below never backtrack.
"""

from __future__ import annotations

import itertools
import math
import re

from realtime_widgets.client.publishing.sgr import RESET, sgr, transition

__all__ = ["HEIGHT", "Row", "Screen", "as_shown"]

HEIGHT = 40
"""Number of rows that the cursor reaches; also the height of the pseudo-terminal."""

_MOVES = {"A": (-1, 0), "B": (1, 0), "C": (0, 1), "D": (0, -1), "E": (1, 0), "F": (-1, 0)}
"""How far down and to the right a sequence moves the cursor."""

_MAX_COLUMN = 1_000
"""How far a program may move the cursor to the right; text may reach further."""

_MAX_REDRAWN = 1_048_576
"""How many characters of one redrawn line `as_shown` looks at: the last ones."""

_TOKEN = re.compile(
    r"(?P<text>[^\x08\n\r\x1b]++)"
    r"|(?P<move>[\x08\n\r])"
    r"|\x1b\[(?P<parameters>[0-?]{0,256}+)[ -/]{0,8}+(?P<final>[@-~])"
    r"|(?P<link>\x1b\]8;[^\x07\x1b\n]{0,4096}+(?:\x07|\x1b\\))"
    # Removed: other strings, sequences that are cut off, other escapes.
    r"|\x1b[\]PX^_][^\x07\x1b\n]{0,4096}+(?:\x07|\x1b\\)?+"
    r"|\x1b\[[0-?]{0,256}+[ -/]{0,8}+"
    r"|\x1b[ -/]{0,8}+[0-~]?+"
)
_UNFINISHED = re.compile(
    r"\x1b(?:\[[0-?]{0,256}+[ -/]{0,8}+|[\]PX^_][^\x07\x1b\n]{0,4096}+\x1b?+|[ -/]{0,8}+)\Z"
)
_MAX_UNFINISHED = 4_100


class Row:
    """One row of the screen, and what of it was published.

    Args:
        now: The time.
    """

    __slots__ = (
        "_cells",
        "_length",
        "_parts",
        "_published",
        "_published_style",
        "_style",
        "_styles",
        "changed_at",
        "is_ended",
        "is_revisited",
        "seen_at",
        "width",
    )

    def __init__(self, now: float) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._style = ""

        # What replaces these once the row is redrawn.
        self._cells: list[str] | None = None
        self._styles: list[str] = []

        self.width = 0
        """How many characters the row shows."""

        self.is_ended = False
        """Whether the program has gone on to the next row."""

        self.is_revisited = False
        """Whether it has come back to the row, or to one above it, after that."""

        self.changed_at = now

        self.seen_at = math.inf
        """When the row was last published, or else first changed."""

        self._published: str | None = None
        self._published_style = ""

    @property
    def is_published(self) -> bool:
        """Whether something of the row was published."""
        return self._published is not None

    def room(self, column: int, style: str, limit: int) -> int:
        """Return how many characters fit in from a column on, before there are `limit`."""
        if not self._only_grows(column):
            return limit - column
        sequences = len(transition(self._style, style)) + (len(RESET) if style else 0)
        return limit - self._length - sequences

    def write(self, column: int, text: str, style: str) -> None:
        """Write text over what is there."""
        if self._only_grows(column):
            self._append(transition(self._style, style) + text)
            self._style = style
            self.width += len(text)
            return
        cells = self._redrawn()
        if column > len(cells):
            self._styles += [""] * (column - len(cells))
            cells += " " * (column - len(cells))
        end = column + len(text)
        cells[column:end] = text
        self._styles[column:end] = [style] * len(text)
        self.width = len(cells)

    def link(self, sequence: str, column: int, limit: int) -> None:
        """Begin or end a link."""
        if self._only_grows(column) and self._length + len(sequence) <= limit:
            self._append(sequence)

    def erase(self, column: int) -> bool:
        """Erase from a column on, and return whether there was anything."""
        if column >= self.width:
            return False
        del self._redrawn()[column:]
        del self._styles[column:]
        self.width = column
        return True

    def text(self) -> str:
        """Return the row as terminal text that begins and ends plain."""
        text, style = self._form()
        return text + transition(style, "")

    def unpublished(self) -> str | None:
        """Return what there is to publish: of a row that only grows, what has been added."""
        text, style = self._form()
        if self._cells is not None:
            if not text or text == self._published:
                return None
        elif self._published is None:
            if not text and not self.is_ended:
                return None
        elif len(text) == len(self._published):
            return None
        else:
            text = transition("", self._published_style) + text[len(self._published) :]
        return text + transition(style, "")

    def mark_published(self, now: float) -> None:
        """Note that the news was published."""
        self._published, self._published_style = self._form()
        self.seen_at = now

    def _only_grows(self, column: int) -> bool:
        return self._cells is None and column == self.width

    def _append(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)

    def _redrawn(self) -> list[str]:
        if self._cells is None:
            self._cells = []
            style = ""
            for token in _TOKEN.finditer("".join(self._parts)):
                if text := token["text"]:
                    self._cells += text
                    self._styles += [style] * len(text)
                elif token["final"] == "m":
                    style = sgr(style, token["parameters"])
            self._parts.clear()
        return self._cells

    def _form(self) -> tuple[str, str]:
        """Return the row as terminal text that begins plain, and the style in which it ends."""
        if self._cells is None:
            self._parts = ["".join(self._parts)]
            return self._parts[0], self._style
        end = len(self._cells)
        while end and self._cells[end - 1] == " " and not self._styles[end - 1]:
            end -= 1  # blanks that cover a longer text
        parts: list[str] = []
        before = ""
        start = 0
        for style, same in itertools.groupby(self._styles[:end]):
            length = sum(1 for _ in same)
            parts += (transition(before, style), *self._cells[start : start + length])
            before = style
            start += length
        return "".join(parts), before


class Screen:
    """Follows what a program writes.

    Args:
        width: How many characters a row holds; with the rest the next one begins.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._held = ""
        """The beginning of a control sequence."""
        self._now = 0.0
        self.rows = [Row(0.0)]
        self._top = 0
        """The row that the cursor cannot go above, once the program has cleared the screen."""
        self._has_top = False
        self._y = 0
        self._x = 0
        self._style = ""

    def feed(self, text: str, now: float = 0.0) -> None:
        """Take in what the program has written."""
        self._now = now
        text = self._held + text
        self._held = ""
        unfinished = _UNFINISHED.search(text, max(0, len(text) - _MAX_UNFINISHED))
        if unfinished:
            self._held = unfinished[0]
            text = text[: unfinished.start()]
        for token in _TOKEN.finditer(text):
            match token.lastgroup:
                case "text":
                    self._write(token[0])
                case "move":
                    self._step(token[0])
                case "final":
                    self._control(token["final"], token["parameters"])
                case "link":
                    self._row.link(token[0], self._x, self._width)

    @property
    def final_at(self) -> float:
        """When the newest final row changed last; 0 where there is none."""
        return self.rows[-HEIGHT - 1].changed_at if len(self.rows) > HEIGHT else 0.0

    def drop_final(self) -> list[Row]:
        """Remove and return the rows that the program cannot reach any more."""
        count = max(0, len(self.rows) - HEIGHT)
        final = self.rows[:count]
        del self.rows[:count]
        self._y -= count
        self._top = max(0, self._top - count)
        return final

    @property
    def _row(self) -> Row:
        return self.rows[self._y]

    def _write(self, text: str) -> None:
        while text:
            row = self._row
            room = row.room(self._x, self._style, self._width)
            if room <= 0:
                self._feed_line()
                continue
            row.write(self._x, text[:room], self._style)
            self._touch(row)
            self._x += min(room, len(text))
            text = text[room:]

    def _touch(self, row: Row) -> None:
        row.changed_at = self._now
        row.seen_at = min(row.seen_at, self._now)

    def _step(self, character: str) -> None:
        if character == "\n":
            self._feed_line()
        elif character == "\r":
            self._x = 0
        else:
            self._x = max(0, self._x - 1)

    def _feed_line(self) -> None:
        row = self._row
        if not row.is_ended:
            row.is_ended = True
            row.changed_at = self._now
        self._y += 1
        self._x = 0
        if self._y == len(self.rows):
            self.rows.append(Row(self._now))

    def _control(self, final: str, parameters: str) -> None:
        if parameters[:1] in {"<", "=", ">", "?"}:
            return  # private, such as hiding the cursor
        if final == "m":
            self._style = sgr(self._style, parameters)
            return
        first, second = _numbers(parameters)
        count = first or 1
        if final in _MOVES:
            down, right = _MOVES[final]
            self._go(self._y + down * count, self._x + right * count)
        match final:
            case "E" | "F":
                self._x = 0
            case "G":
                self._go(self._y, count - 1)
            case "H" | "f":
                self._go_home(count - 1, (second or 1) - 1)
            case "J":
                self._erase_below(first)
            case "K":
                self._erase_in_line(first)
            case "M":
                self._delete_rows(count)

    def _go(self, y: int, x: int) -> None:
        top = max(self._top, len(self.rows) - HEIGHT)
        y = min(max(y, top), len(self.rows) - 1)
        for row in self.rows[y : self._y]:
            row.is_revisited = True
        self._y = y
        # To fill the way with blanks must not cost much; within the row there is no need to.
        self._x = min(max(x, 0), max(_MAX_COLUMN, self._row.width))

    def _go_home(self, down: int, right: int) -> None:
        """Go to a place on the screen, whose top is where the program first does that."""
        self._begin_screen()
        y = max(self._top, len(self.rows) - HEIGHT) + min(down, HEIGHT - 1)
        while len(self.rows) <= y:
            self.rows.append(Row(self._now))
        self._go(y, right)

    def _begin_screen(self) -> None:
        if self._has_top:
            return
        self._has_top = True
        self._y = len(self.rows) - 1
        if self._row.width:
            self._feed_line()
        self._top = self._y

    def _erase_in_line(self, how: int) -> None:
        # Erasing all also goes back to the first column: there programs continue in practice, and
        # to keep blanks up to the cursor would cost a hostile text its length squared.
        if how == 2:  # noqa: PLR2004 - all of the line
            self._x = 0
        elif how != 0:
            return
        if self._row.erase(self._x):
            self._touch(self._row)

    def _erase_below(self, how: int) -> None:
        if how == 2:  # noqa: PLR2004 - all of the screen
            self._begin_screen()
            self._go(0, 0)
        elif how != 0:
            return
        self._erase_in_line(0)
        for row in self.rows[self._y + 1 :]:
            if row.erase(0):
                self._touch(row)

    def _delete_rows(self, count: int) -> None:
        del self.rows[self._y : self._y + count]
        if self._y == len(self.rows):
            self.rows.append(Row(self._now))
        self._go(self._y, self._x)


def _numbers(parameters: str) -> tuple[int, int]:
    """Return the first two numbers of a sequence; 0 where there is none."""
    first, _, rest = parameters.partition(";")
    return _number(first), _number(rest.partition(";")[0])


def _number(text: str) -> int:
    return min(int(text), _MAX_COLUMN) if text.isascii() and text.isdecimal() else 0


def as_shown(text: str, enough: int) -> str:
    r"""Return what a screen shows of a text, without what `\r` and the like have overwritten.

    Args:
        text: Terminal text.
        enough: Where there are so many characters the rest is left as it is.
    """
    lines = text.split("\n")
    screen = Screen(enough)
    taken = length = 0
    for line in lines:
        if length > enough:
            break
        if taken:
            screen.feed("\n")
        body = line.rstrip("\r")
        screen.feed(body[-_MAX_REDRAWN:] if "\r" in body else body)
        taken += 1
        length += screen.rows[-1].width + 1
    return "\n".join([*(row.text() for row in screen.rows), *lines[taken:]])
