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
import socket
import sys
import threading
import time
from _thread import get_ident, start_new_thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    Finish = Callable[[float], object]

__all__ = ["EXIT_S", "SIGTERM_S", "call_at_end"]

EXIT_S = 3.0
"""How long the end of the process may be held up: Jupyter kills a kernel after 5 s."""

SIGTERM_S = 1.0
"""The same after SIGTERM: its sender waits for the process to end."""

AGAIN_S = 0.05
"""How long the main thread may take to run a handler before it is interrupted again."""

_LAST = -1_000_000
"""Priority of a finalizer that runs after all others."""

_handler: object = None
"""The handler of SIGTERM that was set here."""

_wakeup_fd = -1
"""Where Python writes which signals came."""

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
    if signal.getsignal(signal.SIGTERM) != signal.SIG_DFL or not hasattr(signal, "pthread_kill"):
        return
    has_begun = False

    def end(number: int, _: FrameType | None) -> None:
        nonlocal has_begun
        has_begun = True
        finish(SIGTERM_S)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    def is_late() -> bool:
        return signal.getsignal(signal.SIGTERM) is end and not has_begun

    global _handler  # noqa: PLW0603 - one per process
    with contextlib.suppress(ValueError):  # this is a subinterpreter
        signal.signal(signal.SIGTERM, end)
        _handler = end
        _interrupt_main_thread_while(is_late)


def _interrupt_main_thread_while(is_late: Callable[[], bool]) -> None:
    """Once SIGTERM came, send it to the main thread again and again while its handler is late.

    Python runs handlers in the main thread only, between two steps. A signal that comes right
    before a system call does not break that off, and a worker that waits for work waits for ever.
    That is likely where another thread becomes active in the same moment, as ours does.
    """
    global _wakeup_fd  # noqa: PLW0603 - one per process
    main_thread = get_ident()
    receiver, sender = socket.socketpair()
    sender.settimeout(0)
    before = signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
    if before != -1:  # of an event loop in the main thread, which wakes up by itself
        signal.set_wakeup_fd(before)
        return
    _wakeup_fd = sender.detach()

    def interrupt() -> None:
        while number := receiver.recv(1):
            while signal.SIGTERM in number and is_late():
                time.sleep(AGAIN_S)
                if is_late():
                    signal.pthread_kill(main_thread, signal.SIGTERM)

    start_new_thread(interrupt, ())


def _reset_in_child() -> None:
    """Else what a forked child gets would wake the thread of its parent: they share the socket."""
    global _handler, _wakeup_fd
    if _handler is not None and signal.getsignal(signal.SIGTERM) is _handler:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if _wakeup_fd != -1 and (found := signal.set_wakeup_fd(-1)) != _wakeup_fd:
        signal.set_wakeup_fd(found)  # of an event loop of the program
    _handler, _wakeup_fd = None, -1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_in_child)
