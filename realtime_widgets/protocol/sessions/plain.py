"""The server's side of the plain mode (protocol 9), for clients of the original service.

It has the face of `ServerSession`, so that the hub serves both in one way. The client says no
`hello`, so the session says it for him; there are no acks and notices, so being told is quiet.
Nothing is ever sent again in this mode, so its events have no publisher id, and each has the number
1: the store has nothing to remember of a connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic_core import from_json, to_json

from realtime_widgets.errors import LocalProtocolError
from realtime_widgets.protocol.codes import CloseCode, ErrorCode
from realtime_widgets.protocol.json_limits import MAX_VALUES
from realtime_widgets.protocol.json_parts import has_many_values
from realtime_widgets.protocol.messages import (
    PROTOCOL_VERSION,
    Error,
    Hello,
    Pong,
    Publish,
    Watch,
)
from realtime_widgets.protocol.sessions.server import Action, Close, ErrorLimit, Open, Send, Store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from realtime_widgets.errors import InvalidEventError
    from realtime_widgets.protocol.events import Event
    from realtime_widgets.protocol.limits import Limits
    from realtime_widgets.protocol.messages import Trouble
    from realtime_widgets.protocol.position import Bounds, Resume
    from realtime_widgets.protocol.run_state import RunState

__all__ = ["PlainSession"]


class PlainSession:
    """One connection of a client that asked for no subprotocol.

    Args:
        sprint_id: The sprint in the URL.
        may_publish: Whether the user may write.
        limits: The server's limits.
        since: Send what comes after this seq.
    """

    publisher_id = None
    """By which a publisher would be known again."""

    def __init__(
        self, sprint_id: str, *, may_publish: bool, limits: Limits, since: int = 0
    ) -> None:
        self.sprint_id = sprint_id
        self.since = since
        self.heard_at = float("inf")
        """It is there as long as its connection: nothing in this mode asks for a sign of life."""
        self._may_publish = may_publish
        self._is_closed = False
        self._errors = ErrorLimit(limits.errors_per_minute)
        self._received_at = 0.0
        """Monotonic seconds when the last message came."""
        hello = Hello(v=PROTOCOL_VERSION, sprint_id=sprint_id, watch=Watch())
        self._actions: list[Action] = [Open(hello)]

    def receive(self, text: str, *, now: float) -> None:
        """Take a text frame: a ping, or an event to publish."""
        self._received_at = now
        if has_many_values(text.encode()):
            self._refuse(ErrorCode.TOO_MANY_VALUES, f"more than {MAX_VALUES:,} values")
            return
        try:
            fields = from_json(text, allow_inf_nan=False)
        except ValueError as error:
            self._refuse(ErrorCode.BAD_JSON, f"the message is not JSON: {error}")
            return
        if not isinstance(fields, dict):
            self._refuse(ErrorCode.BAD_JSON, "a message is a JSON object")
        elif fields.get("type") == "ping":
            self._send(Pong().to_json())
        elif not self._may_publish:
            self._refuse(ErrorCode.NOT_PUBLISHING, "this user may read only")
        elif not self._is_closed:
            self._actions.append(Store(Publish(first_n=1, events=[fields])))

    def receive_binary(self) -> None:
        """Take notice of a binary frame, which the protocol does not have."""
        self.close(CloseCode.BINARY_NOT_SUPPORTED)

    def tick(self, *, now: float) -> None:
        """Do nothing: the original client pings on its own and expects no ping."""

    def last_sign(self, now: float) -> float:
        """When the client of a connection that ends now was surely there."""
        return now

    def forgive(self, seconds: float, *, now: float) -> None:
        """Do nothing: there are no deadlines."""

    def opened(  # noqa: PLR0913 - the face of ServerSession
        self,
        *,
        session: str,
        bounds: Bounds,
        resume: Resume | None,
        last_n: int | None,
        server_time: str,
        similar: Sequence[str] = (),
        kept_in_memory_because: str | None = None,
    ) -> None:
        """Do nothing: events follow at once."""

    def gap(self, first: int, last: int, reason: Literal["trimmed", "damaged"] = "trimmed") -> None:
        """Do nothing: this mode has no notices."""

    def trouble(self, trouble: Trouble) -> None:
        """Do nothing: this mode has no notices."""

    def state(self, state: RunState) -> None:
        """Do nothing: this mode has no notices."""

    def direct(self, event: Event) -> None:
        """Send an event to this connection only."""
        self._send(to_json(event, exclude_none=True).decode())

    def stored(self, *, up_to: int, seq: int, epoch: str, duplicate: bool = False) -> None:
        """Do nothing: this mode has no acks."""

    def refused(self, n: int, error: InvalidEventError) -> None:  # noqa: ARG002 - the face of ServerSession
        """Tell the client that its event was refused."""
        self._refuse(error.code, error.reason, error.field)

    def hole(self, n: int, *, expect: int) -> None:
        """Raise: events without a publisher id have no holes."""
        raise LocalProtocolError(f"number {n} came where {expect} was expected")

    def later(self, n: int, code: ErrorCode, reason: str) -> None:  # noqa: ARG002 - the face of ServerSession
        """Tell the client that its event was not stored."""
        self._answer(code, reason)

    def unusable(self, error: InvalidEventError, *, now: float) -> None:  # noqa: ARG002 - the face of ServerSession
        """Answer a message that turned out to be unusable when it was carried out."""
        self._refuse(error.code, error.reason, error.field)

    def close(self, code: CloseCode) -> None:
        """Ask for the connection to be closed."""
        if not self._is_closed:
            self._is_closed = True
            self._actions.append(Close(code))

    def to_do(self) -> list[Action]:
        """Return what is to be done, in order, and forget it."""
        actions, self._actions = self._actions, []
        return actions

    def _refuse(self, code: str, message: str, field: str | None = None) -> None:
        """Answer what is the client's fault, and close where it happens too often."""
        self._answer(code, message, field)
        if self._errors.is_reached_by_one_more(self._received_at):
            self.close(CloseCode.TOO_MANY_ERRORS)

    def _answer(self, code: str, message: str, field: str | None = None) -> None:
        self._send(Error(code=code, message=message, field=field).to_json())

    def _send(self, text: str) -> None:
        if not self._is_closed:
            self._actions.append(Send(text))
