"""Ends a command together with all processes that it has started.

They are found by their parents, and need no separate process group: a command stays in the
group of its terminal or kernel, which ends it when that is closed or killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

__all__ = ["TERMINATE", "descendants", "stop_tree"]

INTERRUPT_S = 1.0
"""How long processes may take to end after SIGINT, in seconds."""

TERMINATE_S = 3.0
"""How long they may take after SIGTERM, before they are killed."""

POLL_S = 0.05

INTERRUPT = 0
TERMINATE = 1
"""The first step of `stop_tree`: where to begin with processes that had their SIGINT."""

_PROC = Path("/proc")


def stop_tree(pid: int, first: int = INTERRUPT) -> None:
    """End a process and its descendants: SIGINT, then SIGTERM, then SIGKILL. Not on Windows.

    It returns when all have ended. The caller reaps the process itself.

    Args:
        pid: The process, a child of this one.
        first: The step to begin with.
    """
    pids = {pid, *descendants(pid)}
    steps = [
        (signal.SIGINT, INTERRUPT_S),
        (signal.SIGTERM, TERMINATE_S),
        (signal.SIGKILL, TERMINATE_S),
    ]
    for number, patience_s in steps[first:]:
        for one in pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(one, number)
        deadline = time.monotonic() + patience_s
        while pids and time.monotonic() < deadline:
            time.sleep(POLL_S)
            pids &= _parents().keys()
        if not pids:
            return


def descendants(pid: int) -> set[int]:
    """Return the processes that a process has started, and those that these have started."""
    parents = _parents()
    found: set[int] = set()
    fresh = {pid}
    while fresh:
        fresh = {child for child, parent in parents.items() if parent in fresh} - found
        found |= fresh
    return found


def _parents() -> dict[int, int]:
    """Return the parent of each process that has not ended."""
    lines = _from_proc() if (_PROC / "self/stat").exists() else _from_ps()
    return {pid: parent for pid, parent, state in lines if not state.startswith(("Z", "X"))}


def _from_proc() -> list[tuple[int, int, str]]:
    lines = []
    for folder in _PROC.iterdir():
        if not folder.name.isdecimal():
            continue
        with contextlib.suppress(OSError):  # it has ended meanwhile
            # The name of the program, in brackets, may contain anything.
            state, parent, *_ = (
                (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            )
            lines.append((int(folder.name), int(parent), state))
    return lines


def _from_ps() -> list[tuple[int, int, str]]:
    command = ["ps", "-axo", "pid=,ppid=,stat="]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - no input of a user
    rows = [line.split() for line in output.splitlines()]
    return [(int(pid), int(parent), state) for pid, parent, state, *_ in rows]
