"""One client: its protocol session, its transport, and its cursor into the log."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, assert_never

from realtime_widgets.errors import (
    InvalidEventError,
    StoreDamagedError,
    StoreError,
    StoreUnavailableError,
)
from realtime_widgets.hub.batcher import Gathering
from realtime_widgets.hub.stores.base import HoleError, IdCaseError
from realtime_widgets.protocol.codes import CloseCode, ErrorCode
from realtime_widgets.protocol.events import mark_joining
from realtime_widgets.protocol.ids import random_id
from realtime_widgets.protocol.messages import Presence
from realtime_widgets.protocol.position import resume
from realtime_widgets.protocol.sessions.plain import PlainSession
from realtime_widgets.protocol.sessions.server import Close, Open, Send, ServerSession, Store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from realtime_widgets.hub.channel import Channel
    from realtime_widgets.hub.hub import Hub
    from realtime_widgets.hub.lease import FindCause
    from realtime_widgets.hub.stores.base import Appended
    from realtime_widgets.protocol.events import Event, ValidBatch
    from realtime_widgets.protocol.messages import Hello, Publish, Trouble

__all__ = ["Connection", "Publisher", "Transport"]

_log = logging.getLogger(__name__)

SESSION_BITS = 64
MAX_ANSWERS = 64
"""Answers not yet taken, above which a client that goes on talking is not listened to.

An error quotes at most `errors.MAX_FIELD` characters of the client's, so each has 2 kB at most; and
one message has as many as it has events.
"""

BURST_S = 1.0
"""For how long a connection that was quiet may be above its rate."""


class Transport(Protocol):
    """What moves text frames to one client: a WebSocket, a queue, a comm."""

    def write(self, message: bytes) -> asyncio.Future[None] | None:
        """Hand over one text frame.

        Returns:
            None when it is taken already. Else a future that is done when it is, and cancelled
            where the client is gone.
        """

    def close(self, code: CloseCode) -> None:
        """Close the connection, with what was handed over before."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes over a connection."""

    publisher_id: str | None
    """None where nothing is sent again, so that nothing has to be remembered."""

    user: str | None
    begin_n: int
    """The first number that came over the connection (protocol 6.2)."""


