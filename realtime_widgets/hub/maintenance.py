"""What a hub does from time to time: deadlines, leases, saving states, and forgetting old runs."""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from realtime_widgets.errors import StoreError
from realtime_widgets.hub.retention import Forgetter, Keep, KeptRun
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.events import CAUSE_WORDS, HELD_STATUSES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pydantic import JsonValue

    from realtime_widgets.hub.channel import Channel
    from realtime_widgets.hub.hub import Hub
    from realtime_widgets.hub.lease import FindCause
    from realtime_widgets.protocol.events import Status
    from realtime_widgets.protocol.members import Member

__all__ = ["Upkeep"]

_log = logging.getLogger(__name__)

TICK_S = 1.0
SLEPT_S = 5.0
"""How late a tick is when the process was stopped or the machine slept: silence proves nothing."""

SAVE_EVERY_S = 5.0
"""How often a changed state is written down; after a crash the rest is reduced from the log."""

CLEAN_EVERY_S = 60.0
"""How often runs that are too old or too much are looked for."""

TELL_AGAIN_S = 30.0
"""How long a run is not reported again after its report could not be stored."""

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
        self._tell_again_at: dict[str, float] = {}
        """Monotonic seconds before which it is not tried again, where it failed."""
        self._tasks: list[asyncio.Task[None]] = []
        self._inquiries: set[asyncio.Task[None]] = set()
        """Questions what became of publishers whose connection ended."""

    def start(self) -> None:
        """Begin."""
        self._ticked_at = time.monotonic()
        self._tasks = [
            asyncio.create_task(work, name=f"realtime-widgets {name}")
            for name, work in (
                ("held runs", self._open_held()),
                ("deadlines", self._for_ever(TICK_S, self._tick)),
                ("states", self._for_ever(SAVE_EVERY_S, self._save)),
                ("cleaning", self._for_ever(CLEAN_EVERY_S, self._clean)),
            )
        ]

    async def stop(self) -> None:
        """End. Safe to call twice."""
        tasks = [*self._tasks, *self._telling.values(), *self._inquiries]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()

    async def _for_ever(self, every_s: float, work: Callable[[], Awaitable[None]]) -> None:
        has_failed = False
        while True:
            await asyncio.sleep(every_s)
            try:
                await work()
            except StoreError as error:
                self._hub.store_failed(error)
                if not has_failed:
                    _log.warning("looking after the runs has to wait: %s", error)
                has_failed = True
            except Exception:  # noqa: BLE001 - it is logged, and the next time is tried again
                _log.exception("realtime-widgets: what is done from time to time failed")
            else:
                has_failed = False

    # Deadlines and leases.

    async def _tick(self) -> None:
        now = time.monotonic()
        late = now - self._ticked_at - TICK_S
        self._ticked_at = now
        for connection in tuple(self._hub.connections.values()):
            try:
                if late > SLEPT_S:
                    connection.forgive(late, now=now)
                connection.tick(now)
            except Exception:  # noqa: BLE001 - it is logged, and the connection closed
                # One connection must not keep the others from their deadlines.
                _log.exception("a connection of %r failed", connection.session.sprint_id)
                connection.close(CloseCode.INTERNAL_ERROR)
        for channel in self._hub.channels.values():
            if late > SLEPT_S:
                channel.lease.forgive(late, now=now)
            self._check_lease(channel, now)
            channel.check_presence()
        self._hub.forget_trouble(now)

    async def _open_held(self) -> None:
        """Bring the runs into memory that somebody should go on with, to see whether he comes."""
        try:
            held = [state.sprint_id async for _, state in self._hub.runs() if state.members.here]
        except StoreError as error:
            self._hub.store_failed(error)
            _log.warning("the runs cannot be read: %s", error)
            return
        for name in held:
            try:
                await self._hub.open_channel(name)
            except StoreError as error:
                self._hub.store_failed(error)
                _log.warning("%r cannot be read: %s", name, error)

    def inquire(self, channel: Channel, member_id: str | None, find_cause: FindCause) -> None:
        """Find out in the background why the publisher of a member is disconnected.

        Where there is a cause, the member is lost at once instead of after the time of the lease.
        """
        if not self._tasks:
            return  # the hub stops, which ends all connections
        inquiry = asyncio.create_task(
            self._inquire(channel, member_id, find_cause), name=f"cause {channel.name}"
        )
        self._inquiries.add(inquiry)
        inquiry.add_done_callback(self._inquiries.discard)

    async def _inquire(
        self, channel: Channel, member_id: str | None, find_cause: FindCause
    ) -> None:
        try:
            cause = await find_cause()
        except Exception:  # noqa: BLE001 - it is logged, and the time of the lease decides
            _log.exception("realtime-widgets: cannot find out why a publisher is disconnected")
            return
        if cause is not None and self._hub.channels.get(channel.name) is channel:
            channel.lease.explain(member_id, cause)
            self._check_lease(channel, time.monotonic())

    def _check_lease(self, channel: Channel, now: float) -> None:
        members = channel.state.members.left
        channel.lease.forget(members, now=now)
        if channel.name in self._telling or now < self._tell_again_at.get(channel.name, now):
            return
        if channel.lease.verdicts(members, now=now):
            self._telling[channel.name] = asyncio.create_task(
                self._tell(channel), name=f"lease {channel.name}"
            )

    async def _tell(self, channel: Channel) -> None:
        """Publish which members of a run are lost, and which are back."""
        name = channel.name
        now = time.monotonic()
        try:
            for member, verdict in channel.lease.verdicts(channel.state.members.left, now=now):
                event = _lost(channel, member, now) if verdict == "lost" else _back(member)
                # A publisher may come, and speak, before it is this event's turn.
                await self._hub.broadcast(
                    name,
                    event,
                    still=functools.partial(self._is_still, channel, member.id, verdict),
                )
        except StoreError as error:
            self._tell_again_at[name] = time.monotonic() + TELL_AGAIN_S
            _log.warning("the status of %r is not stored: %s", name, error)
        else:
            self._tell_again_at.pop(name, None)
        finally:
            del self._telling[name]

    def _is_still(self, channel: Channel, member_id: str | None, verdict: str) -> bool:
        """Whether the verdict on a member is the same as before."""
        member = channel.state.members.find(member_id)
        if member is None or self._hub.channels.get(channel.name) is not channel:
            return False
        return (member, verdict) in channel.lease.verdicts([member], now=time.monotonic())

    # States and memory.

    async def _save(self) -> None:
        self._forget_idle()
        for channel in tuple(self._hub.channels.values()):
            # One that was dropped meanwhile is of another life of its log.
            if self._hub.channels.get(channel.name) is channel:
                await channel.save_state()

    def _forget_idle(self) -> None:
        # In one go, so that nobody can come to a channel between the look and the forgetting.
        now = time.monotonic()
        used = self._hub.used()
        for channel in tuple(self._hub.channels.values()):
            is_idle = now - channel.used_at > FORGET_AFTER_S and channel.state_is_saved
            if is_idle and channel.name not in used and not channel.state.members.here:
                del self._hub.channels[channel.name]

    # Old runs.

    async def _clean(self) -> None:
        store = self._hub.store
        statuses: dict[str, Status] = {}
        runs: list[KeptRun] = []
        async for one, state in self._hub.runs():
            statuses[one.name] = state.status
            is_used = self._is_used(one.name, state.status)
            runs.append(KeptRun(one.name, state.updated, one.size_bytes, is_used=is_used))
        plan = self._forgetter.plan(
            runs,
            total_bytes=await store.size_bytes(),
            missing_bytes=await store.missing_bytes(),
            now=datetime.now(UTC),
            monotonic=time.monotonic(),
        )
        for name in plan.halve:
            await self._halve(name)
        for name in plan.forget:
            # Somebody may have come while others were removed.
            if not self._is_used(name, statuses[name]):
                await self._hub.forget(name)
                _log.info("%r is forgotten, to keep what is stored within its bounds", name)

    def _is_used(self, name: str, status: Status) -> bool:
        """Whether somebody is there, or should come back: else the run will be lost, and may go."""
        channel = self._hub.channels.get(name)
        status = channel.state.status if channel else status
        return status in HELD_STATUSES or name in self._hub.used()

    async def _halve(self, name: str) -> None:
        before = await self._hub.store.bounds(name)
        await self._hub.store.trim(name, (before.first + before.head) // 2)
        first = (await self._hub.store.bounds(name)).first
        channel = self._hub.channels.get(name)
        if channel is not None:
            channel.bounds = channel.bounds.model_copy(update={"first": first})
        if first > before.first:
            _log.warning("the older half of %r is forgotten: all runs together are too much", name)


def _lost(channel: Channel, member: Member, now: float) -> dict[str, JsonValue]:
    seen_at = channel.lease.seen_at(member.id, now)
    cause = channel.lease.cause(member.id)
    count = len(channel.state.members.left)
    whom = "any publisher" if count == 1 else f"one of {count:,} publishers"
    silence = f"no heartbeat from {whom} for {time.time() - seen_at:.0f} s"
    event: dict[str, JsonValue] = {
        "type": "status_update",
        "status": "lost",
        "attempt": member.id,
        "message": silence if cause is None else CAUSE_WORDS[cause],
        "last_seen": round(seen_at, 3),
    }
    return event if cause is None else event | {"cause": cause}


def _back(member: Member) -> dict[str, JsonValue]:
    return {
        "type": "status_update",
        "status": member.status,
        "attempt": member.id,
        "message": member.message,
        "back": True,
    }
