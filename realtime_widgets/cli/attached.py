"""Runs a command on the terminal or the pipes of this process, and copies what it writes.

On a terminal the command gets a pseudo-terminal of the same size and settings, so that it writes
in colour and reads keys as it does without this; in the background of a shell it gets no keys.
Elsewhere its stdout and stderr are pipes. Its standard input is this process's, unless that is a
terminal.

The command is started before any thread is, as a forked copy of a process with threads may hang.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pty
import select
import signal
import sys
import termios
import tty
from typing import TYPE_CHECKING, Any

from realtime_widgets.client.publishing.commands.process_tree import stop_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

__all__ = ["NOT_EXECUTABLE", "NOT_FOUND", "Attached"]

NOT_FOUND = 127
NOT_EXECUTABLE = 126
"""Exit codes of a command that cannot be started, as in shells."""

CHUNK_BYTES = 65_536

TICK_S = 0.05
"""How often it is checked whether the command has ended, in seconds; and how long after its end to
wait for more of its output, which processes that it left behind may hold open."""

PASSED_ON = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
PASSED_ON_ALWAYS = (signal.SIGUSR1, signal.SIGUSR2)


class Attached:
    """A command that was started.

    Args:
        command: The program and its arguments.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self.is_on_terminal = os.isatty(sys.stdout.fileno())
        self._reads_keys = self.is_on_terminal and os.isatty(sys.stdin.fileno())
        self._former: list[Any] | None = None
        """The settings of the terminal before its keys were read."""
        self._keys = b""
        """What was typed and is not passed on yet."""
        start = self._on_terminal if self.is_on_terminal else _on_pipes
        self._pid, self._sources = start(command)

    def _on_terminal(self, command: Sequence[str]) -> tuple[int, dict[int, int]]:
        """Start it, and return its process and where what it writes is copied from and to."""
        # A pipe or a file stays the command's.
        kept = {number: os.dup(number) for number in (0, 2) if not os.isatty(number)}
        pid, master = pty.fork()
        if pid == 0:
            for number, copy in kept.items():
                os.dup2(copy, number)
            _execute(command)
        for copy in kept.values():
            os.close(copy)
        # In the background the settings are those of the shell's own prompt.
        if not _is_in_background(sys.stdout.fileno()):
            with contextlib.suppress(termios.error):
                termios.tcsetattr(master, termios.TCSANOW, termios.tcgetattr(sys.stdout.fileno()))
        os.set_blocking(master, False)
        self._master = master
        self._resize()
        return pid, {master: sys.stdout.fileno()}

    def _resize(self) -> None:
        with contextlib.suppress(termios.error, OSError):
            termios.tcsetwinsize(self._master, termios.tcgetwinsize(sys.stdout.fileno()))

    def stop(self) -> None:
        """End the command with all processes that it has started: SIGINT, then SIGTERM."""
        stop_tree(self._pid)

    def wait(self, copy: Callable[[int, bytes], None]) -> int:
        """Copy what the command writes until it has ended, and return its exit code.

        Signals to this process are passed on to the command meanwhile.

        Args:
            copy: Is called with 1 or 2, for stdout and stderr, and what was written.

        Returns:
            The exit code; 128 and the number of the signal where one has ended it, as in shells.
        """
        with self._signals(), self._restored():
            status = self._exchange(copy)
        code = os.waitstatus_to_exitcode(status)
        return code if code >= 0 else 128 - code

    def _exchange(self, copy: Callable[[int, bytes], None]) -> int:
        """Move data in both directions until the end; return the status of the process."""
        ended: int | None = None
        while True:
            keys = [sys.stdin.fileno()] if self._takes_keys() and not self._keys else []
            full = [self._master] if self._keys else []
            ready, _, _ = select.select([*self._sources, *keys], full, [], TICK_S)
            for source in ready:
                if source in self._sources:
                    self._copy(source, _read(source), copy)
                elif self._master in self._sources:
                    self._take_keys(_read(source))
            self._pass_keys_on()
            if ended is None:
                pid, status = os.waitpid(self._pid, 0 if not self._sources else os.WNOHANG)
                ended = status if pid else None
            elif not any(source in self._sources for source in ready):
                return ended

    def _copy(self, source: int, data: bytes | None, copy: Callable[[int, bytes], None]) -> None:
        """Pass on what was read, until its end, or until the output is closed or its disk full."""
        if data is None:
            return
        with contextlib.suppress(OSError):
            if data:
                _write(self._sources[source], data)
                copy(self._sources[source], data)
                return
        os.close(source)  # a command that writes more gets a SIGPIPE
        del self._sources[source]

    def _take_keys(self, data: bytes | None) -> None:
        self._keys = data or b""
        if data == b"":
            self._reads_keys = False

    def _pass_keys_on(self) -> None:
        """Write what the command's terminal takes now.

        A text that is pasted may be more than that; the command reads the rest once what it writes
        is read, so this must not wait.
        """
        if not self._keys:
            return
        if self._master not in self._sources:
            self._keys = b""
            return
        with contextlib.suppress(BlockingIOError):
            self._keys = self._keys[os.write(self._master, self._keys) :]

    def _takes_keys(self) -> bool:
        """Return whether keys are for the command, which may be in the background for now.

        They are passed on as they are, Ctrl-C included, which the command's terminal handles. What
        is typed once the command has closed that is for the program after it.
        """
        number = sys.stdin.fileno()
        if not self._reads_keys or self._master not in self._sources or _is_in_background(number):
            return False
        if self._former is None:
            self._former = termios.tcgetattr(number)
            tty.setraw(number, termios.TCSADRAIN)
        return True

    @contextlib.contextmanager
    def _restored(self) -> Iterator[None]:
        """Give the terminal back as it was, unless it was closed."""
        try:
            yield
        finally:
            with contextlib.suppress(termios.error):
                if self._former is not None:
                    termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, self._former)

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Pass signals on to the command; those of the keys reach it by itself in a pipe."""

        def pass_on(number: int, _: FrameType | None) -> None:
            if number in _KEYS and not self.is_on_terminal and _is_in_foreground():
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, number)

        handlers: dict[int, Callable[[int, FrameType | None], None]] = dict.fromkeys(
            (*PASSED_ON, *PASSED_ON_ALWAYS), pass_on
        )
        if self.is_on_terminal:
            handlers[signal.SIGWINCH] = lambda _, __: self._resize()
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


_KEYS = (signal.SIGINT, signal.SIGQUIT)


def _is_in_foreground() -> bool:
    """Return whether keys of the terminal send signals to this process group."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


