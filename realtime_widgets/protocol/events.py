"""The events of a sprint (protocol 4): what each type of event is.

`KnownEvent` is the one list of the types; unions, tables and the schema are made from it. How a
batch of events is checked is in `validation`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, final, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    JsonValue,
    ValidationError,
    field_validator,
)

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.details.event import Details
from realtime_widgets.protocol.event_base import EventBase, Number
from realtime_widgets.protocol.inbox_events import Control, InboxOpened, UserMessage
from realtime_widgets.protocol.json_limits import MAX_INTEGER, check_json
from realtime_widgets.protocol.metrics.event import Metrics
from realtime_widgets.protocol.outputs.blob import BlobUpload
from realtime_widgets.protocol.outputs.event import Output
from realtime_widgets.protocol.question_events import Answer, Question, QuestionClosed, Taken

__all__ = [
    "CAUSE_WORDS",
    "EVENT_MODELS",
    "FINAL_STATUSES",
    "HELD_STATUSES",
    "HUB_FIELDS",
    "MAX_PARENTS",
    "MAX_PATH",
    "MAX_SOURCE",
    "OVER_STATUSES",
    "SERVER_FIELDS",
    "AgentMessage",
    "AnyEvent",
    "BlobUpload",
    "BuildProgress",
    "Details",
    "Dropped",
    "Event",
    "KnownEvent",
    "Level",
    "Log",
    "LostCause",
    "Metrics",
    "Number",
    "Output",
    "Source",
    "Status",
    "StatusUpdate",
    "Stream",
    "TaskName",
    "TaskStatus",
    "Text",
    "UnknownEvent",
    "type_name",
    "validate_event",
]

Status = Literal["pending", "running", "needs_input", "succeeded", "failed", "cancelled", "lost"]
"""The status of a run. `lost` is set by the hub, without a heartbeat from any publisher."""

HELD_STATUSES: frozenset[str] = frozenset({"running", "needs_input"})
"""Statuses that need a connected publisher (protocol 6.4)."""

FINAL_STATUSES: frozenset[str] = frozenset({"succeeded", "failed", "cancelled"})
"""Statuses of a run that has ended, until it is started again."""

OVER_STATUSES = FINAL_STATUSES | {"lost"}
"""Statuses of a run of which no publisher is known to be at work."""

LostCause = Literal["kernel_died", "kernel_restarted", "kernel_shut_down"]
"""Why a publisher is lost, where the server knows what became of its process."""

CAUSE_WORDS: dict[LostCause, str] = {
    "kernel_died": "kernel died",
    "kernel_restarted": "kernel restarted",
    "kernel_shut_down": "kernel shut down",
}

Level = Literal["debug", "info", "warning", "error", "critical"]
"""The levels of `logging`, in lower case."""

Stream = Literal["stdout", "stderr"]
"""The output streams of a program."""

TaskStatus = Literal["running", "succeeded", "failed", "stopped"]
"""What a task is doing. `stopped`: it was left before its end, and nothing is wrong with it."""

MAX_PARENTS = 8
"""How many tasks a task may lie in."""

MAX_PATH = 512
"""How many characters the names of those tasks may have together."""

SERVER_FIELDS = frozenset({"sprint_id", "seq", "timestamp", "user"})
"""Set by the server; these fields of a publisher's event are dropped."""

HUB_FIELDS = ("joins", "last_seen", "cause", "back")
"""Fields of a status that only the hub may set; an event of a publisher with one is refused."""

_NUMBERS = {"constrained-int", "constrained-float"}
Text = Annotated[str, Field(max_length=65_536)]
MAX_SOURCE = 256
"""Most characters of the source of a log line."""

Source = Annotated[str, Field(max_length=MAX_SOURCE)]
TaskName = Annotated[str, Field(min_length=1, max_length=256)]


class StatusUpdate(EventBase):
    """The run's status changed."""

    type: Literal["status_update"]
    status: Status
    message: str | None = Field(default=None, max_length=4096)
    """Why, in words."""

    attempt: str | None = Field(default=None, min_length=1, max_length=32)
    """The random id of the member of the attempt that it is about, None for the run as a whole."""

    joins: str | None = Field(default=None, min_length=1, max_length=32)
    """With `running`, set by the hub: a member of the attempt that it takes part in."""

    last_seen: float | None = Field(default=None, ge=0, le=MAX_INTEGER)
    """With `lost`: when a publisher was last seen, in seconds since 1970 by the server's clock."""

    cause: LostCause | None = None
    """With `lost`: why, where it is known; it happened at `last_seen`."""

    notebook: str | None = Field(default=None, max_length=1024)
    """With `running`: the notebook that it is published from, as a path below the server's root."""

    program: str | None = Field(default=None, max_length=256)
    """With `running`: the name of the script that it is published from."""

    back: bool | None = None
    """True where the hub gives a lost member its status back: counts only while it is lost."""


