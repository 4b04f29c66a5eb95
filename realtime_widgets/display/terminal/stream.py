"""A stream of the process while the live region is there: lines go above it.

What is written without a line break, such as a bar that is drawn again after a carriage return or
a prompt, is a row of the region until its line ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Stream"]

MAX_PARTIAL = 4_096
"""Characters of a line without an end; longer ones are ended."""

CURSOR_UP = "\x1b[A"
"""With it a nested bar goes back to the line of the outer one, as many lines as it went down."""


class Stream:
    """Takes what is written to a stream, and is that stream in all else.

    Args:
        stream: Stdout or stderr of the process.
        print_line: Prints a line above the region.
        changed: Is called when there is another row.
    """

    def __init__(
        self, stream: TextIO, print_line: Callable[[Text], None], changed: Callable[[], None]
    ) -> None:
        self.replaced = stream
        self._print_line = print_line
        self._changed = changed
        self._partial = ""
        self._bars: dict[int, str] = {}
        """Nested bars, by the number of lines below the outer one."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - of the stream
        return getattr(self.replaced, name)

    def write(self, text: str) -> int:
        """Print the lines that are complete, and keep the rest."""
        if CURSOR_UP in text:
            depth = len(text) - len(text.lstrip("\n"))
            self._bars[depth] = _last_form(text.replace(CURSOR_UP, "").strip("\n"))[:MAX_PARTIAL]
        else:
            *lines, self._partial = (self._partial + text).split("\n")
            for line in lines:
                self._print_line(Text.from_ansi(_last_form(line)))
            self._partial = _last_form(self._partial)
            if len(self._partial) > MAX_PARTIAL:
                self.end()
        self._changed()
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        """Write each."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Do nothing: all that is written is taken at once."""

    def rows(self) -> list[Text]:
        """Return the lines that have no end yet, from top to bottom."""
        bars = [self._bars[depth] for depth in sorted(self._bars)]
        return [Text.from_ansi(line) for line in (self._partial, *bars) if line.strip()]

    def end(self) -> None:
        """Print a line that has no line break yet; nested bars are left out."""
        self._bars.clear()
        for row in self.rows():
            self._print_line(row)
        self._partial = ""


def _last_form(line: str) -> str:
    """Return what a terminal shows of a line after its carriage returns."""
    return next((part for part in reversed(line.split("\r")) if part), "")
