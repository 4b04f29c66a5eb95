"""How a batch of events is checked (protocol 4), and how one is read that was stored.

A batch that is in order is validated once and its bytes are kept as they came. A batch with
something to take out is encoded again: fields that the server sets, a refused event, and bytes
without a meaning (a duplicate key, a flood of spaces), in which anything could pass the bounds.
Most events are log lines, so they are checked by a smaller model, and only their level is kept.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired, Union, cast, get_args

from pydantic import ConfigDict, FailFast, Field, JsonValue, TypeAdapter, ValidationError
from pydantic_core import from_json, to_json
from typing_extensions import TypedDict

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.agents.brief import brief_agent_event
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.event_base import Seconds  # noqa: TC001 - pydantic reads it
from realtime_widgets.protocol.events import (
    EVENT_MODELS,
    HUB_FIELDS,
    SERVER_FIELDS,
    AgentMessage,
    AnyEvent,
    Dropped,
    Event,
    Level,
    Log,
    Source,
    StatusUpdate,
    Stream,
    Text,
    UnknownEvent,
    validate_event,
)
from realtime_widgets.protocol.json_limits import MAX_VALUES, check_json
from realtime_widgets.protocol.json_parts import (
    has_many_values,
    has_too_many_values,
    members,
    parts,
)
from realtime_widgets.protocol.last_line import newest_part
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.question_events import POSTED_EVENTS, Question, QuestionClosed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = [
    "RefusedEvent",
    "ValidBatch",
    "check_event",
    "mark_joining",
    "read_stored",
    "reduced_to_state",
    "validate_batch",
]

_SET_BY_OTHERS = SERVER_FIELDS.union(HUB_FIELDS)
_STORED: TypeAdapter[list[Event]] = TypeAdapter(list[AnyEvent])
_LIMITS = Limits()


class _Line(TypedDict):
    """A `Log` as most are published: with no field that the server sets, and none of its own.

    Nor with a null, so that each of its values but the time is a text (`_is_plain`).
    """

    __pydantic_config__ = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)  # type: ignore[misc]  # as pydantic has it

    type: Literal["log"]
    message: Text
    level: NotRequired[Level]
    source: NotRequired[Source]
    stream: NotRequired[Stream]
    time: NotRequired[Seconds]


_OTHERS = [model for model in EVENT_MODELS.values() if model is not Log]
_LineOrOther = Union[(_Line, *_OTHERS)]  # type: ignore[valid-type]  # made from a list
_LineOrEvent = Annotated[
    Annotated[_LineOrOther, Field(discriminator="type")] | UnknownEvent,
    Field(union_mode="left_to_right"),
]

_BRIEF_LOGS: dict[Level, Log] = {
    level: Log(type="log", message="", level=level) for level in get_args(Level)
}


def reduced_to_state(events: Iterable[Event | _Line]) -> list[Event]:
    """Return what has the same effect on a state, in little memory.

    Of a line of the log only its level has one, of the newest that is not blank also its end, and
    none of what is free-form.
    """
    reducer = _Reducer()
    for event in events:
        reducer.add(event)
    return reducer.events


class _Reducer:
    """Collects what `reduced_to_state` returns."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._newest: tuple[int, Level, str] | None = None
        """The newest line that is not blank: its index, its level and the end of its message."""

    @property
    def events(self) -> list[Event]:
        """What was reduced."""
        if self._newest is not None:
            index, level, message = self._newest
            self._events[index] = Log.model_construct(type="log", message=message, level=level)
        return self._events

    def add(self, event: Event | _Line) -> None:
        """Reduce an event."""
        if isinstance(event, dict):
            self._add_line(event.get("level", "info"), event["message"])
        elif isinstance(event, Log):
            self._add_line(event.level, event.message)
        else:
            self._events.append(_brief(event))

    def _add_line(self, level: Level, message: str) -> None:
        if end := newest_part(message):
            self._newest = len(self._events), level, end
        self._events.append(_BRIEF_LOGS[level])


