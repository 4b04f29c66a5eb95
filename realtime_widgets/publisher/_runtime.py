"""The one background thread of a process, with the event loop of all connections and the hub.

It starts when it is first needed. A forked child has no such thread: it leaves everything of its
parent's alone and starts its own when it needs one.
"""

from __future__ import annotations

import asyncio
import concurrent.futures.thread  # noqa: F401 - asyncio would, at a moment when a fork breaks it
import contextlib
import os
import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Future

__all__ = [
    "Runtime",
    "forget_socket",
    "held_off_forks",
    "keep_from_children",
    "running",
    "runtime",
]

Result = TypeVar("Result")

SLICE_S = 0.25
"""How long one wait may last: on Windows no wait for a lock lets Ctrl-C through."""

STOP_S = 1.0
"""How long the thread may take to end."""


class Runtime:
    """An event loop in a daemon thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="realtime-widgets", daemon=True)
        self._thread.start()

    def spawn(self, coroutine: Coroutine[object, object, Result]) -> Future[Result]:
        """Start a task in the loop, from any thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def call_soon(self, callback: Callable[[], object]) -> None:
        """Call something in the loop, from any thread."""
        self._loop.call_soon_threadsafe(callback)

    def run(
        self, coroutine: Coroutine[object, object, Result], timeout: float | None = None
    ) -> Result:
        """Run something in the loop and wait for it; Ctrl-C and a time-out cancel it.

        Raises:
            TimeoutError: It took longer than `timeout` seconds.
        """
        future = self.spawn(coroutine)
        left = timeout
        try:
            while True:
                slice_s = SLICE_S if left is None else min(SLICE_S, left)
                try:
                    return future.result(slice_s)
                except TimeoutError:
                    if future.done():
                        raise
                if left is not None:
                    left -= slice_s
                    if left <= 0:
                        raise TimeoutError
        finally:
            future.cancel()

    def stop(self) -> None:
        """End all tasks and the thread, as far as they end within a moment."""
        with contextlib.suppress(RuntimeError):
            self.call_soon(self._end)
        self._thread.join(STOP_S)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _end(self) -> None:
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()

        async def stop() -> None:
            await asyncio.wait(tasks, timeout=STOP_S)
            self._loop.stop()

        if tasks:
            self._stopping = self._loop.create_task(stop())
        else:
            self._loop.stop()


held_off_forks = threading.RLock()
"""Hold it while modules are loaded: of one that is half loaded, a forked child would wait for ever
for the thread that loads it, which it does not have."""

_lock = threading.Lock()
_runtime: Runtime | None = None
_abandoned: list[Runtime] = []
"""Of the parent. Kept, because to collect one would take its sockets out of the shared epoll."""

_sockets: set[int] = set()


def runtime() -> Runtime:
    """Return the runtime of this process, started at the first call."""
    global _runtime  # noqa: PLW0603 - one per process
    with _lock:
        if _runtime is None:
            _runtime = Runtime()
        return _runtime


def running() -> Runtime | None:
    """Return the runtime of this process if it has started."""
    return _runtime


def keep_from_children(descriptor: int) -> None:
    """Have a forked child let go of this socket, so that it closes when this process closes it."""
    _sockets.add(descriptor)


def forget_socket(descriptor: int) -> None:
    """Take back `keep_from_children`; call it before the socket is closed."""
    _sockets.discard(descriptor)


def _start_anew_in_child() -> None:
    global _lock, _runtime  # noqa: PLW0603 - one per process
    held_off_forks.release()
    _lock = threading.Lock()
    if _runtime is not None:
        _abandoned.append(_runtime)
    _runtime = None
    # Nothing is closed in the ordinary way: a close frame or a change to the epoll set would reach
    # the parent's connection. Another file takes the socket's number.
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in _sockets:
        os.dup2(null, descriptor, inheritable=False)
    os.close(null)
    _sockets.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=held_off_forks.acquire,
        after_in_parent=held_off_forks.release,
        after_in_child=_start_anew_in_child,
    )
