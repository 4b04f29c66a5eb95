"""The events by which users stop a run and send messages to its program (protocol 14)."""

from __future__ import annotations

from typing import Annotated, Literal, final

from pydantic import AfterValidator, Field

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.event_base import EventBase
from realtime_widgets.protocol.json_limits import MAX_INTEGER

__all__ = ["MAX_MESSAGE_BYTES", "Control", "InboxOpened", "UserMessage"]

MAX_MESSAGE_BYTES = 8_192
"""Most bytes of a message of a user, as UTF-8."""


def _check_text(text: str) -> str:
    size = len(text.encode(errors="replace"))
    if size > MAX_MESSAGE_BYTES:
        reason = f"is {size:,} bytes, {MAX_MESSAGE_BYTES:,} are allowed"
        raise InvalidEventError(ErrorCode.TOO_LARGE, reason, field="text")
    if not text.strip():
        raise InvalidEventError(ErrorCode.BAD_FIELD, "is blank", field="text")
    return text


AttemptNumber = Annotated[int, Field(ge=1, le=MAX_INTEGER)]
RequestName = Annotated[str, Field(min_length=1, max_length=64)]


@final
class Control(EventBase):
    """A user stops an attempt of the run; published by the hub only."""

    type: Literal["control"]
    action: Literal["stop"]
    attempt: AttemptNumber
    """The number of the attempt."""

    request: RequestName | None = None
    """A random name that the client gave to it, so that it may send it again."""


@final
class UserMessage(EventBase):
    """A user sends a text to the program of the run; published by the hub only."""

    type: Literal["user_message"]
    text: Annotated[str, AfterValidator(_check_text)]
    attempt: AttemptNumber
    """The number of the attempt."""

    request: RequestName | None = None
    """As of `Control`."""


@final
class InboxOpened(EventBase):
    """The program of the run reads messages of users from now on."""

    type: Literal["inbox"]
    attempt: str | None = Field(default=None, min_length=1, max_length=32)
    """The id of the member that reads them (protocol 4.2)."""
