"""Reduces events as the vectors in `state.json` have it, and returns what both languages know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from realtime_widgets.protocol.events import validate_event
from realtime_widgets.protocol.inbox import Inbox
from realtime_widgets.protocol.run_state import RunState

if TYPE_CHECKING:
    from collections.abc import Iterable

BEGINNING = datetime(2026, 11, 22, tzinfo=UTC)


def stored_at(seq: int) -> str:
    """When an event was stored: a second after the one before."""
    moment = BEGINNING + timedelta(seconds=seq)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def reduced(events: Iterable[dict[str, Any]]) -> RunState:
    """The state after these events, each stored as a separate batch."""
    state = RunState(sprint_id="run")
    for seq, event in enumerate(events, 1):
        state.apply(seq, stored_at(seq), [validate_event(event)])
    return state


def as_vector(state: RunState) -> dict[str, Any]:
    """What a vector may have of a state."""
    known = {stored_at(seq): seq for seq in range(1, state.head + 1)}
    members = state.members.model_dump()
    past = [
        one.model_dump()
        | {"started": known.get(one.started or ""), "ended": known.get(one.ended or "")}
        for one in state.past
    ]
    questions = state.questions
    inbox = state.inbox or Inbox()
    return {
        "inbox": {
            "stop": inbox.stop and inbox.stop.model_dump(include={"seq", "is_taken"}),
            "readers": inbox.readers,
            "waiting": [one.model_dump(include={"seq", "text"}) for one in inbox.waiting],
            "taken": [one.seq for one in inbox.taken],
        },
        "open_questions": [one.id for one in questions.open] if questions else [],
        "answered": [
            one.model_dump(include={"id", "seq", "value", "is_taken"})
            for one in (questions.answered if questions else [])
        ],
        "status": state.status,
        "message": state.message,
        "attempt": state.attempt,
        "started": known.get(state.started or ""),
        "ended": known.get(state.ended or ""),
        "last_seen": state.last_seen,
        "cause": state.cause,
        "past": past,
        "errors": state.errors,
        "dropped": state.dropped,
        "members": members["left"],
        "outcome": members["outcome"],
        "tasks": [task.model_dump() for task in state.tasks],
        "metrics": [metric.model_dump() for metric in state.metrics],
        "outputs": [output.model_dump() for output in state.outputs],
        "details": state.details and state.details.model_dump(),
    }
