"""What keys do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from realtime_widgets.cli.watching.log import Filter
from realtime_widgets.display.terminal.typed_line import TypedLine

if TYPE_CHECKING:
    from realtime_widgets.cli.watching.view import View

__all__ = ["Actions", "Controls"]

ESCAPE = "\x1b"

_KEY = re.compile(r"\x1b\[[0-9;]*[A-Za-z~]|\x1bO[A-Za-z]|.", re.DOTALL)

_NAMES = {
    "\x1b[A": "up", "\x1bOA": "up", "k": "up",
    "\x1b[B": "down", "\x1bOB": "down", "j": "down", "\r": "down", "\n": "down",
    "\x1b[5~": "page up", "b": "page up",
    "\x1b[6~": "page down", " ": "page down",
    "\x1b[H": "home", "\x1bOH": "home", "\x1b[1~": "home", "\x1b[7~": "home", "g": "home",
    "\x1b[F": "end", "\x1bOF": "end", "\x1b[4~": "end", "\x1b[8~": "end", "G": "end",
    "\t": "tab", "\x1b[Z": "tab",
}  # fmt: skip
"""What terminals send for keys, and the letters that do the same as in `less`."""

LEVELS = ("debug", "warning", "error")
"""Levels of the filter, one after another; the first is for all lines."""


class Actions(Protocol):
    """What keys do besides changing the view."""

    def next_question(self) -> None:
        """Show the next open question."""

    def stop_run(self) -> None:
        """Stop the run."""

    def quit(self) -> None:
        """End the view."""


class Controls:
    """Changes a view by keys.

    Args:
        view: The view.
        actions: What needs the server or the terminal.
    """

    def __init__(self, view: View, actions: Actions) -> None:
        self._view = view
        self._actions = actions

    def take(self, typed: bytes) -> None:
        """Take what was typed at once."""
        keys = _KEY.findall(typed.decode(errors="replace"))
        for index, key in enumerate(keys):
            if self._view.mode in ("answering", "filtering"):
                self._type("".join(keys[index:]).encode())
                return
            self._press(_NAMES.get(key, key))

    def _type(self, typed: bytes) -> None:
        if self._view.mode == "answering":
            self._answer(typed)
        else:
            self._filter(typed)

    def _answer(self, typed: bytes) -> None:
        if typed == ESCAPE.encode() or self._view.bar is None:
            self._view.mode = "reading"
        else:
            self._view.notice = ""
            self._view.bar.take(typed)

    def _filter(self, typed: bytes) -> None:
        view, level = self._view, self._view.run.log.filter.level
        if typed == ESCAPE.encode():
            view.mode = "reading"
            view.set_filter(Filter("", level))
            return
        done = list(view.typed.take(typed))
        view.set_filter(Filter(done[0] if done else view.typed.text, level))
        if done:
            view.mode = "reading"

    def _press(self, key: str) -> None:
        view = self._view
        view.notice = ""
        if view.mode == "stopping":
            view.mode = "reading"
            if key == "y":
                self._actions.stop_run()
        elif key == "q":
            self._actions.quit()
        elif view.mode == "help":
            view.mode = "reading"
        elif not self._scroll(key):
            self._begin(key)

    def _scroll(self, key: str) -> bool:
        """Scroll the pane; return False for keys that do not."""
        pane = self._view.pane
        match key:
            case "up":
                pane.move(-1)
            case "down":
                pane.move(1)
            case "page up":
                pane.move(-pane.page)
            case "page down":
                pane.move(pane.page)
            case "home":
                pane.to_top()
            case "end":
                pane.to_end()
            case _:
                return False
        return True

    def _begin(self, key: str) -> None:
        view = self._view
        match key:
            case "?":
                view.mode = "help"
            case "tab" if view.run.timeline.has_agents:
                view.chosen = "timeline" if view.focus == "log" else "log"
            case "/":
                view.chosen, view.mode, view.typed = "log", "filtering", TypedLine()
            case "l":
                chosen = view.run.log.filter
                level = LEVELS[(LEVELS.index(chosen.level) + 1) % len(LEVELS)]
                view.chosen = "log"
                view.set_filter(Filter(chosen.text, level))
            case "f":
                view.is_unfolded = not view.is_unfolded
            case "a" if view.bar is not None:
                view.mode = "answering"
            case "n":
                self._actions.next_question()
            case "s" if not view.run.can_stop:
                view.notice = "the run is not running"
            case "s":
                view.mode = "stopping"
