"""Where the blocks of a run are executed, and how the code there is interrupted."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import signal
import sys
import threading
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["ExecutionPoint", "cancel_task", "interrupt_main"]

BLOCKED_S = 0.5
"""How long the cancellation of a task waits for an event loop of the main thread before that thread
is interrupted, twice at most: the first SIGINT only cancels the main task of `asyncio.run`."""

_COROUTINE = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


class ExecutionPoint(NamedTuple):
    """Where a block was entered."""

    thread: int
    """The id of its thread."""

    task: asyncio.Task[object] | None
    """Its task, where it was entered in a coroutine."""

    ends_itself: bool = False
    """Whether the code there notices a stop without an interrupt."""

    @classmethod
    def here(cls, frame: FrameType | None) -> ExecutionPoint:
        """Return the point of a synchronous `with` statement.

        That of a coroutine is executed in its task. Cells without `await` are executed in a task of
        the kernel, which must not be cancelled, so the code of the frame decides.
        """
        is_in_coroutine = frame is not None and bool(frame.f_code.co_flags & _COROUTINE)
        return cls.in_task() if is_in_coroutine else cls(threading.get_ident(), None)

    @classmethod
    def in_task(cls) -> ExecutionPoint:
        """Return the point of an `async with` statement."""
        try:
            task = asyncio.current_task()
        except RuntimeError:
            task = None  # of another kind of loop
        return cls(threading.get_ident(), task)

    @property
    def is_in_main(self) -> bool:
        """Whether it is in the main thread."""
        return self.thread == threading.main_thread().ident


def cancel_task(point: ExecutionPoint) -> None:
    """Cancel the task of a point; where its event loop blocks the main thread, interrupt that.

    An event loop of another thread that is blocked cancels the task when it continues.
    """
    task, was_called, was_interrupted = point.task, threading.Event(), threading.Event()
    if task is None:
        return

    def cancel() -> None:
        was_called.set()
        if not was_interrupted.is_set():
            task.cancel("the run was stopped")

    with contextlib.suppress(RuntimeError):  # the loop is closed
        task.get_loop().call_soon_threadsafe(cancel)
        for _ in range(2 if point.is_in_main else 0):
            if was_called.wait(BLOCKED_S):
                return
            was_interrupted.set()
            interrupt_main()


def interrupt_main() -> None:
    """Do what Ctrl-C does; a system call in which the main thread waits ends, too."""
    if sys.platform == "win32":
        import _thread

        _thread.interrupt_main()
    else:
        ident = threading.main_thread().ident
        if ident is not None:
            signal.pthread_kill(ident, signal.SIGINT)
