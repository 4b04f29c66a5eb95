"""Calls something before this process ends, however it ends.

Most processes run what was registered with `atexit`. A child of multiprocessing does not, where it
was forked: it runs the finalizers of `multiprocessing.util`. And a pool does not wait for that: at
the end of its `with` block it sends SIGTERM to its workers, whose default is to end at once.

Nothing else is caught: not in other processes, where SIGTERM is for the program to decide, and not
where the program has a handler of its own.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    Finish = Callable[[float], object]

__all__ = ["EXIT_S", "SIGTERM_S", "call_at_end"]

EXIT_S = 3.0
"""How long the end of the process may be held up: Jupyter kills a kernel after 5 s."""

SIGTERM_S = 1.0
"""The same after SIGTERM: whoever sent it waits for the process to end."""

_LAST = -1_000_000
"""Priority of a finalizer that runs after all others."""

_done_in: dict[str, int] = {}
"""The processes in which each of the steps below was done; a child inherits it, and differs."""


def call_at_end(finish: Finish) -> None:
    """Call `finish(seconds)`, with how long it may take, before this process ends.

    It is for every moment at which there is something to finish, as a forked child inherits nothing
    of it, and only the main thread can do a part of it.
    """
    _once("atexit", lambda: atexit.register(finish, EXIT_S))
    if not _is_worker():
        return
    util: Any = sys.modules["multiprocessing.util"]
    _once("finalizer", lambda: util.Finalize(None, finish, (EXIT_S,), exitpriority=_LAST))
    if threading.current_thread() is threading.main_thread():
        _once("SIGTERM", lambda: _catch_sigterm(finish))


def _once(name: str, step: Callable[[], object]) -> None:
    process = os.getpid()
    if _done_in.get(name) != process:
        step()
        _done_in[name] = process  # at last, for Ctrl-C may come before


def _is_worker() -> bool:
    """Whether this is a child of multiprocessing; not while it still imports the main module."""
    process: Any = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None


def _catch_sigterm(finish: Finish) -> None:
    def end(number: int, _: FrameType | None) -> None:
        finish(SIGTERM_S)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        with contextlib.suppress(ValueError):  # this is a subinterpreter
            signal.signal(signal.SIGTERM, end)
