"""How an entry of a transcript has ended, by the event that ended it.

The rules are those of the timeline of a view (`frontend/src/model/timeline/runs.ts`, `extra.ts`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from realtime_widgets.protocol.agents.fields import (
    MAX_ENTRIES,
    list_of,
    name_of,
    object_of,
    text_of,
)

if TYPE_CHECKING:
    from realtime_widgets.protocol.agents.fields import Extra
    from realtime_widgets.protocol.agents.nodes import Node
    from realtime_widgets.protocol.agents.work import Arrival

__all__ = ["Outcome", "outcome_of", "outcome_of_part", "outcome_of_subagent"]

Outcome = Literal["success", "cancelled", "suspended", "unanswered", "unfinished"]
"""`suspended` for an interrupt and for what waits for its answer, `unanswered` for a tool call
without a result, `unfinished` for a part of what has failed."""

_OUTCOMES: dict[str, Outcome] = {
    "success": "success",
    "cancelled": "cancelled",
    "interrupt": "suspended",
}
"""By the type of the outcome of a run or sub-agent."""


def outcome_of(extra: Extra) -> Outcome | None:
    """Return how a node has ended as far as the metadata of its last event has it."""
    if extra.is_cancelled:
        return "cancelled"
    return "success" if extra.is_success else None


def outcome_of_subagent(arrival: Arrival) -> Outcome | None:
    """Return how a sub-agent has ended by its last event."""
    return _OUTCOMES.get(_type(arrival))


def outcome_of_part(part: Node, arrival: Arrival) -> Outcome | None:
    """Return how a node has ended that the end of its run or sub-agent ended."""
    if arrival.type in ("RUN_ERROR", "SUBAGENT_ERROR"):
        return "unfinished"
    of_run = _OUTCOMES.get(_type(arrival)) if arrival.type == "RUN_FINISHED" else None
    if of_run == "cancelled":
        return "cancelled"
    if part.kind == "tool":
        return "suspended" if of_run == "suspended" and _is_waiting(part, arrival) else "unanswered"
    is_text = part.kind in ("message", "reasoning")
    return "suspended" if of_run == "suspended" and not is_text else None


def _is_waiting(tool: Node, arrival: Arrival) -> bool:
    """Whether the run waits for an answer that is about this tool call."""
    interrupts = list_of(object_of(arrival.event.get("outcome")).get("interrupts"))[:MAX_ENTRIES]
    return any(name_of(object_of(one).get("toolCallId")) == tool.id for one in interrupts)


def _type(arrival: Arrival) -> str:
    return text_of(object_of(arrival.event.get("outcome")).get("type"))
