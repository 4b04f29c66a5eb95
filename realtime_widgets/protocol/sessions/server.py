"""The server's side of `realtime-widgets.v1`: decides, and does nothing itself.

Theory of operation. A session is fed (`receive`, `tick`), told what the hub did (`opened`,
`stored`, `hole`, ...) and drained (`to_do`). What it wants done comes out as actions, in order.

    AWAITING_HELLO --hello--> OPENING --opened()--> OPEN --> CLOSED
          |  (Open action)                           |
          +------------- any violation --------------+----> CLOSED (Close action)

In OPENING the hub looks at the log; the transport feeds nothing meanwhile, because each
`receive` is carried out before the next message is read. After CLOSED everything is ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Literal, assert_never

from realtime_widgets.errors import InvalidEventError, LocalProtocolError
from realtime_widgets.protocol.codes import CloseCode, ErrorCode
from realtime_widgets.protocol.messages import (
    PROTOCOL_VERSION,
    Ack,
    ClientLimits,
    Direct,
    Error,
    Gap,
    Hello,
    Nack,
    Ping,
    Pong,
    Publish,
    Reset,
    State,
    Trouble,
    Welcome,
    parse_client_message,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from realtime_widgets.protocol.events import Event
    from realtime_widgets.protocol.limits import Limits
    from realtime_widgets.protocol.messages import Message
    from realtime_widgets.protocol.position import Bounds, Resume
    from realtime_widgets.protocol.run_state import RunState

__all__ = ["Action", "Close", "ErrorLimit", "Open", "Send", "ServerSession", "Store"]

_MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Send:
    """Write this text frame."""

    text: str


@dataclass(frozen=True, slots=True)
class Open:
    """Check the ticket, look at the log, and call `opened`."""

    hello: Hello


@dataclass(frozen=True, slots=True)
class Store:
    """Store these events, then call `stored`, `hole` or `later`."""

    publish: Publish


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection."""

    code: CloseCode


Action = Send | Open | Store | Close


class ErrorLimit:
    """Counts the unusable messages of one client (protocol 7).

    Args:
        per_minute: How many of them within a minute are too many.
    """

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._errors: list[float] = []
        """When they came, in the last minute."""

    def is_reached_by_one_more(self, now: float) -> bool:
        """Count a message, and tell whether it is one too many."""
        self._errors = [*(at for at in self._errors if now - at < _MINUTE_S), now]
        return len(self._errors) >= self._per_minute


class _State(Enum):
    AWAITING_HELLO = auto()
    OPENING = auto()
    OPEN = auto()
    CLOSED = auto()


