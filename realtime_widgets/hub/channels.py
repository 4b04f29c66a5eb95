"""Which channels are in memory, and what is known of each run, in memory or not."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from realtime_widgets.errors import StoreError
from realtime_widgets.hub.channel import Channel, read_state
from realtime_widgets.hub.shared_states import SharedStates
from realtime_widgets.hub.stores.base import ChannelSummary
from realtime_widgets.hub.tail import FRAME_CACHE_BYTES, TAIL_BYTES
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.run_state import RunState

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from realtime_widgets.hub.clock import Clock
    from realtime_widgets.hub.health import StorageHealth
    from realtime_widgets.hub.index import RunIndex
    from realtime_widgets.hub.login import Visible
    from realtime_widgets.hub.registry import Registry
    from realtime_widgets.hub.stores.base import Store, StoredBatch
    from realtime_widgets.protocol.events import Event
    from realtime_widgets.protocol.limits import Limits
    from realtime_widgets.protocol.position import Bounds

__all__ = ["Channels"]

_log = logging.getLogger(__name__)

STATES_AT_ONCE = 50
"""How many states are read before the loop turns: some hundred microseconds each, at most."""

SUMMARIES_BYTES = 256 * 1024
"""Size of the stored states that one read for the list of runs takes."""

IDLE_S = 60.0
"""How long an unused channel stays in memory: longer than opening a connection takes."""


class Channels:
    """The channels of one hub.

    Args:
        store: The store that they are read from.
        health: Notes which reads fail.
        registry: The clients of the channels.
        limits: Sizes and times of a channel.
        clock: The time.
        index: Notes which runs change.
        tail_bytes: See `tail.TAIL_BYTES`.
        frame_cache_bytes: See `tail.FRAME_CACHE_BYTES`.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - each of another type
        self,
        store: Store,
        health: StorageHealth,
        registry: Registry,
        limits: Limits,
        clock: Clock,
        index: RunIndex,
        *,
        on_status: Callable[[RunState], None] = lambda _: None,
        tail_bytes: int = TAIL_BYTES,
        frame_cache_bytes: int = FRAME_CACHE_BYTES,
    ) -> None:
        self.in_memory: dict[str, Channel] = {}
        """By name."""

        self._store = store
        self._health = health
        self._registry = registry
        self._limits = limits
        self._clock = clock
        self._index = index
        self._on_status = on_status
        self._tail_bytes = tail_bytes
        self._frame_cache_bytes = frame_cache_bytes
        self._opening: dict[str, asyncio.Task[None]] = {}
        self._early: dict[str, list[tuple[Bounds, StoredBatch, Sequence[Event]]]] = {}
        """What was committed to channels while they were being opened."""
        self._replaced: set[str] = set()
        """Channels whose log was replaced while they were being opened."""
        self._shared_states = SharedStates()
        self._removing: dict[str, asyncio.Task[None]] = {}

    # Opening and closing.

    async def open(self, name: str) -> Channel:
        """Return the channel, read from the store if it is not in memory.

        Raises:
            StoreError: It cannot be read.
        """
        await self._health.wait_until_usable()
        while (removing := self._removing.get(name)) is not None:
            await asyncio.wait([removing])
            await self._health.wait_until_usable()
        while name not in self.in_memory:
            if name not in self._opening:
                self._opening[name] = asyncio.create_task(self._open(name), name=f"open {name}")
            # This caller may be cancelled; the others still need the channel.
            await asyncio.shield(self._opening[name])
        channel = self.in_memory[name]
        channel.used_at = self._clock.monotonic()
        return channel

    async def _open(self, name: str) -> None:
        early = self._early[name] = []
        try:
            is_current = False
            while not is_current:
                self._replaced.discard(name)
                early.clear()
                # First, so that nothing is missing between the state and what is announced.
                channel = self._new_channel(name, await self._store.follow(name))
                await channel.restore_state(await self._store.saved_state(name))
                is_current = name not in self._replaced
            for bounds, batch, events in early:
                if batch.first > channel.bounds.head:
                    channel.extend(bounds, batch, events)
            channel.used_at = self._clock.monotonic()
            self.in_memory[name] = channel
        finally:
            del self._early[name], self._opening[name]
            if name not in self.in_memory:
                self._store.unfollow(name)

    def _new_channel(self, name: str, bounds: Bounds) -> Channel:
        return Channel(
            name,
            self._store,
            bounds,
            frame_bytes=self._limits.batch_bytes,
            lease_s=self._limits.lease_s,
            on_store_error=self._health.failed,
            on_status=self._on_status,
            on_presence=lambda: self._index.change(name),
            clock=self._clock,
            tail_bytes=self._tail_bytes,
            frame_cache_bytes=self._frame_cache_bytes,
        )

    def _drop(self, name: str) -> None:
        if self.in_memory.pop(name, None) is not None:
            self._store.unfollow(name)

    async def clear(self) -> list[RunState]:
        """Drop all channels from memory without saving them; return their states."""
        await asyncio.gather(*self._opening.values(), return_exceptions=True)
        states = [channel.state for channel in self.in_memory.values()]
        for name in tuple(self.in_memory):
            self._drop(name)
        self._index.invalidate()
        return states

    async def close(self) -> None:
        """Save the states and stop reading."""
        await asyncio.gather(*self._opening.values(), return_exceptions=True)
        for channel in tuple(self.in_memory.values()):
            with contextlib.suppress(StoreError):
                await channel.close()

    def on_commit(
        self, name: str, bounds: Bounds, batch: StoredBatch, events: Sequence[Event]
    ) -> None:
        """Pass a committed batch to its channel, see `stores.base.OnCommit`."""
        self._index.change(name)
        if name in self._early:
            self._early[name].append((bounds, batch, events))
        elif name in self.in_memory:
            try:
                self.in_memory[name].extend(bounds, batch, events)
            except Exception:  # noqa: BLE001 - it is logged, and the clients reconnect
                _log.exception("cannot show what was stored of %r", name)
                # Clients that reconnect read it from the store.
                self._drop(name)
                self._registry.close(CloseCode.INTERNAL_ERROR, name)

    def on_reset(self, name: str) -> None:
        """Forget a channel whose log another server has replaced; its clients reconnect."""
        self._index.change(name)
        self._replaced.update({name} & self._early.keys())
        self._drop(name)
        self._registry.close(CloseCode.RECONNECT, name)

    # Removing and memory.

    async def remove(self, sprint_id: str) -> None:
        """Remove a run with all its events; its viewers reconnect and get a reset.

        Raises:
            StoreError: The store cannot remove it.
        """
        if sprint_id in self._removing:
            # A cancelled caller must not cancel it for the others.
            await asyncio.shield(self._removing[sprint_id])
            return
        self._drop(sprint_id)
        self._registry.close(CloseCode.RECONNECT, sprint_id)
        removing = asyncio.create_task(self._store.remove(sprint_id), name=f"remove {sprint_id}")
        # A client that connects meanwhile waits for it, and finds an unknown run.
        self._removing[sprint_id] = removing
        removing.add_done_callback(lambda _: self._removed(sprint_id))
        await removing

    def _removed(self, sprint_id: str) -> None:
        del self._removing[sprint_id]
        self._index.change(sprint_id)

    async def save_states(self) -> None:
        """Save changed states, and drop channels that are not in use from memory.

        Raises:
            StoreError: A state cannot be written now.
        """
        self._drop_idle()
        for channel in tuple(self.in_memory.values()):
            # One that was dropped meanwhile may belong to a log that was replaced.
            if self.in_memory.get(channel.name) is channel:
                await channel.save_state()

    def _drop_idle(self) -> None:
        # Without an await, so that no client can come to a channel in between.
        now = self._clock.monotonic()
        in_use = self.in_use()
        for channel in tuple(self.in_memory.values()):
            is_idle = now - channel.used_at > IDLE_S and channel.state_is_saved
            # Of a shared store the leases are evaluated by all servers together.
            has_leases = self._store.shared is None and channel.state.members.here
            if is_idle and channel.name not in in_use and not has_leases:
                self._drop(channel.name)

    def in_use(self) -> set[str]:
        """Return the names of channels that a client is connected to, or that are being opened."""
        return self._registry.sprint_ids() | self._opening.keys()

    # States.

    async def state(self, name: str) -> RunState | None:
        """Return the state of a run, None for one that nothing was published to.

        Raises:
            StoreError: It cannot be read.
        """
        if (await self._store.bounds(name)).epoch is None:
            return None
        return (await self.open(name)).state

    async def runs(
        self, before: int | None = None, visible: Visible | None = None
    ) -> AsyncGenerator[tuple[ChannelSummary, RunState]]:
        """Yield runs with their states, the newest first; few are in memory at a time.

        Args:
            before: Only those with a lower number (`ChannelSummary.number`); None for all.
            visible: Which runs the user may read; None for all.

        Raises:
            StoreError: They cannot be read.
        """
        while summaries := await self._store.channels(before, SUMMARIES_BYTES):
            names = [summary.name for summary in summaries]
            readable = await visible(names) if visible else names
            for count, summary in enumerate(summaries, 1):
                if count % STATES_AT_ONCE == 0:
                    await asyncio.sleep(0)
                if summary.name in readable:
                    yield summary, await self._state_of(summary)
            before = summaries[-1].number

    async def current_state(self, name: str) -> RunState | None:
        """Return the state of a run as `runs` yields it; None where there is no such run.

        Raises:
            StoreError: The store cannot be read.
        """
        channel = self.in_memory.get(name)
        if channel is not None:
            return channel.state if channel.bounds.epoch is not None else None
        bounds = await self._store.bounds(name)
        if bounds.epoch is None:
            return None
        saved_state = await self._store.saved_state(name)
        return await self._state_of(ChannelSummary(0, name, bounds, 0, saved_state))

    async def _state_of(self, summary: ChannelSummary) -> RunState:
        channel = self.in_memory.get(summary.name)
        if channel is not None:
            return channel.state
        state = read_state(summary.saved_state)
        if state is None or state.head != summary.bounds.head:
            return await self._state_from_log(summary)
        return state

    async def _state_from_log(self, summary: ChannelSummary) -> RunState:
        try:
            if self._store.shared is None:
                return (await self.open(summary.name)).state
            return await self._shared_states.state(summary, self._new_channel)
        except StoreError as error:
            # One damaged run must not hide the others.
            return RunState(sprint_id=summary.name, message=error.reason)

    def is_needed(self, name: str, *, expects_publisher: bool) -> bool:
        """Whether a run has clients or expects its publisher, by its stored state."""
        channel = self.in_memory.get(name)
        if channel is not None:
            expects_publisher = channel.state.expects_publisher
        return expects_publisher or name in self.in_use()
