"""The server's side of `realtime-widgets.v1`: decides, and does nothing itself.

Theory of operation. A session is fed with messages and time (`receive`, `tick`) and with results
(`opened`, `stored`, `hole`, ...), and is drained of actions, in order (`to_do`).

    AWAITING_HELLO --hello--> OPENING --opened()--> OPEN --> CLOSED
          |  (Open action)                           |
          +------------- any violation --------------+----> CLOSED (Close action)

In OPENING the hub reads from the log; the transport feeds nothing meanwhile, because each `receive`
is carried out before the next message is read. After CLOSED everything is ignored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import CloseCode, ErrorCode
from realtime_widgets.protocol.message_text import parse_client_message
from realtime_widgets.protocol.messages import (
    PROTOCOL_VERSION,
    Ack,
    ClientLimits,
    Deliver,
    Direct,
    Gap,
    Hello,
    Nack,
    Ping,
    Pong,
    Presence,
    Publish,
    Reset,
    State,
    Trouble,
    Welcome,
)
from realtime_widgets.protocol.sessions.base import BaseSession, SessionState
from realtime_widgets.protocol.sessions.session import Open, Store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from realtime_widgets.protocol.events import Event
    from realtime_widgets.protocol.limits import Limits
    from realtime_widgets.protocol.messages import GapReason
    from realtime_widgets.protocol.position import Bounds, Resume
    from realtime_widgets.protocol.run_state import RunState
    from realtime_widgets.protocol.sessions.session import Frame

__all__ = ["ServerSession"]


class ServerSession(BaseSession):
    """One connection of a client of the subprotocol `realtime-widgets.v1`.

    Args:
        sprint_id: The sprint in the URL.
        may_publish: Whether the user may write to it.
        limits: The server's limits.
        now: Monotonic seconds.
    """

    since = 0
    """Where a client that resumes nothing starts; only the plain mode has another answer."""

    def __init__(self, sprint_id: str, *, may_publish: bool, limits: Limits, now: float) -> None:
        super().__init__(limits=limits, now=now)
        self.sprint_id = sprint_id
        self.publisher_id: str | None = None
        self.window = limits.window
        self.may_publish = may_publish

    # Feeding.

    def receive(self, text: str, *, now: float) -> None:
        message = self._read(text, now, parse_client_message)
        match message:
            case None:
                pass
            case Hello():
                self._receive_hello(message)
            case _ if self._state is not SessionState.OPEN:
                self.close(CloseCode.BAD_MESSAGE)
            case Publish():
                self._receive_publish(message, now)
            case Ping():
                self._send(Pong())
            case Pong():
                pass
            case _:
                assert_never(message)

    # Results, and what viewers are sent.

    def opened(  # noqa: PLR0913 - all of them by name
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
        self._enter_open()
        self._send(
            Welcome(
                session=session,
                sprint_id=self.sprint_id,
                epoch=bounds.epoch,
                first=bounds.first,
                head=bounds.head,
                entry=bounds.batch_id,
                recovered=resume.recovered if resume else None,
                may_publish=self.may_publish,
                last_n=last_publisher_seq,
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

    def events(self, frame: Frame) -> Sequence[bytes]:
        return (frame.message,)

    def watching(self, message: bytes) -> Sequence[bytes]:
        return (message,)

    def presence(self, disconnected_at: float | None) -> Sequence[bytes]:
        return (Presence(disconnected_at=disconnected_at).to_json().encode(),)

    def gap(self, first: int, last: int, reason: GapReason = "trimmed") -> None:
        self._send(Gap(from_=first, to=last, reason=reason))

    def storage_status(self, status: Trouble) -> None:
        if self._state is SessionState.OPEN:
            self._send(status)

    def state(self, state: RunState) -> None:
        self._send(State(state=state))

    def direct(self, event: Event) -> None:
        self._send(Direct(event=event))

    def deliver(self, event: Event, member: str | None = None) -> None:
        self._send(Deliver(event=event, member=member))

    def stored(self, *, up_to: int, seq: int, epoch: str, duplicate: bool = False) -> None:
        self._send(Ack(up_to=up_to, seq=seq, epoch=epoch, duplicate=duplicate))

    def refused(self, publisher_seq: int, error: InvalidEventError) -> None:
        self._send(
            Nack(
                n=publisher_seq,
                code=error.code,
                message=error.reason,
                field=error.field,
                retry=False,
            )
        )

    def hole(self, publisher_seq: int, *, expect: int) -> None:
        reason = f"publisher seq {publisher_seq} arrived where {expect} was expected"
        self._send(
            Nack(n=publisher_seq, code=ErrorCode.HOLE, message=reason, retry=True, expect=expect)
        )

    def later(self, publisher_seq: int, code: ErrorCode, reason: str) -> None:
        self._send(Nack(n=publisher_seq, code=code, message=reason, retry=True))

    def unusable(self, error: InvalidEventError, *, now: float) -> None:
        self._refuse(error, now)

    def _receive_hello(self, hello: Hello) -> None:
        if self._state is not SessionState.AWAITING_HELLO or hello.sprint_id != self.sprint_id:
            self.close(CloseCode.BAD_MESSAGE)
        elif hello.v != PROTOCOL_VERSION:
            self.close(CloseCode.PROTOCOL_VERSION)
        elif hello.watch is None and hello.publish is None:
            self.close(CloseCode.BAD_MESSAGE)
        elif hello.publish is not None and not self.may_publish:
            self.close(CloseCode.FORBIDDEN)
        else:
            self._state = SessionState.OPENING
            self.publisher_id = hello.publish.publisher_id if hello.publish else None
            self._actions.append(Open(hello))

    def _receive_publish(self, publish: Publish, now: float) -> None:
        if self.publisher_id is None:
            reason = "`hello` had no `publish`"
            self._refuse(InvalidEventError(ErrorCode.NOT_PUBLISHING, reason), now)
        else:
            self._actions.append(Store(publish))