class Connection:
    """A client that watches a channel, publishes to it, or both.

    Args:
        hub: The hub it belongs to.
        session: Its protocol session.
        transport: Where it is written to.
        user: The user's name as the server knows it, None for nobody in particular.
        check_ticket: Tells whether a ticket from `hello` proves the intent to connect (protocol
            3.1); None where the transport has proved it.
        find_cause: Finds out, when the connection has ended, what became of the process behind
            it; None where that cannot be known.
    """

    def __init__(  # noqa: PLR0913 - half of them by name
        self,
        hub: Hub,
        session: ServerSession | PlainSession,
        transport: Transport,
        *,
        user: str | None,
        check_ticket: Callable[[str | None], bool] | None,
        find_cause: FindCause | None,
    ) -> None:
        self.id = random_id(SESSION_BITS)
        self.user = user
        self.channel: Channel | None = None
        self.session = session
        self._hub = hub
        self._transport = transport
        self._check_ticket = check_ticket
        self._find_cause = find_cause
        self._after: int | None = None
        """Seq of the last event handed over; None while it does not watch."""
        self._disconnected_at: float | None = None
        """What was sent of the presence of publishers (protocol 6.5)."""
        self._taking: asyncio.Future[None] | None = None
        """The frame that the socket has not yet taken; at most one (protocol 5.5)."""
        self._handed_at = 0.0
        self._publisher: Publisher | None = None
        # Each event of the plain mode is answered for itself.
        self._window = 1 if isinstance(session, PlainSession) else hub.limits.window
        self._gathering = Gathering(hub.limits)
        """Events that are stored before the loop waits for anything again."""
        self._storing: list[asyncio.Future[Appended]] = []
        self._waits_for_room = False
        self._answers: list[asyncio.Future[None]] = []
        """Answers that the socket has not yet taken."""
        self._paid_until = 0.0
        """Until when its share of the rate is used up."""
        self._is_closed = False

    def receive(self, text: str) -> Awaitable[None] | None:
        """Carry out one text frame from the client.

        No coroutine: what need not wait is done at once, so that messages that came together are
        stored together, and nothing keeps the text of one that has to wait.

        Returns:
            What to wait for before the next one is read, None for nothing.
        """
        self.session.receive(text, now=time.monotonic())
        return self.carry_out()

    def receive_binary(self) -> Awaitable[None] | None:
        """Take notice of a binary frame."""
        self.session.receive_binary()
        return self.carry_out()

    def tick(self, now: float) -> None:
        """Act on deadlines."""
        if self._storing or self._waits_for_room:
            # The next message is not read while the window or the store is full: the silence is the
            # server's.
            self.session.heard_at = max(self.session.heard_at, now)
        self.session.tick(now=now)
        if self._taking and now - self._handed_at >= self._hub.limits.stalled_s:
            self.session.close(CloseCode.SLOW_READER)
        self._write_answers()

    def forgive(self, seconds: float, *, now: float) -> None:
        """Count this time as none: the server itself was not there to hear the client."""
        self.session.forgive(seconds, now=now)
        self._handed_at = min(now, self._handed_at + seconds)

    def close(self, code: CloseCode) -> None:
        """Close the connection."""
        self.session.close(code)
        self._write_answers()

    def carry_out(self) -> Awaitable[None] | None:
        """Do what the session wants done, a message at most; see `receive`."""
        for action in self.session.to_do():
            match action:
                case Send() | Close():
                    self._answer(action)
                case Open():
                    return self._open(action.hello)
                case Store() if self._hub.has_room:
                    self._take(action.publish)
                case Store():
                    return self._take_later(action.publish)
                case _:
                    assert_never(action)
        return self._until_ready() if self._is_busy else None

    def _write_answers(self) -> None:
        for action in self.session.to_do():
            assert isinstance(action, Send | Close), "only a message asks for more"  # noqa: S101 - narrows the type
            self._answer(action)

    def _answer(self, action: Send | Close) -> None:
        if self._is_closed:
            return
        if isinstance(action, Send):
            answer = self._transport.write(action.text.encode())
            if answer is not None and not answer.done():
                self._answers.append(answer)
                answer.add_done_callback(self._answers.remove)
        else:
            self._is_closed = True
            self._append()
            self._let_go()
            self._transport.close(action.code)

    async def _open(self, hello: Hello) -> None:
        if self._check_ticket is not None and not self._check_ticket(hello.ticket):
            self.close(CloseCode.UNAUTHORIZED)
            return
        try:
            channel = await self._hub.open_channel(hello.sprint_id)
            after = hello.watch.after if hello.watch else None
            there = await self._hub.store.entry_at(channel.name, after.seq) if after else None
            last_n = None
            if hello.publish:
                last_n = await self._hub.store.last_n(channel.name, hello.publish.publisher_id)
            first = (await self._hub.store.bounds(channel.name)).first
            is_unknown = hello.watch is not None and channel.bounds.epoch is None
            similar = await self._hub.similar(channel.name) if is_unknown else []
        except StoreError as error:
            self._hub.store_failed(error)
            self.close(CloseCode.STORAGE_UNAVAILABLE)
            return
        if self._is_closed:
            return
        # From here to the end nothing is awaited, so the log cannot move in between.
        bounds = channel.bounds = channel.bounds.model_copy(update={"first": first})
        going_on = resume(after, bounds, there) if after else None
        self.session.opened(
            session=self.id,
            bounds=bounds,
            resume=going_on,
            last_n=last_n,
            server_time=self._hub.timestamp(),
            similar=similar if bounds.epoch is None else [],
            kept_in_memory_because=self._hub.kept_in_memory_because,
        )
        self._write_answers()
        self._hub.join(self, channel)
        if hello.publish:
            self._take_up(channel, hello.publish.lease, has_published=last_n is not None)
        if hello.watch:
            start = going_on.after if going_on else max(bounds.first - 1, self.session.since)
            self._after = start
            if bounds.first > 1 and not (going_on and going_on.recovered):
                self.session.state(channel.state)
            channel.viewers.add(self)
            channel.schedule()
            if self._hub.trouble:
                self.session.trouble(self._hub.trouble)
            self._write_answers()

    def _take_up(self, channel: Channel, lease: str | bool, *, has_published: bool) -> None:  # noqa: FBT001 - as in `hello`
        """Hold what the publisher held on an earlier connection."""
        if isinstance(lease, str):
            channel.lease.hold(self.session, lease)
        elif lease and has_published:
            channel.lease.hold(self.session, None)
        channel.check_presence()

    async def _take_later(self, publish: Publish) -> None:
        self._waits_for_room = True
        await self._hub.room()
        self._waits_for_room = False
        self._take(publish)
        await self._until_ready()

    def _take(self, publish: Publish) -> None:
        """Check the events of a message; they are stored with others that came in this turn."""
        try:
            batch = self._checked(publish)
        except InvalidEventError as error:
            self.session.unusable(error, now=time.monotonic())
            batch = None
        if batch is not None:
            for refusal in batch.refused:
                self.session.refused(publish.first_n + refusal.index, refusal.error)
            if not self._gathering.takes(publish.first_n, batch):
                self._append()
            if not self._gathering:
                asyncio.get_running_loop().call_soon(self._append)
            self._gathering.add(publish.first_n, batch)
            is_urgent = batch.has_status or len(self._storing) + 1 >= self._window
            if self._gathering.is_full or is_urgent:
                self._append()
        self._write_answers()

    def _checked(self, publish: Publish) -> ValidBatch | None:
        """Return the events of a message, None where it is above the rate.

        Raises:
            InvalidEventError: They are no array of events.
        """
        assert self.channel is not None, "it is open"  # noqa: S101 - the session passes no publish before
        rate = self._hub.limits.events_per_second
        now = time.monotonic()
        if rate and now < self._paid_until:
            reason = f"more than {rate:g} events a second"
            self.session.later(publish.first_n, ErrorCode.RATE_LIMITED, reason)
            return None
        if self._publisher is None:
            publisher_id = self.session.publisher_id
            self._publisher = Publisher(publisher_id, self.user, begin_n=publish.first_n)
        batch = self._hub.check(publish.first_n, publish.events)
        if batch.has_status:
            batch = self._take_statuses(self.channel, batch, now)
        if rate:
            self._paid_until = max(self._paid_until, now - BURST_S) + len(batch.events) / rate
        return batch

    def _take_statuses(self, channel: Channel, batch: ValidBatch, now: float) -> ValidBatch:
        """Hold the members that are spoken for, and say whose attempt each `running` joins.

        What is decided here follows from the order in which statuses come in, so they go to the
        store in that order: `_take` lets none of them wait.
        """
        members = channel.state.members.left
        joins = channel.lease.receive(self.session, batch.events, members, now=now)
        if self._is_closed:
            self._let_go()  # it has gone while this waited for room
        return mark_joining(batch, joins) if joins else batch

    def _append(self) -> None:
        """Hand what was gathered to the store, if there is anything."""
        if not self._gathering:
            return
        assert self.channel is not None and self._publisher is not None, "it published"  # noqa: S101, PT018 - narrows the types
        first_n, batch = self._gathering.take()
        try:
            appending = self._hub.append(self.channel.name, self._publisher, first_n, batch)
        except Exception:  # noqa: BLE001 - it is logged, and the publisher comes back and is told
            _log.exception("events of %r cannot be stored", self.session.sprint_id)
            self.close(CloseCode.INTERNAL_ERROR)
            return
        self._storing.append(appending)
        self.channel.storing(appending)
        appending.add_done_callback(lambda done: self._tell_what_became(first_n, done))

    @property
    def _is_busy(self) -> bool:
        return len(self._storing) >= self._window or len(self._answers) > MAX_ANSWERS

    async def _until_ready(self) -> None:
        while len(self._storing) >= self._window:
            await asyncio.wait([self._storing[0]])
        while len(self._answers) > MAX_ANSWERS:
            await asyncio.wait([self._answers[0]])

    def _tell_what_became(self, first_n: int, done: asyncio.Future[Appended]) -> None:
        self._storing.remove(done)
        try:
            self._stored(first_n, done)
        except Exception:  # noqa: BLE001 - it is logged, and the publisher comes back and is told
            _log.exception("a publisher of %r cannot be told", self.session.sprint_id)
            self.close(CloseCode.INTERNAL_ERROR)

    def _stored(self, first_n: int, done: asyncio.Future[Appended]) -> None:
        if done.cancelled():
            return
        match done.exception():
            case None:
                appended = done.result()
                self.session.stored(
                    up_to=appended.up_to,
                    seq=appended.seq,
                    epoch=appended.epoch,
                    duplicate=appended.duplicate,
                )
            case HoleError() as error:
                self.session.hole(first_n, expect=error.expect)
            case IdCaseError() as error:
                wrong = InvalidEventError(ErrorCode.ID_CASE, str(error), field="sprint_id")
                self.session.unusable(wrong, now=time.monotonic())
                self.session.close(CloseCode.BAD_MESSAGE)
            case StoreUnavailableError() as error:
                self.session.later(first_n, ErrorCode(error.code), str(error))
            case StoreDamagedError() as error:
                self.session.later(first_n, ErrorCode.STORAGE_UNAVAILABLE, str(error))
            case error:
                _log.error("events of %r were not stored", self.session.sprint_id, exc_info=error)
                self.session.close(CloseCode.INTERNAL_ERROR)
        self._write_answers()

    def pump(self) -> None:
        """Hand the next frame to the socket, if it has taken the one before and there is one."""
        while not self._is_closed and self._taking is None and self._after is not None:
            assert self.channel is not None, "who watches has a channel"  # noqa: S101 - narrows the type
            if self._disconnected_at != self.channel.disconnected_at:
                self._send_presence(self.channel.disconnected_at)
                continue
            frame = self.channel.frame_after(self._after)
            if frame is None:
                return
            if frame.first > self._after + 1:
                self._miss(frame.first - 1)
            self._after = frame.last
            if isinstance(self.session, PlainSession):
                taking = [self._transport.write(message) for message in frame.plain][-1]
            else:
                taking = self._transport.write(frame.message)
            if taking is not None:
                self._wait_until_taken(taking)

    def _send_presence(self, disconnected_at: float | None) -> None:
        # A state and no event: a viewer that takes nothing meanwhile gets only the last one.
        self._disconnected_at = disconnected_at
        if isinstance(self.session, PlainSession):
            return
        message = Presence(disconnected_at=disconnected_at).to_json().encode()
        taking = self._transport.write(message)
        if taking is not None:
            self._wait_until_taken(taking)

    def fail(self) -> None:
        """Close, because it cannot be served now."""
        self.close(CloseCode.INTERNAL_ERROR)

    def skip(self, after: int, to: int) -> None:
        """Go on behind `to`, if this is where it stands: what is between is damaged."""
        if self._after == after:
            self._miss(to)

    def _miss(self, to: int) -> None:
        assert self.channel is not None and self._after is not None, "it watches"  # noqa: S101, PT018 - narrows the types
        is_kept = self._after + 1 >= self.channel.bounds.first
        self.session.gap(self._after + 1, to, "damaged" if is_kept else "trimmed")
        self.session.state(self.channel.state)
        self._after = to
        self._write_answers()

    def trouble(self, trouble: Trouble) -> None:
        """Tell a viewer what keeps the store from taking new events, or that it is over."""
        if self._after is not None:
            self.session.trouble(trouble)
            self._write_answers()

    def _wait_until_taken(self, taking: asyncio.Future[None]) -> None:
        if taking.cancelled():
            self._is_closed = True
        elif not taking.done():
            self._taking = taking
            self._handed_at = time.monotonic()
            taking.add_done_callback(self._taken)

    def _taken(self, taking: asyncio.Future[None]) -> None:
        self._taking = None
        if not taking.cancelled() and taking.exception() is None:
            self.pump()

    def lose_store(self, after: int) -> None:
        """Close, if this is where it stands: the log cannot be read there."""
        if self._after == after:
            self.close(CloseCode.STORAGE_UNAVAILABLE)

    def direct(self, event: Event) -> None:
        """Send an event to this client only."""
        self.session.direct(event)
        self._write_answers()

    def gone(self) -> None:
        """Take notice that the transport is closed."""
        self._is_closed = True
        self._append()
        if self.channel is not None:
            self.channel.viewers.discard(self)
        self._let_go()

    def _let_go(self) -> None:
        if self.channel is None:
            return
        for member_id in self.channel.lease.let_go(self.session, now=time.monotonic()):
            # Not at once: another connection may be about to take its place.
            asyncio.get_running_loop().call_soon(self.channel.check_presence)
            if self._find_cause is not None:
                self._hub.inquire(self.channel, member_id, self._find_cause)

    @property
    def has_published(self) -> bool:
        """Whether events came over it."""
        return self._publisher is not None
