"""The questions of a run, as its state has them (protocol 13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, JsonValue

from realtime_widgets.protocol.question_events import Answer, Question, QuestionClosed, Taken
from realtime_widgets.protocol.state_part import StatePart

if TYPE_CHECKING:
    from realtime_widgets.protocol.members import Members

__all__ = ["MAX_ANSWERED", "MAX_OPEN", "Answered", "OpenQuestion", "Questions"]

MAX_OPEN = 20
"""Most open questions of a run; one more is not opened."""

MAX_ANSWERED = 20
"""Answers that a state keeps, the newest."""


class OpenQuestion(StatePart):
    """A question that waits for an answer."""

    id: str
    seq: int
    """Number of its event."""

    timestamp: str
    """When it was stored."""

    message: str
    details: str | None = None
    choices: list[str] | None = None
    form: dict[str, JsonValue] | None = None
    default: JsonValue | None = None
    expires: float | None = None
    attempt: str | None = None
    agent: str | None = None


class Answered(StatePart):
    """The answer that a question got."""

    id: str
    """The question."""

    seq: int
    """Number of the answer's event."""

    timestamp: str
    user: str | None = None
    """The user, as the server knows them."""

    value: JsonValue | None = None
    request: str | None = None
    is_taken: bool = False
    """Whether the publisher of the question has got it."""

    def as_event(self, sprint_id: str) -> Answer:
        """Return the answer as it is delivered (protocol 13.4)."""
        fields = self.model_dump(exclude={"is_taken"})
        return Answer(type="answer", sprint_id=sprint_id, **fields)


class Questions(StatePart):
    """The open questions of the newest attempt, and the newest answers."""

    open: list[OpenQuestion] = Field(default=[])
    """The newest last; at most `MAX_OPEN`."""

    answered: list[Answered] = Field(default=[])
    """The newest last; at most `MAX_ANSWERED`."""

    def find(self, question_id: str) -> OpenQuestion | None:
        """Return the open question of this id."""
        return next((one for one in self.open if one.id == question_id), None)

    def answer_to(self, question_id: str) -> Answered | None:
        """Return the answer that was given to a question, as far as it is kept."""
        return next((one for one in self.answered if one.id == question_id), None)

    def is_known(self, question_id: str) -> bool:
        """Whether a question is open or was answered."""
        return self.find(question_id) is not None or self.answer_to(question_id) is not None

    @property
    def message(self) -> str | None:
        """The newest open question; None where none is open."""
        return self.open[-1].message if self.open else None

    def apply(
        self,
        event: Question | QuestionClosed | Answer | Taken,
        seq: int,
        timestamp: str,
        user: str | None,
    ) -> None:
        """Apply an event."""
        match event:
            case Question():
                self._ask(event, seq, timestamp)
            case QuestionClosed() | Answer():
                self._close(event, seq, timestamp, user)
            case Taken():
                for one in self.answered:
                    one.is_taken = one.is_taken or one.seq in event.seqs

    def _ask(self, event: Question, seq: int, timestamp: str) -> None:
        if self.is_known(event.id) or len(self.open) >= MAX_OPEN:
            return
        fields = {name: getattr(event, name) for name in _SHOWN}
        self.open = [*self.open, OpenQuestion(seq=seq, timestamp=timestamp, **fields)]

    def _close(
        self, event: QuestionClosed | Answer, seq: int, timestamp: str, user: str | None
    ) -> None:
        if self.find(event.id) is None:
            return  # an earlier answer in the log counts
        self.open = [one for one in self.open if one.id != event.id]
        if isinstance(event, QuestionClosed) and event.outcome != "answered":
            return
        answered = Answered(
            id=event.id,
            seq=seq,
            timestamp=timestamp,
            user=user,
            value=event.value,
            request=None if isinstance(event, QuestionClosed) else event.request,
            is_taken=isinstance(event, QuestionClosed),
        )
        self.answered = [*self.answered, answered][-MAX_ANSWERED:]

    def close_of(self, agent: str) -> None:
        """Close the questions of an agent, whose next run has begun or ended."""
        self.open = [one for one in self.open if one.agent != agent]

    def close_of_agents(self) -> None:
        """Close the questions of all agents."""
        self.open = [one for one in self.open if one.agent is None]

    @property
    def agents(self) -> set[str | None]:
        """The agents that wait for answers."""
        return {one.agent for one in self.open}

    def keep_of(self, members: Members) -> None:
        """Close the questions of members that have ended."""
        left = {member.id for member in members.left}
        self.open = [one for one in self.open if one.attempt is None or one.attempt in left]

    def close_all(self) -> None:
        """Close all questions: the attempt has ended."""
        self.open = []


_SHOWN = ("id", "message", "details", "choices", "form", "default", "expires", "attempt", "agent")
