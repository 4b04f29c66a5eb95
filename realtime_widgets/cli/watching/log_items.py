"""What the log of a run consists of in a terminal: an item for each event that has lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from realtime_widgets.display.terminal.marks import LEVEL_MARKS, LEVEL_STYLES, STATUS_MARKS
from realtime_widgets.display.terminal.plain import one_line, plain_lines
from realtime_widgets.display.terminal.prompt import shown_value
from realtime_widgets.protocol.events import Dropped, Log, StatusUpdate
from realtime_widgets.protocol.inbox_events import Control, UserMessage
from realtime_widgets.protocol.question_events import Answer, Question, QuestionClosed

if TYPE_CHECKING:
    from realtime_widgets.protocol.events import Event
    from realtime_widgets.protocol.messages import Gap

__all__ = ["LogItem", "gap_item", "item_of"]

MAX_CHARACTERS = 20_000
"""Characters of a message that are shown; `rtw tail` writes all."""


@dataclass(frozen=True, eq=False, slots=True)
class LogItem:
    """The lines of one event."""

    key: int
    """The number of the event."""

    text: str
    """Plain lines."""

    mark: str = " "
    style: str = ""
    """Of the mark."""

    time: float | None = None
    """When it was made, in seconds since 1970."""

    source: str = ""
    level: str | None = None
    """Of a log line; None of all else, which no filter hides."""


def item_of(event: Event) -> LogItem | None:
    """Return what the log has of an event; None for most types."""
    fields = _fields(event)
    if fields is None:
        return None
    return LogItem(key=event.seq or 0, time=_time_of(event), **fields)


def gap_item(gap: Gap) -> LogItem:
    """Return the line in place of events that are not kept."""
    words = f"events {gap.from_:,} to {gap.to:,} are not kept"
    return LogItem(key=gap.to, text=words, mark="┄", style="dim")


def _fields(event: Event) -> dict[str, Any] | None:
    match event:
        case Log():
            gutter = "│" if event.stream == "stderr" else " "
            return {
                "text": _shown(event.message),
                "mark": LEVEL_MARKS.get(event.level, gutter),
                "style": LEVEL_STYLES.get(event.level, "dim"),
                "source": one_line(event.source or ""),
                "level": event.level,
            }
        case StatusUpdate():
            mark, style = STATUS_MARKS[event.status]
            words = [event.status.replace("_", " "), one_line(event.message or "")]
            return {"text": ": ".join(filter(None, words)), "mark": mark, "style": style}
        case Dropped():
            lost = f"{event.count:,} events were lost before they were stored"
            return {"text": lost, "mark": "▲", "style": "yellow"}
        case _:
            return _of_users(event)


def _of_users(event: Event) -> dict[str, Any] | None:
    """Return what the log has of questions and of what users send."""
    text: str
    match event:
        case Question():
            text, mark = _shown(event.message), "?"
        case Answer():
            text, mark = _by(event, shown_value(event.value)), "→"
        case QuestionClosed(outcome="answered"):
            text, mark = shown_value(event.value), "→"
        case QuestionClosed():
            text, mark = f"no answer: {event.outcome}", "→"
        case UserMessage():
            text, mark = _by(event, _shown(event.text)), "»"
        case Control():
            text, mark = _by(event, "stop"), "■"
        case _:
            return None
    return {"text": text, "mark": mark, "style": "yellow"}


def _shown(text: str) -> str:
    shown = "\n".join(plain_lines(text[:MAX_CHARACTERS]))
    left = len(text) - MAX_CHARACTERS
    return f"{shown}\n… {left:,} more characters" if left > 0 else shown


def _by(event: Event, words: str) -> str:
    return f"{words}  ({one_line(event.user)})" if event.user else words


def _time_of(event: Event) -> float | None:
    if event.time is not None:
        return event.time
    try:
        return datetime.fromisoformat(event.timestamp or "").timestamp()
    except (ValueError, OverflowError):
        return None
