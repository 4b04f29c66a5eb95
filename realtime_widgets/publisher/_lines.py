r"""Splits what a program writes into lines that can be published while it writes.

A log line cannot be changed once it is published. So a line that its program rewrites (`\r`, as
progress bars do) is published now and then as it stands, and in its last form; and of one that is
left unfinished for a while the beginning is published, and later the rest.
"""

from __future__ import annotations

import codecs
import re

__all__ = ["LineSplitter"]

MAX_LINE = 65_536
"""Characters after which a line without an end is taken for one."""

_END = re.compile(r"(\r\n|\n|\r)")


class LineSplitter:
    """Turns the bytes of one stream into lines; bytes that are no UTF-8 become U+FFFD."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = ""
        """A last `\\r`, which the next byte may make a line end."""
        self._line = ""
        self._told = 0
        """How many characters of the line were published."""
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
        rest = self._line[self._told :]
        if not is_old or not rest:
            return []
        self._told = len(self._line)
        return [rest]

    def finish(self) -> list[str]:
        """Return the last line, if it has no end."""
        lines = self._take(self._decoder.decode(b"", final=True))
        rest = self._line[self._told :]
        return [*lines, rest] if rest else lines

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
                    if len(self._line) - self._told >= MAX_LINE:
                        self._end(lines)
        return lines

    def _add(self, text: str) -> None:
        if self._is_rewritten:
            self._line, self._told, self._is_rewritten = "", 0, False
        self._line += text

    def _end(self, lines: list[str]) -> None:
        if self._told < len(self._line) or not self._line:
            lines.append(self._line[self._told :])
        self._line, self._told = "", 0
        self._is_rewritten = self._is_old = False
