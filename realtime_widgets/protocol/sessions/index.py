"""The server's side of the index channel (protocol 12): decides, and does nothing itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.index import (
    IndexHello,
    IndexReset,
    IndexWelcome,
    parse_index_message,
)
from realtime_widgets.protocol.messages import PROTOCOL_VERSION, Ping, Pong
from realtime_widgets.protocol.sessions.base import BaseSession, SessionState

if TYPE_CHECKING:
    from realtime_widgets.protocol.index import IndexPosition

__all__ = ["IndexSession"]


class IndexSession(BaseSession):
    """One connection of a client to the index; see `BaseSession`.

    Attributes:
        hello: The client's `hello` that waits for its answer: check the ticket, and call `opened`.
    """

    hello: IndexHello | None = None

    def receive(self, text: str, *, now: float) -> None:
        """Take a text frame from the client."""
        message = self._read(text, now, parse_index_message)
        match message:
            case None:
                pass
            case IndexHello():
                self._receive_hello(message)
            case _ if self._state is not SessionState.OPEN:
                self.close(CloseCode.BAD_MESSAGE)
            case Ping():
                self._send(Pong())
            case Pong():
                pass
            case _:
                assert_never(message)

    def _receive_hello(self, hello: IndexHello) -> None:
        if self._state is not SessionState.AWAITING_HELLO:
            self.close(CloseCode.BAD_MESSAGE)
        elif hello.v != PROTOCOL_VERSION:
            self.close(CloseCode.PROTOCOL_VERSION)
        else:
            self._state = SessionState.OPENING
            self.hello = hello

    def opened(
        self,
        *,
        session: str,
        position: IndexPosition,
        server_time: str,
        kept_in_memory_because: str | None,
    ) -> None:
        """Welcome the client.

        Args:
            session: Id of this connection.
            position: Where the index is.
            server_time: ISO 8601, UTC.
            kept_in_memory_because: Why the runs of this server end with it.
        """
        self._enter_open()
        self.hello = None
        self._send(
            IndexWelcome(
                session=session,
                epoch=position.epoch,
                version=position.version,
                ping_s=self._limits.ping_s,
                pong_s=self._limits.pong_s,
                server_time=server_time,
                kept_in_memory_because=kept_in_memory_because,
            )
        )

    def reset(self, position: IndexPosition) -> None:
        """Send the client that it has to read the list again, and where the index is now."""
        self._send(IndexReset(epoch=position.epoch, version=position.version))
