"""The events of questions to users and their answers (protocol 13)."""

from __future__ import annotations

from typing import Annotated, Literal, final

from pydantic import AfterValidator, Field, JsonValue
from pydantic_core import to_json

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.event_base import EventBase, Seconds
from realtime_widgets.protocol.forms import check_form

__all__ = [
    "MAX_ANSWER_BYTES",
    "MAX_CHOICE",
    "MAX_CHOICES",
    "MAX_DETAILS",
    "MAX_QUESTION",
    "MAX_QUESTION_ID",
    "POSTED_EVENTS",
    "Answer",
    "Question",
    "QuestionClosed",
    "Taken",
]

MAX_QUESTION = 4_096
"""Most characters of a question."""

MAX_DETAILS = 8_192
"""Most characters of what is shown below a question."""

MAX_QUESTION_ID = 64
"""Most characters of the id of a question."""

MAX_CHOICES = 20
"""Most choices of a question."""

MAX_CHOICE = 256
"""Most characters of a choice."""

MAX_ANSWER_BYTES = 8_192
"""Most bytes of an answer or a default, as JSON."""

POSTED_EVENTS = frozenset({"answer", "control", "user_message"})
"""Types of events that users post to the server (protocol 13.3 and 14), and no publisher sends."""


def _check_size(value: JsonValue) -> JsonValue:
    size = len(to_json(value))
    if size > MAX_ANSWER_BYTES:
        reason = f"is {size:,} bytes of JSON, {MAX_ANSWER_BYTES:,} are allowed"
        raise InvalidEventError(ErrorCode.TOO_LARGE, reason, field="value")
    return value


QuestionId = Annotated[str, Field(min_length=1, max_length=MAX_QUESTION_ID)]
AnswerValue = Annotated[JsonValue, AfterValidator(_check_size)]
Choice = Annotated[str, Field(min_length=1, max_length=MAX_CHOICE)]


@final
class Question(EventBase):
    """The run waits for an answer of a user."""

    type: Literal["question"]
    id: QuestionId
    """Random, and the question's identity within the run."""

    message: str = Field(min_length=1, max_length=MAX_QUESTION)
    details: str | None = Field(default=None, max_length=MAX_DETAILS)
    """What is shown below it, such as the change to be approved."""

    choices: Annotated[list[Choice], Field(min_length=1, max_length=MAX_CHOICES)] | None = None
    """The possible answers; an answer is one of them."""

    form: Annotated[dict[str, JsonValue], AfterValidator(check_form)] | None = None
    """A JSON schema of an object (protocol 13.2); an answer is such an object. A question without
    choices and form is answered by a text."""

    default: AnswerValue | None = None
    """What the run continues with where no answer comes; shown as such."""

    expires: Seconds | None = None
    """Until when the run waits, in seconds since 1970 by the publisher's clock."""

    attempt: str | None = Field(default=None, min_length=1, max_length=32)
    """The id of the member that waits (protocol 4.2)."""

    agent: str | None = Field(default=None, max_length=256)
    """The agent that waits, whose run has ended with an interrupt of this id."""


@final
class QuestionClosed(EventBase):
    """A question is not open any more."""

    type: Literal["question_closed"]
    id: QuestionId
    outcome: Literal["default", "expired", "cancelled", "refused", "answered"]
    """`refused` is the hub's: too many questions were open. `answered`: in the publisher's own
    terminal; any other one is without an answer."""

    value: AnswerValue | None = None
    """The answer, where it was answered."""


@final
class Answer(EventBase):
    """A user has answered a question; published by the hub only."""

    type: Literal["answer"]
    id: QuestionId
    """The question."""

    value: AnswerValue
    """One of its choices, an object for its form, or a text."""

    request: str | None = Field(default=None, min_length=1, max_length=64)
    """A random name that the client gave to the answer, so that it may send it again."""


@final
class Taken(EventBase):
    """A publisher has got what users sent to it: it is not delivered again."""

    type: Literal["taken"]
    seqs: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1, max_length=50)]
    """The numbers of these events."""

    attempt: str | None = Field(default=None, min_length=1, max_length=32)
    """Of messages: the id of the member that has taken them; null for all that read."""
