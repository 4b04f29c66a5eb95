"""The background thread of a process, with the event loop of all connections and of the hub.

It starts at the first use. A forked child does not have this thread: it does not touch the objects
of its parent's thread, and starts its own at the first use.

In a browser, which has no threads, the event loop of `browser` replaces it.

Locking order. There are two kinds of locks. Both are reentrant, and a thread that holds one of them
acquires no other lock of this package:

- `fork_lock` is acquired by forks and imports only.
- The lock of a `Membership` is acquired to publish a status only, for a few steps that neither
  block, log nor import.

Everything else works without locks. Foreign code may run in any thread at almost any moment (log
handlers, finalizers, signal handlers, trace functions), publish from there, and wait for other
locks, which other threads may hold while they publish. So:

- An event is added by one atomic `append` to a queue. The background thread counts, drops and sends
  (`publishing.buffer`, `publishing.outbox`).
- Other threads schedule work there with `Runtime.call_soon`, which neither waits nor logs. The
  background thread creates its event loop itself, because asyncio logs while it does.
- Singletons are created first, and then published with `dict.setdefault`.
- Threads that wait share no lock (`changes`), and the wait of a publishing thread is bounded.
"""

from __future__ import annotations

import asyncio
import concurrent.futures.thread  # noqa: F401 - asyncio imports it later, where a fork can break it
import contextlib
import contextvars
import os
import threading
from _thread import start_new_thread
from collections import deque
from typing import TYPE_CHECKING, TypeVar

from realtime_widgets.client.browser import IN_BROWSER, page_runs_meanwhile, polled_loop
from realtime_widgets.client.changes import Changes
from realtime_widgets.client.own_threads import is_own_thread, own_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Future

__all__ = [
    "Runtime",
    "close_in_child",
    "end_runtime",
    "forget_socket",
    "fork_lock",
    "running",
    "runtime",
]

Result = TypeVar("Result")

SLICE_S = 0.25
"""Maximum length of one wait: on Windows Ctrl-C does not interrupt a wait for a lock."""

START_S = 10.0
"""Maximum time for the start of the thread, for calls that wait for a result."""

BLOCKED_S = 3.0
"""Maximum wait of a call without a time-out in a browser that runs nothing else meanwhile."""

STOP_S = 1.0
"""Maximum time for the end of the thread."""


