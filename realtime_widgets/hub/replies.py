"""Replies of users: whether they are stored, decided in the order of the log (protocol 13, 14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.hub.inbox import store_in_inbox
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.event_base import EventBase
from realtime_widgets.protocol.filled_form import check_filled
from realtime_widgets.protocol.ids import check_sprint_id
from realtime_widgets.protocol.inbox_events import Control, UserMessage
from realtime_widgets.protocol.question_events import POSTED_EVENTS, Answer
from realtime_widgets.protocol.questions import Questions
from realtime_widgets.protocol.validation import check_event

if TYPE_CHECKING:
    from pydantic import JsonValue

    from realtime_widgets.hub.channels import Channels
    from realtime_widgets.hub.server_events import ServerEvents
    from realtime_widgets.protocol.questions import Answered, OpenQuestion
    from realtime_widgets.protocol.run_state import RunState

__all__ = ["Replies"]


class Replies:
    """Stores replies.

    Args:
        channels: The channels.
        server_events: Stores the events, one after the other.
    """

    def __init__(self, channels: Channels, server_events: ServerEvents) -> None:
        self._channels = channels
        self._server_events = server_events

    async def store(self, sprint_id: str, fields: JsonValue, user: str | None) -> int:
        """Store a reply of a user, if it is valid and comes first.

        Args:
            sprint_id: The run.
            fields: The event.
            user: The user, as the server knows them.

        Returns:
            The seq of its event.

        Raises:
            InvalidSprintIdError: The id breaks protocol 1.1.
            InvalidEventError: It breaks a rule of protocol 13, or another answer was first.
            StoreError: It was not stored.
        """
        reply = _read(fields)
        channel = await self._channels.open(check_sprint_id(sprint_id))
        if isinstance(reply, Control | UserMessage):
            return await store_in_inbox(channel, self._server_events, reply, user)
        if (known := _same_answer(channel.state, reply)) is not None:
            return known.seq
        _check(channel.state, reply)

        def is_open() -> bool:
            return _questions(channel.state).find(reply.id) is not None

        seq = await self._server_events.broadcast(
            sprint_id, reply.model_dump(exclude_none=True), user=user, is_current=is_open
        )
        first = _questions(channel.state).answer_to(reply.id)
        if seq is None or (first is not None and first.seq != seq):
            raise _not_open(channel.state, reply.id)
        return seq


def _read(fields: JsonValue) -> Answer | Control | UserMessage:
    """Return a reply, with the fields that a client sets."""
    event, _ = check_event(fields, is_of_hub=True)
    if not isinstance(event, Answer | Control | UserMessage):
        words = ", ".join(f"`{one}`" for one in sorted(POSTED_EVENTS))
        raise InvalidEventError(ErrorCode.BAD_FIELD, f"is none of {words}", field="type")
    own = type(event).model_fields.keys() - EventBase.model_fields.keys() | {"type"}
    return type(event)(**{name: getattr(event, name) for name in own})


def _questions(state: RunState) -> Questions:
    return state.questions or Questions()


def _same_answer(state: RunState, answer: Answer) -> Answered | None:
    """Return the stored answer that the client sends again; None where there is none.

    Its user is not compared: a server may give another name to each request with its token.
    """
    known = _questions(state).answer_to(answer.id)
    if known is None or answer.request is None:
        return None
    return known if (known.request, known.value) == (answer.request, answer.value) else None


def _check(state: RunState, answer: Answer) -> None:
    question = _questions(state).find(answer.id)
    if question is None:
        raise _not_open(state, answer.id)
    if state.status == "lost":
        reason = "the run is lost: no publisher waits for the answer"
        raise InvalidEventError(ErrorCode.NOT_OPEN, reason, field="id")
    _check_value(question, answer.value)


def _check_value(question: OpenQuestion, value: JsonValue) -> None:
    if question.form is not None:
        check_filled(question.form, value)
    elif not isinstance(value, str):
        raise InvalidEventError(ErrorCode.BAD_FIELD, "is not a text", field="value")
    elif question.choices is not None and value not in question.choices:
        words = ", ".join(map(repr, question.choices))
        raise InvalidEventError(ErrorCode.BAD_FIELD, f"is none of {words[:1000]}", field="value")


def _not_open(state: RunState, question_id: str) -> InvalidEventError:
    first = _questions(state).answer_to(question_id)
    if first is None:
        reason = "no such question is open"
        return InvalidEventError(ErrorCode.NOT_OPEN, reason, field="id")
    by = f" by {first.user}" if first.user else ""
    reason = f"the question was answered{by} at {first.timestamp}, with event {first.seq}"
    return InvalidEventError(ErrorCode.ALREADY_ANSWERED, reason, field="id")
