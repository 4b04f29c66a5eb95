"""The events of a sprint (protocol 4) and how a batch of them is checked.

A batch that is in order is validated once and its bytes are kept as they came. A batch with
something to take out is written anew: fields that the server sets, a refused event, and bytes
without a meaning (a duplicate key, a flood of spaces), in which anything could pass the bounds.
Most events are log lines, so they are checked by a smaller model, and only their level is kept.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired, cast, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    FailFast,
    Field,
    JsonValue,
    TypeAdapter,
    ValidationError,
    field_validator,
)
from pydantic_core import from_json, to_json
from typing_extensions import TypedDict

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.json_limits import MAX_INTEGER, MAX_VALUES, check_json
from realtime_widgets.protocol.json_parts import has_many_values, has_too_many_values, parts
from realtime_widgets.protocol.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = [
    "CAUSE_WORDS",
    "FINAL_STATUSES",
    "HELD_STATUSES",
    "HUB_FIELDS",
    "MAX_PARENTS",
    "MAX_PATH",
    "SERVER_FIELDS",
    "AgentMessage",
    "AnyEvent",
    "BuildProgress",
    "Dropped",
    "Event",
    "EventBase",
    "Level",
    "Log",
    "LostCause",
    "Refusal",
    "Status",
    "StatusUpdate",
    "Stream",
    "TaskName",
    "TaskStatus",
    "UnknownEvent",
    "ValidBatch",
    "check_event",
    "mark_joining",
    "read_stored",
    "reduced_to_state",
    "validate_batch",
    "validate_event",
]

Status = Literal["pending", "running", "needs_input", "succeeded", "failed", "cancelled", "lost"]
"""The status of a run. `lost` is set by the hub, without a heartbeat from any publisher."""

HELD_STATUSES: frozenset[str] = frozenset({"running", "needs_input"})
"""Statuses that need a connected publisher (protocol 6.4)."""

FINAL_STATUSES: frozenset[str] = frozenset({"succeeded", "failed", "cancelled"})
"""Statuses of a run that has ended, until it is started again."""

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

_Seconds = Annotated[float, Field(ge=-MAX_INTEGER, le=MAX_INTEGER, allow_inf_nan=False)]
# Bounds on the union would be checked in Python. An error has the message of the first member.
Number = _Seconds | Annotated[int, Field(ge=-MAX_INTEGER, le=MAX_INTEGER)]
_NUMBERS = {"constrained-int", "constrained-float"}
_Text = Annotated[str, Field(max_length=65_536)]
_Source = Annotated[str, Field(max_length=256)]
TaskName = Annotated[str, Field(min_length=1, max_length=256)]


class EventBase(BaseModel):
    """What every event has."""

    # Strict, because the bytes are kept as they came: "5" for 5 would reach every viewer.
    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False, strict=True)

    type: str

    time: _Seconds | None = None
    """When the event was made, in seconds since 1970 by the publisher's clock."""

    sprint_id: str | None = None
    """The run. Set by the server, like the next three."""

    seq: int | None = None
    """The event's number in its log: 1, 2, 3 ... without a hole."""

    timestamp: str | None = None
    """When the event was stored: ISO 8601, UTC, milliseconds."""

    user: str | None = None
    """Who published it, as the server knows them."""


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


class Log(EventBase):
    """One log line; it may hold line breaks and ANSI colours."""

    type: Literal["log"]
    message: _Text
    level: Level = "info"
    source: _Source | None = None
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

    parent: _Source | None = None
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
        if value in _KNOWN:
            msg = "the event does not have the shape of its type"
            raise ValueError(msg)
        return value


KnownEvent = Annotated[
    StatusUpdate | Log | BuildProgress | AgentMessage | Dropped, Field(discriminator="type")
]
Event = StatusUpdate | Log | BuildProgress | AgentMessage | Dropped | UnknownEvent

_KNOWN: dict[str, type[StatusUpdate | Log | BuildProgress | AgentMessage | Dropped]] = {
    "status_update": StatusUpdate,
    "log": Log,
    "build_progress": BuildProgress,
    "agent_message": AgentMessage,
    "dropped": Dropped,
}

