"""Reads the keys of the terminal while questions are open, one question after the other.

A separate thread reads, so that the thread that waits gets answers from elsewhere, too. The
terminal shows no keys meanwhile and passes on each at once; the row of the prompt shows them.
Ctrl-C and Ctrl-Z have their effect as always.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import sys
import termios
import threading
import tty
from typing import TYPE_CHECKING, Any

from realtime_widgets.display.terminal.screen import screen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime_widgets.display.terminal.prompt import Prompt

__all__ = ["Keyboard", "keyboard"]

REMOVE_S = 1.0
"""How long the end of a question waits for the terminal to be as before, in seconds."""


class Keyboard:
    """Gives the open prompts what is typed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._prompts: list[Prompt] = []
        self._is_running = False
        self._wakes, self._waker = os.pipe()
        self._former: list[Any] | None = None
        atexit.register(self._restore)

    def open(self, prompt: Prompt) -> None:
        """Show a prompt, after those that are open."""
        with self._lock:
            self._prompts.append(prompt)
            if self._is_running:
                return
            self._is_running = True
        threading.Thread(target=self._read, name="rtw keyboard", daemon=True).start()

    def close(self, prompt: Prompt) -> None:
        """Remove a prompt, and wait until the terminal is as before."""
        with self._lock:
            if prompt in self._prompts[1:]:
                self._prompts.remove(prompt)
                return
        prompt.is_over.set()
        os.write(self._waker, b"\0")
        prompt.is_removed.wait(REMOVE_S)

    def _read(self) -> None:
        while True:
            with self._lock:
                if not self._prompts:
                    self._is_running = False
                    return
                prompt = self._prompts[0]
            try:
                self._serve(prompt)
            finally:
                with self._lock:
                    self._prompts.remove(prompt)
                prompt.is_removed.set()

    def _serve(self, prompt: Prompt) -> None:
        keys = sys.stdin.fileno()
        screen().add(prompt, prompt.heading())
        try:
            with self._hidden_keys(keys):
                while not prompt.is_over.is_set():
                    ready, _, _ = select.select([keys, self._wakes], [], [])
                    if self._wakes in ready:
                        os.read(self._wakes, 64)
                    elif (typed := os.read(keys, 1024)) == b"":
                        prompt.is_over.wait()  # the terminal was closed
                    else:
                        prompt.take(typed)
                        screen().wake()
        finally:
            screen().remove(prompt)

    @contextlib.contextmanager
    def _hidden_keys(self, keys: int) -> Iterator[None]:
        self._former = termios.tcgetattr(keys)
        try:
            tty.setcbreak(keys, termios.TCSADRAIN)
            yield
        finally:
            self._restore()

    def _restore(self) -> None:
        if self._former is not None:
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, self._former)
            self._former = None


_keyboards: list[Keyboard] = []


def keyboard() -> Keyboard:
    """Return that of this process."""
    if not _keyboards:
        _keyboards.append(Keyboard())
    return _keyboards[0]


def _leave_to_parent() -> None:
    """Let a forked child read no keys: the prompts are its parent's."""
    for left in _keyboards:
        atexit.unregister(left._restore)  # noqa: SLF001 - of this module
    _keyboards.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)
