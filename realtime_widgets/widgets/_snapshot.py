"""A run as HTML that does not move: what stays in the notebook file, and prints.

Everything that comes from a run is escaped. There are no clocks, durations or random ids, so the
same run gives the same HTML. Inline styles only, and colours that can be read on white and black.
"""

from __future__ import annotations

import html
import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from realtime_widgets.protocol.events import FINAL_STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from realtime_widgets.protocol.state import RunState, TaskState

__all__ = ["explain", "snapshot"]

MAX_TASKS = 10
MAX_NAME = 80
MAX_LINES = 12
MAX_LINE = 240
MAX_MESSAGES = 3
MAX_MESSAGE = 1_000
"""With these bounds a snapshot stays below 50 KB, whatever the run says."""

_STATUS_COLOUR = {
    "succeeded": "#1a7f37",
    "failed": "#c62828",
    "lost": "#9a6700",
    "needs_input": "#9a6700",
    "running": "#0969da",
}
_OTHER_COLOUR = "#6e7781"

_STATUS_WORDS = {"needs_input": "needs input", "lost": "lost contact"}

_LEVEL_COLOUR = {"warning": "#c98a00", "error": "#e5534b", "critical": "#e5534b"}

_BOX = (
    "border:1px solid rgba(128,128,128,.4);border-radius:6px;padding:8px 12px;"
    "font-size:13px;line-height:1.5;max-width:60em"
)
_PILL = "color:#fff;border-radius:9px;padding:1px 8px;font-size:12px;background:"
_QUIET = "opacity:.75"
_TEXT = "white-space:pre-wrap;overflow-wrap:anywhere"
_LINE = f"{_TEXT};font-family:monospace;padding-left:8px;border-left:3px solid "
_BAR = "height:4px;border-radius:2px;background:rgba(128,128,128,.3);margin:2px 0 4px"
_FILL = "height:4px;border-radius:2px;background:"

# CSI and OSC sequences, other escapes, and control characters but tab and line feed.
_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)?|\x1b.?"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)


def snapshot(state: RunState, events: Iterable[dict[str, Any]]) -> str:
    """Show a run.

    Args:
        state: Its state.
        events: The newest events of its log, flat.
    """
    log = _newest_attempt(state, list(events))
    lines = [event for event in log if event.get("type") == "log"]
    return _box(
        [
            _title(state.sprint_id, state.status, *_remarks(state)),
            *(_task(task, state.status) for task in state.tasks[-MAX_TASKS:]),
            *(_message(message) for message in _messages(log)[-MAX_MESSAGES:]),
            *(_line(event) for event in lines[-MAX_LINES:]),
            _counts(state, len(lines[-MAX_LINES:])),
        ]
    )


def explain(sprint_id: str, words: str) -> str:
    """Say in place of a snapshot why there is none."""
    return _box([_title(sprint_id, None), _div(_QUIET, _safe(words))])


def _safe(text: str, limit: int = MAX_LINE) -> str:
    plain = _CONTROL.sub("", text)
    if len(plain) > limit:
        plain = plain[: limit - 1] + "…"
    return html.escape(plain, quote=False)  # it never stands in an attribute


def _div(style: str, content: str) -> str:
    return f'<div style="{style}">{content}</div>'


def _box(parts: Iterable[str]) -> str:
    return _div(_BOX, "".join(parts))


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
    if state.status != "lost":
        yield state.message or ""
    elif state.last_seen is not None:
        with suppress(OverflowError, ValueError, OSError):  # no calendar reaches that far
            yield f"last seen {datetime.fromtimestamp(state.last_seen, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _title(sprint_id: str, status: str | None, *remarks: str) -> str:
    title = f"<strong>{_safe(sprint_id)}</strong>"
    if status is not None:
        colour = _STATUS_COLOUR.get(status, _OTHER_COLOUR)
        words = _STATUS_WORDS.get(status, status)
        title += f' <span style="{_PILL}{colour}">{_safe(words)}</span>'
    if said := " · ".join(_safe(remark) for remark in remarks if remark):
        title += f' <span style="{_QUIET}">{said}</span>'
    return _div("margin-bottom:4px", title)


def _task(task: TaskState, status: str) -> str:
    amount = f"{task.current:g}"
    bar = ""
    if task.total:
        amount += f"/{task.total:g}"
        done = min(100.0, max(0.0, 100 * task.current / task.total))
        colour = "#c62828" if task.state == "failed" else "#1a7f37"
        if task.state == "running" and status == "lost":
            colour = _OTHER_COLOUR
        bar = _div(_BAR, _div(f"{_FILL}{colour};width:{done:.0f}%", ""))
    unit = f" {_safe(task.unit)}" if task.unit else ""
    parent = f"{_safe(task.parent, MAX_NAME)} / " if task.parent else ""
    mark = {"succeeded": "✓ ", "failed": "✗ "}.get(task.state, "")
    words = (
        f'{mark}{parent}{_safe(task.task, MAX_NAME)} <span style="{_QUIET}">{amount}{unit}</span>'
    )
    return _div("", words) + bar


@dataclass
class _Message:
    agent: str
    parts: list[str] = field(default_factory=list)


def _messages(events: Iterable[dict[str, Any]]) -> list[_Message]:
    """Put the messages of agents together from their AG-UI events."""
    messages: dict[tuple[str, str], _Message] = {}
    for event in events:
        inner = event.get("event")
        if event.get("type") != "agent_message" or not isinstance(inner, dict):
            continue
        agent, key, delta = str(event.get("agent")), inner.get("messageId"), inner.get("delta")
        is_text = str(inner.get("type")).startswith("TEXT_MESSAGE_")
        if is_text and isinstance(key, str):
            message = messages.setdefault((agent, key), _Message(agent))
            if isinstance(delta, str):
                message.parts.append(delta)
    return [message for message in messages.values() if message.parts]


def _message(message: _Message) -> str:
    text = _safe("".join(message.parts), MAX_MESSAGE)
    return _div(
        f"{_TEXT};margin:4px 0", f"<strong>{_safe(message.agent, MAX_NAME)}</strong><br>{text}"
    )


def _line(event: dict[str, Any]) -> str:
    level = str(event.get("level", "info"))
    text = _safe(str(event.get("message", "")))
    colour = _LEVEL_COLOUR.get(level, "rgba(128,128,128,.3)")
    return _div(_LINE + colour, text or " ")


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
    return _div(f"{_QUIET};margin-top:4px", ", ".join(words)) if words else ""
