"""One client: its protocol session, its transport, and what it watches and publishes.

Theory of operation. A connection feeds its session with what arrives (`receive`) and with the time
(`tick`), then lets `Outgoing` send what the session has to send. A message may request two things:

    Open    check the ticket, open the channel, read what the session needs for `welcome`; then the
            client becomes a viewer of the channel (`Cursor`), or fences an older publisher
    Store   hand the events to `Ingest`, which is made at the first of them

Three rules hold all of it together.

No coroutine. `receive` does at once what need not wait, and returns an awaitable only if the next
message must not be read yet: while the channel is being opened, the store has no capacity, the
window is full, or the socket does not take answers. So messages that arrive together are stored
together, one batch and one ack; and the text of a message that waits is not kept twice.

One way to the client, two kinds of frames. Answers of the session are written at once, whether the
socket has taken those before or not; a client that does not take them is not read from. Frames of
the log are written one at a time (`Cursor`): when the socket has taken one, the next is made from
where the viewer stands, so a slow viewer costs no memory.

One end. A connection ends when the session requests it (`close`), or when the web framework reports
that the transport is gone (`gone`). Either way the events received so far are handed to the store,
and the lease of the publisher is released; both may happen, in this order.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from realtime_widgets.errors import StoreError, StoreUnavailableError
from realtime_widgets.hub.appender import PublisherIdentity
from realtime_widgets.hub.clock import timestamp
from realtime_widgets.hub.cursor import Cursor
from realtime_widgets.hub.ingest import Ingest
from realtime_widgets.hub.opening import find_in_memory, look_up
from realtime_widgets.hub.transport import Outgoing
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.ids import random_id
from realtime_widgets.protocol.position import resume
from realtime_widgets.protocol.sessions.session import Open, Store

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from realtime_widgets.hub.channel import Channel
    from realtime_widgets.hub.leases import FindCause
    from realtime_widgets.hub.login import CheckTicket, Login
    from realtime_widgets.hub.opening import Found
    from realtime_widgets.hub.parts import HubParts
    from realtime_widgets.hub.transport import Transport
    from realtime_widgets.protocol.events import Event
    from realtime_widgets.protocol.messages import Hello, Publish, Trouble
    from realtime_widgets.protocol.sessions.session import Session

__all__ = ["Connection"]

SESSION_BITS = 64


class Connection:
    """A client that watches a channel, publishes to it, or both.

    Args:
        parts: The parts of the hub.
        session: Its protocol session.
        transport: Where it is written to.
        login: Its user; until the ticket is redeemed, where it needs one.
        check_ticket: Redeems the ticket of `hello`; None where the request has proved the login.
        find_cause: Finds out why the client's process ended, after the connection has ended; None
            where that cannot be known.
    """

    def __init__(  # noqa: PLR0913 - half of them by name
        self,
        parts: HubParts,
        session: Session,
        transport: Transport,
        *,
        login: Login,
        check_ticket: CheckTicket | None,
        find_cause: FindCause | None,
    ) -> None:
        self.id = random_id(SESSION_BITS)
        self.login = login
        self.channel: Channel | None = None
        self.session = session
        self._parts = parts
        self._check_ticket = check_ticket
        self._find_cause = find_cause
        self._outgoing = Outgoing(session, transport, on_close=self._finish)
        self._cursor: Cursor | None = None
        """None while it does not watch."""
        self._ingest: Ingest | None = None
        """None until it publishes."""
        self._waits_for_capacity = False
        self._has_claimed = False  # whether `Login.claim` lets its user publish

    @property
    def sprint_id(self) -> str:
        """The run that it is connected to."""
        return self.session.sprint_id

    @property
    def publisher_id(self) -> str | None:
        """The publisher id from its `hello`; None for viewers and in the plain mode."""
        return self.session.publisher_id

    @property
    def has_published(self) -> bool:
        """Whether it has sent events."""
        return self._ingest is not None

    # From the transport.

    def receive(self, text: str) -> Awaitable[None] | None:
        """Carry out one text frame from the client.

        Returns:
            What to wait for before the next one is read, None for nothing.
        """
        self.session.receive(text, now=self._parts.clock.monotonic())
        return self.carry_out()

    def receive_binary(self) -> Awaitable[None] | None:
        """Carry out a binary frame from the client, which the protocol does not have."""
        self.session.receive_binary()
        return self.carry_out()

    def carry_out(self) -> Awaitable[None] | None:
        """Do what the session requests; see `receive`."""
        match self._outgoing.flush():
            case Open(hello):
                return self._open(hello)
            case Store(publish) if self._parts.appender.has_capacity and self._may_take:
                self._take(publish)
            case Store(publish):
                return self._take_later(publish)
        is_window_full = self._ingest is not None and self._ingest.is_window_full
        return self._until_ready() if is_window_full or self._outgoing.is_backed_up else None

    async def _until_ready(self) -> None:
        if self._ingest is not None:
            await self._ingest.wait_for_window()
        await self._outgoing.wait_until_taken()

    def gone(self) -> None:
        """End the connection, whose transport is closed. Safe to call twice."""
        self._outgoing.is_closed = True
        self._finish()
        if self.channel is not None:
            self.channel.deliveries.discard(self)
            if self._cursor is not None:
                self.channel.viewers.discard(self._cursor)
                self.channel.watchers.remove(self.id)

    # From the hub.

    def tick(self, now: float) -> None:
        """Act on deadlines that have passed at `now`, in monotonic seconds."""
        if self._waits_for_capacity or (self._ingest is not None and self._ingest.is_storing):
            # While the window or the store is full the next message is not read, so the silence is
            # the server's.
            self.session.received_at = max(self.session.received_at, now)
        self.session.tick(now=now)
        stalled_s = self._parts.limits.stalled_s
        if self._cursor is not None and self._cursor.is_stalled(now, stalled_s):
            self.session.close(CloseCode.SLOW_READER)
        self._outgoing.flush()

    def extend_deadlines(self, seconds: float, *, now: float) -> None:
        """Shift its deadlines after the server was suspended for so long."""
        self.session.extend_deadlines(seconds, now=now)
        if self._cursor is not None:
            self._cursor.extend_deadlines(seconds, now=now)

    def report_storage(self, status: Trouble) -> None:
        """Send the storage status, if it is a viewer."""
        if self._cursor is not None:
            self._cursor.report_storage(status)

    def direct(self, event: Event) -> None:
        """Send an event to this client only."""
        self.session.direct(event)
        self._outgoing.flush()

    def deliver(self, event: Event, member: str | None = None) -> None:
        """Send the publisher, or a member of it, a reply to its run."""
        self.session.deliver(event, member)
        self._outgoing.flush()

    def close(self, code: CloseCode) -> None:
        """Close the connection."""
        self.session.close(code)
        self._outgoing.flush()

    def _finish(self) -> None:
        """Store what was received, and release the lease."""
        if self._ingest is not None:
            self._ingest.flush()
        self._release_lease()

    def _release_lease(self) -> None:
        if self.channel is not None:
            self._parts.liveness.release(self.channel, self.session, self._find_cause)

    # Opening.

    async def _open(self, hello: Hello) -> None:
        try:
            refusal = await self._redeem(hello)
        except StoreError as error:
            self._parts.health.failed(error)
            refusal = CloseCode.STORAGE_UNAVAILABLE
        if refusal is not None:
            self.close(refusal)
            return
        try:
            found = await look_up(self._parts, hello, may_list=self.login.may_list)
        except StoreError as error:
            in_memory = find_in_memory(self._parts, hello)
            if in_memory is None or not isinstance(error, StoreUnavailableError):
                self._parts.health.failed(error)
                self.close(CloseCode.STORAGE_UNAVAILABLE)
                return
            self._parts.health.append_failed(error)
            found = in_memory
        if not self._outgoing.is_closed:
            self._welcome(hello, found)

    async def _redeem(self, hello: Hello) -> CloseCode | None:
        """Take the login of the ticket; return why the client is refused, None where it is not.

        Raises:
            StoreError: Tickets are in the store, and it cannot be read.
        """
        if self._check_ticket is None:
            return None
        login = await self._check_ticket(hello.ticket)
        if isinstance(login, CloseCode):
            return login
        self.login = login
        self.session.may_publish = login.may_publish
        return None if login.may_publish or hello.publish is None else CloseCode.FORBIDDEN

    def _welcome(self, hello: Hello, found: Found) -> None:
        # Nothing is awaited here, nor since the last read, so the log cannot grow in between.
        channel = found.channel
        if self.login.is_provisional and channel.bounds.epoch is not None:
            self.close(CloseCode.RECONNECT)
            return
        channel.set_first(found.first)
        bounds = channel.bounds
        after = hello.watch.after if hello.watch else None
        resumed = resume(after, bounds, found.batch_id_there) if after else None
        self.session.opened(
            session=self.id,
            bounds=bounds,
            resume=resumed,
            last_publisher_seq=found.last_publisher_seq,
            server_time=timestamp(self._parts.clock),
            similar=found.similar if bounds.epoch is None else [],
            kept_in_memory_because=self._parts.kept_in_memory_because,
        )
        self._outgoing.flush()
        self.channel = channel
        self._parts.registry.fence(self)
        if hello.publish:
            is_returning = found.last_publisher_seq is not None
            self._acquire_lease(channel, hello.publish.lease, is_returning=is_returning)
        if hello.watch:
            start = resumed.after if resumed else max(bounds.first - 1, self.session.since)
            has_all = bounds.first == 1 or (resumed is not None and resumed.recovered)
            if found.before_newest is not None and bounds.head:
                # The log may have been trimmed or replaced since that was read.
                start, has_all = min(max(found.before_newest, start), bounds.head), False
                if start >= bounds.first:
                    self.session.gap(bounds.first, start, "skipped")
            self._watch(channel, start, has_all=has_all)

    def _acquire_lease(self, channel: Channel, lease: str | bool, *, is_returning: bool) -> None:  # noqa: FBT001 - as in `hello`
        """Acquire the lease that the publisher held on an earlier connection."""
        member = lease if isinstance(lease, str) else None
        if member or (lease and is_returning):
            channel.leases.acquire(self.session, member)
            self._receive_deliveries(channel)
        channel.check_presence()

    def _watch(self, channel: Channel, after: int, *, has_all: bool) -> None:
        if not has_all:
            self.session.state(channel.state)
        self._cursor = Cursor(
            channel, self.session, self._outgoing, after=after, clock=self._parts.clock
        )
        self._cursor.is_provisional = self.login.is_shared and channel.bounds.epoch is None
        channel.viewers.add(self._cursor)
        if self._check_ticket is not None:  # a page, and no program with a token
            channel.watchers.add(self.login, self.id)
        channel.schedule()
        if self._parts.health.status is not None:
            self.session.storage_status(self._parts.health.status)
        self._outgoing.flush()

    # Publishing.

    @property
    def _may_take(self) -> bool:
        return self._has_claimed or self.login.claim is None

    async def _claim(self) -> bool:
        """Find out whether the user may publish, before the first event; close where not."""
        assert self.login.claim is not None, "nothing is claimed without"  # noqa: S101 - narrows the type
        try:
            self._has_claimed = await self.login.claim()
        except StoreError as error:
            self._parts.health.failed(error)
            self.close(CloseCode.STORAGE_UNAVAILABLE)
            return False
        if not self._has_claimed:
            self.close(CloseCode.FORBIDDEN)
        elif self._cursor is not None:
            self._cursor.is_provisional = False
        return self._has_claimed

    async def _take_later(self, publish: Publish) -> None:
        if not self._may_take and not await self._claim():
            return
        self._waits_for_capacity = True
        await self._parts.appender.wait_for_capacity()
        self._waits_for_capacity = False
        self._take(publish)
        await self._until_ready()

    def _take(self, publish: Publish) -> None:
        if self._ingest is None:
            assert self.channel is not None, "it is open"  # noqa: S101 - the session passes no publish before
            self._ingest = Ingest(
                self.channel,
                PublisherIdentity(
                    self.publisher_id, self.login.user, start_publisher_seq=publish.first_n
                ),
                session=self.session,
                outgoing=self._outgoing,
                appender=self._parts.appender,
                limits=self._parts.limits,
                clock=self._parts.clock,
                on_receiver=partial(self._receive_deliveries, self.channel),
            )
        self._ingest.take(publish)
        if self._outgoing.is_closed:
            # It was closed while it waited, and its statuses have acquired a lease again.
            self._release_lease()

    def _receive_deliveries(self, channel: Channel) -> None:
        """Deliver replies from now on, and those that are not taken."""
        if not self._outgoing.is_closed:
            channel.deliveries.add(self, channel.state)
