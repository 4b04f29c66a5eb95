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
from typing import TYPE_CHECKING

from realtime_widgets.errors import (
    InvalidEventError,
    StoreDamagedError,
    StoreError,
    StoreUnavailableError,
)
from realtime_widgets.hub.channel import Channel, read_state
from realtime_widgets.hub.connection import Connection, Publisher, Transport
from realtime_widgets.hub.maintenance import Upkeep
from realtime_widgets.hub.pages import Page, RunsPage, page_after, page_before, page_of_runs
from realtime_widgets.hub.retention import Keep
from realtime_widgets.hub.similar import most_similar
from realtime_widgets.hub.stores.base import NewBatch
from realtime_widgets.protocol.codes import CloseCode, ErrorCode
from realtime_widgets.protocol.events import (
    FINAL_STATUSES,
    HELD_STATUSES,
    ValidBatch,
    check_event,
    validate_batch,
)
from realtime_widgets.protocol.ids import check_sprint_id, random_id
from realtime_widgets.protocol.json_limits import MAX_INTEGER
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.messages import Trouble
from realtime_widgets.protocol.run_state import RunState
from realtime_widgets.protocol.sessions.plain import PlainSession
from realtime_widgets.protocol.sessions.server import ServerSession

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from pydantic import JsonValue

    from realtime_widgets.hub.lease import FindCause
    from realtime_widgets.hub.stores.base import Appended, ChannelSummary, Store, StoredBatch
    from realtime_widgets.protocol.events import Event
    from realtime_widgets.protocol.position import Bounds

__all__ = ["Hub"]

_log = logging.getLogger(__name__)

ENTRY_BITS = 48
START_OVER_AGAIN_S = 60.0
"""How long a store that could not be begun anew is left alone, so that the log stays quiet."""

MAX_WAITING_BYTES = 16 * 1024 * 1024
"""How much may wait for the store before no publisher is listened to: each has a window of its own,
and together they could take all memory. Two transactions of the SQLite store, so that it never
waits for them."""

TROUBLE_S = 30.0
"""How long a store that nobody asks for anything counts as unable to store."""

STATES_AT_ONCE = 50
"""How many states are read before the loop turns: some hundred microseconds each, at most."""

NAMES_COMPARED = 300
"""In how many names similar ones are looked for: 3 to 7 ms of processor time."""

SIMILAR_S = 2.0
"""How long names that were found to be similar are used again."""

SIMILAR_NAMES = 100
"""For how many names they are remembered."""

SUMMARIES_BYTES = 256 * 1024
"""How much of stored states one read for the list of runs takes."""


