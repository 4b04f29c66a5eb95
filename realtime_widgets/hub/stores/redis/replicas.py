"""Delays results until the replicas of Redis have what was written before them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from realtime_widgets.errors import StoreUnavailableError
from realtime_widgets.hub.stores.redis.wire import error_of

if TYPE_CHECKING:
    from realtime_widgets.hub.stores.redis.connection import RedisConnection

__all__ = ["Replicas"]


class Replicas:
    """Waits for replicas, once for all writes of a turn of the event loop.

    Args:
        connection: The connection of the writes: Redis counts those of the same one only.
        count: How many replicas there have to be; 0 for none.
        wait_ms: How long they may take, in milliseconds.
    """

    def __init__(self, connection: RedisConnection, count: int, wait_ms: int) -> None:
        self.count = count
        self._connection = connection
        self._wait_ms = wait_ms
        self._unwritten: list[tuple[asyncio.Future[Any], Any]] = []

    def set_result(self, future: asyncio.Future[Any], result: Any) -> None:
        """Set the result of a future once the replicas have what was written before."""
        if not self.count:
            future.set_result(result)
            return
        if not self._unwritten:
            asyncio.get_running_loop().call_soon(self._wait)
        self._unwritten.append((future, result))

    def _wait(self) -> None:
        unwritten, self._unwritten = self._unwritten, []

        def replicated(reply: Any) -> None:
            error = error_of(reply)
            if error is None and reply < self.count:
                words = f"{reply} of {self.count} replicas of Redis have the events"
                error = StoreUnavailableError(words)
            for future, result in unwritten:
                if future.done():
                    continue
                if error is None:
                    future.set_result(result)
                else:
                    future.set_exception(error)

        self._connection.call(replicated, "WAIT", self.count, self._wait_ms)
