"""The connection manager: channels, connections, and the one way into the log.

It knows no web framework. A transport calls `connect`, feeds the connection what it receives,
and calls `disconnect`; everything else it does itself, on one event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from realtime_widgets.errors import InvalidEventError, RealtimeWidgetsError, StoreError
from realtime_widgets.hub.channel import Channel, read_state
from realtime_widgets.hub.connection import Connection, Publisher, Transport
from realtime_widgets.hub.frames import flat_events
from realtime_widgets.hub.stores.base import NewBatch
from realtime_widgets.protocol.bounds import MAX_INTEGER
from realtime_widgets.protocol.codes import CloseCode, ErrorCode
from realtime_widgets.protocol.events import check_event, validate_batch
from realtime_widgets.protocol.ids import PUBLISHER_BITS, check_sprint_id, random_id
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.plain_session import PlainSession
from realtime_widgets.protocol.server_session import ServerSession
from realtime_widgets.protocol.state import RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydantic import JsonValue

    from realtime_widgets.hub.stores.base import Appended, ChannelSummary, Store, StoredBatch
    from realtime_widgets.protocol.events import Event, Refusal
    from realtime_widgets.protocol.position import Bounds

__all__ = ["Hub"]

_log = logging.getLogger(__name__)

ENTRY_BITS = 48
TICK_S = 1.0
SLEPT_S = 5.0
"""How late a tick is when the process was stopped or the machine slept: silence proves nothing."""

SAVE_EVERY_S = 5.0
"""How often a changed state is written down; after a crash the rest is reduced from the log."""

FORGET_AFTER_S = 60.0
"""How long a channel that nobody uses stays in memory: longer than opening a connection takes."""

PAGE_BYTES = 256 * 1024
"""How much of the log one read for a page of history takes."""


class Hub:
    """Channels and connections of one process.

    Args:
        store: Where the logs live; the hub opens and closes it.
        limits: What it accepts.
    """

    def __init__(self, store: Store, *, limits: Limits | None = None) -> None:
        self.store = store
        self.limits = limits or Limits()
        self.connections: dict[str, Connection] = {}
        self._channels: dict[str, Channel] = {}
        self._opening: dict[str, asyncio.Task[None]] = {}
        self._early: dict[str, list[tuple[str, StoredBatch, Sequence[Event]]]] = {}
        """What was committed to channels while they were being opened."""
        self._publishers: dict[tuple[str, str], Connection] = {}
        self._own_publisher_id = random_id(PUBLISHER_BITS)
        self._own_next_n: dict[str, int] = {}
        self._broadcasting = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Open the store.

        Raises:
            StoreError: It cannot be opened.
        """
        await self.store.open(self._on_commit)
        self._tasks = [
            asyncio.create_task(self._tick_for_ever(), name="realtime-widgets deadlines"),
            asyncio.create_task(self._save_for_ever(), name="realtime-widgets states"),
        ]

    async def stop(self) -> None:
        """Close all connections as going away, finish what was appended, close the store."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        for connection in tuple(self.connections.values()):
            connection.close(CloseCode.GOING_AWAY)
        for channel in tuple(self._channels.values()):
            with contextlib.suppress(StoreError):
                await channel.close()
        await self.store.close()

    @property
    def channel_count(self) -> int:
        """How many channels are in memory."""
        return len(self._channels)

    # Connections.

    def connect(
        self,
        sprint_id: str,
        transport: Transport,
        *,
        user: str | None = None,
        may_publish: bool = True,
        check_ticket: Callable[[str | None], bool] | None = None,
    ) -> Connection:
        """Take a client that speaks `realtime-widgets.v1`.

        Args:
            sprint_id: The sprint that it named when it connected.
            transport: Where it is written to.
            user: Its user, shown with what it publishes.
            may_publish: Whether the user may write.
            check_ticket: Checks the ticket of `hello`; None where the login itself proves intent.

        Raises:
            InvalidSprintIdError: The id breaks protocol 1.1.
        """
        session = ServerSession(
            check_sprint_id(sprint_id),
            may_publish=may_publish,
            limits=self.limits,
            now=time.monotonic(),
        )
        return self._add(session, transport, user, check_ticket)

    async def connect_plain(
        self,
        sprint_id: str,
        transport: Transport,
        *,
        user: str | None = None,
        may_publish: bool = True,
        since: int = 0,
    ) -> Connection:
        """Take a client of the plain mode (protocol 9); events after `since` follow at once.

        Raises:
            InvalidSprintIdError: The id breaks protocol 1.1.
        """
        session = PlainSession(
            check_sprint_id(sprint_id),
            publisher_id=random_id(PUBLISHER_BITS),
            may_publish=may_publish,
            since=since,
        )
        connection = self._add(session, transport, user, None)
        try:
            await connection.carry_out()
        except BaseException:
            self.disconnect(connection)
            raise
        return connection

    def _add(
        self,
        session: ServerSession | PlainSession,
        transport: Transport,
        user: str | None,
        check_ticket: Callable[[str | None], bool] | None,
    ) -> Connection:
        connection = Connection(self, session, transport, user=user, check_ticket=check_ticket)
        self.connections[connection.id] = connection
        return connection

    def join(self, connection: Connection, channel: Channel) -> None:
        """Put a connection into its channel; its publisher id fences an older one (protocol 3)."""
        connection.channel = channel
        publisher_id = connection.session.publisher_id
        if publisher_id is not None:
            older = self._publishers.get((channel.name, publisher_id))
            if older is not None and older is not connection:
                older.close(CloseCode.FENCED)
            self._publishers[channel.name, publisher_id] = connection

    def disconnect(self, connection: Connection) -> None:
        """Forget a client whose transport is closed. Safe to call twice."""
        connection.gone()
        self.connections.pop(connection.id, None)
        if connection.channel is not None and connection.session.publisher_id is not None:
            key = connection.channel.name, connection.session.publisher_id
            if self._publishers.get(key) is connection:
                del self._publishers[key]

    # Events.

    def append(
        self,
        sprint_id: str,
        publisher: Publisher,
        first_n: int,
        events: bytes | list[JsonValue],
    ) -> tuple[asyncio.Future[Appended], Sequence[Refusal]]:
        """Check events and hand them to the store; viewers get them after the commit.

        Returns:
            What becomes of them (see `Store.append`), and the single events that were refused.

        Raises:
            InvalidEventError: They are no array of events.
        """
        batch = validate_batch(events, self.limits)
        if first_n + len(batch.events) - 1 > MAX_INTEGER:
            reason = "the numbers end at 2^53-1"
            raise InvalidEventError(ErrorCode.BAD_FIELD, reason, field="first_n")
        new = NewBatch(
            channel=sprint_id,
            publisher_id=publisher.publisher_id,
            first_n=first_n,
            begin_n=publisher.begin_n,
            events=batch.events,
            raw=batch.raw,
            user=publisher.user,
            timestamp=self.timestamp(),
            entry=random_id(ENTRY_BITS),
        )
        return self.store.append(new), batch.refused

    async def broadcast(
        self, sprint_id: str, event: dict[str, JsonValue], *, user: str | None = None
    ) -> int:
        """Store an event of the server itself, then send it to all who watch the sprint.

        Returns:
            Its seq.

        Raises:
            InvalidSprintIdError: The id breaks protocol 1.1.
            InvalidEventError: The event breaks protocol 4.
            StoreUnavailableError: It was not stored.
        """
        channel = await self.open_channel(check_sprint_id(sprint_id))
        _, body = check_event(event, self.limits)
        # One after the other, so that a number whose append failed is used again.
        async with self._broadcasting:
            number = self._own_next_n.pop(channel.name, None)
            if number is None:
                last_n = await self.store.last_n(channel.name, self._own_publisher_id)
                number = (last_n or 0) + 1
            publisher = Publisher(self._own_publisher_id, user, begin_n=number)
            appending, _ = self.append(channel.name, publisher, number, b"[" + body + b"]")
            # Before it is known, because who is cancelled does not undo the append.
            self._own_next_n[channel.name] = number + 1
            try:
                appended = await appending
            except RealtimeWidgetsError:
                del self._own_next_n[channel.name]
                raise
        return appended.seq

    async def send(self, connection_id: str, event: dict[str, JsonValue]) -> None:
        """Send an event to one connection only; it is not stored.

        Raises:
            InvalidEventError: The event breaks protocol 4.
            KeyError: No such connection is open.
        """
        checked, _ = check_event(event, self.limits)
        self.connections[connection_id].direct(checked)

    def _on_commit(
        self, name: str, epoch: str, batch: StoredBatch, events: Sequence[Event]
    ) -> None:
        if name in self._channels:
            self._channels[name].extend(epoch, batch, events)
        elif name in self._early:
            self._early[name].append((epoch, batch, events))

    # Reading.

    async def open_channel(self, name: str) -> Channel:
        """Return the channel, read from the store if nobody used it so far.

        Raises:
            StoreError: It cannot be read.
        """
        if name not in self._channels:
            if name not in self._opening:
                self._opening[name] = asyncio.create_task(self._open(name), name=f"open {name}")
            # Whoever waits may be cancelled; the others still want the channel.
            await asyncio.shield(self._opening[name])
        channel = self._channels[name]
        channel.used_at = time.monotonic()
        return channel

    async def _open(self, name: str) -> None:
        early = self._early[name] = []
        try:
            bounds = await self.store.bounds(name)
            channel = Channel(name, self.store, bounds, frame_bytes=self.limits.batch_bytes)
            await channel.restore_state(await self.store.snapshot(name))
            for epoch, batch, events in early:
                if batch.first > channel.bounds.head:
                    channel.extend(epoch, batch, events)
            channel.used_at = time.monotonic()
            self._channels[name] = channel
        finally:
            del self._early[name], self._opening[name]

    async def state(self, sprint_id: str) -> RunState | None:
        """Return the state of a run, None for one that nobody published to.

        Raises:
            InvalidSprintIdError: The id breaks protocol 1.1.
            StoreError: It cannot be read.
        """
        name = check_sprint_id(sprint_id)
        if (await self.store.bounds(name)).epoch is None:
            return None
        return (await self.open_channel(name)).state

    async def states(self) -> list[RunState]:
        """Return the states of all runs, the one created last first.

        Raises:
            StoreError: They cannot be read.
        """
        states = []
        for summary in await self.store.channels():
            channel = self._channels.get(summary.name)
            if channel is not None:
                states.append(channel.state)
                continue
            state = read_state(summary.snapshot)
            if state is None or state.head != summary.bounds.head:
                state = await self._state_from_log(summary)
            states.append(state)
        return states

    async def _state_from_log(self, summary: ChannelSummary) -> RunState:
        try:
            return (await self.open_channel(summary.name)).state
        except StoreError as error:
            # One damaged run must not hide the others.
            return RunState(sprint_id=summary.name, message=str(error))

    async def page(
        self, sprint_id: str, *, after: int, limit: int
    ) -> tuple[Bounds, list[dict[str, Any]]]:
        """Return what a log holds, and flat events (protocol 9) that follow a seq.

        Raises:
            InvalidSprintIdError: The id breaks protocol 1.1.
            StoreError: They cannot be read.
        """
        name = check_sprint_id(sprint_id)
        bounds = await self.store.bounds(name)
        events: list[dict[str, Any]] = []
        while len(events) < limit:
            batches = await self.store.read(name, after + len(events), PAGE_BYTES)
            if not batches:
                break
            if not events:
                after = max(after, batches[0].first - 1)
            for batch in batches:
                events.extend(flat_events(name, batch.after(after + len(events))))
        return bounds, events[:limit]

    @staticmethod
    def timestamp() -> str:
        """Return the time now as the server writes it: ISO 8601, UTC, milliseconds."""
        return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    async def _tick_for_ever(self) -> None:
        before = time.monotonic()
        while True:
            await asyncio.sleep(TICK_S)
            now = time.monotonic()
            late = now - before - TICK_S
            before = now
            for connection in tuple(self.connections.values()):
                try:
                    if late > SLEPT_S:
                        connection.forgive(late)
                    connection.tick(now)
                except Exception:  # noqa: BLE001 - it is logged, and the connection closed
                    # One connection must not keep the others from their deadlines.
                    _log.exception("a connection of %r failed", connection.session.sprint_id)
                    connection.close(CloseCode.INTERNAL_ERROR)

    async def _save_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SAVE_EVERY_S)
            for channel in tuple(self._channels.values()):
                try:
                    await channel.save_state()
                except StoreError as error:
                    _log.warning("the state of %r is not saved: %s", channel.name, error)
            self._forget_idle()

    def _forget_idle(self) -> None:
        # In one go, so that nobody can come to a channel between the look and the forgetting.
        now = time.monotonic()
        used = {connection.channel for connection in self.connections.values()}
        for channel in tuple(self._channels.values()):
            is_idle = now - channel.used_at > FORGET_AFTER_S
            if is_idle and channel not in used and channel.state_is_saved:
                del self._channels[channel.name]
