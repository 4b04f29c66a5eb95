"""The one background thread of a process, with the event loop of all connections and the hub.

It starts when it is first needed. A forked child has no such thread: it leaves everything of its
parent's alone and starts its own when it needs one.

In a browser, where there are no threads, the loop of `browser` takes its place.

Locking order. There are two kinds of locks. A thread that holds one of them acquires no other lock
of ours, and may acquire the same one again:

- `fork_lock` is acquired by forks and imports only.
- The lock of a `Membership` is acquired by statuses only, for a few steps that neither block, log
  nor import.

Everything else works without locks. Foreign code may run in any thread at almost any moment (log
handlers, finalizers, signal handlers, trace functions), publish from there, and wait for locks of
its own, which other threads may hold while they publish. So:

- An event is one atomic `append` to a queue; counting, dropping and sending are for the background
  thread (`publishing.buffer`, `publishing.outbox`).
- Other threads ask it by `Runtime.call_soon`, which neither waits nor logs. It makes its event loop
  itself, since that logs.
- Objects that exist once are made first, and then put in their place by `dict.setdefault`.
- Threads that wait share no lock (`changes`), and the wait of a publishing thread has a limit.
"""

from __future__ import annotations

import asyncio
import concurrent.futures.thread  # noqa: F401 - asyncio would, at a moment when a fork breaks it
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
"""How long one wait may last: on Windows no wait for a lock lets Ctrl-C through."""

START_S = 10.0
"""How long the thread may take to start where its answer is waited for."""

BLOCKED_S = 3.0
"""How long a call without a time-out waits in a browser that runs nothing else meanwhile."""

STOP_S = 1.0
"""How long the thread may take to end."""


class Runtime:
    """An event loop in a daemon thread, which starts at the first call."""

    def __init__(self) -> None:
        self._calls: deque[Callable[[], object]] = deque()
        """What the thread has to call."""
        self._context = contextvars.Context()
        """Of the calls: they keep nothing alive that belongs to the thread that asked."""
        self._is_started = False
        self._thread_lock = threading.Lock()
        """Taken for ever by the thread that is the runtime's, as more than one may be started."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._has_ended = False
        self._changed = Changes()

    @property
    def is_started(self) -> bool:
        """Whether anything was asked of it."""
        return self._is_started

    def call_soon(self, callback: Callable[[], object]) -> None:
        """Call something in the loop, from any thread; it neither waits nor raises."""
        self._calls.append(callback)
        if self._loop is None:
            self._start()
        else:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the process ends
                self._loop.call_soon_threadsafe(self._run_calls, self._loop, context=self._context)

    def spawn(self, coroutine: Coroutine[object, object, Result]) -> Future[Result]:
        """Start a task in the loop, from any thread; waits until there is a loop.

        Raises:
            RuntimeError: The thread cannot be started, or waits for this call.
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
        """Run something in the loop and wait for it; Ctrl-C and a time-out cancel it.

        Raises:
            TimeoutError: It took longer than `timeout` seconds.
            RuntimeError: As in `spawn`.
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
        """End all tasks and the thread, as far as they end within a moment."""
        if self._is_started:
            self.call_soon(self._end)
            self._changed.wait_for(lambda: self._has_ended, STOP_S)

    def _start(self) -> None:
        # Not `Thread.start`: it takes a lock of the standard library, which this very thread may
        # hold where this is called by a signal handler or a finalizer, and waits.
        if not self._is_started:
            with contextlib.suppress(
                RuntimeError
            ):  # none can be started: the next call tries again
                start_new_thread(self._run, ())
                self._is_started = True

    def _run(self) -> None:
        if not self._thread_lock.acquire(blocking=False):
            return  # Ctrl-C, or another thread that publishes, came between two lines of `_start`
        with own_thread():
            threading.current_thread().name = "realtime-widgets"
            try:
                loop = asyncio.new_event_loop()
            except Exception:  # noqa: BLE001 - of a log handler, or no file is left: try again later
                self._is_started = False
                self._thread_lock.release()
                return
            loop.set_debug(False)  # what it logs would show what is sent, with the token
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
    """The same without a thread: whoever waits turns the loop."""

    def run(
        self, coroutine: Coroutine[object, object, Result], timeout: float | None = None
    ) -> Result:
        """See `Runtime`.

        Raises:
            RuntimeError: What it waits for cannot come, because nothing else runs meanwhile.
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
        """See `Runtime`."""
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
"""Hold it while modules are loaded: of one that is half loaded, a forked child would wait for ever
for the thread that loads it, which it does not have."""

_runtime = _new_runtime()
_abandoned: list[Runtime] = []
"""Of the parent. Kept, because to collect one would take its sockets out of the shared epoll."""

_sockets: set[int] = set()


def runtime() -> Runtime:
    """Return the runtime of this process, to ask something of it."""
    return _runtime


def running() -> Runtime | None:
    """Return the runtime of this process if it has started."""
    return _runtime if _runtime.is_started else None


def end_runtime() -> None:
    """Stop the runtime; what is asked for afterwards starts another one, if it still can."""
    global _runtime
    ended, _runtime = _runtime, _new_runtime()
    ended.stop()


def close_in_child(descriptor: int) -> None:
    """Have a forked child let go of this socket, so that it closes when this process closes it."""
    _sockets.add(descriptor)


def forget_socket(descriptor: int) -> None:
    """Take back `close_in_child`; call it before the socket is closed."""
    _sockets.discard(descriptor)


def _reset_in_child() -> None:
    global _runtime  # noqa: PLW0603 - one per process
    fork_lock.release()
    _abandoned.append(_runtime)
    _runtime = _new_runtime()
    # Nothing is closed in the ordinary way: a close frame or a change to the epoll set would reach
    # the parent's connection. Another file takes the socket's number.
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
