"""What of an agent's event has an effect on the state of a run, in little memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime_widgets.protocol.agents.fields import (
    COUNTS,
    KEY,
    MAX_ENTRIES,
    MAX_ERROR,
    MAX_QUESTION,
    list_of,
    name_of,
    object_of,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["brief_agent_event"]


def brief_agent_event(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event without what its reducer does not read, such as the texts of messages."""
    return {
        name: brief(value)
        for name, value in event.items()
        if (brief := _BRIEF.get(name)) is not None
    }


def _metadata(value: object) -> dict[str, Any]:
    ours = object_of(object_of(value).get(KEY))
    return {KEY: {name: _flat(ours[name]) for name in _METADATA if name in ours}}


def _flat(value: object) -> object:
    """Return texts up to the length of an error and numbers, and of an object those in it."""
    if isinstance(value, dict):
        return {name: _flat(value[name]) for name in _FLAT if isinstance(value.get(name), _SCALAR)}
    if isinstance(value, str):
        return value[:MAX_ERROR]
    return value if isinstance(value, _SCALAR) else None


def _error(value: object) -> str | None:
    return value[:MAX_ERROR] if isinstance(value, str) else None


def _outcome(value: object) -> dict[str, Any]:
    outcome = object_of(value)
    interrupts = map(object_of, list_of(outcome.get("interrupts"))[:MAX_ENTRIES])
    return {
        "type": name_of(outcome.get("type")),
        "interrupts": [
            {
                "id": name_of(each.get("id")),
                "message": text_of(each.get("message"))[:MAX_QUESTION],
                "reason": text_of(each.get("reason"))[:MAX_QUESTION],
            }
            for each in interrupts
        ],
    }


def _messages(value: object) -> list[dict[str, Any]]:
    """Of the messages of a snapshot, which tools have answered or failed."""
    return [
        {
            "role": "tool",
            "toolCallId": name_of(message.get("toolCallId")),
            "error": _error(message.get("error")),
        }
        for message in map(object_of, list_of(value))
        if message.get("role") == "tool"
    ]


_SCALAR = str | int | float
_FLAT = (*COUNTS.values(), "provider", "model", "amount", "currency", "source")
_METADATA = ("id", "parent", "kind", "error", "ttft_ms", "usage", "cost")

_BRIEF: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(
        (
            *("type", "subagentRunId", "runId", "parentRunId", "stepName", "name"),
            *("toolCallId", "toolCallName", "parentToolCallId", "messageId", "parentSubagentRunId"),
        ),
        name_of,
    ),
    "metadata": _metadata,
    "error": _error,
    "delta": lambda value: text_of(value)[:1],
    "message": lambda value: text_of(value)[:MAX_ERROR],
    "outcome": _outcome,
    "usage": lambda value: [_flat(each) for each in list_of(value)[:MAX_ENTRIES]],
    "messages": _messages,
}