class Runtime:
    """An event loop in a daemon thread, started by the first call."""

    def __init__(self) -> None:
        self._calls: deque[Callable[[], object]] = deque()
        """Calls that the thread has to run."""
        self._context = contextvars.Context()
        """Context of the calls, empty: they keep no objects of the calling thread alive."""
        self._is_started = False
        self._thread_lock = threading.Lock()
        """Held by the runtime's thread until its end: `_start` may start more than one thread."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._has_ended = False
        self._changed = Changes()

    @property
    def is_started(self) -> bool:
        """Whether it was used."""
        return self._is_started

    def call_soon(self, callback: Callable[[], object]) -> None:
        """Schedule a call in the loop, from any thread; neither waits nor raises."""
        self._calls.append(callback)
        if self._loop is None:
            self._start()
        else:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the process ends
                self._loop.call_soon_threadsafe(self._run_calls, self._loop, context=self._context)

    def spawn(self, coroutine: Coroutine[object, object, Result]) -> Future[Result]:
        """Start a task in the loop, from any thread; waits until the loop exists.

        Raises:
            RuntimeError: The thread did not start within `START_S`.
        """
        self._start()
        self._changed.wait_for(lambda: self._loop is not None, START_S)
        if self._loop is None:
            coroutine.close()
            raise RuntimeError("cannot start the background thread of realtime-widgets")
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def run(
        self, coroutine: Coroutine[object, object, Result], timeout: float | None = None
    ) -> Result:
        """Run a coroutine in the loop and return its result; Ctrl-C and a time-out cancel it.

        Raises:
            TimeoutError: It took longer than `timeout` seconds.
            RuntimeError: As in `spawn`, or this is called in the runtime's thread.
        """
        if is_own_thread():
            coroutine.close()
            raise RuntimeError("runs cannot be read in the thread that publishes them")
        future = self.spawn(coroutine)
        left = timeout
        try:
            while True:
                slice_s = SLICE_S if left is None else min(SLICE_S, left)
                try:
                    return self._result(future, slice_s)
                except TimeoutError:
                    if future.done():
                        return future.result()
                if left is not None:
                    left -= slice_s
                    if left <= 0:
                        raise TimeoutError
        finally:
            future.cancel()

    def _result(self, future: Future[Result], timeout: float) -> Result:
        return future.result(timeout)

    def stop(self) -> None:
        """Cancel all tasks and end the thread; waits at most `STOP_S`."""
        if self._is_started:
            self.call_soon(self._end)
            self._changed.wait_for(lambda: self._has_ended, STOP_S)

    def _start(self) -> None:
        # Not `Thread.start`: it waits for a lock of the standard library, which this thread may
        # hold already if a signal handler or a finalizer calls this.
        if not self._is_started:
            with contextlib.suppress(
                RuntimeError
            ):  # none can be started: the next call tries again
                start_new_thread(self._run, ())
                self._is_started = True

    def _run(self) -> None:
        if not self._thread_lock.acquire(blocking=False):
            return  # `_start` was interrupted, or ran in two threads at the same time
        with own_thread():
            threading.current_thread().name = "realtime-widgets"
            try:
                loop = asyncio.new_event_loop()
            except Exception:  # noqa: BLE001 - of a log handler, or no descriptor is free: retried
                self._is_started = False
                self._thread_lock.release()
                return
            loop.set_debug(False)  # its log messages would contain sent data, with the token
            asyncio.set_event_loop(loop)
            loop.call_soon(self._run_calls, loop, context=self._context)
            self._loop = loop
            self._changed.notify()
            loop.run_forever()
            loop.close()
            self._has_ended = True
            self._changed.notify()

    def _run_calls(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._calls:
            loop.call_soon(self._calls.popleft())

    def _end(self) -> None:
        loop = asyncio.get_running_loop()
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()

        async def stop() -> None:
            await asyncio.wait(tasks, timeout=STOP_S)
            loop.stop()

        if tasks:
            self._stopping = loop.create_task(stop())
        else:
            loop.stop()


class _BrowserRuntime(Runtime):
    """The same without a thread: calls that wait poll the loop."""

    def run(
        self, coroutine: Coroutine[object, object, Result], timeout: float | None = None
    ) -> Result:
        """Run a coroutine in the loop and return its result, as `Runtime.run`.

        Raises:
            RuntimeError: The result cannot arrive, because this browser runs nothing else while
                the call waits.
        """
        if timeout is not None or page_runs_meanwhile():
            return super().run(coroutine, timeout)
        try:
            return super().run(coroutine, BLOCKED_S)
        except TimeoutError:
            raise RuntimeError(
                "this call blocks the only thread of this browser, so that nothing can be "
                "published meanwhile; read with `async for`"
            ) from None

    def _result(self, future: Future[Result], timeout: float) -> Result:
        polled_loop.wait_until(future.done, timeout)
        return future.result(0)

    def stop(self) -> None:
        """Cancel all tasks; waits at most `STOP_S`."""
        tasks = asyncio.all_tasks(polled_loop)
        for task in tasks:
            task.cancel()
        polled_loop.wait_until(lambda: all(task.done() for task in tasks), STOP_S)

    def _start(self) -> None:
        if self._loop is None:
            self._loop = polled_loop
            self._is_started = True
            polled_loop.call_soon(self._run_calls, polled_loop, context=self._context)


def _new_runtime() -> Runtime:
    return _BrowserRuntime() if IN_BROWSER else Runtime()


fork_lock = threading.RLock()
"""Hold it during imports. A child forked during an import would wait forever for the importing
thread, which does not exist in the child."""

_runtime = _new_runtime()
_abandoned: list[Runtime] = []
"""Runtimes of the parent. Referenced, because the finalizer of one would remove its sockets from
the epoll set, which parent and child share."""

_sockets: set[int] = set()


def runtime() -> Runtime:
    """Return the runtime of this process."""
    return _runtime


def running() -> Runtime | None:
    """Return the runtime of this process if it has started."""
    return _runtime if _runtime.is_started else None


def end_runtime() -> None:
    """Stop the runtime; later calls start another one, if a thread can still be started."""
    global _runtime
    ended, _runtime = _runtime, _new_runtime()
    ended.stop()


def close_in_child(descriptor: int) -> None:
    """Close this socket in forked children, so that the connection ends with this process."""
    _sockets.add(descriptor)


def forget_socket(descriptor: int) -> None:
    """Undo `close_in_child`; call it before the socket is closed."""
    _sockets.discard(descriptor)


def _reset_in_child() -> None:
    global _runtime  # noqa: PLW0603 - one per process
    fork_lock.release()
    _abandoned.append(_runtime)
    _runtime = _new_runtime()
    # Closing the transport would send a close frame and change the shared epoll set, which affects
    # the parent's connection. So only the file descriptor is replaced.
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in _sockets:
        os.dup2(null, descriptor, inheritable=False)
    os.close(null)
    _sockets.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=fork_lock.acquire,
        after_in_parent=fork_lock.release,
        after_in_child=_reset_in_child,
    )
