"""What the server's sessions have in common: `hello` first, signs of life, errors, the close.

The states are those of `sessions/server.py`. A session of one channel adds what its messages mean.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, TypeVar

from realtime_widgets.errors import InvalidEventError, LocalProtocolError
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.messages import Error, Ping
from realtime_widgets.protocol.sessions.session import Close, ErrorLimit, Send

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets.protocol.limits import Limits
    from realtime_widgets.protocol.messages import Message
    from realtime_widgets.protocol.sessions.session import Action

__all__ = ["BaseSession", "SessionState"]

_Message = TypeVar("_Message")


class SessionState(Enum):
    """How far a connection is."""

    AWAITING_HELLO = auto()
    OPENING = auto()
    OPEN = auto()
    CLOSED = auto()


class BaseSession:
    """One connection of a client; times are in monotonic seconds.

    Args:
        limits: The server's limits.
        now: When it was connected.
    """

    def __init__(self, *, limits: Limits, now: float) -> None:
        self.received_at = now
        """When the client last sent something."""

        self._limits = limits
        self._state = SessionState.AWAITING_HELLO
        self._opened_at = now
        self._asked = False
        self._errors = ErrorLimit(limits.errors_per_minute)
        self._actions: list[Action] = []

    def _read(self, text: str, now: float, parse: Callable[[str], _Message]) -> _Message | None:
        """Return the message of a text frame; None where it is refused, or after the close."""
        if self._state is SessionState.CLOSED:
            return None
        self.received_at = now
        self._asked = False
        try:
            return parse(text)
        except InvalidEventError as error:
            self._refuse(error, now)
            return None

    def receive_binary(self) -> None:
        """Take a binary frame from the client, which the protocol does not have."""
        self.close(CloseCode.BINARY_NOT_SUPPORTED)

    def tick(self, *, now: float) -> None:
        """Act on deadlines; to be called about once a second."""
        if self._state is SessionState.AWAITING_HELLO:
            if now - self._opened_at >= self._limits.hello_s:
                self.close(CloseCode.HELLO_TIMEOUT)
        elif self._state is SessionState.OPEN:
            silence = now - self.received_at
            if silence >= self._limits.ping_s + self._limits.pong_s:
                self.close(CloseCode.NO_PONG)
            elif silence >= self._limits.ping_s and not self._asked:
                self._asked = True
                self._send(Ping())

    def alive_at(self, now: float) -> float:
        """Return when the client of a connection that ends now was surely alive."""
        return self.received_at if self._asked else now

    def extend_deadlines(self, seconds: float, *, now: float) -> None:
        """Shift deadlines after the server was suspended for so long."""
        self._opened_at = min(now, self._opened_at + seconds)
        self.received_at = min(now, self.received_at + seconds)

    def close(self, code: CloseCode) -> None:
        """Close the connection; nothing is taken or sent after that."""
        if self._state is not SessionState.CLOSED:
            self._state = SessionState.CLOSED
            self._actions.append(Close(code))

    def to_do(self) -> list[Action]:
        """Return what is to be done, in order, and forget it."""
        actions, self._actions = self._actions, []
        return actions

    def _enter_open(self) -> None:
        """Take a client for welcome, whose `hello` waits for its answer."""
        if self._state is not SessionState.OPENING:
            raise LocalProtocolError(f"opened() in state {self._state.name}")
        self._state = SessionState.OPEN

    def _refuse(self, error: InvalidEventError, now: float) -> None:
        self._send(Error(code=error.code, message=error.reason, field=error.field))
        if self._state is not SessionState.OPEN:
            self.close(CloseCode.BAD_MESSAGE)
        elif self._errors.is_reached_by_one_more(now):
            self.close(CloseCode.TOO_MANY_ERRORS)

    def _send(self, message: Message) -> None:
        if self._state is not SessionState.CLOSED:
            self._actions.append(Send(message.to_json()))
