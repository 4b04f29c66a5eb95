"""Limits the number of searches or downloads that run at a time, in total and per user."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from realtime_widgets.service.api_error import ApiError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable

__all__ = ["AT_ONCE", "PER_USER", "Slots"]

AT_ONCE = 8
"""How many searches run at a time, which share one thread; and how many downloads."""

PER_USER = 4
"""How many of them are of one user, or of one program."""

WAIT_S = 5.0
"""How long a further one waits, in seconds, before it is refused."""

RETRY_AFTER_S = 5


class Slots:
    """Counts the searches, or the downloads, that run.

    Args:
        what: What runs, in the plural, for the error.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._running: Counter[Hashable] = Counter()
        self._changed = asyncio.Condition()

    @property
    def running(self) -> int:
        """How many run."""
        return self._running.total()

    @asynccontextmanager
    async def slot(self, holder: Hashable) -> AsyncIterator[None]:
        """Hold a slot in the block; waits until there is one.

        Args:
            holder: The user or program for which it is counted.

        Raises:
            ApiError: There was none within `WAIT_S`.
        """
        await self._acquire(holder)
        try:
            yield
        finally:
            self._running[holder] -= 1
            if not self._running[holder]:
                del self._running[holder]
            async with self._changed:
                self._changed.notify_all()

    async def _acquire(self, holder: Hashable) -> None:
        try:
            async with asyncio.timeout(WAIT_S), self._changed:
                await self._changed.wait_for(lambda: self._has_room(holder))
                self._running[holder] += 1
        except TimeoutError:
            words = f"{PER_USER} {self._what} of a user, or {AT_ONCE} of all, run already"
            raise ApiError(
                503, f"too_many_{self._what}", words, retry_after_s=RETRY_AFTER_S
            ) from None

    def _has_room(self, holder: Hashable) -> bool:
        is_full = self.running >= AT_ONCE
        return not is_full and self._running[holder] < PER_USER
