"""The questions that the interrupts of an AG-UI run are (protocol 13.5)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.agents.fields import list_of, object_of, text_of
from realtime_widgets.protocol.question_events import (
    MAX_CHOICE,
    MAX_CHOICES,
    MAX_QUESTION,
    MAX_QUESTION_ID,
)
from realtime_widgets.protocol.questions import MAX_OPEN
from realtime_widgets.protocol.schema_form import form_from

if TYPE_CHECKING:
    from pydantic import JsonValue

__all__ = ["WHOLE", "interrupts_of", "payload_of", "question_of"]

WHOLE = "@value"
"""The field of a form that holds an answer which is no object."""

AS_JSON = "The agent expects JSON of a form that this view cannot draw."

_FIELD_TYPES = {"boolean", "integer", "number", "array"}


def interrupts_of(event: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the interrupts with which an AG-UI event ends a run, as many as may be open."""
    outcome = object_of(event.get("outcome"))
    if event.get("type") != "RUN_FINISHED" or outcome.get("type") != "interrupt":
        return []
    interrupts = map(object_of, list_of(outcome.get("interrupts")))
    return [one for one in interrupts if 0 < len(text_of(one.get("id"))) <= MAX_QUESTION_ID][
        :MAX_OPEN
    ]


def question_of(agent: str, interrupt: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of the question that an interrupt is."""
    words = text_of(interrupt.get("message")) or text_of(interrupt.get("reason"))
    fields: dict[str, Any] = {
        "type": "question",
        "id": interrupt["id"],
        "message": words[:MAX_QUESTION] or "The agent waits for an answer.",
        "agent": agent,
        **_answers(object_of(interrupt.get("responseSchema"))),
    }
    expires = _seconds(text_of(interrupt.get("expiresAt")))
    return fields if expires is None else {**fields, "expires": expires}


def _answers(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a question by the schema of its answers; none for a text."""
    kind, values = schema.get("type"), list_of(schema.get("enum"))
    if kind == "string" or (not schema and not values):
        is_choice = 0 < len(values) <= MAX_CHOICES and all(
            0 < len(text_of(value)) <= MAX_CHOICE for value in values
        )
        return {"choices": values} if is_choice else {}
    try:
        if kind == "object":
            return {"form": form_from(schema)}
        if kind in _FIELD_TYPES:
            field = {"title": "Answer", **schema}
            whole = {"properties": {WHOLE: field}, "required": [WHOLE]}
            return {"form": form_from(whole | {"$defs": schema.get("$defs", {})})}
    except (InvalidEventError, AttributeError, TypeError, KeyError):
        pass  # a schema may be anything
    return {"details": AS_JSON}


def payload_of(value: JsonValue) -> JsonValue:
    """Return the answer as the agent gets it."""
    return value[WHOLE] if isinstance(value, dict) and set(value) == {WHOLE} else value


def _seconds(expires_at: str) -> float | None:
    """Return an ISO time, without an offset in UTC, in seconds since 1970; None for others."""
    try:
        moment = datetime.fromisoformat(expires_at)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, OSError):  # the last for times before 1970, on Windows
        return None
