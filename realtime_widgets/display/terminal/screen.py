"""The live region at the bottom of a terminal, with the rows of the runs that are in progress.

One background thread draws, at most ten times a second and only after an event: while a script
waits for a key, or does nothing, nothing is written to its terminal. What the script prints
meanwhile appears above the region, as rich does it.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, Protocol

from rich.console import Console, Group
from rich.live import Live

from realtime_widgets.display.terminal.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType
    from rich.text import Text

__all__ = ["screen"]

EVERY_S = 0.1
"""Shortest time between two drawings, in seconds."""

STREAMS = ("stdout", "stderr")


class Drawn(Protocol):
    """What has a row of the region: a run, or a prompt."""

    def lines(self) -> Sequence[Text]:
        """Return the lines that are to be printed above the region, each once."""

    def live(self) -> RenderableType:
        """Return the row as it is now."""

    def end(self) -> Text:
        """Return the line that stays."""


class Screen:
    """The live region on stderr; it is there while it has rows."""

    def __init__(self) -> None:
        self._rows: list[Drawn] = []
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._has_ended = threading.Event()
        self._live: Live | None = None
        self._streams: dict[str, Stream] = {}
        """The replacements of the streams of this process, by their names."""

    def add(self, row: Drawn, first_line: Text) -> None:
        """Show a row below a line that stays."""
        with self._lock:
            self._rows.append(row)
            if self._live is None:
                self._start()
            self._print(first_line)
        self.wake()

    def remove(self, row: Drawn) -> None:
        """Replace a row by a line that stays; with the last row, end the region."""
        with self._lock:
            self._rows.remove(row)
            self._draw([row])
            if not self._rows:
                self._stop()
            self._print(row.end())

    def wake(self) -> None:
        """Draw soon: a row has taken an event."""
        self._changed.set()

    def restore_streams(self) -> None:
        """Give this process its own streams back, where they still are those of the region."""
        for name, stream in self._streams.items():
            if getattr(sys, name) is stream:
                setattr(sys, name, stream.replaced)
        self._streams.clear()

    def _start(self) -> None:
        self._console = Console(file=sys.stderr, highlight=False, markup=False, emoji=False)
        for name in STREAMS:
            stream = getattr(sys, name)
            if stream is not None and stream.isatty():
                self._streams[name] = Stream(stream, self._print, self.wake)
                setattr(sys, name, self._streams[name])
        self._live = Live(
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        )
        self._live.start()
        self._has_ended = threading.Event()
        threading.Thread(
            target=self._draw_until, args=(self._has_ended,), name="rtw terminal", daemon=True
        ).start()

    def _stop(self) -> None:
        self._has_ended.set()
        self.wake()
        for stream in self._streams.values():
            stream.end()
        if self._live is not None:
            self._live.stop()
        self._live = None
        self.restore_streams()

    def _draw_until(self, has_ended: threading.Event) -> None:
        while not has_ended.is_set():
            self._changed.wait()
            self._changed.clear()
            with self._lock:
                if not has_ended.is_set():
                    self._draw(self._rows)
            has_ended.wait(EVERY_S)

    def _draw(self, rows: list[Drawn]) -> None:
        for row in rows:
            for line in row.lines():
                self._print(line)
        if self._live is not None:
            partial = [row for stream in self._streams.values() for row in stream.rows()]
            for line in partial:
                line.no_wrap, line.overflow = True, "ellipsis"
            self._live.update(Group(*partial, *(row.live() for row in self._rows)), refresh=True)

    def _print(self, line: Text) -> None:
        self._console.print(line, soft_wrap=True)


_screens: list[Screen] = []


def screen() -> Screen:
    """Return the region of this process."""
    if not _screens:
        _screens.append(Screen())
    return _screens[0]


def _leave_to_parent() -> None:
    """Let a forked child write to its streams itself; the region is its parent's."""
    for left in _screens:
        left.restore_streams()
    _screens.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)
