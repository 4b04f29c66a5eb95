"""Waiting, where an event loop must not be held up by it."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["in_thread", "is_in_event_loop"]

Result = TypeVar("Result")


def is_in_event_loop() -> bool:
    """Whether this thread runs an event loop, as that of a coroutine does and that of a cell."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def in_thread(work: Callable[[], Result]) -> Result:
    """Do what blocks in a thread of its own.

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
    threading.Thread(target=run, name="realtime-widgets wait", daemon=True).start()
    return await asyncio.wrap_future(future)
