"""Python in a browser (Pyodide, JupyterLite): one thread and no sockets.

There the background thread is replaced by `PolledLoop`, an event loop that never blocks: `poll`
runs the callbacks that are due, and returns. It is polled by:

- publishing calls, at most every `EVERY_S`, so that events are sent while a cell is busy;
- calls that wait, such as `flush`, until their condition holds;
- the event loop of the page, when a cell has returned or awaits something.

It is separate from the page's event loop, because that one cannot be run from inside a cell without
stack switching (JSPI), which not all browsers have, and because running it would also run other
tasks of the user in the middle of a publishing call.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import heapq
import logging
import math
import signal
import sys
import time
from collections import deque
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple, Unpack

from realtime_widgets.client.own_threads import unpublished

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

__all__ = ["IN_BROWSER", "PolledLoop", "page_runs_meanwhile", "polled_loop"]

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")

IN_BROWSER = sys.platform == "emscripten"

EVERY_S = 0.05
"""Minimum time between two polls by publishing calls."""

MAX_POLL_S = 0.05
"""Time after which a poll returns, even if more callbacks are due."""

MAX_PAUSE_S = 0.05
"""Maximum pause of a call that waits, before it evaluates its condition again."""

_log = logging.getLogger("realtime_widgets")


class PolledLoop(asyncio.AbstractEventLoop):
    """An event loop that runs the callbacks that are due when it is polled."""

    def __init__(self) -> None:
        self._ready: deque[asyncio.Handle] = deque()
        self._timers: list[asyncio.TimerHandle] = []
        """A heap, ordered by time."""
        self._outside: deque[Callable[[], object]] = deque()
        """Callbacks to run between two polls, because they wait for this loop."""
        self._is_polling = False
        self._polled_at = -math.inf
        self._due_in_page = math.inf
        """When the page's event loop will poll this one."""
        self._handle_in_page: asyncio.TimerHandle | None = None

    # Polling.

    def poll_if_due(self) -> None:
        """Poll, unless the last poll ended less than `EVERY_S` ago."""
        if time.monotonic() - self._polled_at >= EVERY_S:
            self.poll()

    def poll(self) -> None:
        """Run the callbacks that are due, for about `MAX_POLL_S`; a nested call does nothing.

        Callbacks that raise are logged. Ctrl-C takes effect after the poll.
        """
        if self._is_polling:
            return
        self._is_polling = True
        try:
            with _interrupts_deferred(), unpublished(), self._running():
                self._run_due()
        finally:
            self._is_polling = False
            self._polled_at = time.monotonic()
            self._schedule_in_page()
        while self._outside:
            self._outside.popleft()()

    def call_outside(self, callback: Callable[[], object]) -> None:
        """Schedule a call between two polls; it may wait for this loop, and must not raise."""
        self._outside.append(callback)
        self._schedule_in_page()

    def wait_until(self, is_so: Callable[[], bool], timeout: float) -> bool:
        """Poll until a condition holds, at most `timeout` seconds; return whether it holds.

        The page's event loop runs meanwhile if the browser has stack switching.
        """
        deadline = time.monotonic() + timeout
        while not is_so():
            if self._is_polling:
                return False  # it would wait for itself
            self.poll()
            left = deadline - time.monotonic()
            if is_so() or left <= 0:
                break
            self._pause(min(left, MAX_PAUSE_S))
        return is_so()

    def _run_due(self) -> None:
        ends_at = time.monotonic() + MAX_POLL_S
        while (now := time.monotonic()) < ends_at:
            while self._timers and self._timers[0].when() <= now:
                self._ready.append(heapq.heappop(self._timers))
            if not self._ready:
                return
            for _ in range(len(self._ready)):
                handle = self._ready.popleft()
                if not handle.cancelled():
                    handle._run()  # noqa: SLF001 - as every event loop does

    @contextlib.contextmanager
    def _running(self) -> Iterator[None]:
        """Take the place of the running loop and its task: asyncio allows one at a time."""
        outer = asyncio._get_running_loop()  # noqa: SLF001 - for implementers of event loops
        task = asyncio.current_task(outer) if outer else None
        if outer and task:
            asyncio.tasks._leave_task(outer, task)  # noqa: SLF001 - as above
        asyncio._set_running_loop(self)  # noqa: SLF001 - as above
        try:
            yield
        finally:
            asyncio._set_running_loop(outer)  # noqa: SLF001 - as above
            if outer and task:
                asyncio.tasks._enter_task(outer, task)  # noqa: SLF001 - as above

    def _schedule_in_page(self) -> None:
        """Let the page's event loop poll this one when the next callback is due."""
        due = self._next_due()
        if self._is_polling or due >= self._due_in_page:
            return
        page = asyncio._get_running_loop()  # noqa: SLF001 - as above
        if page is None:
            return
        if self._handle_in_page is not None:
            self._handle_in_page.cancel()
        self._due_in_page = due
        self._handle_in_page = page.call_later(
            max(0.0, due - time.monotonic()), self._poll_from_page, context=contextvars.Context()
        )

    def _poll_from_page(self) -> None:
        self._due_in_page = math.inf
        self.poll()

    def _next_due(self) -> float:
        if self._ready or self._outside:
            return 0.0
        while self._timers and self._timers[0].cancelled():
            heapq.heappop(self._timers)
        return self._timers[0].when() if self._timers else math.inf

    def _pause(self, seconds: float) -> None:
        """Pause until a callback is due, at most `seconds`."""
        pause = min(seconds, self._next_due() - time.monotonic())
        if pause <= 0:
            return
        run_sync = _stack_switching()
        if run_sync is None:
            time.sleep(pause)
        else:
            run_sync(asyncio.sleep(pause))

    # The interface of event loops.

    def time(self) -> float:
        """Return `time.monotonic()`."""
        return time.monotonic()

    def call_soon(
        self,
        callback: Callable[[Unpack[Arguments]], object],
        *args: *Arguments,
        context: contextvars.Context | None = None,
    ) -> asyncio.Handle:
        """Schedule a call in the next poll."""
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        self._schedule_in_page()
        return handle

    call_soon_threadsafe = call_soon

    def call_later(
        self,
        delay: float,
        callback: Callable[[Unpack[Arguments]], object],
        *args: *Arguments,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        """Schedule a call in the first poll after `delay` seconds."""
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Arguments]], object],
        *args: *Arguments,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        """Schedule a call in the first poll after this time of `time()`."""
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        heapq.heappush(self._timers, handle)
        self._schedule_in_page()
        return handle

    def create_future(self) -> asyncio.Future[Any]:
        """Return a future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(  # type: ignore[override]  # its other arguments differ between versions
        self,
        coro: Coroutine[Any, Any, Result],
        **options: Any,  # noqa: ANN401 - those of a task
    ) -> asyncio.Task[Result]:
        """Start a task in the next poll."""
        return asyncio.Task(coro, loop=self, **options)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Log the exception of a callback or a task."""
        with contextlib.suppress(Exception):  # of a log handler
            _log.error("%s", context.get("message"), exc_info=context.get("exception"))

    def get_debug(self) -> bool:
        """Return False: log messages of the debug mode would contain published data."""
        return False

    def is_running(self) -> bool:
        """Whether this is called inside a poll."""
        return self._is_polling

    def is_closed(self) -> bool:
        """Return False: it exists as long as the process."""
        return False

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Do nothing: a cancelled timer is skipped when it is due."""


polled_loop = PolledLoop()  # type: ignore[abstract]  # the rest needs sockets or processes
"""The loop of this process; used in browsers only."""


@contextlib.contextmanager
def _interrupts_deferred() -> Iterator[None]:
    """Defer Ctrl-C: it is meant for the cell, not for the code that publishes."""
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler):
        yield
        return
    came: list[tuple[Any, Any]] = []
    signal.signal(signal.SIGINT, lambda *arguments: came.append(arguments))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if came:
            handler(*came[0])


def page_runs_meanwhile() -> bool:
    """Whether the page's event loop runs while a call waits."""
    return _stack_switching() is not None


def _stack_switching() -> Callable[[Any], object] | None:
    """Return Pyodide's `run_sync`, None without stack switching."""
    try:
        from pyodide.ffi import (  # type: ignore[import-not-found]  # exists in browsers only
            can_run_sync,
            run_sync,
        )
    except ImportError:
        return None
    return run_sync if can_run_sync() else None