AnyEvent = Annotated[KnownEvent | UnknownEvent, Field(union_mode="left_to_right")]
"""`Event` as a field: by `type`, and `UnknownEvent` if no known type fits."""

_SET_BY_OTHERS = SERVER_FIELDS.union(HUB_FIELDS)
_STORED: TypeAdapter[list[Event]] = TypeAdapter(list[AnyEvent])
_LIMITS = Limits()


class _Line(TypedDict):
    """A `Log` as most are published: with no field that the server sets, and none of its own.

    Nor with a null, so that each of its values but the time is a text (`_is_plain`).
    """

    __pydantic_config__ = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)  # type: ignore[misc]  # as pydantic has it

    type: Literal["log"]
    message: _Text
    level: NotRequired[Level]
    source: NotRequired[_Source]
    stream: NotRequired[Stream]
    time: NotRequired[_Seconds]


_LineOrEvent = Annotated[
    Annotated[
        _Line | StatusUpdate | BuildProgress | AgentMessage | Dropped, Field(discriminator="type")
    ]
    | UnknownEvent,
    Field(union_mode="left_to_right"),
]

_BRIEF_LOGS: dict[Level, Log] = {
    level: Log(type="log", message="", level=level) for level in get_args(Level)
}
_BRIEF_MESSAGE = AgentMessage(type="agent_message", agent="a", event={"type": ""})


def reduced_to_state(events: Iterable[Event | _Line]) -> list[Event]:
    """Return what has the same effect on a state, in little memory.

    Of a line of the log only its level has one, and none of what is free-form.
    """
    return [
        _BRIEF_LOGS[event.get("level", "info")] if isinstance(event, dict) else _brief(event)
        for event in events
    ]


def _brief(event: Event) -> Event:
    if isinstance(event, Log):
        return _BRIEF_LOGS[event.level]
    if isinstance(event, AgentMessage):
        return _BRIEF_MESSAGE
    if event.model_extra:
        fields = type(event).model_fields
        return event.model_construct(**{name: getattr(event, name) for name in fields})
    return event


@functools.cache
def _batch_validator(most: int) -> Callable[[bytes], list[_Line | Event]]:
    # It stops at the first fault and at the first event too many, so that a hostile batch is cheap.
    batch = TypeAdapter(Annotated[list[_LineOrEvent], FailFast(), Field(max_length=most)])
    return batch.validator.validate_json


@dataclass(frozen=True, slots=True)
class Refusal:
    """One event of a batch that was refused."""

    index: int
    error: InvalidEventError


@dataclass(frozen=True, slots=True)
class ValidBatch:
    """A checked batch."""

    events: list[Event]
    """As far as the state of a run needs them, see `reduced_to_state`."""

    raw: bytes
    """Their JSON array as it is stored."""

    refused: list[Refusal]

    has_status: bool = False
    """Whether a `status_update` is among them, which few batches have."""


def validate_batch(raw: bytes | list[JsonValue], limits: Limits = _LIMITS) -> ValidBatch:
    """Check the events of a `publish` message: their JSON array, or what was parsed from it.

    An event that breaks a rule is replaced by a `dropped` event and reported in `refused`.

    Raises:
        InvalidEventError: It is not a JSON array of anything (`bad_json`, `bad_field`).
    """
    if isinstance(raw, list):
        return _validate_one_by_one(raw, limits)
    if has_many_values(raw):
        return _validate_one_by_one(_take_apart(raw, limits), limits)
    try:
        items = _batch_validator(limits.batch_events)(raw)
    except ValidationError:
        items = []
    kinds = {*map(type, items)}
    if items and len(raw) <= limits.event_bytes and _may_be_kept(raw, items, kinds):
        return ValidBatch(reduced_to_state(items), raw, [], has_status=StatusUpdate in kinds)
    return _validate_one_by_one(_parse_array(raw), limits)


