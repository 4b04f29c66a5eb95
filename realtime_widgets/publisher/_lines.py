r"""Splits what a program writes into lines that can be published while it writes.

A log line cannot be changed once it is published. So a line that its program rewrites (`\r`, as
progress bars do) is published now and then as it stands, and in its last form; and of one that is
left unfinished for a while the beginning is published, and later the rest. A line that is longer
than one log line may be becomes several, and loses nothing.
"""

from __future__ import annotations

import codecs
import re

from realtime_widgets.publisher._events import MAX_LINE, line_length

__all__ = ["LineSplitter"]

_END = re.compile(r"(\r\n|\n|\r)")


class LineSplitter:
    """Turns the bytes of one stream into lines; bytes that are no UTF-8 become U+FFFD."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = ""
        """A last `\\r`, which the next byte may make a line end."""
        self._line = ""
        """What was not published of the line."""
        self._is_told = False
        """Whether a part of it was."""
        self._is_rewritten = False
        """Whether the next text replaces the line."""
        self._is_old = False
        """Whether the line was unfinished at the last pause."""

    def feed(self, data: bytes) -> list[str]:
        """Take bytes in and return the lines that they finish."""
        text = self._held + self._decoder.decode(data)
        self._held = "\r" if text.endswith("\r") else ""
        return self._take(text.removesuffix("\r"))

    def pause(self) -> list[str]:
        """Return what has stood unfinished since the last pause; call it about once a second."""
        is_old, self._is_old = self._is_old, True
        return self._pieces() if is_old else []

    def finish(self) -> list[str]:
        """Return the last line, if it has no end."""
        return self._take(self._decoder.decode(b"", final=True)) + self._pieces()

    def _take(self, text: str) -> list[str]:
        lines: list[str] = []
        for piece in _END.split(text):
            match piece:
                case "":
                    pass
                case "\n" | "\r\n":
                    self._end(lines)
                case "\r":
                    self._is_rewritten = True
                case _:
                    self._add(piece)
                    lines += self._pieces(at_least=MAX_LINE)
        return lines

    def _add(self, text: str) -> None:
        if self._is_rewritten:
            self._line, self._is_told, self._is_rewritten = "", False, False
        self._line += text

    def _end(self, lines: list[str]) -> None:
        lines += self._pieces() if self._line or self._is_told else [""]
        self._is_told = self._is_rewritten = self._is_old = False

    def _pieces(self, at_least: int = 1) -> list[str]:
        """Take log lines off the line while it has so many characters."""
        pieces: list[str] = []
        while len(self._line) >= at_least:
            length = line_length(self._line)
            pieces.append(self._line[:length])
            self._line = self._line[length:]
            self._is_told = True
        return pieces
