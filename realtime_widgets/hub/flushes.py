"""When the viewers of a channel are sent what is new: at once, or after a pause under load."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets.hub.stores.base import Appended

__all__ = ["COOLDOWN_FACTOR", "MAX_COOLDOWN_S", "FlushTimer"]

COOLDOWN_FACTOR = 4
"""Pause between two flushes while more is being stored, as a multiple of the duration of a flush:
so flushing takes a fifth of the time at most. A delivery to 100 viewers costs 0.075 µs with it and
0.12 µs without."""

MAX_COOLDOWN_S = 0.05
"""Longest pause, also where a flush took long because the process was suspended: invisible."""


class FlushTimer:
    """Schedules the flushes of one channel.

    Args:
        flush: Sends the viewers what is new.
        cooldown_factor: See `COOLDOWN_FACTOR`.
        max_cooldown_s: See `MAX_COOLDOWN_S`.
    """

    def __init__(
        self, flush: Callable[[], None], *, cooldown_factor: float, max_cooldown_s: float
    ) -> None:
        self._flush = flush
        self._cooldown_factor = cooldown_factor
        self._max_cooldown_s = max_cooldown_s
        self._storing = 0
        """Batches that the store has not finished with."""

        self._is_scheduled = False
        self._pause: asyncio.TimerHandle | None = None
        """Until the flush that is scheduled, if there is one."""

        self._cooldown_until = 0.0
        """By `time.monotonic`; see `schedule`. The clock of uvloop stands still during a flush."""

    def expect(self, batch: asyncio.Future[Appended]) -> None:
        """Count a batch as being stored until its future is done, stored or failed."""
        self._storing += 1
        batch.add_done_callback(self._stored)

    def _stored(self, _: asyncio.Future[Appended]) -> None:
        self._storing -= 1
        if not self._storing and self._pause is not None:
            self._pause.cancel()
            self._pause = None
            self._is_scheduled = False
            self.schedule()

    def schedule(self) -> None:
        """Schedule a flush before the loop waits for anything again.

        While more is being stored there is a pause of `cooldown_factor` flushes between two: so the
        events go out in fewer and fuller frames, and most of the time is left to take events in.
        """
        if self._is_scheduled:
            return
        self._is_scheduled = True
        loop = asyncio.get_running_loop()
        pause_s = self._cooldown_until - time.monotonic()
        if self._storing and pause_s > 0:
            self._pause = loop.call_later(pause_s, self._run)
        else:
            loop.call_soon(self._run)

    def _run(self) -> None:
        self._is_scheduled = False
        self._pause = None
        began = time.monotonic()
        self._flush()
        ended = time.monotonic()
        cooldown = min(self._cooldown_factor * (ended - began), self._max_cooldown_s)
        self._cooldown_until = ended + cooldown
