"""Keeps a connection to Redis: opens it, sets it up, and opens it again when it is lost."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from typing import TYPE_CHECKING, Any

from realtime_widgets.errors import StoreError, StoreUnavailableError
from realtime_widgets.hub.stores.redis.requirements import expect_usable
from realtime_widgets.hub.stores.redis.scripts import SCRIPTS
from realtime_widgets.hub.stores.redis.sentinel import find_primary
from realtime_widgets.hub.stores.redis.wire import Wire, connect

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from realtime_widgets.hub.stores.redis.address import RedisAddress
    from realtime_widgets.hub.stores.redis.wire import OnReply

__all__ = ["RedisConnection"]

_log = logging.getLogger(__name__)

PING_S = 1.0
"""Seconds between two commands that show that the connection works."""

MIN_RETRY_S = 0.5
MAX_RETRY_S = 20.0
"""Pause before Redis is tried again; it grows, and is drawn at random below its bound, so that many
servers do not come back at once."""

LOG_EVERY_S = 60.0


class RedisConnection:
    """A connection that is there as often as Redis is.

    Args:
        address: Where Redis is.
        timeout_s: Seconds without a reply after which the connection counts as lost.
        set_up: Prepares a new connection; commands are accepted when it has returned.
        on_push: Called with each message that is published to this server.
        after: A connection that has to be back before this one connects again.

    Attributes:
        connected: Set while commands are accepted.
    """

    def __init__(
        self,
        address: RedisAddress,
        *,
        timeout_s: float,
        set_up: Callable[[Wire], Awaitable[None]],
        on_push: Callable[[bytes], None] = lambda _: None,
        after: RedisConnection | None = None,
    ) -> None:
        self._address = address
        self._timeout_s = timeout_s
        self._set_up = set_up
        self._on_push = on_push
        self._after = after
        self.connected = asyncio.Event()
        self._wire: Wire | None = None
        self._task: asyncio.Task[None] | None = None
        self._logged_at = -LOG_EVERY_S
        self._reason = "Redis is not connected yet"

    async def start(self) -> None:
        """Connect; where Redis cannot be used now, it is tried again in the background."""
        wire = await self._try() if self._is_next else None
        self._task = asyncio.create_task(self._keep(wire), name="redis connection")

    async def close(self) -> None:
        """End the connection. Safe to call twice."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    @property
    def reason(self) -> str:
        """Why commands are not accepted now."""
        if self._after is not None and not self._is_next:
            return self._after.reason
        return self._reason

    @property
    def _is_next(self) -> bool:
        return self._after is None or self._after.connected.is_set()

    # Commands.

    def call(self, on_reply: OnReply, *command: Any) -> None:
        """Send a command; see `Wire.call`."""
        if self._wire is None:
            on_reply(StoreUnavailableError(self.reason))
            return
        self._wire.call(on_reply, *command)

    async def command(self, *command: Any) -> Any:
        """Send a command and return its reply.

        Raises:
            StoreUnavailableError: Redis is not connected, or refuses the command.
        """
        if self._wire is None:
            raise StoreUnavailableError(self.reason)
        try:
            return await self._wire.command(*command)
        except StoreUnavailableError as error:
            self.refused(error)
            raise

    def refused(self, error: Exception) -> None:
        """Log a refusal of Redis, once a minute, and connect again where that can end it.

        It has no scripts after `SCRIPT FLUSH`, and is read-only once it has become a replica.
        """
        if self._wire is not None and any(code in str(error) for code in ("NOSCRIPT", "READONLY")):
            self._wire.close()
        if "may not write" in str(error):
            user = (self._address.login or ["default"])[0]
            self._log(logging.ERROR, f"{error}, as user {user!r}")

    # The life of the connection.

    async def _try(self) -> Wire | None:
        """Connect once; return None where Redis cannot be used now."""
        wire: Wire | None = None
        try:
            async with asyncio.timeout(self._timeout_s):
                wire = await self._connect()
                await expect_usable(wire, self._address.prefix)
                for script in SCRIPTS.values():
                    await wire.command("SCRIPT", "LOAD", script)
                await self._set_up(wire)
        except (OSError, TimeoutError, StoreError) as error:
            if wire is not None:
                wire.close()
            self._note_failure(error)
            return None
        except BaseException:
            if wire is not None:
                wire.close()
            raise
        self._wire = wire
        self.connected.set()
        return wire

    def _note_failure(self, error: Exception) -> None:
        words = str(error) or f"no answer within {self._timeout_s:g} s"
        if isinstance(error, StoreError) and not isinstance(error, StoreUnavailableError):
            level, self._reason = logging.ERROR, error.reason
        else:
            level, self._reason = logging.WARNING, f"Redis cannot be reached: {words}"
        self._log(level, f"Redis at {self._address.shown}: {words}")

    async def _connect(self) -> Wire:
        address = self._address
        [place, *_] = address.places
        if address.is_sentinel:
            # Half of the time, so that an answer is of use.
            place = await find_primary(address, timeout_s=self._timeout_s / 2)
        return await connect(
            place,
            self._on_push,
            tls=address.tls(),
            login=address.login,
            database=address.database,
        )

    async def _keep(self, wire: Wire | None) -> None:
        longest = MIN_RETRY_S
        while True:
            if wire is not None:
                longest = MIN_RETRY_S
                await self._until_lost(wire)
                self._wire = None
                self.connected.clear()
                self._reason = "the connection to Redis is lost"
            await asyncio.sleep(random.uniform(0, longest))  # noqa: S311 - no secret
            longest = min(MAX_RETRY_S, 2 * longest)
            if self._after is not None:
                await self._after.connected.wait()
            wire = await self._try()

    async def _until_lost(self, wire: Wire) -> None:
        while not wire.lost.done():
            await asyncio.wait([wire.lost], timeout=PING_S)
            if wire.silent_s > self._timeout_s:
                wire.close()
            elif not wire.lost.done():
                wire.call(lambda _: None, "PING")

    def _log(self, level: int, words: str) -> None:
        if time.monotonic() - self._logged_at >= LOG_EVERY_S:
            self._logged_at = time.monotonic()
            _log.log(level, "realtime-widgets: %s", words)
