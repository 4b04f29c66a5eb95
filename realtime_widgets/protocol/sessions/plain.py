"""The server's side of the plain mode (protocol 9), for clients of the original service.

The client sends no `hello`, so the session begins with the one that it would send. There are no
acks and notices, so most results are ignored. Nothing is ever sent again in this mode, so its
events have no publisher id, and each has the publisher seq 1: the store remembers nothing of a
connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from realtime_widgets.protocol.sessions.session import Close, ErrorLimit, Open, Send, Store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from realtime_widgets.errors import InvalidEventError
    from realtime_widgets.protocol.events import Event
    from realtime_widgets.protocol.limits import Limits
    from realtime_widgets.protocol.messages import GapReason, Trouble
    from realtime_widgets.protocol.position import Bounds, Resume
    from realtime_widgets.protocol.run_state import RunState
    from realtime_widgets.protocol.sessions.session import Action, Frame

__all__ = ["PlainSession"]


class PlainSession:
    """One connection of a client without a subprotocol.

    Args:
        sprint_id: The sprint in the URL.
        may_publish: Whether the user may write.
        limits: The server's limits.
        since: Send what comes after this seq.
    """

    def __init__(
        self, sprint_id: str, *, may_publish: bool, limits: Limits, since: int = 0
    ) -> None:
        self.sprint_id = sprint_id
        self.publisher_id: str | None = None
        self.window = limits.window
        self.since = since
        self.received_at = float("inf")
        """Never silent while it is connected: nothing in this mode requests a sign of life."""
        self.may_publish = may_publish
        self._is_closed = False
        self._errors = ErrorLimit(limits.errors_per_minute)
        self._received_at = 0.0
        """Monotonic seconds when the last message came."""
        hello = Hello(v=PROTOCOL_VERSION, sprint_id=sprint_id, watch=Watch())
        self._actions: list[Action] = [Open(hello)]

    def receive(self, text: str, *, now: float) -> None:
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
        elif not self.may_publish:
            self._refuse(ErrorCode.NOT_PUBLISHING, "this user may read only")
        elif not self._is_closed:
            self._actions.append(Store(Publish(first_n=1, events=[fields])))

    def receive_binary(self) -> None:
        self.close(CloseCode.BINARY_NOT_SUPPORTED)

    def tick(self, *, now: float) -> None:
        """Do nothing: the original client pings on its own and expects no ping."""

    def alive_at(self, now: float) -> float:
        return now

    def extend_deadlines(self, seconds: float, *, now: float) -> None:
        """Do nothing: there are no deadlines."""

    def opened(  # noqa: PLR0913 - as Session
        self,
        *,
        session: str,
        bounds: Bounds,
        resume: Resume | None,
        last_publisher_seq: int | None,
        server_time: str,
        similar: Sequence[str] = (),
        kept_in_memory_because: str | None = None,
    ) -> None:
        """Do nothing: events follow at once."""

    def events(self, frame: Frame) -> Sequence[bytes]:
        return frame.plain

    def watching(self, message: bytes) -> Sequence[bytes]:  # noqa: ARG002 - as Session
        return ()

    def presence(self, disconnected_at: float | None) -> Sequence[bytes]:  # noqa: ARG002 - as Session
        return ()

    def gap(self, first: int, last: int, reason: GapReason = "trimmed") -> None:
        """Do nothing: this mode has no notices."""

    def storage_status(self, status: Trouble) -> None:
        """Do nothing: this mode has no notices."""

    def state(self, state: RunState) -> None:
        """Do nothing: this mode has no notices."""

    def direct(self, event: Event) -> None:
        self._send(to_json(event, exclude_none=True).decode())

    def deliver(self, event: Event, member: str | None = None) -> None:
        """Send nothing: in this mode a publisher is a viewer, too, and gets the event as such."""

    def stored(self, *, up_to: int, seq: int, epoch: str, duplicate: bool = False) -> None:
        """Do nothing: this mode has no acks."""

    def refused(self, publisher_seq: int, error: InvalidEventError) -> None:  # noqa: ARG002 - as Session
        self._refuse(error.code, error.reason, error.field)

    def hole(self, publisher_seq: int, *, expect: int) -> None:
        """Raise: events without a publisher id have no holes."""
        raise LocalProtocolError(
            f"publisher seq {publisher_seq} arrived where {expect} was expected"
        )

    def later(self, publisher_seq: int, code: ErrorCode, reason: str) -> None:  # noqa: ARG002 - as Session
        self._answer(code, reason)

    def unusable(self, error: InvalidEventError, *, now: float) -> None:  # noqa: ARG002 - as Session
        self._refuse(error.code, error.reason, error.field)

    def close(self, code: CloseCode) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._actions.append(Close(code))

    def to_do(self) -> list[Action]:
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
