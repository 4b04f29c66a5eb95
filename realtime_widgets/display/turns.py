"""Which entries of a transcript a snapshot shows, with what they are a part of."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any, cast

from realtime_widgets.display import number_words
from realtime_widgets.display.markdown import markdown_html
from realtime_widgets.display.turn import Turn
from realtime_widgets.display.turn_html import turn_html
from realtime_widgets.protocol.agents.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from realtime_widgets.display.saved_text import SavedText
    from realtime_widgets.display.turn import TurnKind
    from realtime_widgets.protocol.agents.entry import Entry
    from realtime_widgets.protocol.agents.nodes import Kind

__all__ = ["choose_turns"]

MAX_NAME = 80
MAX_TURNS = 60
MAX_MESSAGE = 2_000
MAX_REASONING = 600
"""Characters."""

MAX_DEPTH = 12
"""In how many entries one is shown."""

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
    transcript = _transcript(events)
    entries = [entry for entry in transcript.entries if _is_shown(entry)]
    above = {entry.n: transcript.above(entry)[:MAX_DEPTH] for entry in entries}
    chosen: dict[int, Turn] = {}
    room = ROOM
    for entry in reversed(entries):
        missing = [one for one in (entry, *above[entry.n]) if one.n not in chosen]
        turns = {one.n: _turn(one, len(above[one.n]), text, is_over=is_over) for one in missing}
        room -= sum(len(turn_html(None, turn).encode()) for turn in turns.values())
        if room < 0 or len(chosen) + len(turns) > MAX_TURNS:
            break
        chosen |= turns
    return [chosen[n] for n in _as_tree(above, chosen)], len(chosen) < len(entries)


def _transcript(events: Iterable[dict[str, Any]]) -> Transcript:
    transcript = Transcript()
    for event in events:
        agent, inner, time = event.get("agent"), event.get("event"), event.get("time")
        if (
            event.get("type") == "agent_message"
            and isinstance(agent, str)
            and isinstance(inner, dict)
        ):
            transcript.read(agent, inner, time if isinstance(time, int | float) else None)
    return transcript


def _is_shown(entry: Entry) -> bool:
    """Whether there is something to show: a message may be empty."""
    return entry.kind not in _WITH_TEXT or entry.text != ""


def _as_tree(above: Mapping[int, Sequence[Entry]], chosen: Container[int]) -> list[int]:
    """Sort the numbers of the chosen entries as they began, the parts of one below it."""

    def path(n: int) -> list[int]:
        return [*(one.n for one in reversed(above[n]) if one.n in chosen), n]

    return sorted((n for n in above if n in chosen), key=path)


def _turn(entry: Entry, depth: int, text: SavedText, *, is_over: bool) -> Turn:
    state = entry.state(is_over=is_over)
    result = (entry.error if state == "failed" else "") or entry.result or ""
    limits = {"message": MAX_MESSAGE, "error": MAX_MESSAGE, "reasoning": MAX_REASONING}
    shown = text(entry.text, limits[entry.kind]) if entry.kind in limits else text(entry.text)
    is_markdown = entry.kind == "message" and entry.title != "tool"
    return Turn(
        kind=cast("TurnKind", entry.kind),  # a transcript has no other entries
        agent=text(entry.agent, MAX_NAME),
        title=text(entry.title, MAX_NAME),
        text=shown,
        result=text(result),
        state=state,
        depth=depth,
        took="" if entry.took is None else number_words.span(entry.took),
        markup=_markup(shown, text) if is_markdown else "",
    )


def _markup(message: str, text: SavedText) -> str:
    """Return a message as HTML; "" where it is too long, or shows a secret only without escapes."""
    markup = markdown_html(message) or ""
    visible = html.unescape(_TAG.sub("", markup))
    return markup if text.redact(visible) == visible else ""