def _is_in_background(terminal: int) -> bool:
    """Return whether reading from a terminal would stop this process."""
    try:
        return os.tcgetpgrp(terminal) != os.getpgrp()
    except OSError as error:
        return error.errno != errno.ENOTTY  # it is closed, or else that of another session


def _on_pipes(command: Sequence[str]) -> tuple[int, dict[int, int]]:
    """Start it, and return its process and where what it writes is copied from and to."""
    out, err = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(out[1], 1)
        os.dup2(err[1], 2)
        _execute(command)
    os.close(out[1])
    os.close(err[1])
    return pid, {out[0]: 1, err[0]: 2}


def _execute(command: Sequence[str]) -> None:
    """Become the command, in the forked child; it never returns."""
    for number in (
        signal.SIGPIPE,
        signal.SIGXFSZ,
    ):  # else ignored, as by Python
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvp(command[0], list(command))  # noqa: S606 - what the user asked for
    except OSError as error:
        is_missing = isinstance(error, FileNotFoundError)
        os.write(2, f"rtw: {command[0]}: {error.strerror}\n".encode())
        os._exit(NOT_FOUND if is_missing else NOT_EXECUTABLE)


def _read(source: int) -> bytes | None:
    """Read what is there; None for nothing, b"" at the end, an error of pseudo-terminals."""
    try:
        return os.read(source, CHUNK_BYTES)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def _write(target: int, data: bytes) -> None:
    while data:
        data = data[os.write(target, data) :]
