"""The background tasks of a hub: when deadlines, states, retention and recovery have their turn."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from realtime_widgets.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator
    from typing import Any

    from realtime_widgets.hub.channels import Channels
    from realtime_widgets.hub.clock import Clock
    from realtime_widgets.hub.health import StorageHealth
    from realtime_widgets.hub.heartbeat import Heartbeat
    from realtime_widgets.hub.liveness import Liveness
    from realtime_widgets.hub.recovery import Recovery
    from realtime_widgets.hub.retention import RetentionJob
    from realtime_widgets.hub.shared_watchers import SharedWatchers

__all__ = ["RETENTION_S", "SAVE_S", "SUSPENDED_S", "TICK_S", "Maintenance"]

_log = logging.getLogger(__name__)

TICK_S = 1.0
"""Seconds between two looks at deadlines and leases."""

SUSPENDED_S = 5.0
"""How late a tick is when the process or the machine was suspended."""

SAVE_S = 5.0
"""Seconds between two saves of changed states; after a crash the rest is reduced from the log."""

RETENTION_S = 60.0
"""Seconds between two runs of the retention job."""


class Maintenance:
    """Runs the background tasks.

    Args:
        liveness: Deadlines and leases.
        channels: States to be saved.
        retention: Old runs.
        recovery: Re-creates a damaged store.
        health: The status of the store.
        clock: The time.
        heartbeat: Of a store that is shared; None where it is not.
        watchers: The same for the users who watch.
        tick_s: See `TICK_S`.
        save_s: See `SAVE_S`.
        retention_s: See `RETENTION_S`.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - each of another type
        self,
        liveness: Liveness,
        channels: Channels,
        retention: RetentionJob,
        recovery: Recovery,
        health: StorageHealth,
        clock: Clock,
        *,
        heartbeat: Heartbeat | None = None,
        watchers: SharedWatchers | None = None,
        tick_s: float = TICK_S,
        save_s: float = SAVE_S,
        retention_s: float = RETENTION_S,
    ) -> None:
        self._liveness = liveness
        self._channels = channels
        self._retention = retention
        self._recovery = recovery
        self._health = health
        self._clock = clock
        self._heartbeat = heartbeat
        self._watchers = watchers
        self._tick_s = tick_s
        self._save_s = save_s
        self._retention_s = retention_s
        self._ticked_at = 0.0
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start the background tasks."""
        self._ticked_at = self._clock.monotonic()
        self._tasks = [
            asyncio.create_task(work, name=f"realtime-widgets {name}")
            for name, work in (
                self._leases_task(),
                ("deadlines", self._repeat(self._tick_s, self._tick)),
                ("states", self._repeat(self._save_s, self._channels.save_states)),
                ("retention", self._repeat(self._retention_s, self._retention.run)),
                ("recovery", self._repeat(0, self._recovery.recover_once)),
                *self._watchers_task(),
            )
        ]

    def _leases_task(self) -> tuple[str, Coroutine[Any, Any, None]]:
        if self._heartbeat is None:
            return "unfinished runs", self._liveness.open_unfinished()
        return "heartbeats", self._repeat(self._heartbeat.every_s, self._heartbeat.run)

    def _watchers_task(self) -> Iterator[tuple[str, Coroutine[Any, Any, None]]]:
        if self._watchers is not None:
            yield "watchers", self._repeat(self._watchers.every_s, self._watchers.exchange)

    async def stop(self) -> None:
        """Stop them; a recovery is finished before. Safe to call twice."""
        if self._tasks:
            await self._health.wait_until_usable()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await self._liveness.stop()

    async def _repeat(self, every_s: float, work: Callable[[], Awaitable[None]]) -> None:
        has_failed = False
        while True:
            await asyncio.sleep(every_s)
            try:
                await work()
            except StoreError as error:
                self._health.failed(error)
                if not has_failed:
                    _log.warning("maintenance skipped: %s", error)
                has_failed = True
            except Exception:  # noqa: BLE001 - it is logged, and tried again the next time
                _log.exception("maintenance task failed")
            else:
                has_failed = False

    async def _tick(self) -> None:
        now = self._clock.monotonic()
        late_s = now - self._ticked_at - self._tick_s
        self._ticked_at = now
        self._liveness.tick(now, suspended_s=late_s if late_s > SUSPENDED_S else 0.0)
        self._health.expire(now)
