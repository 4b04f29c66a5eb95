"""Which entries of a transcript a snapshot shows, with what they are a part of."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from realtime_widgets.display import numbers
from realtime_widgets.display.markdown import markdown_html
from realtime_widgets.display.transcript import Transcript
from realtime_widgets.display.turn import Turn
from realtime_widgets.display.turn_html import turn_html

if TYPE_CHECKING:
    from collections.abc import Iterable

    from realtime_widgets.display.entry import Entry, Kind
    from realtime_widgets.display.saved_text import SavedText
    from realtime_widgets.display.turn import TurnState

__all__ = ["choose_turns"]

MAX_NAME = 80
MAX_TURNS = 60
MAX_MESSAGE = 2_000
MAX_REASONING = 600
"""Characters."""

ROOM = 20_000
"""Bytes of the HTML of all turns."""

_TAG = re.compile(r"<[^>]*>")
_WITH_TEXT: tuple[Kind, ...] = ("message", "reasoning")


def choose_turns(
    events: Iterable[dict[str, Any]], text: SavedText, *, is_over: bool
) -> tuple[list[Turn], bool]:
    """Choose what agents did, the newest first, while there is room.

    Args:
        events: Events of a run, flat.
        text: Makes text fit to be saved.
        is_over: Whether nothing is in progress any more, as far as is known.

    Returns:
        The turns, the parts of one below it; and whether earlier ones are left out.
    """
    entries = [entry for entry in _transcript(events).entries if _is_shown(entry)]
    chosen: dict[Entry, Turn] = {}
    room = ROOM
    for entry in reversed(entries):
        missing = [one for one in (entry, *entry.ancestors) if one not in chosen]
        turns = {one: _turn(one, text, is_over=is_over) for one in missing}
        room -= sum(len(turn_html(None, turn).encode()) for turn in turns.values())
        if room < 0 or len(chosen) + len(turns) > MAX_TURNS:
            break
        chosen |= turns
    return [chosen[entry] for entry in _as_tree(entries, chosen)], len(chosen) < len(entries)


def _transcript(events: Iterable[dict[str, Any]]) -> Transcript:
    transcript = Transcript()
    for event in events:
        agent, inner, time = event.get("agent"), event.get("event"), event.get("time")
        if (
            event.get("type") == "agent_message"
            and isinstance(agent, str)
            and isinstance(inner, dict)
        ):
            transcript.add(agent, inner, time if isinstance(time, int | float) else None)
    return transcript


def _is_shown(entry: Entry) -> bool:
    """Whether it says something: no empty message, and no event of another type."""
    return entry.kind != "other" and (entry.kind not in _WITH_TEXT or entry.text != "")


def _as_tree(entries: Iterable[Entry], chosen: dict[Entry, Turn]) -> list[Entry]:
    """Sort the chosen entries as they began, the parts of one below it."""
    order = {entry: n for n, entry in enumerate(entries) if entry in chosen}

    def path(entry: Entry) -> list[int]:
        return [order[one] for one in (*reversed(entry.ancestors), entry) if one in order]

    return sorted(order, key=path)


def _turn(entry: Entry, text: SavedText, *, is_over: bool) -> Turn:
    result, state = _end(entry, text, is_over=is_over)
    limits = {"message": MAX_MESSAGE, "error": MAX_MESSAGE, "reasoning": MAX_REASONING}
    shown = text(entry.text, limits[entry.kind]) if entry.kind in limits else text(entry.text)
    is_markdown = entry.kind == "message" and entry.title != "tool"
    assert entry.kind != "other", "it is not shown"  # noqa: S101 - narrows the type
    return Turn(
        kind=entry.kind,
        agent=text(entry.agent, MAX_NAME),
        title=text(entry.title, MAX_NAME),
        text=shown,
        result=result,
        state=state,
        depth=len(entry.ancestors),
        took="" if entry.took is None else numbers.span(entry.took),
        markup=_markup(shown, text) if is_markdown else "",
    )


def _markup(message: str, text: SavedText) -> str:
    """Return a message as HTML; "" where it is too long, or shows a secret only without escapes."""
    markup = markdown_html(message) or ""
    visible = html.unescape(_TAG.sub("", markup))
    return markup if text.redact(visible) == visible else ""


def _end(entry: Entry, text: SavedText, *, is_over: bool) -> tuple[str, TurnState]:
    """Return the result or the error of an entry, and its state."""
    is_tool = entry.kind == "tool"
    if entry.error is not None:
        return text(entry.error or entry.result or ""), "failed"
    if entry.result is not None:
        return text(entry.result), "answered"
    match entry.state:
        case "cancelled":
            return "", "cancelled"
        case "done" | "failed":
            return "", "done"
    if is_over or entry.state == "unfinished":
        return "", "unanswered" if is_tool else "stopped"
    return "", "running"
