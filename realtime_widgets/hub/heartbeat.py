"""Leases of a shared store: which publishers are connected to this server, and which to none.

Each server reports every 2 s, at most, the members whose lease a connection of it holds. The store
keeps when each was reported last, by its own clock. It hands a member that no server has reported
for the time of a lease to one server, which publishes that it is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.errors import StoreError

if TYPE_CHECKING:
    from realtime_widgets.hub.channels import Channels
    from realtime_widgets.hub.clock import Clock
    from realtime_widgets.hub.health import StorageHealth
    from realtime_widgets.hub.index import RunIndex
    from realtime_widgets.hub.stores.shared import SharedMember, SharedState

__all__ = ["Heartbeat"]

MAX_S = 2.0
"""Most seconds between two heartbeats."""

PER_LEASE = 16
"""Heartbeats in the time of a lease, where that is short."""


class Heartbeat:
    """Exchanges heartbeats with the other servers of a store.

    Args:
        shared: The store's part for that.
        channels: The channels in memory.
        health: Notes whether the store can be reached.
        index: Notes the runs that other servers have changed.
        lease_s: How long a publisher may be silent, in seconds.
        clock: The time.

    Attributes:
        every_s: Seconds between two heartbeats.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - each of another type
        self,
        shared: SharedState,
        channels: Channels,
        health: StorageHealth,
        index: RunIndex,
        lease_s: float,
        clock: Clock,
    ) -> None:
        self.every_s = min(MAX_S, lease_s / PER_LEASE)
        self._shared = shared
        self._channels = channels
        self._health = health
        self._index = index
        self._lease_s = lease_s
        self._clock = clock
        self._held: set[SharedMember] = set()
        """What was held at the last heartbeat."""
        self._ended: set[SharedMember] = set()
        """What was found to have ended since the last heartbeat."""

    async def run(self) -> None:
        """Exchange heartbeats once.

        Raises:
            StoreError: The store cannot be reached.
        """
        now = self._clock.monotonic()
        held, watched = self._members(now)
        ended = self._ended | {each for each in self._held - held if self._has_ended(each)}
        try:
            answer = await self._shared.heartbeat(
                list(held), list(ended), watched, lease_s=self._lease_s
            )
        except StoreError as error:
            self._health.append_failed(error)
            raise
        self._health.store_reached()
        self._held, self._ended = held, set()
        self._note_ages(answer.ages_s)
        for name in answer.changed:
            if name not in self._channels.in_memory:
                self._index.change(name)
        for name, member_id in answer.silent:
            channel = await self._channels.open(name)
            if self._has_ended((name, member_id)):
                self._ended.add((name, member_id))
            else:
                channel.leases.set_silent(member_id)

    def _members(self, now: float) -> tuple[set[SharedMember], list[SharedMember]]:
        held: set[SharedMember] = set()
        watched: list[SharedMember] = []
        for name, channel in self._channels.in_memory.items():
            ids = set(channel.leases.held(now=now))
            held |= {(name, member_id) for member_id in ids}
            here = channel.state.members.here
            watched += [(name, member.id) for member in here if member.id not in ids]
        return held, watched

    def _note_ages(self, ages_s: dict[SharedMember, float]) -> None:
        now = self._clock.monotonic()
        for (name, member_id), age_s in ages_s.items():
            channel = self._channels.in_memory.get(name)
            if channel is not None:
                channel.leases.set_elsewhere(member_id, age_s, now=now)

    def _has_ended(self, member: SharedMember) -> bool:
        """Whether a member has ended or is marked as lost; False where that is not known here."""
        name, member_id = member
        channel = self._channels.in_memory.get(name)
        if channel is None:
            return False
        return all(here.id != member_id for here in channel.state.members.here)
