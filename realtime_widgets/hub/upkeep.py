"""What a hub does from time to time: deadlines, leases, saving states, and forgetting old runs."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from realtime_widgets.errors import StoreError
from realtime_widgets.hub.housekeeping import Forgetter, Keep, KeptRun
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.events import HELD_STATUSES
from realtime_widgets.protocol.state import StatusBefore

if TYPE_CHECKING:
    from pydantic import JsonValue

    from realtime_widgets.hub.channel import Channel
    from realtime_widgets.hub.hub import Hub

__all__ = ["Upkeep"]

_log = logging.getLogger(__name__)

TICK_S = 1.0
SLEPT_S = 5.0
"""How late a tick is when the process was stopped or the machine slept: silence proves nothing."""

SAVE_EVERY_S = 5.0
"""How often a changed state is written down; after a crash the rest is reduced from the log."""

CLEAN_EVERY_S = 60.0
"""How often runs that are too old or too much are looked for."""

FORGET_AFTER_S = 60.0
"""How long a channel that nobody uses stays in memory: longer than opening a connection takes."""


class Upkeep:
    """The tasks of one hub that nobody asks for.

    Args:
        hub: The hub.
        keep: What it keeps of all runs together.
    """

    def __init__(self, hub: Hub, keep: Keep) -> None:
        self._hub = hub
        self._forgetter = Forgetter(keep)
        self._telling: dict[str, asyncio.Task[None]] = {}
        """Runs that are being reported lost or back."""
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin."""
        self._tasks = [
            asyncio.create_task(self._open_held(), name="realtime-widgets leases"),
            asyncio.create_task(self._tick_for_ever(), name="realtime-widgets deadlines"),
            asyncio.create_task(self._save_for_ever(), name="realtime-widgets states"),
            asyncio.create_task(self._clean_for_ever(), name="realtime-widgets cleaning"),
        ]

    async def stop(self) -> None:
        """End. Safe to call twice."""
        tasks = [*self._tasks, *self._telling.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()

    # Deadlines and leases.

    async def _tick_for_ever(self) -> None:
        before = time.monotonic()
        while True:
            await asyncio.sleep(TICK_S)
            now = time.monotonic()
            late = now - before - TICK_S
            before = now
            for connection in tuple(self._hub.connections.values()):
                try:
                    if late > SLEPT_S:
                        connection.forgive(late)
                    connection.tick(now)
                except Exception:  # noqa: BLE001 - it is logged, and the connection closed
                    # One connection must not keep the others from their deadlines.
                    _log.exception("a connection of %r failed", connection.session.sprint_id)
                    connection.close(CloseCode.INTERNAL_ERROR)
            for channel in self._hub.channels.values():
                if late > SLEPT_S:
                    channel.lease.forgive(late)
                self._check_lease(channel, now)

    async def _open_held(self) -> None:
        """Bring the runs into memory that somebody should go on with, to see whether he comes."""
        try:
            for state in await self._hub.states():
                if state.status in HELD_STATUSES:
                    await self._hub.open_channel(state.sprint_id)
        except StoreError as error:
            self._hub.store_failed(error)
            _log.warning("not every run can be read: %s", error)

    def _check_lease(self, channel: Channel, now: float) -> None:
        # While the store takes nothing, what a publisher said last may not be in the state.
        if self._hub.trouble or channel.name in self._telling:
            return
        lease_s = self._hub.limits.lease_s
        match channel.lease.verdict(channel.state.status, now=now, lease_s=lease_s):
            case "lost":
                ago = now - channel.lease.seen_at(now)
                event: dict[str, JsonValue] = {
                    "type": "status_update",
                    "status": "lost",
                    "message": f"nobody who publishes this run was heard for {ago:.0f} s",
                    "last_seen": round(time.time() - ago, 3),
                }
            case "back":
                before = channel.state.before_lost or StatusBefore(status="running")
                event = {"type": "status_update", **before.model_dump()}
            case None:
                return
        task = asyncio.create_task(self._tell(channel.name, event), name=f"lease {channel.name}")
        self._telling[channel.name] = task

    async def _tell(self, name: str, event: dict[str, JsonValue]) -> None:
        try:
            await self._hub.broadcast(name, event)
        except StoreError as error:
            _log.warning("the status of %r is not stored: %s", name, error)
        finally:
            del self._telling[name]

    # States and memory.

    async def _save_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SAVE_EVERY_S)
            for channel in tuple(self._hub.channels.values()):
                try:
                    await channel.save_state()
                except StoreError as error:
                    self._hub.store_failed(error)
                    _log.warning("the state of %r is not saved: %s", channel.name, error)
            self._forget_idle()

    def _forget_idle(self) -> None:
        # In one go, so that nobody can come to a channel between the look and the forgetting.
        now = time.monotonic()
        used = self._hub.used()
        for channel in tuple(self._hub.channels.values()):
            is_idle = now - channel.used_at > FORGET_AFTER_S and channel.state_is_saved
            may_be_lost = channel.state.status in HELD_STATUSES
            if is_idle and channel.name not in used and not may_be_lost:
                del self._hub.channels[channel.name]

    # Old runs.

    async def _clean_for_ever(self) -> None:
        while True:
            await asyncio.sleep(CLEAN_EVERY_S)
            try:
                await self._clean()
            except StoreError as error:
                self._hub.store_failed(error)
                _log.warning("old runs are not cleaned away: %s", error)

    async def _clean(self) -> None:
        store = self._hub.store
        updated = {state.sprint_id: state.updated for state in await self._hub.states()}
        used = self._hub.used()
        plan = self._forgetter.plan(
            [
                KeptRun(one.name, updated[one.name], one.size_bytes, is_used=one.name in used)
                for one in await store.channels()
                if one.name in updated
            ],
            total_bytes=await store.size_bytes(),
            is_short=await store.is_short_of_room(),
            now=datetime.now(UTC),
            monotonic=time.monotonic(),
        )
        for name in plan.halve:
            bounds = await store.bounds(name)
            await store.trim(name, (bounds.first + bounds.head) // 2)
            _log.warning("the older half of %r is forgotten: all runs together are too much", name)
        for name in plan.forget:
            # Somebody may have come while others were removed.
            if name not in self._hub.used():
                await self._hub.forget(name)
                _log.info("%r is forgotten, to keep what is stored within its bounds", name)
