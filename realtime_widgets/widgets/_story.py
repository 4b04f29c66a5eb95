"""What a view that does not move tells of a run: chosen, bounded, and free of control characters.

There are no clocks or random ids in it, so the same run tells the same story.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from realtime_widgets.protocol.events import FINAL_STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from realtime_widgets.protocol.state import RunState, TaskState

__all__ = ["Line", "Message", "Step", "Story", "tell"]

MAX_STEPS = 10
MAX_NAME = 80
MAX_LINES = 12
MAX_LINE = 240
MAX_MESSAGES = 3
MAX_MESSAGE = 1_000
"""With these bounds a snapshot stays below 50 KB, whatever the run says."""

_STATUS_WORDS = {"needs_input": "needs input", "lost": "lost contact"}

# CSI and OSC sequences, other escapes, and control characters but tab and line feed.
_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)?|\x1b.?"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)


@dataclass(frozen=True)
class Step:
    """A task of the run."""

    name: str
    amount: str
    share: float | None
    """How much of it is done, 0 to 1; None where no total is known."""

    state: str
    """`running`, `succeeded`, `failed`, or `lost` with the run."""


@dataclass(frozen=True)
class Message:
    """What an agent said."""

    agent: str
    text: str


@dataclass(frozen=True)
class Line:
    """A line of the log."""

    level: str
    text: str
    is_stderr: bool = False
    """Whether a program wrote it to its standard error."""


@dataclass(frozen=True)
class Story:
    """A run as it can be told on a page."""

    name: str
    status: str | None = None
    """None where there is no run to tell of."""

    status_words: str = ""
    remarks: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    counts: str = ""


def tell(state: RunState, events: Iterable[dict[str, Any]]) -> Story:
    """Choose what to tell.

    Args:
        state: The run's state.
        events: The newest events of its log, flat.
    """
    log = _newest_attempt(state, list(events))
    lines = [_line(event) for event in log if event.get("type") == "log"][-MAX_LINES:]
    return Story(
        name=state.sprint_id,
        status=state.status,
        status_words=_STATUS_WORDS.get(state.status, state.status),
        remarks=[_plain(remark) for remark in _remarks(state) if remark],
        steps=[_step(task, state.status) for task in state.tasks[-MAX_STEPS:]],
        messages=_messages(log)[-MAX_MESSAGES:],
        lines=lines,
        counts=_counts(state, len(lines)),
    )


def _plain(text: str, limit: int = MAX_LINE) -> str:
    plain = _CONTROL.sub("", text)
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


def _newest_attempt(state: RunState, events: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """Leave out what is surely of an earlier attempt (protocol 4.2)."""
    if state.attempt <= 1:
        return events
    start = 0
    attempt_id = None
    has_ended = False
    for index, event in enumerate(events):
        if event.get("type") != "status_update":
            continue
        status, named = str(event.get("status")), event.get("attempt")
        if status in FINAL_STATUSES:
            has_ended = True
        elif status == "running" and (has_ended or named not in (None, attempt_id)):
            start, attempt_id, has_ended = index, named, False
    return events[start:]


def _remarks(state: RunState) -> Iterable[str]:
    """Say what there is to say of the status; of a lost run not in the words of the hub."""
    if state.attempt > 1:
        yield f"attempt {state.attempt}"
    if state.started and state.ended:
        yield _duration(state.started, state.ended)
    if state.status != "lost":
        yield state.message or ""
    elif state.last_seen is not None:
        with suppress(OverflowError, ValueError, OSError):  # no calendar reaches that far
            yield f"last seen {datetime.fromtimestamp(state.last_seen, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _duration(started: str, ended: str) -> str:
    """Round so far that a notebook that is run again tells the same, as far as that can be."""
    try:
        took = datetime.fromisoformat(ended) - datetime.fromisoformat(started)
    except (ValueError, TypeError):
        return ""
    minutes = int(took.total_seconds() // 60)
    if minutes < 1:
        return "took less than a minute"
    hours, minutes = divmod(minutes, 60)
    return f"took {hours} h {minutes} min" if hours else f"took {minutes} min"


def _step(task: TaskState, status: str) -> Step:
    parent = f"{_plain(task.parent, MAX_NAME)} / " if task.parent else ""
    total = f"/{task.total:g}" if task.total else ""
    unit = f" {_plain(task.unit)}" if task.unit else ""
    return Step(
        name=parent + _plain(task.task, MAX_NAME),
        amount=f"{task.current:g}{total}{unit}",
        share=min(1.0, max(0.0, task.current / task.total)) if task.total else None,
        state="lost" if status == "lost" and task.state == "running" else task.state,
    )


def _messages(events: Iterable[dict[str, Any]]) -> list[Message]:
    """Put the messages of agents together from their AG-UI events."""
    parts: dict[tuple[str, str], list[str]] = {}
    for event in events:
        inner = event.get("event")
        if event.get("type") != "agent_message" or not isinstance(inner, dict):
            continue
        key, delta = inner.get("messageId"), inner.get("delta")
        is_text = str(inner.get("type")).startswith("TEXT_MESSAGE_")
        if is_text and isinstance(key, str) and isinstance(delta, str):
            parts.setdefault((str(event.get("agent")), key), []).append(delta)
    return [
        Message(_plain(agent, MAX_NAME), _plain("".join(deltas), MAX_MESSAGE))
        for (agent, _), deltas in parts.items()
    ]


def _line(event: dict[str, Any]) -> Line:
    return Line(
        level=str(event.get("level", "info")),
        text=_plain(str(event.get("message", ""))),
        is_stderr=event.get("stream") == "stderr",
    )


def _counts(state: RunState, shown: int) -> str:
    words = []
    if state.logs > shown:
        words.append(f"{shown:,} of {state.logs:,} log lines")
    for count, name in (
        (state.warnings, "warning"),
        (state.errors, "error"),
        (state.dropped, "lost event"),
    ):
        if count:
            words.append(f"{count:,} {name}{'s' if count > 1 else ''}")
    return ", ".join(words)
