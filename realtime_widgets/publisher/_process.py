"""Runs a command and publishes what it writes while it writes it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING

from realtime_widgets.publisher._events import MAX_SOURCE
from realtime_widgets.publisher._lines import LineSplitter
from realtime_widgets.publisher._outbox import told_if_full

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from realtime_widgets.publisher._sprint import Sprint

__all__ = ["PathLike", "run"]

PathLike = str | os.PathLike[str]

PAUSE_S = 1.0
"""How often an unfinished line is looked at."""

CHUNK_BYTES = 65_536

STOP_S = 3.0
"""How long a command may take to end after an interrupt before it is killed."""


class _Reader:
    """One output stream of the command, read in a thread of its own."""

    def __init__(self, sprint: Sprint, stream: IO[bytes], level: str, source: str) -> None:
        self._sprint = sprint
        self._stream = stream
        self._level = level
        self._source = source
        self._splitter = LineSplitter()
        self._lock = threading.Lock()
        self.thread = threading.Thread(target=self._read, name=f"output of {source}", daemon=True)
        self.thread.start()

    def pause(self) -> None:
        """Publish what has stood unfinished for a while."""
        with self._lock:
            self._publish(self._splitter.pause())

    def _read(self) -> None:
        with self._stream:
            while data := os.read(self._stream.fileno(), CHUNK_BYTES):
                with self._lock:
                    self._publish(self._splitter.feed(data))
        with self._lock:
            self._publish(self._splitter.finish())

    def _publish(self, lines: list[str]) -> None:
        for line in lines:
            self._sprint.log(line, self._level, self._source)


def run(
    sprint: Sprint,
    command: str | Sequence[PathLike],
    *,
    cwd: PathLike | None,
    env: Mapping[str, str] | None,
    check: bool,
) -> subprocess.CompletedProcess[None]:
    """See `Sprint.run`."""
    is_the_run = not sprint.is_under_way
    source = _name(command)[:MAX_SOURCE]
    if is_the_run:
        sprint.status("running")
    try:
        code = _execute(sprint, command, source, cwd, env)
    except BaseException as error:
        if is_the_run:
            was_stopped = not isinstance(error, Exception)
            words = error if str(error) else None
            with told_if_full():
                sprint.status("cancelled" if was_stopped else "failed", words)
        raise
    ending = _ending(source, code)
    if code != 0:
        sprint.log(ending, "error", source)
    if is_the_run:
        sprint.status("failed" if code else "succeeded", ending if code else None)
    if check and code != 0:
        raise subprocess.CalledProcessError(code, command)
    return subprocess.CompletedProcess(command, code)


def _execute(
    sprint: Sprint,
    command: str | Sequence[PathLike],
    source: str,
    cwd: PathLike | None,
    env: Mapping[str, str] | None,
) -> int:
    # Python holds its output back in a pipe unless it is told not to.
    environment = {"PYTHONUNBUFFERED": "1", **(os.environ if env is None else env)}
    process = subprocess.Popen(  # noqa: S603 - what the user asked for
        command,
        shell=isinstance(command, str),
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,  # nobody could answer
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None, "both are pipes"  # noqa: S101, PT018 - narrows the types
    readers = [
        _Reader(sprint, process.stdout, "info", source),
        _Reader(sprint, process.stderr, "warning", source),
    ]
    try:
        while process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(PAUSE_S)
            for reader in readers:
                reader.pause()
    except BaseException:
        _stop(process)
        raise
    for reader in readers:
        reader.thread.join()
    return process.returncode


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _name(command: str | Sequence[PathLike]) -> str:
    """Name a command by its program, or by the module that Python runs."""
    words = command.split() if isinstance(command, str) else [os.fspath(word) for word in command]
    name = Path(words[0]).stem if words else ""
    is_python_module = name.startswith("python") and words[1:2] == ["-m"] and len(words) > 2  # noqa: PLR2004 - python -m module
    return words[2] if is_python_module else name


def _ending(source: str, code: int) -> str:
    if code >= 0:
        return f"{source} ended with exit code {code}"
    with contextlib.suppress(ValueError):
        return f"{source} was ended by {signal.Signals(-code).name}"
    return f"{source} was ended by signal {-code}"