def _brief(event: Event) -> Event:
    if isinstance(event, AgentMessage):
        return AgentMessage.model_construct(
            type="agent_message",
            agent=event.agent,
            time=event.time,
            event=brief_agent_event(event.event),
        )
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
class RefusedEvent:
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

    refused: list[RefusedEvent]

    has_status: bool = False
    """Whether a `status_update` is among them, which few batches have."""

    has_question: bool = False
    """Whether a `question` is among them: its publisher is sent the answer."""

    @property
    def may_interrupt(self) -> bool:
        """Whether an AG-UI run may end with an interrupt here; most batches stay unparsed."""
        return b'"interrupt"' in self.raw


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
        events = reduced_to_state(items)
        return ValidBatch(
            events, raw, [], has_status=StatusUpdate in kinds, has_question=Question in kinds
        )
    return _validate_one_by_one(_parse_array(raw), limits)


def _may_be_kept(raw: bytes, items: list[_Line | Event], kinds: set[type]) -> bool:
    """Whether these bytes have only what was validated and a publisher may set.

    Of two equal keys the models see the last, and the other could hold anything.
    """
    if kinds == {dict}:
        return _is_plain(raw, cast("list[_Line]", items))
    if any(not isinstance(item, dict) and item.model_extra for item in items):
        return False
    if any(not isinstance(item, dict) and _is_of_hub(item) for item in items):
        return False
    fields = from_json(raw)
    return all(map(_SET_BY_OTHERS.isdisjoint, fields)) and to_json(fields) == raw


def _is_plain(raw: bytes, lines: list[_Line]) -> bool:
    """Tell whether these lines account for all quotes of their bytes, and for most characters.

    A tenth of the cost of encoding them again. Each key and each text has two quotes, and what is
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


def _overfull_field(raw: bytes) -> str | None:
    """Return the field that has most of the values of an event, None where no field has."""
    try:
        for name, value in members(raw):
            if has_many_values(value, MAX_VALUES // 2):
                return str(from_json(name))
    except ValueError:
        pass  # the rest is no JSON
    return None


def _parse_event(raw: bytes) -> JsonValue:
    if has_too_many_values(raw):
        words = f"more than {MAX_VALUES:,} values"
        raise InvalidEventError(ErrorCode.TOO_MANY_VALUES, words, field=_overfull_field(raw))
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
    reducer = _Reducer()
    has_status = has_question = False
    refused: list[RefusedEvent] = []
    bodies: list[bytes] = []
    for index, item in enumerate(items):
        try:
            fields = _parse_event(item) if isinstance(item, bytes) else item
            event, body = check_event(fields, limits)
        except InvalidEventError as error:
            refused.append(RefusedEvent(index, error))
            event = Dropped(type="dropped", count=1, reason="refused", message=str(error)[:4096])
            body = event.model_dump_json(exclude_none=True).encode()
        reducer.add(event)
        has_status = has_status or isinstance(event, StatusUpdate)
        has_question = has_question or isinstance(event, Question)
        bodies.append(body)
    raw = b"[" + b",".join(bodies) + b"]"
    return ValidBatch(
        reducer.events, raw, refused, has_status=has_status, has_question=has_question
    )


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
    if not is_of_hub:
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


def _is_of_hub(event: Event) -> bool:
    """Whether only the hub may publish an event, by its type or its words."""
    match event:
        case StatusUpdate(status="lost") | QuestionClosed(outcome="refused"):
            return True
        case _:
            return event.type in POSTED_EVENTS


def _refuse_words_of_hub(event: Event) -> None:
    if event.type in POSTED_EVENTS:
        reason = f"`{event.type}` is sent by POST to `replies`, and stored by the server"
        raise InvalidEventError(ErrorCode.BAD_FIELD, reason, field="type")
    if isinstance(event, QuestionClosed) and _is_of_hub(event):
        raise InvalidEventError(ErrorCode.BAD_FIELD, "is set by the server", field="outcome")
    if not isinstance(event, StatusUpdate):
        return
    if event.status == "lost":
        reason = "`lost` is set by the server, when nothing came from a publisher for too long"
        raise InvalidEventError(ErrorCode.BAD_FIELD, reason, field="status")
    for field in HUB_FIELDS:
        if getattr(event, field) is not None:
            raise InvalidEventError(ErrorCode.BAD_FIELD, "is set by the server", field=field)
