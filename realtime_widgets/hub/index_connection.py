"""One client of the index: its session, its transport, and which changes it has.

Theory of operation. After `welcome` a task waits for changes, and sends those that there were when
it began, a message at a time, each when the socket has taken the one before; then it pauses. So a
client costs one message of memory, a slow one gets the newest states later, and nothing happens
while nothing changes.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from realtime_widgets.errors import StoreError
from realtime_widgets.hub.clock import timestamp
from realtime_widgets.hub.transport import Outgoing
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.ids import random_id
from realtime_widgets.protocol.sessions.index import IndexSession

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from realtime_widgets.hub.index_messages import FindNotebooks
    from realtime_widgets.hub.login import CheckTicket, Login
    from realtime_widgets.hub.parts import HubParts
    from realtime_widgets.hub.transport import Transport
    from realtime_widgets.protocol.events import Event
    from realtime_widgets.protocol.messages import Trouble

__all__ = ["PAUSE_S", "IndexConnection"]

_log = logging.getLogger(__name__)

SESSION_BITS = 64

PAUSE_S = 1.0
"""Pause after the changes that there were have been sent: what comes meanwhile is sent together."""


class IndexConnection:
    """A client that is sent which runs change.

    Args:
        parts: The parts of the hub.
        transport: Where it is written to.
        login: Its user; until the ticket is redeemed, where it needs one.
        check_ticket: Redeems the ticket of `hello`; None where the request has proved the login.
        find_notebooks: Finds notebooks, for a user who may know where they are.
        pause_s: See `PAUSE_S`.
    """

    sprint_id = None
    publisher_id = None
    has_published = False

    def __init__(  # noqa: PLR0913 - most of them by name
        self,
        parts: HubParts,
        transport: Transport,
        *,
        login: Login,
        check_ticket: CheckTicket | None,
        find_notebooks: FindNotebooks | None,
        pause_s: float = PAUSE_S,
    ) -> None:
        self.id = random_id(SESSION_BITS)
        self.login = login
        self._parts = parts
        self._check_ticket = check_ticket
        self._find_notebooks = find_notebooks
        self._pause_s = pause_s
        self._session = IndexSession(limits=parts.limits, now=parts.clock.monotonic())
        self._outgoing = Outgoing(self._session, transport, on_close=self._stop)
        self._sending: asyncio.Task[None] | None = None
        self._position = parts.index.position
        """What the client has; of use from `welcome` on."""
        self._written_at: float | None = None
        """When the message was written that the socket has not taken yet; None where it has."""

    # From the transport.

    def receive(self, text: str) -> Awaitable[None] | None:
        """Carry out one text frame from the client.

        Returns:
            What to wait for before the next one is read, None for nothing.
        """
        self._session.receive(text, now=self._parts.clock.monotonic())
        if self._session.hello is not None:
            return self._open()
        self._outgoing.flush()
        return self._outgoing.wait_until_taken() if self._outgoing.is_backed_up else None

    def receive_binary(self) -> None:
        """Carry out a binary frame from the client, which the protocol does not have."""
        self._session.receive_binary()
        self._outgoing.flush()

    def gone(self) -> None:
        """End the connection, whose transport is closed. Safe to call twice."""
        self._outgoing.is_closed = True
        self._stop()

    # From the hub.

    def tick(self, now: float) -> None:
        """Act on deadlines that have passed at `now`, in monotonic seconds."""
        self._session.tick(now=now)
        stalled_s = self._parts.limits.stalled_s
        if self._written_at is not None and now - self._written_at >= stalled_s:
            self._session.close(CloseCode.SLOW_READER)
        self._outgoing.flush()

    def extend_deadlines(self, seconds: float, *, now: float) -> None:
        """Shift its deadlines after the server was suspended for so long."""
        self._session.extend_deadlines(seconds, now=now)
        if self._written_at is not None:
            self._written_at = min(now, self._written_at + seconds)

    def report_storage(self, status: Trouble) -> None:
        """Do nothing: the list does not show it."""

    def direct(self, event: Event) -> None:
        """Do nothing: events are of runs."""

    def close(self, code: CloseCode) -> None:
        """Close the connection."""
        self._session.close(code)
        self._outgoing.flush()

    def _stop(self) -> None:
        if self._sending is not None and self._sending is not asyncio.current_task():
            self._sending.cancel()

    # Sending.

    async def _open(self) -> None:
        hello, index = self._session.hello, self._parts.index
        assert hello is not None, "it has come"  # noqa: S101 - narrows the type
        try:
            login = await self._check_ticket(hello.ticket) if self._check_ticket else self.login
        except StoreError as error:
            self._parts.health.failed(error)
            login = CloseCode.STORAGE_UNAVAILABLE
        if isinstance(login, CloseCode):
            self.close(login)
            return
        self.login = login
        if self._outgoing.is_closed:
            return
        self._session.opened(
            session=self.id,
            position=index.position,
            server_time=timestamp(self._parts.clock),
            kept_in_memory_because=self._parts.kept_in_memory_because,
        )
        self._position = hello.after or index.position
        self._outgoing.flush()
        self._sending = asyncio.create_task(self._send_changes(), name=f"index {self.id}")

    async def _send_changes(self) -> None:
        try:
            while not self._outgoing.is_closed:
                await self._send_round()
                await asyncio.sleep(self._pause_s)
                await self._parts.index.wait_after(self._position.version)
        except StoreError as error:
            self._parts.health.failed(error)
            self.close(CloseCode.STORAGE_UNAVAILABLE)
        except Exception:  # noqa: BLE001 - it is logged, and the client reconnects
            _log.exception("cannot send changes of the list of runs")
            self.close(CloseCode.INTERNAL_ERROR)

    async def _send_round(self) -> None:
        """Send all changes that there are now."""
        index = self._parts.index
        newest = index.version
        while not self._outgoing.is_closed:
            if not index.knows(self._position):
                self._reset()
                return
            if self._position.version >= newest:
                return
            text, version = await self._parts.index_messages.after(
                self._position.version, self._find_notebooks, self.login.visible
            )
            if text is None:
                self._reset()
                return
            self._position = self._position.model_copy(update={"version": version})
            if text and not self._outgoing.is_closed:
                await self._write(text)

    def _reset(self) -> None:
        """Have the client read the list again."""
        self._position = self._parts.index.position
        self._session.reset(self._position)
        self._outgoing.flush()

    async def _write(self, text: bytes) -> None:
        taking = self._outgoing.write(text)
        if taking is None:
            return
        self._written_at = self._parts.clock.monotonic()
        await asyncio.wait([taking])
        self._written_at = None
        if taking.cancelled():
            self._outgoing.is_closed = True