class Hub:
    """Channels and connections of one process.

    Args:
        store: Where the logs live; the hub opens and closes it.
        limits: What it accepts.
        keep: What it keeps of all runs together.
    """

    def __init__(
        self, store: Store, *, limits: Limits | None = None, keep: Keep | None = None
    ) -> None:
        self.store = store
        self.limits = limits or Limits()
        self.connections: dict[str, Connection] = {}
        self.channels: dict[str, Channel] = {}
        """Those that are in memory."""
        self._opening: dict[str, asyncio.Task[None]] = {}
        self._early: dict[str, list[tuple[Bounds, StoredBatch, Sequence[Event]]]] = {}
        """What was committed to channels while they were being opened."""
        self._publishers: dict[tuple[str, str], Connection] = {}
        self._similar: dict[str, tuple[float, list[str]]] = {}
        """Similar names by name, with the monotonic seconds when they were found."""
        self._broadcasting = asyncio.Lock()
        self._forgetting: dict[str, asyncio.Task[None]] = {}
        self._starting_over: asyncio.Task[None] | None = None
        self._start_over_again_at = 0.0
        """Monotonic seconds before which it is not tried again, after it failed."""
        self._upkeep = Upkeep(self, keep or Keep())
        self.kept_in_memory_because: str | None = None
        """Why runs end with this process, for viewers; None where they outlive it, or where the
        viewers know."""

        self.trouble: Trouble | None = None
        """What keeps the store from taking new events."""

        self._waiting_bytes = 0
        """Size of the events that the store has not finished with."""

        self._has_room = asyncio.Event()
        self._has_room.set()
        self._next_in_line = asyncio.Lock()
        """Held by who waited longest for room."""

        self._trouble_at = 0.0
        """Monotonic seconds when it was met last."""

    async def start(self) -> None:
        """Open the store.

        Raises:
            StoreError: It cannot be opened.
        """
        await self.store.open(self._on_commit)
        self._upkeep.start()

    async def stop(self) -> None:
        """Close all connections as going away, finish what was appended, close the store."""
        await self._upkeep.stop()
        for connection in tuple(self.connections.values()):
            connection.close(CloseCode.GOING_AWAY)
        await asyncio.gather(*self._opening.values(), return_exceptions=True)
        for channel in tuple(self.channels.values()):
            with contextlib.suppress(StoreError):
                await channel.close()
        await self.store.close()

    # Connections.

    def connect(  # noqa: PLR0913 - most of them by name
        self,
        sprint_id: str,
        transport: Transport,
        *,
        user: str | None = None,
        may_publish: bool = True,
        check_ticket: Callable[[str | None], bool] | None = None,
        find_cause: FindCause | None = None,
    ) -> Connection:
        """Take a client that speaks `realtime-widgets.v1`.

        Args:
            sprint_id: The sprint that it named when it connected.
            transport: Where it is written to.
            user: Its user, shown with what it publishes.
            may_publish: Whether the user may write.
            check_ticket: Checks the ticket of `hello`; None where the login itself proves intent.
            find_cause: Finds out, when the connection has ended, what became of the process behind
                it; None where that cannot be known.

        Raises:
            InvalidSprintIdError: The id breaks protocol 1.1.
        """
        session = ServerSession(
            check_sprint_id(sprint_id),
            may_publish=may_publish,
            limits=self.limits,
            now=time.monotonic(),
        )
        return self._add(session, transport, user, check_ticket, find_cause)

    async def connect_plain(  # noqa: PLR0913 - most of them by name
        self,
        sprint_id: str,
        transport: Transport,
        *,
        user: str | None = None,
        may_publish: bool = True,
        since: int = 0,
        find_cause: FindCause | None = None,
    ) -> Connection:
        """Take a client of the plain mode (protocol 9); events after `since` follow at once.

        Raises:
            InvalidSprintIdError: The id breaks protocol 1.1.
        """
        session = PlainSession(
            check_sprint_id(sprint_id),
            may_publish=may_publish,
            limits=self.limits,
            since=since,
        )
        connection = self._add(session, transport, user, None, find_cause)
        try:
            opening = connection.carry_out()
            if opening is not None:
                await opening
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
        find_cause: FindCause | None,
    ) -> Connection:
        connection = Connection(
            self,
            session,
            transport,
            user=user,
            check_ticket=check_ticket,
            find_cause=find_cause,
        )
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

    def inquire(self, channel: Channel, member_id: str | None, find_cause: FindCause) -> None:
        """Find out why the publisher of a member is disconnected, see `Upkeep.inquire`."""
        self._upkeep.inquire(channel, member_id, find_cause)

    # Events.

    async def room(self) -> None:
        """Wait until more may wait for the store; between this and `check` nothing is awaited.

        Who came first goes first, so that no publisher is kept out by those who send more.
        """
        async with self._next_in_line:
            await self._has_room.wait()

    @property
    def has_room(self) -> bool:
        """Whether `room` would not wait."""
        return self._has_room.is_set() and not self._next_in_line.locked()

    def check(self, first_n: int, events: bytes | list[JsonValue]) -> ValidBatch:
        """Check the events of a `publish` message.

        Raises:
            InvalidEventError: They are no array of events.
        """
        batch = validate_batch(events, self.limits)
        if first_n + len(batch.events) - 1 > MAX_INTEGER:
            reason = "the numbers end at 2^53-1"
            raise InvalidEventError(ErrorCode.BAD_FIELD, reason, field="first_n")
        return batch

    def append(
        self, sprint_id: str, publisher: Publisher, first_n: int, batch: ValidBatch
    ) -> asyncio.Future[Appended]:
        """Hand checked events to the store; viewers get them after the commit.

        Returns:
            What becomes of them, see `Store.append`.
        """
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
        size = len(batch.raw)
        self._waiting_bytes += size
        if self._waiting_bytes >= MAX_WAITING_BYTES:
            self._has_room.clear()
        appending = self.store.append(new)
        appending.add_done_callback(lambda done: self._appended(done, size))
        return appending

    def _appended(self, done: asyncio.Future[Appended], size: int) -> None:
        """Learn from what became of events how the store is."""
        self._waiting_bytes -= size
        if self._waiting_bytes < MAX_WAITING_BYTES:
            self._has_room.set()
        error = None if done.cancelled() else done.exception()
        if isinstance(error, StoreUnavailableError):
            self._trouble_at = time.monotonic()
            self._set_trouble(Trouble(code=error.code, message=error.reason))
        elif isinstance(error, StoreError):
            self.store_failed(error)
        elif self.trouble and not done.cancelled() and error is None:
            self._set_trouble(None)

    def _set_trouble(self, trouble: Trouble | None) -> None:
        if self.trouble == trouble:
            return
        self.trouble = trouble
        for connection in tuple(self.connections.values()):
            connection.trouble(trouble or Trouble(code=None))

    def forget_trouble(self, now: float) -> None:
        """Take trouble for over when nobody met it for long: publishers try again in seconds."""
        if self.trouble and now - self._trouble_at > TROUBLE_S:
            self._set_trouble(None)

    def store_failed(self, error: StoreError) -> None:
        """Take notice that the store failed a call; what is damaged is begun anew."""
        is_tried = self._starting_over is not None or time.monotonic() < self._start_over_again_at
        if isinstance(error, StoreDamagedError) and not is_tried:
            self._starting_over = asyncio.create_task(
                self._start_over(error), name="begin the store anew"
            )

    async def _start_over(self, error: StoreDamagedError) -> None:
        # They come back, and learn that the log began anew. First, so that none of them is left
        # whose numbers belong to the old life.
        for connection in tuple(self.connections.values()):
            connection.close(CloseCode.RECONNECT)
        try:
            _log.error("%s; %s", error, await self.store.start_over())
        except StoreError as worse:
            _log.error("%s; the store cannot be begun anew: %s", error, worse)
            now = time.monotonic()
            self._start_over_again_at, self._trouble_at = now + START_OVER_AGAIN_S, now
            message = "the history is damaged; the server's log tells what to do"
            self._set_trouble(Trouble(code=StoreUnavailableError.code, message=message))
        finally:
            await asyncio.gather(*self._opening.values(), return_exceptions=True)
            states = [channel.state for channel in self.channels.values()]
            self.channels.clear()
            self._starting_over = None
        await self._go_on_with(states)

    async def _go_on_with(self, states: list[RunState]) -> None:
        """Say in a log that began anew what the runs were doing that go on."""
        for state in states:
            with contextlib.suppress(StoreError):
                for event in state.members.as_events():
                    await self.broadcast(state.sprint_id, event)

    async def broadcast(
        self,
        sprint_id: str,
        event: dict[str, JsonValue],
        *,
        user: str | None = None,
        still: Callable[[], bool] = lambda: True,
    ) -> int | None:
        """Store an event of the server itself, then send it to all who watch the sprint.

        Args:
            sprint_id: The sprint.
            event: The event.
            user: Who is shown as its publisher.
            still: Asked at the last moment whether it is still to be said.

        Returns:
            Its seq, None where it was not to be said any more.

        Raises:
            InvalidSprintIdError: The id breaks protocol 1.1.
            InvalidEventError: The event breaks protocol 4.
            StoreUnavailableError: It was not stored.
        """
        channel = await self.open_channel(check_sprint_id(sprint_id))
        checked, body = check_event(event, self.limits, is_of_hub=True)
        batch = ValidBatch([checked], b"[" + body + b"]", [])
        # Nothing of the server itself is sent again, so the store need not remember its numbers.
        publisher = Publisher(None, user, begin_n=1)
        # One after the other, so that `still` knows what became of the one before.
        async with self._broadcasting:
            if not still():
                return None
            appended = await self.append(channel.name, publisher, 1, batch)
        return appended.seq

    async def send(self, connection_id: str, event: dict[str, JsonValue]) -> None:
        """Send an event to one connection only; it is not stored.

        Raises:
            InvalidEventError: The event breaks protocol 4.
            KeyError: No such connection is open.
        """
        checked, _ = check_event(event, self.limits, is_of_hub=True)
        self.connections[connection_id].direct(checked)

    def _on_commit(
        self, name: str, bounds: Bounds, batch: StoredBatch, events: Sequence[Event]
    ) -> None:
        if name in self._early:
            self._early[name].append((bounds, batch, events))
        elif name in self.channels:
            try:
                self.channels[name].extend(bounds, batch, events)
            except Exception:  # noqa: BLE001 - it is logged, and everybody comes back
                _log.exception("what was stored of %r cannot be shown", name)
                self._drop(name)

    def _drop(self, name: str) -> None:
        """Forget what memory holds of a channel; whoever uses it comes back and reads the store."""
        del self.channels[name]
        self._send_away(name, CloseCode.INTERNAL_ERROR)

    def _send_away(self, name: str, code: CloseCode) -> None:
        for connection in tuple(self.connections.values()):
            if connection.session.sprint_id == name:
                connection.close(code)

    # Reading.

    async def open_channel(self, name: str) -> Channel:
        """Return the channel, read from the store if nobody used it so far.

        Raises:
            StoreError: It cannot be read.
        """
        while (changing := self._starting_over or self._forgetting.get(name)) is not None:
            await asyncio.wait([changing])
        while name not in self.channels:
            if name not in self._opening:
                self._opening[name] = asyncio.create_task(self._open(name), name=f"open {name}")
            # Whoever waits may be cancelled; the others still want the channel.
            await asyncio.shield(self._opening[name])
        channel = self.channels[name]
        channel.used_at = time.monotonic()
        return channel

    async def _open(self, name: str) -> None:
        early = self._early[name] = []
        try:
            bounds = await self.store.bounds(name)
            channel = Channel(
                name,
                self.store,
                bounds,
                frame_bytes=self.limits.batch_bytes,
                lease_s=self.limits.lease_s,
                on_store_error=self.store_failed,
            )
            await channel.restore_state(await self.store.snapshot(name))
            for bounds, batch, events in early:
                if batch.first > channel.bounds.head:
                    channel.extend(bounds, batch, events)
            channel.used_at = time.monotonic()
            self.channels[name] = channel
        finally:
            del self._early[name], self._opening[name]

    async def similar(self, name: str) -> list[str]:
        """Return names of runs that are similar to one that has not begun, the nearest first.

        A bounded number of runs is compared, see `Store.names_near`, and the answer is used again
        for a moment, as many viewers may wait for one run.

        Raises:
            StoreError: They cannot be read.
        """
        now = time.monotonic()
        known = self._similar.get(name)
        if known is None or known[0] < now - SIMILAR_S:
            names = await self.store.names_near(name, NAMES_COMPARED)
            if len(self._similar) >= SIMILAR_NAMES:
                self._similar.clear()
            known = self._similar[name] = now, most_similar(name, names)
        return known[1]

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
        return [state async for _, state in self.runs()]

    async def runs(
        self, before: int | None = None
    ) -> AsyncGenerator[tuple[ChannelSummary, RunState]]:
        """Yield runs with their states, the one created last first; few are in memory at a time.

        Args:
            before: Only those with a lower number (`ChannelSummary.number`); None for all.

        Raises:
            StoreError: They cannot be read.
        """
        while summaries := await self.store.channels(before, SUMMARIES_BYTES):
            for count, summary in enumerate(summaries, 1):
                if count % STATES_AT_ONCE == 0:
                    await asyncio.sleep(0)
                yield summary, await self._state_of(summary)
            before = summaries[-1].number

    async def _state_of(self, summary: ChannelSummary) -> RunState:
        channel = self.channels.get(summary.name)
        if channel is not None:
            return channel.state
        state = read_state(summary.snapshot)
        if state is None or state.head != summary.bounds.head:
            return await self._state_from_log(summary)
        return state

    async def _state_from_log(self, summary: ChannelSummary) -> RunState:
        try:
            return (await self.open_channel(summary.name)).state
        except StoreError as error:
            # One damaged run must not hide the others.
            return RunState(sprint_id=summary.name, message=error.reason)

    async def page_of_runs(self, *, limit: int, before: int | None = None) -> RunsPage:
        """Return a page of the list of runs, the one created last first.

        Args:
            limit: Most runs of the page; the size of their states is bounded too.
            before: Where given, the page has only runs created before this number.

        Raises:
            StoreError: They cannot be read.
        """
        return await page_of_runs(self.runs(before), limit)

    async def page(
        self, sprint_id: str, *, limit: int, after: int = 0, before: int | None = None
    ) -> Page:
        """Return a page of a run's history.

        Args:
            sprint_id: The run.
            limit: Most events of the page; their size is bounded too.
            after: The page has the first events after this seq.
            before: Where given, the page has the last events before this seq instead.

        Raises:
            InvalidSprintIdError: The id breaks protocol 1.1.
            StoreError: They cannot be read.
        """
        name = check_sprint_id(sprint_id)
        if before is None:
            return await page_after(self.store, name, after, limit)
        return await page_before(self.store, name, before, limit)

    @staticmethod
    def timestamp() -> str:
        """Return the time now as the server writes it: ISO 8601, UTC, milliseconds."""
        return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    # Looking after it.

    def used(self) -> set[str]:
        """Return the names of channels that somebody is connected to, or just opens."""
        used = {connection.session.sprint_id for connection in self.connections.values()}
        return used | self._opening.keys()

    async def forget(self, sprint_id: str) -> None:
        """Remove a run with all of its events; who watches it comes back and learns that.

        Raises:
            StoreError: The store cannot remove it.
        """
        if sprint_id in self._forgetting:
            # Who leaves does not end it for the one who began.
            await asyncio.shield(self._forgetting[sprint_id])
            return
        self.channels.pop(sprint_id, None)
        self._send_away(sprint_id, CloseCode.RECONNECT)
        removing = asyncio.create_task(self.store.remove(sprint_id), name=f"forget {sprint_id}")
        # Whoever comes meanwhile waits for it, and finds a run of which nothing is known.
        self._forgetting[sprint_id] = removing
        removing.add_done_callback(lambda _: self._forgetting.pop(sprint_id))
        await removing

    def goes_on(self, sprint_id: str) -> bool:
        """Tell whether a publisher of a run is there, or should be: else it will soon be lost."""
        channel = self.channels.get(sprint_id)
        if channel is None or channel.state.status in FINAL_STATUSES:
            return False
        if channel.state.status == "pending" and self._is_published(sprint_id):
            return True
        is_held = channel.lease.is_held(now=time.monotonic())
        return is_held or channel.state.status in HELD_STATUSES

    def _is_published(self, sprint_id: str) -> bool:
        return any(
            connection.has_published
            for connection in self.connections.values()
            if connection.session.sprint_id == sprint_id
        )

    def has_held_run(self, max_age_s: float) -> bool:
        """Tell whether a publisher is there that goes on with a run.

        Args:
            max_age_s: Longest time since the run was started for it to count.
        """
        now, clock = time.monotonic(), datetime.now(UTC)
        return any(
            channel.state.status in HELD_STATUSES
            and channel.lease.is_held(now=now)
            and channel.state.started is not None
            and (clock - datetime.fromisoformat(channel.state.started)).total_seconds() < max_age_s
            for channel in self.channels.values()
        )