def _may_be_kept(raw: bytes, items: list[_Line | Event], kinds: set[type]) -> bool:
    """Whether these bytes have only what was validated and a publisher may set.

    Of two equal keys the models see the last, and the other could hold anything.
    """
    if kinds == {dict}:
        return _is_plain(raw, cast("list[_Line]", items))
    if any(not isinstance(item, dict) and item.model_extra for item in items):
        return False
    if any(isinstance(item, StatusUpdate) and item.status == "lost" for item in items):
        return False
    fields = from_json(raw)
    return all(map(_SET_BY_OTHERS.isdisjoint, fields)) and to_json(fields) == raw


def _is_plain(raw: bytes, lines: list[_Line]) -> bool:
    """Tell whether these lines account for all quotes of their bytes, and for most characters.

    A tenth of the cost of writing them anew. Each key and each text has two quotes, and what is
    between two is one character, or an escape of at most six for one.
    """
    message = "".join([line["message"] for line in lines])
    keys = numbers = 0
    for line in lines:
        keys += len(line)
        numbers += "time" in line
    escapes = len(raw) - len(raw.replace(b"\\", b""))
    quotes = 2 * (2 * keys - numbers)
    if escapes and (in_message := message.count('"')):
        # From the end, because that looks for the backslash, which is rarer than the 2.
        if raw.rfind(b"\\u0022") >= 0:
            return False  # this one is not among the quotes of the bytes
        quotes += in_message
    characters = len(raw) if raw.isascii() else len(raw.decode())
    most = len(message) + _MAX_ESCAPE * escapes + _MAX_FIELD * keys
    return characters <= most and _count_quotes(raw, quotes) == quotes


def _count_quotes(raw: bytes, expected: int) -> int:
    # `count` looks at each byte, `replace` jumps from one to the next.
    if len(raw) > _FAR_APART * expected:
        return len(raw) - len(raw.replace(b'"', b""))
    return raw.count(b'"')


_FAR_APART = 30
"""How many bytes are between two quotes for a jump to be worth it."""

_MAX_ESCAPE = 6
_MAX_FIELD = 64
"""Characters of a field of a line, on average and without its message; few have half as many."""


def mark_joining(batch: ValidBatch, joins: Mapping[int, str]) -> ValidBatch:
    """Set `joins` of some status updates of a checked batch, which are given by their indices."""
    items, events = from_json(batch.raw), list(batch.events)
    for index, member in joins.items():
        items[index]["joins"] = member
        events[index] = events[index].model_copy(update={"joins": member})
    return replace(batch, events=events, raw=to_json(items, inf_nan_mode="constants"))


def read_stored(raw: bytes) -> list[Event]:
    """Return the events of a batch that was checked when it was stored, whatever the limits now.

    An event that is none by the rules of this version is given as one of an unknown type. What is
    too much to be parsed at once is given in brief.
    """
    if has_many_values(raw):
        one_by_one = (_read_stored(b"[%b]" % part) for part in parts(raw))
        return [event for events in one_by_one for event in reduced_to_state(events)]
    return _read_stored(raw)


def _read_stored(raw: bytes) -> list[Event]:
    try:
        return _STORED.validate_json(raw)
    except ValidationError:
        return [_as_far_as_known(item) for item in from_json(raw)]


def _as_far_as_known(fields: dict[str, Any]) -> Event:
    try:
        return validate_event(fields)
    except InvalidEventError:
        return UnknownEvent.model_construct(**fields)


def _parse_array(raw: bytes) -> list[JsonValue]:
    try:
        items = from_json(raw, allow_inf_nan=False)
    except ValueError as error:
        raise InvalidEventError(ErrorCode.BAD_JSON, str(error)) from None
    if not isinstance(items, list):
        raise InvalidEventError(ErrorCode.BAD_FIELD, "is not an array", field="events")
    return items


