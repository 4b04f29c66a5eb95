"""Calls a function before the exit of this process.

Most processes run the functions registered with `atexit`. A forked child of multiprocessing does
not: it runs the finalizers of `multiprocessing.util`. And a pool terminates its workers by SIGTERM
at the end of its `with` block, whose default action ends them at once; so in such workers SIGTERM
is handled, unless the program has its own handler. In all other processes it is not.
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
"""Maximum delay of the exit of the process: Jupyter kills a kernel after 5 s."""

SIGTERM_S = 1.0
"""The same after SIGTERM, whose sender waits for the process to end."""

AGAIN_S = 0.05
"""Time after which a main thread that has not run its handler is interrupted again."""

_LAST = -1_000_000
"""Priority of a finalizer that runs after all others."""

_handler: object = None
"""The handler of SIGTERM that was set by this module."""

_wakeup_fd = -1
"""The file descriptor to which Python writes the numbers of signals, -1 if none is set."""

_done_in: dict[str, int] = {}
"""The process id in which each step below was done; a forked child has another id."""


def call_at_end(finish: Finish) -> None:
    """Call `finish(seconds)`, with its time limit, before the exit of this process.

    Call this whenever there may be work to finish: a forked child does not inherit the hooks, and
    only the main thread can set the handler of SIGTERM.
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
        _done_in[name] = process  # last, because Ctrl-C may interrupt the step


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
    """After SIGTERM, repeat the signal in the main thread until its handler runs.

    Python runs handlers in the main thread only, between two bytecodes. A signal that arrives right
    before a system call does not interrupt that call, so that a worker that waits for work would
    wait forever. This is likely if another thread runs at that moment, as the background thread
    does.
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
    """Reset the handler and the wake-up socket, which a forked child shares with its parent."""
    global _handler, _wakeup_fd
    if _handler is not None and signal.getsignal(signal.SIGTERM) is _handler:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if _wakeup_fd != -1 and (found := signal.set_wakeup_fd(-1)) != _wakeup_fd:
        signal.set_wakeup_fd(found)  # of an event loop of the program
    _handler, _wakeup_fd = None, -1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_in_child)
