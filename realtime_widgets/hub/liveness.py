"""Deadlines of connections, and leases of publishers: which are connected, lost or back."""

from __future__ import annotations

import asyncio
import functools
import logging
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from realtime_widgets.errors import StoreError
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.events import CAUSE_WORDS, FINAL_STATUSES

if TYPE_CHECKING:
    from pydantic import JsonValue

    from realtime_widgets.hub.channel import Channel
    from realtime_widgets.hub.channels import Channels
    from realtime_widgets.hub.clock import Clock
    from realtime_widgets.hub.health import StorageHealth
    from realtime_widgets.hub.leases import FindCause
    from realtime_widgets.hub.registry import Registry
    from realtime_widgets.hub.server_events import ServerEvents
    from realtime_widgets.protocol.members import Member
    from realtime_widgets.protocol.sessions.session import Session

__all__ = ["Liveness"]

_log = logging.getLogger(__name__)

REPORT_RETRY_S = 30.0
"""How long lost publishers of a run are not reported again after a report could not be stored."""


class Liveness:
    """Acts on deadlines and leases.

    Args:
        registry: The clients, for deadlines.
        channels: The channels, for leases.
        server_events: Publishes which publishers are lost or back.
        health: Notes which reads fail.
        clock: The time.
    """

    def __init__(
        self,
        registry: Registry,
        channels: Channels,
        server_events: ServerEvents,
        health: StorageHealth,
        clock: Clock,
    ) -> None:
        self._registry = registry
        self._channels = channels
        self._server_events = server_events
        self._health = health
        self._clock = clock
        self._is_stopped = False
        self._reports: dict[str, asyncio.Task[None]] = {}
        """Reports that are being stored, by run."""
        self._retry_at: dict[str, float] = {}
        """Monotonic seconds before which a failed report is not tried again, by run."""
        self._inquiries: set[asyncio.Task[None]] = set()
        """Looking for causes of publishers that have disconnected."""

    def tick(self, now: float, *, suspended_s: float) -> None:
        """Act on deadlines and leases; to be called about once a second.

        Args:
            now: Monotonic seconds.
            suspended_s: For how long the process was suspended since the last call; silence in this
                time proves nothing.
        """
        for client in self._registry:
            try:
                if suspended_s:
                    client.extend_deadlines(suspended_s, now=now)
                client.tick(now)
            except Exception:  # noqa: BLE001 - it is logged, and the connection closed
                # One connection must not keep the others from their deadlines.
                _log.exception("a connection of %r failed", client.sprint_id)
                client.close(CloseCode.INTERNAL_ERROR)
        for channel in self._channels.in_memory.values():
            if suspended_s:
                channel.leases.extend(suspended_s, now=now)
            self._evaluate(channel, now)
            channel.check_presence()

    async def stop(self) -> None:
        """Cancel what runs in the background. Safe to call twice."""
        self._is_stopped = True
        tasks = [*self._reports.values(), *self._inquiries]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # Leases.

    async def open_unfinished(self) -> None:
        """Open the channels of runs whose publisher is expected to return; else it is lost."""
        try:
            names = [
                state.sprint_id async for _, state in self._channels.runs() if state.members.here
            ]
        except StoreError as error:
            self._health.failed(error)
            _log.warning("cannot read the list of runs: %s", error)
            return
        for name in names:
            try:
                await self._channels.open(name)
            except StoreError as error:
                self._health.failed(error)
                _log.warning("cannot read %r: %s", name, error)

    def release(self, channel: Channel, session: Session, find_cause: FindCause | None) -> None:
        """Release the lease of a connection that ends, and look for the cause in the background.

        Where there is a cause, the member is lost at once instead of after `lease_s`.
        """
        for member_id in channel.leases.release(session, now=self._clock.monotonic()):
            # Not at once: another connection may be about to take its place.
            asyncio.get_running_loop().call_soon(channel.check_presence)
            if find_cause is not None and not self._is_stopped:
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
        except Exception:  # noqa: BLE001 - it is logged, and the lease expires in its time
            _log.exception("cannot find out why a publisher of %r disconnected", channel.name)
            return
        if cause is not None and self._channels.in_memory.get(channel.name) is channel:
            channel.leases.set_cause(member_id, cause)
            self._evaluate(channel, self._clock.monotonic())

    def _evaluate(self, channel: Channel, now: float) -> None:
        members = channel.state.members.left
        channel.leases.prune(members, now=now)
        if channel.name in self._reports or now < self._retry_at.get(channel.name, now):
            return
        if channel.leases.evaluate(members, now=now):
            self._reports[channel.name] = asyncio.create_task(
                self._report(channel), name=f"lease {channel.name}"
            )

    async def _report(self, channel: Channel) -> None:
        """Publish which members of a run are lost, and which are back."""
        name = channel.name
        now = self._clock.monotonic()
        try:
            for member, change in channel.leases.evaluate(channel.state.members.left, now=now):
                event = self._lost(channel, member, now) if change == "lost" else _back(member)
                # The publisher may reconnect and publish before the event is stored.
                is_current = functools.partial(self._is_current, channel, member.id, change)
                await self._server_events.broadcast(name, event, is_current=is_current)
        except StoreError as error:
            self._retry_at[name] = self._clock.monotonic() + REPORT_RETRY_S
            _log.warning("cannot store the status of %r: %s", name, error)
        else:
            self._retry_at.pop(name, None)
        finally:
            del self._reports[name]

    def _is_current(
        self, channel: Channel, member_id: str | None, change: Literal["lost", "back"]
    ) -> bool:
        """Whether the evaluation of a member is still the same."""
        member = channel.state.members.find(member_id)
        if member is None or self._channels.in_memory.get(channel.name) is not channel:
            return False
        return (member, change) in channel.leases.evaluate([member], now=self._clock.monotonic())

    def _lost(self, channel: Channel, member: Member, now: float) -> dict[str, JsonValue]:
        seen_at = channel.leases.seen_at(member.id, now)
        cause = channel.leases.cause(member.id)
        count = len(channel.state.members.left)
        which = "any publisher" if count == 1 else f"one of {count:,} publishers"
        silence = f"no heartbeat from {which} for {self._clock.time() - seen_at:.0f} s"
        event: dict[str, JsonValue] = {
            "type": "status_update",
            "status": "lost",
            "attempt": member.id,
            "message": silence if cause is None else CAUSE_WORDS[cause],
            "last_seen": round(seen_at, 3),
        }
        return event if cause is None else event | {"cause": cause}

    # Activity.

    def is_active(self, sprint_id: str) -> bool:
        """Whether a publisher of a run is connected or expected to return."""
        channel = self._channels.in_memory.get(sprint_id)
        if channel is None or channel.state.status in FINAL_STATUSES:
            return False
        # Of a run without a publisher's status, its agents may need input.
        may_be_unheld = channel.state.status in ("pending", "needs_input")
        if may_be_unheld and self._registry.is_published(sprint_id):
            return True
        is_held = channel.leases.is_held(now=self._clock.monotonic())
        return is_held or channel.state.expects_publisher

    def has_held_run(self, max_age_s: float) -> bool:
        """Whether a publisher of an active run is connected.

        Args:
            max_age_s: Most seconds since the run was started for it to count.
        """
        now, wall_clock = self._clock.monotonic(), self._clock.time()
        return any(
            channel.state.expects_publisher
            and channel.leases.is_held(now=now)
            and channel.state.started is not None
            and wall_clock - datetime.fromisoformat(channel.state.started).timestamp() < max_age_s
            for channel in self._channels.in_memory.values()
        )


def _back(member: Member) -> dict[str, JsonValue]:
    return {
        "type": "status_update",
        "status": member.status,
        "attempt": member.id,
        "message": member.message,
        "back": True,
    }
