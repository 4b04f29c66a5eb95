"""Owns the terminal while a run is watched: its second screen, keys without echo, and its size.

Only rows that differ from those on the screen are written, so that a slow connection to the
terminal keeps up. Everything is as before after the block, also after an exception and while the
process is suspended by Ctrl-Z.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import termios
import tty
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType, TracebackType

    from rich.text import Text

__all__ = ["FullScreen"]

# As xterm has them, which all terminals follow: the second screen, the cursor, and that a mouse
# wheel is sent as arrow keys.
ENTER = "\x1b[?1049h\x1b[?25l\x1b[?1007h\x1b[2J"
LEAVE = "\x1b[?1007l\x1b[?25h\x1b[?1049l"


class FullScreen:
    """The terminal, in a `with` block.

    Args:
        on_change: Called where the screen has to be drawn: it has another size, or was restored.
            It may be called by a signal handler.
    """

    def __init__(self, on_change: Callable[[], object]) -> None:
        self._on_change = on_change
        self.keys = sys.stdin.fileno()
        """The file descriptor of the keys."""

        self._console = Console(highlight=False, markup=False, emoji=False, force_terminal=True)
        self._shown: list[Text] = []
        self._former: list[Any] = []
        self._handlers: dict[signal.Signals, Any] = {}

    @property
    def size(self) -> os.terminal_size:
        """Columns and rows."""
        return shutil.get_terminal_size()

    def __enter__(self) -> Self:
        self._former = termios.tcgetattr(self.keys)
        self._enter()
        for number, handler in (
            (signal.SIGWINCH, self._resize),
            (signal.SIGTSTP, self._suspend),
            (signal.SIGTERM, self._end),
            (signal.SIGHUP, self._end),
        ):
            self._handlers[number] = signal.signal(number, handler)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._leave()

    def draw(self, rows: Sequence[Text]) -> None:
        """Show these rows, from the top."""
        width, _ = self.size
        self._console.width = width
        shown, self._shown = self._shown, list(rows)  # a signal may come from here on
        with self._console.capture() as captured:
            for index, row in enumerate(rows):
                if index >= len(shown) or row != shown[index]:
                    self._console.print(row, end="", no_wrap=True, crop=False, overflow="ignore")
                self._console.print(end="\n")
        changed = captured.get().split("\n")
        self._write("".join(f"\x1b[{n};1H{row}" for n, row in enumerate(changed, 1) if row))

    def _enter(self) -> None:
        tty.setcbreak(self.keys, termios.TCSADRAIN)
        self._shown = []
        self._write(ENTER)

    def _leave(self) -> None:
        self._write(LEAVE)
        termios.tcsetattr(self.keys, termios.TCSADRAIN, self._former)

    def _write(self, text: str) -> None:
        if text:
            sys.stdout.write(text)
            sys.stdout.flush()

    def _resize(self, _: int, __: FrameType | None) -> None:
        self._shown = []
        self._on_change()

    def _suspend(self, number: int, _: FrameType | None) -> None:
        """Give the terminal back, stop, and take it again when the process is continued."""
        self._leave()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        signal.signal(number, self._suspend)
        self._enter()
        self._on_change()

    def _end(self, number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)