def _take_apart(raw: bytes, limits: Limits) -> list[bytes]:
    """Return the events of an array as they are written."""
    try:
        items = list(islice(parts(raw), limits.batch_events + 1))
    except ValueError as error:
        raise InvalidEventError(ErrorCode.BAD_JSON, str(error)) from None
    if len(items) > limits.batch_events:
        reason = f"has more than {limits.batch_events:,} events"
        raise InvalidEventError(ErrorCode.BAD_FIELD, reason, field="events")
    return items


def _parse_event(raw: bytes) -> JsonValue:
    if has_too_many_values(raw):
        raise InvalidEventError(ErrorCode.TOO_MANY_VALUES, f"more than {MAX_VALUES:,} values")
    try:
        event: JsonValue = from_json(raw, allow_inf_nan=False)
    except ValueError as error:
        raise InvalidEventError(ErrorCode.BAD_JSON, str(error)) from None
    return event


def _validate_one_by_one(items: Sequence[JsonValue | bytes], limits: Limits) -> ValidBatch:
    """Check events that are parsed, or, where they are bytes, will be."""
    if not items:
        raise InvalidEventError(ErrorCode.BAD_FIELD, "is empty", field="events")
    if len(items) > limits.batch_events:
        reason = f"has {len(items):,} events, {limits.batch_events:,} are allowed"
        raise InvalidEventError(ErrorCode.BAD_FIELD, reason, field="events")
    events: list[Event] = []
    refused: list[Refusal] = []
    bodies: list[bytes] = []
    for index, item in enumerate(items):
        try:
            fields = _parse_event(item) if isinstance(item, bytes) else item
            event, body = check_event(fields, limits)
        except InvalidEventError as error:
            refused.append(Refusal(index, error))
            event = Dropped(type="dropped", count=1, reason="refused", message=str(error)[:4096])
            body = event.model_dump_json(exclude_none=True).encode()
        events.append(_brief(event))
        bodies.append(body)
    raw = b"[" + b",".join(bodies) + b"]"
    has_status = any(isinstance(event, StatusUpdate) for event in events)
    return ValidBatch(events, raw, refused, has_status=has_status)


def check_event(
    item: object, limits: Limits = _LIMITS, *, is_of_hub: bool = False
) -> tuple[Event, bytes]:
    """Check one event that was parsed from JSON or made in Python, and write it as JSON.

    Args:
        item: The event.
        limits: What is accepted.
        is_of_hub: Whether the hub publishes it, which may set `lost` and the like.

    Returns:
        The event, and its JSON without the fields that the server sets.

    Raises:
        InvalidEventError: It breaks a rule of protocol 4; names the field and the limit.
    """
    if not isinstance(item, dict):
        raise InvalidEventError(ErrorCode.BAD_FIELD, "an event is a JSON object")
    kept = {key: value for key, value in item.items() if key not in SERVER_FIELDS}
    check_json(kept)
    event = validate_event(kept)
    if not is_of_hub and isinstance(event, StatusUpdate):
        _refuse_words_of_hub(event)
    try:
        body = to_json(kept, inf_nan_mode="constants")
    except ValueError as error:
        raise InvalidEventError(ErrorCode.BAD_JSON, str(error)) from None
    if len(body) > limits.event_bytes:
        raise InvalidEventError(
            ErrorCode.TOO_LARGE,
            f"the event is {len(body):,} bytes of JSON, {limits.event_bytes:,} are allowed",
        )
    return event, body


def _refuse_words_of_hub(event: StatusUpdate) -> None:
    if event.status == "lost":
        reason = "`lost` is set by the server, when a publisher was not heard for too long"
        raise InvalidEventError(ErrorCode.BAD_FIELD, reason, field="status")
    for field in HUB_FIELDS:
        if getattr(event, field) is not None:
            raise InvalidEventError(ErrorCode.BAD_FIELD, "is set by the server", field=field)


def validate_event(fields: dict[str, Any]) -> Event:
    """Make the event that these fields describe.

    Raises:
        InvalidEventError: A field is missing, unknown in its value, or too long; it names which.
    """
    kind = fields.get("type")
    model = _KNOWN.get(kind, UnknownEvent) if isinstance(kind, str) else UnknownEvent
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
