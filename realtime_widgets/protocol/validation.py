"""How a batch of events is checked (protocol 4).

A batch that is in order is validated once and its bytes are kept as they came. A batch with
something to take out is encoded again: fields that the server sets, a refused event, and bytes
without a meaning (a duplicate key, a flood of spaces), in which anything could pass the bounds.
Most events are log lines, so they are checked by a smaller model, and only their level is kept.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Union, cast

from pydantic import FailFast, Field, JsonValue, TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.events import (
    EVENT_MODELS,
    HUB_FIELDS,
    SERVER_FIELDS,
    Dropped,
    Event,
    Log,
    StatusUpdate,
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
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.plain_log import PlainLog, is_plain
from realtime_widgets.protocol.question_events import POSTED_EVENTS, Question, QuestionClosed
from realtime_widgets.protocol.state_events import StateEvents, reduced_to_state

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = [
    "RefusedEvent",
    "ValidBatch",
    "check_event",
    "mark_joining",
    "validate_batch",
]

_SET_BY_OTHERS = SERVER_FIELDS.union(HUB_FIELDS)
_LIMITS = Limits()


_OTHERS = [model for model in EVENT_MODELS.values() if model is not Log]
_LogOrOther = Union[(PlainLog, *_OTHERS)]  # type: ignore[valid-type]  # made from a list
_LogOrEvent = Annotated[
    Annotated[_LogOrOther, Field(discriminator="type")] | UnknownEvent,
    Field(union_mode="left_to_right"),
]


@functools.cache
def _batch_validator(most: int) -> Callable[[bytes], list[PlainLog | Event]]:
    # It stops at the first fault and at the first event too many, so that a hostile batch is cheap.
    batch = TypeAdapter(Annotated[list[_LogOrEvent], FailFast(), Field(max_length=most)])
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


def _may_be_kept(raw: bytes, items: list[PlainLog | Event], kinds: set[type]) -> bool:
    """Whether these bytes have only what was validated and a publisher may set.

    Of two equal keys the models see the last, and the other could hold anything.
    """
    if kinds == {dict}:
        return is_plain(raw, cast("list[PlainLog]", items))
    if any(not isinstance(item, dict) and item.model_extra for item in items):
        return False
    if any(not isinstance(item, dict) and _is_of_hub(item) for item in items):
        return False
    fields = from_json(raw)
    return all(map(_SET_BY_OTHERS.isdisjoint, fields)) and to_json(fields) == raw


def mark_joining(batch: ValidBatch, joins: Mapping[int, str]) -> ValidBatch:
    """Set `joins` of some status updates of a checked batch, which are given by their indices."""
    items, events = from_json(batch.raw), list(batch.events)
    for index, member in joins.items():
        items[index]["joins"] = member
        events[index] = events[index].model_copy(update={"joins": member})
    return replace(batch, events=events, raw=to_json(items, inf_nan_mode="constants"))


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
    reducer = StateEvents()
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
