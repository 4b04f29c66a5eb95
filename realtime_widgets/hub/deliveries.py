"""Replies of users, delivered to the publishers of their run (protocol 13.4 and 14.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from realtime_widgets.protocol.inbox_events import Control, UserMessage
from realtime_widgets.protocol.question_events import Question, QuestionClosed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from realtime_widgets.hub.leases import Leases
    from realtime_widgets.protocol.events import Event
    from realtime_widgets.protocol.inbox import Inbox
    from realtime_widgets.protocol.run_state import RunState
    from realtime_widgets.protocol.sessions.session import Session

__all__ = ["Deliveries", "Receiver"]


class Receiver(Protocol):
    """A connection of a publisher that holds a lease or has published a question."""

    session: Session

    def deliver(self, event: Event, member: str | None = None) -> None:
        """Send it an event, for its member where it is of protocol 14."""


@dataclass(slots=True)
class _Sent:
    """What a connection was sent of the inbox: nothing twice on one connection."""

    member: str | None = None
    stop: int = 0
    """Seq of the stop."""
    message: int = 0
    """Seq of the newest message."""


class Deliveries:
    """Delivers replies to the publishers of one run.

    Args:
        name: The run.
        leases: Which connection holds the lease of which member.
    """

    def __init__(self, name: str, leases: Leases) -> None:
        self._name = name
        self._leases = leases
        self._receivers: dict[Receiver, _Sent] = {}

    def add(self, receiver: Receiver, state: RunState) -> None:
        """Deliver to a connection from now on, and what is not taken. Safe to call twice."""
        if receiver in self._receivers:
            return
        self._receivers[receiver] = _Sent()
        self._send_answers(receiver, state, after=0)
        self._send_inbox(receiver, state)

    def discard(self, receiver: Receiver) -> None:
        """Deliver nothing to a connection any more."""
        self._receivers.pop(receiver, None)

    def after_batch(self, first: int, events: Sequence[Event], state: RunState) -> None:
        """Deliver what a batch has for the receivers, as it is in the state now."""
        if not self._receivers or (state.questions is None and state.inbox is None):
            return
        refused = _refused(events, state)
        for receiver in tuple(self._receivers):
            for event in refused:
                receiver.deliver(event)
            self._send_answers(receiver, state, after=first - 1)
            self._send_inbox(receiver, state)

    def _send_answers(self, receiver: Receiver, state: RunState, *, after: int) -> None:
        for answered in state.questions.answered if state.questions else ():
            if not answered.is_taken and answered.seq > after:
                receiver.deliver(answered.as_event(self._name))

    def _send_inbox(self, receiver: Receiver, state: RunState) -> None:
        inbox, session = state.inbox, receiver.session
        if inbox is None or state.ended is not None or not self._leases.is_holder(session):
            return
        member = self._leases.member_of(session)
        if state.members.find(member) is None:
            return  # its status is not stored yet, or it has ended
        sent = self._receivers[receiver]
        if sent.member != member:
            sent = self._receivers[receiver] = _Sent(member)
        for event in self._not_sent(inbox, sent, state.attempt):
            receiver.deliver(event, member)

    def _not_sent(self, inbox: Inbox, sent: _Sent, attempt: int) -> list[Event]:
        events: list[Event] = []
        if inbox.stop is not None and inbox.stop.seq > sent.stop:
            sent.stop = inbox.stop.seq
            fields = inbox.stop.model_dump(exclude={"is_taken"})
            events.append(
                Control(
                    type="control",
                    action="stop",
                    attempt=attempt,
                    sprint_id=self._name,
                    **fields,
                )
            )
        if sent.member in inbox.readers:
            waiting = [
                one
                for one in inbox.waiting
                if one.seq > sent.message and sent.member not in one.taken_by
            ]
            events += [
                UserMessage(
                    type="user_message",
                    attempt=attempt,
                    sprint_id=self._name,
                    **one.model_dump(exclude={"taken_by"}),
                )
                for one in waiting
            ]
            sent.message = max([sent.message, *(one.seq for one in waiting)])
        return events


def _refused(events: Sequence[Event], state: RunState) -> list[QuestionClosed]:
    """Return that questions were not opened, because too many are open."""
    questions = state.questions
    closed = {event.id for event in events if isinstance(event, QuestionClosed)}
    return [
        QuestionClosed(type="question_closed", id=event.id, outcome="refused")
        for event in events
        if isinstance(event, Question)
        and questions
        and event.id not in closed
        and not questions.is_known(event.id)
    ]