class ServerSession:
    """One connection of a client that speaks `realtime-widgets.v1`.

    Args:
        sprint_id: The sprint in the URL.
        may_publish: Whether the user may write to it.
        limits: The server's limits.
        now: Monotonic seconds.
    """

    since = 0
    """Where a client that resumes nothing starts; only the plain mode has another answer."""

    def __init__(self, sprint_id: str, *, may_publish: bool, limits: Limits, now: float) -> None:
        self.sprint_id = sprint_id
        self.publisher_id: str | None = None
        self._may_publish = may_publish
        self._limits = limits
        self._state = _State.AWAITING_HELLO
        self._opened_at = now
        self.heard_at = now
        """Monotonic seconds when the client last sent something."""
        self._asked = False
        self._errors = ErrorLimit(limits.errors_per_minute)
        self._actions: list[Action] = []

    # Feeding.

    def receive(self, text: str, *, now: float) -> None:
        """Take a text frame from the client."""
        if self._state is _State.CLOSED:
            return
        self.heard_at = now
        self._asked = False
        try:
            message = parse_client_message(text)
        except InvalidEventError as error:
            self._refuse(error, now)
            return
        match message:
            case Hello():
                self._receive_hello(message)
            case _ if self._state is not _State.OPEN:
                self.close(CloseCode.BAD_MESSAGE)
            case Publish():
                self._receive_publish(message, now)
            case Ping():
                self._send(Pong())
            case Pong():
                pass
            case _:
                assert_never(message)

    def receive_binary(self) -> None:
        """Take notice of a binary frame, which the protocol does not have."""
        self.close(CloseCode.BINARY_NOT_SUPPORTED)

    def tick(self, *, now: float) -> None:
        """Act on deadlines; to be called about once a second."""
        if self._state is _State.AWAITING_HELLO:
            if now - self._opened_at >= self._limits.hello_s:
                self.close(CloseCode.HELLO_TIMEOUT)
        elif self._state is _State.OPEN:
            silence = now - self.heard_at
            if silence >= self._limits.ping_s + self._limits.pong_s:
                self.close(CloseCode.NO_PONG)
            elif silence >= self._limits.ping_s and not self._asked:
                self._asked = True
                self._send(Ping())

    def last_sign(self, now: float) -> float:
        """When the client of a connection that ends now was surely there."""
        return self.heard_at if self._asked else now

    def forgive(self, seconds: float, *, now: float) -> None:
        """Count this time of silence as none: the server itself was not there to listen."""
        self._opened_at = min(now, self._opened_at + seconds)
        self.heard_at = min(now, self.heard_at + seconds)

    # Telling what the hub did.

    def opened(  # noqa: PLR0913 - all of them by name
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
        """Greet the client; what it asked for in `hello` is ready.

        Args:
            session: Id of this connection.
            bounds: What the log holds.
            resume: How the log continues for a client that resumes, else None.
            last_n: Number of the last event stored from this publisher.
            server_time: ISO 8601, UTC.
            similar: Names of other runs, for a viewer of a run that has not begun.
            kept_in_memory_because: Why the runs of this server end with it.
        """
        if self._state is not _State.OPENING:
            raise LocalProtocolError(f"opened() in state {self._state.name}")
        self._state = _State.OPEN
        self._send(
            Welcome(
                session=session,
                sprint_id=self.sprint_id,
                epoch=bounds.epoch,
                first=bounds.first,
                head=bounds.head,
                entry=bounds.entry,
                recovered=resume.recovered if resume else None,
                may_publish=self._may_publish,
                last_n=last_n,
                limits=ClientLimits.of(self._limits),
                ping_s=self._limits.ping_s,
                pong_s=self._limits.pong_s,
                server_time=server_time,
                similar=list(similar),
                kept_in_memory_because=kept_in_memory_because,
            )
        )
        if resume and resume.reset:
            self._send(Reset(epoch=bounds.epoch, first=bounds.first, reason=resume.reset))
        if resume and resume.gap:
            self.gap(*resume.gap)

    def gap(self, first: int, last: int, reason: Literal["trimmed", "damaged"] = "trimmed") -> None:
        """Tell the viewer that these events are not kept any more."""
        self._send(Gap(from_=first, to=last, reason=reason))

    def trouble(self, trouble: Trouble) -> None:
        """Tell the viewer what keeps the server from storing new events, or that it is over."""
        if self._state is _State.OPEN:
            self._send(trouble)

    def state(self, state: RunState) -> None:
        """Tell the viewer, to whom events are missing, what they led to."""
        self._send(State(state=state))

    def direct(self, event: Event) -> None:
        """Send an event to this connection only."""
        self._send(Direct(event=event))

    def stored(self, *, up_to: int, seq: int, epoch: str, duplicate: bool = False) -> None:
        """Acknowledge everything up to this number; only after the commit (protocol 6.3)."""
        self._send(Ack(up_to=up_to, seq=seq, epoch=epoch, duplicate=duplicate))

    def refused(self, n: int, error: InvalidEventError) -> None:
        """Tell the publisher that this event was refused for good."""
        self._send(Nack(n=n, code=error.code, message=error.reason, field=error.field, retry=False))

    def hole(self, n: int, *, expect: int) -> None:
        """Tell the publisher that numbers before `n` are missing; nothing was stored."""
        words = f"number {n} came where {expect} was expected"
        self._send(Nack(n=n, code=ErrorCode.HOLE, message=words, retry=True, expect=expect))

    def later(self, n: int, code: ErrorCode, reason: str) -> None:
        """Tell the publisher that these events cannot be taken now; nothing was stored."""
        self._send(Nack(n=n, code=code, message=reason, retry=True))

    def unusable(self, error: InvalidEventError, *, now: float) -> None:
        """Answer a message that turned out to be unusable only when it was carried out."""
        self._refuse(error, now)

    def close(self, code: CloseCode) -> None:
        """Ask for the connection to be closed; nothing is taken or sent after that."""
        if self._state is not _State.CLOSED:
            self._state = _State.CLOSED
            self._actions.append(Close(code))

    # Draining.

    def to_do(self) -> list[Action]:
        """Return what is to be done, in order, and forget it."""
        actions, self._actions = self._actions, []
        return actions

    def _receive_hello(self, hello: Hello) -> None:
        if self._state is not _State.AWAITING_HELLO or hello.sprint_id != self.sprint_id:
            self.close(CloseCode.BAD_MESSAGE)
        elif hello.v != PROTOCOL_VERSION:
            self.close(CloseCode.PROTOCOL_VERSION)
        elif hello.watch is None and hello.publish is None:
            self.close(CloseCode.BAD_MESSAGE)
        elif hello.publish is not None and not self._may_publish:
            self.close(CloseCode.FORBIDDEN)
        else:
            self._state = _State.OPENING
            self.publisher_id = hello.publish.publisher_id if hello.publish else None
            self._actions.append(Open(hello))

    def _receive_publish(self, publish: Publish, now: float) -> None:
        if self.publisher_id is None:
            reason = "`hello` did not ask for publishing"
            self._refuse(InvalidEventError(ErrorCode.NOT_PUBLISHING, reason), now)
        else:
            self._actions.append(Store(publish))

    def _refuse(self, error: InvalidEventError, now: float) -> None:
        if self._state is not _State.OPEN:
            self.close(CloseCode.BAD_MESSAGE)
            return
        self._send(Error(code=error.code, message=error.reason, field=error.field))
        if self._errors.is_reached_by_one_more(now):
            self.close(CloseCode.TOO_MANY_ERRORS)

    def _send(self, message: Message) -> None:
        if self._state is not _State.CLOSED:
            self._actions.append(Send(message.to_json()))
