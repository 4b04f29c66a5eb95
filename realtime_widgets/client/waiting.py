"""Waiting without blocking an event loop."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from realtime_widgets.client.browser import IN_BROWSER, polled_loop

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Patience", "in_thread", "is_in_event_loop"]

Result = TypeVar("Result")

IN_LOOP_S = 0.05
"""Maximum wait in a thread that runs an event loop: enough while events are sent as fast as they
are published, and too short to delay other coroutines noticeably."""


def is_in_event_loop() -> bool:
    """Whether this thread runs an event loop, as the threads of coroutines and of cells do."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def in_thread(work: Callable[[], Result]) -> Result:
    """Run a blocking function in a new thread; in a browser, between two polls of `polled_loop`.

    Not in the loop's executor: all its threads may be busy, and `asyncio.run` waits for them when
    it ends, even if the result is no longer needed.
    """
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised by the `await`
            future.set_exception(error)

    future.set_running_or_notify_cancel()
    if IN_BROWSER:
        polled_loop.call_outside(run)
    else:
        threading.Thread(target=run, name="realtime-widgets wait", daemon=True).start()
    return await asyncio.wrap_future(future)


class Patience:
    """How long a publishing thread waits for space in the buffer.

    A thread that runs an event loop waits for `IN_LOOP_S`, and after such a wait failed, not at all
    until another event was taken from the buffer.
    """

    def __init__(self, wait_s: float) -> None:
        self._wait_s = wait_s
        self._waited_at = -1

    def wait_s(self, events_left: int) -> float:
        """Return how long to wait, in seconds.

        Args:
            events_left: How many events were taken from the buffer so far.
        """
        if not is_in_event_loop():
            return self._wait_s
        was_in_vain = self._waited_at == events_left
        self._waited_at = events_left
        return 0.0 if was_in_vain else min(self._wait_s, IN_LOOP_S)