@final
class Log(EventBase):
    """One log line; it may hold line breaks and ANSI colours."""

    type: Literal["log"]
    message: Text
    level: Level = "info"
    source: Source | None = None
    """Where it comes from: a logger, a file, a command."""

    stream: Stream | None = None
    """Of a program's output: which stream it was written to."""


def _check_path(names: list[str]) -> list[str]:
    if (length := sum(map(len, names))) > MAX_PATH:
        raise InvalidEventError(
            ErrorCode.BAD_FIELD,
            f"the names in `parents` have {length:,} characters together, the limit is {MAX_PATH}",
            field="parents",
        )
    return names


class BuildProgress(EventBase):
    """How far one task of the run is."""

    type: Literal["build_progress"]
    task: TaskName
    """The task's name; with the names of its parents it is the task's identity (protocol 4.3)."""

    parents: (
        Annotated[list[TaskName], Field(max_length=MAX_PARENTS), AfterValidator(_check_path)] | None
    ) = None
    """The tasks that this one is a part of, the outermost first."""

    step: Annotated[str, Field(max_length=64)] | None = None
    """The id of the step or tool call that the task is a part of (protocol 4.5)."""

    parent: Source | None = None
    """The newest task of this name stands before `parents`."""

    current: Number
    total: Number | None = None
    """None when it is not known."""

    unit: str | None = Field(default=None, max_length=32)
    state: TaskStatus = "running"


def _check_agui(event: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if not isinstance(event.get("type"), str):
        raise InvalidEventError(
            ErrorCode.BAD_FIELD, "an AG-UI event has a string `type`", field="event.type"
        )
    check_json({"event": event})  # with the level that it lies on
    return event


class AgentMessage(EventBase):
    """An AG-UI event of an agent, verbatim."""

    type: Literal["agent_message"]
    agent: str = Field(min_length=1, max_length=256)
    event: Annotated[dict[str, JsonValue], AfterValidator(_check_agui)]


class Dropped(EventBase):
    """Events that were lost before they were stored, so that no loss is silent."""

    type: Literal["dropped"]
    count: int = Field(ge=1, le=MAX_INTEGER)
    reason: Literal["buffer_full", "refused"]
    message: str | None = Field(default=None, max_length=4096)
    """What was lost, in words."""


class UnknownEvent(EventBase):
    """An event of a type that this version does not know: kept and shown, never refused."""

    type: str = Field(min_length=1, max_length=64)

    @field_validator("type")
    @classmethod
    def _is_unknown(cls, value: str) -> str:
        if value in EVENT_MODELS:
            msg = "the event does not have the shape of its type"
            raise ValueError(msg)
        return value


KnownEvent = (
    StatusUpdate
    | Log
    | BuildProgress
    | AgentMessage
    | Dropped
    | Question
    | QuestionClosed
    | Answer
    | Taken
    | Control
    | UserMessage
    | InboxOpened
    | Metrics
    | Output
    | BlobUpload
    | Details
)
"""An event of a type that this version knows: the one list of them."""

Event = KnownEvent | UnknownEvent

AnyEvent = Annotated[
    Annotated[KnownEvent, Field(discriminator="type")] | UnknownEvent,
    Field(union_mode="left_to_right"),
]
"""`Event` as a field: by `type`, and `UnknownEvent` if no known type fits."""


def type_name(model: type[BaseModel]) -> str:
    """Return the `type` of the events or messages of a model."""
    (name,) = get_args(model.model_fields["type"].annotation)
    return str(name)


EVENT_MODELS: dict[str, type[KnownEvent]] = {
    type_name(model): model for model in get_args(KnownEvent)
}
"""The models of known events by their `type`."""


def validate_event(fields: dict[str, Any]) -> Event:
    """Make the event that these fields describe.

    Raises:
        InvalidEventError: A field is missing, unknown in its value, or too long; it names which.
    """
    kind = fields.get("type")
    model = EVENT_MODELS.get(kind, UnknownEvent) if isinstance(kind, str) else UnknownEvent
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        detail, *others = error.errors(include_url=False, include_input=False)
    if detail["loc"][-1:] == ("constrained-int",):
        detail = others[0]  # what is wrong with it as a number
    cause = detail.get("ctx", {}).get("error")
    if isinstance(cause, InvalidEventError):
        raise cause
    # Which member of the union `Number` was tried is no part of the field's name.
    field = ".".join(str(part) for part in detail["loc"] if part not in _NUMBERS)
    raise InvalidEventError(ErrorCode.BAD_FIELD, detail["msg"], field=field or None)
