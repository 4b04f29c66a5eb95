"""AG-UI events in the forms in which agent frameworks hand them on, as the protocol has them.

A model and its `model_dump(by_alias=True)` have the names of the wire (`messageId`). A plain
`model_dump()` has Python's (`message_id`), which are changed here: under those a text would have no
message that it belongs to. What is free-form (a tool's state, a result) keeps the names it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic.alias_generators import to_camel
from pydantic_core import from_json

from realtime_widgets.client.publishing.fit import text
from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import JsonValue

__all__ = ["agui_events", "on_the_wire"]

_FIELDS = (
    "activity_type cache_write_input_tokens cached_input_tokens encrypted_value entity_id"
    " expires_at forwarded_props input_tokens interrupt_id interrupt_ids message_id mime_type"
    " output_tokens parent_message_id parent_run_id parent_subagent_run_id parent_tool_call_id"
    " pending_tool_call_ids protocol_version raw_event reasoning_tokens response_schema run_id"
    " step_name subagent_run_id thread_id tool_call_id tool_call_name tool_calls total_tokens"
)
_WIRE_NAMES = {field: to_camel(field) for field in _FIELDS.split()}
"""The fields of AG-UI 1.0 whose names differ in Python."""

_STRUCTURES = frozenset(
    ("content", "input", "interrupts", "messages", "outcome", "toolCalls", "tool_calls", "usage")
)
"""Fields that hold objects with such fields. All others hold what an application put there, and so
does `content` where it is an object."""

_REFUSED = (
    "an AG-UI event is a mapping with a `type`, a model of the AG-UI package, its JSON text or a "
    "line of its SSE stream; for the words of an agent use `sprint.message(agent)`"
)


def agui_events(given: object) -> list[dict[Any, Any]]:
    """Return the AG-UI events that a value holds, not looked at any further.

    Args:
        given: A mapping, a model, JSON text, or text of an SSE stream, which may hold none (a
            comment, an empty line) or several.

    Raises:
        InvalidEventError: It is none of these.
    """
    if isinstance(given, BaseModel):
        return [given.model_dump(by_alias=True, exclude_none=True, warnings=False)]
    if isinstance(given, Mapping):
        return [dict(given)]
    if isinstance(given, str | bytes | bytearray):
        return list(_parsed(text(given)))
    raise _refused()


def on_the_wire(event: JsonValue) -> JsonValue:
    """Return a fitted AG-UI event with the names of the wire.

    Raises:
        InvalidEventError: It has no `type`.
    """
    if not isinstance(event, dict):
        raise _refused()
    if not isinstance(event.get("type"), str):
        raise _refused("event.type")
    # What was dumped without its names was dumped with its empty fields, too.
    return _renamed(event, is_dump=not _WIRE_NAMES.keys().isdisjoint(event))


def _refused(field: str = "event") -> InvalidEventError:
    return InvalidEventError(ErrorCode.BAD_FIELD, _REFUSED, field=field)


def _parsed(given: str) -> Iterator[dict[Any, Any]]:
    if given.lstrip().startswith("{"):
        yield _parse(given)
        return
    lines = given.splitlines()
    if not all(_is_of_sse(line) for line in lines):
        raise _refused()
    data: list[str] = []
    for line in [*lines, ""]:
        if line.startswith("data:"):
            data.append(line.removeprefix("data:"))
        elif not line:
            whole, data = "\n".join(data).strip(), []
            if whole and whole != "[DONE]":
                yield _parse(whole)


def _is_of_sse(line: str) -> bool:
    return not line or line.startswith((":", "data:", "event:", "id:", "retry:"))


def _parse(given: str) -> dict[Any, Any]:
    try:
        event = from_json(given)
    except ValueError as error:
        reason = f"cannot be read as JSON: {error}"
        raise InvalidEventError(ErrorCode.BAD_JSON, reason, field="event") from None
    if not isinstance(event, dict):
        raise _refused()
    return event


def _renamed(fields: dict[str, JsonValue], *, is_dump: bool) -> dict[str, JsonValue]:
    """Return the fields under their names on the wire; of a dump without its empty fields."""
    return {
        _WIRE_NAMES.get(key, key): _inside(key, value, is_dump=is_dump)
        for key, value in fields.items()
        if not (is_dump and value is None)
    }


def _inside(key: str, value: JsonValue, *, is_dump: bool) -> JsonValue:
    if key not in _STRUCTURES:
        return value
    if isinstance(value, list):
        return [
            _renamed(item, is_dump=is_dump) if isinstance(item, dict) else item for item in value
        ]
    if isinstance(value, dict) and key != "content":
        return _renamed(value, is_dump=is_dump)
    return value
