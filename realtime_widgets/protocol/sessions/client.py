"""The client's side of consecutive connections: opening, keep-alive, and dispatch of messages.

Theory of operation. What outlives a connection is in the two sessions that this one feeds: the
`WatchSession` holds the position, the `PublishSession` what is not acknowledged.

    CLOSED --open()--> OPENING --welcome--> OPEN
       ^                  |                   |
       +------------------+--- lost() --------+

It is fed (`receive`, `tick`, `lost`) and drained (`to_send`, `errors`). Once `close_code` is set
it ignores messages: close the connection with that code, then call `lost`.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from realtime_widgets.errors import RemoteProtocolError
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.message_text import parse_server_message
from realtime_widgets.protocol.messages import PROTOCOL_VERSION, Error, Hello, Ping, Pong, Welcome

if TYPE_CHECKING:
    from realtime_widgets.protocol.messages import ServerMessage
    from realtime_widgets.protocol.sessions.publish import PublishSession
    from realtime_widgets.protocol.sessions.watch import WatchSession

__all__ = ["PING_S", "PONG_S", "ClientSession"]

PING_S = 25.0
"""Silence after which a ping is sent (protocol 7)."""

PONG_S = 10.0
"""Further silence after which the connection is closed."""


class _State(Enum):
    CLOSED = auto()
    OPENING = auto()
    OPEN = auto()


class ClientSession:
    """A viewer, a publisher, or both, over any number of connections.

    Args:
        sprint_id: The run.
        watch: The viewer, if there is one.
        publish: The publisher, if there is one.
    """

    def __init__(
        self,
        sprint_id: str,
        *,
        watch: WatchSession | None = None,
        publish: PublishSession | None = None,
    ) -> None:
        self._sprint_id = sprint_id
        self._watch = watch
        self._publish = publish
        self._state = _State.CLOSED
        self._received_at = 0.0
        self._pinged_at: float | None = None
        self._messages: list[str] = []
        self._errors: list[Error] = []

        self.close_code: CloseCode | None = None
        """Close the connection with this code."""

    @property
    def is_open(self) -> bool:
        """Whether `welcome` was received on this connection."""
        return self._state is _State.OPEN

    @property
    def next_deadline(self) -> float:
        """When `tick` has to be called next, at the latest."""
        silence = (
            self._received_at + PING_S if self._pinged_at is None else self._pinged_at + PONG_S
        )
        retry = self._publish.retry_at if self._publish else None
        return silence if retry is None else min(silence, retry)

    def open(self, *, now: float, ticket: str | None = None) -> None:
        """Begin a connection, whose transport is open."""
        self.lost()
        self._state = _State.OPENING
        self._received_at = now
        hello = Hello(
            v=PROTOCOL_VERSION,
            sprint_id=self._sprint_id,
            ticket=ticket,
            watch=self._watch.request() if self._watch else None,
            publish=self._publish.request() if self._publish else None,
        )
        self._messages.append(hello.to_json())

    def lost(self) -> None:
        """End the connection, whose transport is closed."""
        self._state = _State.CLOSED
        self._pinged_at = None
        self._messages = []
        self.close_code = None
        if self._watch:
            self._watch.lost()
        if self._publish:
            self._publish.lost()

    def receive(self, text: str, *, now: float) -> None:
        """Take in one text frame. You must look at `close_code` and send what is `to_send`."""
        if self.close_code is not None or self._state is _State.CLOSED:
            return
        self._received_at = now
        self._pinged_at = None
        try:
            message = parse_server_message(text)
        except RemoteProtocolError:
            self.close_code = CloseCode.BAD_MESSAGE
            return
        self._receive(message, now)

    def tick(self, *, now: float) -> None:
        """Act on deadlines. You must look at `close_code` and send what is `to_send`."""
        if self.close_code is not None or self._state is _State.CLOSED:
            return
        if self._publish:
            self._publish.tick(now=now)
        if self._pinged_at is not None:
            if now >= self._pinged_at + PONG_S:
                self.close_code = CloseCode.NO_PONG
        elif now >= self._received_at + PING_S:
            self._pinged_at = now
            if self.is_open:
                self._messages.append(Ping().to_json())

    def to_send(self) -> list[str]:
        """Drain the messages that have to go out now."""
        messages, self._messages = self._messages, []
        if self._publish:
            messages += self._publish.to_send()
        return messages

    def errors(self) -> list[Error]:
        """Drain the errors that the server reported."""
        errors, self._errors = self._errors, []
        return errors

    def _receive(self, message: ServerMessage, now: float) -> None:
        match message:
            case Ping():
                self._messages.append(Pong().to_json())
                return
            case Pong():
                return
            case Error():
                self._errors.append(message)
                return
            case Welcome() if self._state is _State.OPENING:
                self._state = _State.OPEN
            case _ if self._state is not _State.OPEN or isinstance(message, Welcome):
                self.close_code = CloseCode.BAD_MESSAGE
                return
            case _:
                pass
        if self._watch:
            self._watch.receive(message)
            self.close_code = self._watch.close_code
        if self._publish:
            self._publish.receive(message, now=now)
            if self._publish.must_reconnect:
                self.close_code = CloseCode.RECONNECT
