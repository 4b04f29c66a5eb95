"""The way out to one client: the transport, and what the session has to send over it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from realtime_widgets.protocol.sessions.session import Close, Open, Send, Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets.protocol.codes import CloseCode
    from realtime_widgets.protocol.sessions.session import Action

__all__ = ["Outgoing", "Transport"]

MAX_UNTAKEN = 64
"""Messages of the session that the socket has not taken, above which its client is not read from.

An error quotes at most `errors.MAX_FIELD` characters of the client's, so each has 2 kB at most; and
one message is answered by as many as it has events.
"""


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


class Actor(Protocol):
    """A session, as far as it is drained here."""

    def to_do(self) -> list[Action]:
        """Return what is to be done, in order, and forget it."""


class Outgoing:
    """Sends what a session has to send, and closes the transport when the session requests it.

    Args:
        session: The protocol session.
        transport: The transport.
        on_close: Called just before the transport is closed.
    """

    def __init__(
        self, session: Actor, transport: Transport, *, on_close: Callable[[], None]
    ) -> None:
        self.is_closed = False
        """Nothing is written any more."""

        self.write = transport.write
        """Writes a frame that is not the session's; an attribute, as each delivery calls it."""

        self._session = session
        self._transport = transport
        self._on_close = on_close
        self._untaken: list[asyncio.Future[None]] = []

    @property
    def is_backed_up(self) -> bool:
        """Whether the socket has not taken more than `MAX_UNTAKEN` messages of the session."""
        return len(self._untaken) > MAX_UNTAKEN

    async def wait_until_taken(self) -> None:
        """Wait until the socket has taken enough messages of the session."""
        while self.is_backed_up:
            await asyncio.wait([self._untaken[0]])

    def flush(self) -> Open | Store | None:
        """Send what the session has to send.

        Returns:
            The request of a message from the client to the hub: at most one, and only after the
            session has received it.
        """
        request = None
        for action in self._session.to_do():
            match action:
                case Send():
                    self._send(action.text)
                case Close():
                    self._close(action.code)
                case Open() | Store():
                    request = action
        return request

    def _send(self, text: str) -> None:
        if self.is_closed:
            return
        taking = self.write(text.encode())
        if taking is not None and not taking.done():
            self._untaken.append(taking)
            taking.add_done_callback(self._untaken.remove)

    def _close(self, code: CloseCode) -> None:
        if not self.is_closed:
            self.is_closed = True
            self._on_close()
            self._transport.close(code)
