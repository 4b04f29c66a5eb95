"""Waiting, where an event loop must not be held up by it."""

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
"""How long a thread that runs an event loop may wait: enough where events leave as fast as they
come, as in a cell, and not noticed by other coroutines."""


def is_in_event_loop() -> bool:
    """Whether this thread runs an event loop, as that of a coroutine does and that of a cell."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def in_thread(work: Callable[[], Result]) -> Result:
    """Do what blocks in a thread of its own; in a browser, between two turns of our loop.

    The loop's own threads may all be busy, and `asyncio.run` waits for them when it ends, though
    nobody may wait for the result any more.
    """
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it belongs to who waits
            future.set_exception(error)

    future.set_running_or_notify_cancel()
    if IN_BROWSER:
        polled_loop.call_outside(run)
    else:
        threading.Thread(target=run, name="realtime-widgets wait", daemon=True).start()
    return await asyncio.wrap_future(future)


class Patience:
    """How long a publishing thread waits for room.

    One that runs an event loop waits for a moment, and once that was in vain, not at all before an
    event has left.
    """

    def __init__(self, wait_s: float) -> None:
        self._wait_s = wait_s
        self._waited_at = -1

    def wait_s(self, events_left: int) -> float:
        """Return how long to wait, in seconds.

        Args:
            events_left: How many events have left until now.
        """
        if not is_in_event_loop():
            return self._wait_s
        was_in_vain = self._waited_at == events_left
        self._waited_at = events_left
        return 0.0 if was_in_vain else min(self._wait_s, IN_LOOP_S)
