r"""Splits what a program writes into lines that can be published while it writes.

A log line cannot be changed once it is published, but a program may change what it has written: a
progress bar goes back to the beginning of its line, several of them go back over many lines. So a
line waits for a moment after its end, and one that is being changed until it stands still. What
takes longer is published now and then as it stands, and in its last form. Of a line that is left
unfinished, without being changed, the beginning is published first, and later the rest. A line
that is longer than one log line may be becomes several, and loses nothing.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, NamedTuple

from realtime_widgets.client.publishing.events import MAX_LINE, SMALL_LINE, line_length
from realtime_widgets.client.publishing.screen import Row, Screen
from realtime_widgets.client.publishing.sgr import style_after, transition

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["REPEAT_S", "SETTLE_S", "STILL_S", "Line", "LineSplitter"]

SETTLE_S = 0.5
"""How long after its end a line may still be taken back."""

STILL_S = 2.0
"""After so long without a change, what may still change is published as it stands."""

REPEAT_S = 10.0
"""Seconds between two publications of a line that changes without a pause."""


class Line(NamedTuple):
    """A line to publish."""

    changed_at: float
    text: str


class LineSplitter:
    """Turns the bytes of one stream into lines; bytes that are no UTF-8 become U+FFFD."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._screen = Screen(MAX_LINE)
        self.is_waiting = False
        """Whether `take` left something that time makes ready."""

    @property
    def final_at(self) -> float:
        """When the newest line ended that cannot be changed any more; 0 where there is none."""
        return self._screen.final_at

    def feed(self, data: bytes, now: float) -> None:
        """Take bytes in; none at all are the end of the stream."""
        self.is_waiting = True
        self._screen.feed(self._decoder.decode(data, final=not data), now)

    def take(self, now: float, settled_at: float) -> list[Line]:
        """Return the lines that are ready, in their order.

        Args:
            now: The time.
            settled_at: Lines that ended until then are ready.
        """
        lines: list[Line] = []
        for row in self._screen.drop_final():
            lines += _publish(row, now)
        self.is_waiting = False
        for row in self._screen.rows:
            if row.unpublished() is None:
                continue
            if _is_ready(row, now, settled_at):
                lines += _publish(row, now)
                continue
            self.is_waiting = True
            if row.is_ended:
                break  # what is below it comes after it
        return lines

    def take_all(self, now: float) -> list[Line]:
        """Return all lines as they stand."""
        self.is_waiting = False
        rows = [*self._screen.drop_final(), *self._screen.rows]
        return [line for row in rows for line in _publish(row, now)]


def _is_ready(row: Row, now: float, settled_at: float) -> bool:
    if row.is_ended and not row.is_revisited:
        return row.changed_at <= settled_at
    is_still = not row.is_published and now - row.changed_at >= STILL_S
    return is_still or now - row.seen_at >= REPEAT_S


def _publish(row: Row, now: float) -> Iterator[Line]:
    text = row.unpublished()
    if text is None:
        return
    row.mark_published(now)
    for piece in _pieces(text):
        yield Line(row.changed_at, piece)


def _pieces(text: str) -> Iterator[str]:
    """Cut a text into log lines, each with the style in which the one before ends."""
    while len(text) > SMALL_LINE and (length := line_length(text)) < len(text):
        escape = text.rfind("\x1b", 0, length)
        if escape > 0 and "m" not in text[escape:length]:
            length = escape  # not within a sequence
        piece, text = text[:length], text[length:]
        yield piece
        text = transition("", style_after(piece)) + text
    yield text
