"""A turn of an agent as HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.display.look import STATE_WORDS, TONES
from realtime_widgets.display.markup import QUIET, TEXT, div, quiet, safe, time, tint

if TYPE_CHECKING:
    from realtime_widgets.display.turn import Turn

__all__ = ["AGENT_FAILED", "INDENT", "LINE", "LINE_COLOUR", "answer_of", "speaker_of", "turn_html"]

AGENT_FAILED = "the agent ended with an error"
INDENT = 18
"""Pixels by which a part of something is indented."""

LINE_COLOUR = "rgba(128,128,128,.3)"
LINE = f"{TEXT};font-family:monospace;padding-left:8px;border-left:3px "
_DEED = f"margin:4px 0;{LINE}solid "
_CROSS = f'<span style="color:{TONES["error"]}">✗</span>'
_ROLE_LOOK = {
    "user": f";padding:3px 8px;border-radius:4px;background:{tint(TONES['accent'], 0.12)}",
    "system": f";padding-left:8px;border-left:2px dotted {TONES['fg-quiet']}",
    "developer": f";padding-left:8px;border-left:2px solid {TONES['fg-quiet']}",
    "tool": f";padding:3px 8px;border-radius:4px;background:{LINE_COLOUR};font-family:monospace",
}
_MARKS = {
    "done": ("✓", TONES["success"]),
    "failed": ("✗", TONES["error"]),
    "open": ("◐", TONES["accent"]),
}
_NOT_DONE = ("□", TONES["fg-quiet"])


def turn_html(before: Turn | None, turn: Turn) -> str:
    """Show a turn, with the name of its agent unless the turn before it has the same."""
    name, role = speaker_of(turn)
    is_same = before is not None and speaker_of(before) == (name, role)
    heading = "" if is_same else f"<strong>{safe(name)}</strong>{quiet([role])}"
    if turn.kind == "message":
        shown = _message(turn, heading)
    else:
        shown = (div("margin-top:4px", heading) if heading else "") + _deed(turn)
    return div(f"margin-left:{INDENT * turn.depth}px", shown) if turn.depth else shown


def speaker_of(turn: Turn) -> tuple[str, str]:
    """Return an agent, and the role in which a message is written unless it is the agent's own."""
    has_role = turn.kind == "message" and turn.title != "assistant"
    return turn.agent, turn.title if has_role else ""


def answer_of(turn: Turn, *, arrow: str = "→") -> str:
    """Return the result of a tool call, or its state in words where it has none."""
    if turn.state == "failed":
        return f"failed: {turn.result}".removesuffix(": ")
    if turn.result or turn.state in {"answered", "done"}:
        return f"{arrow} {turn.result}"
    return STATE_WORDS[turn.state]


def _message(turn: Turn, heading: str) -> str:
    look = _ROLE_LOOK.get(turn.title, "")
    if turn.markup:
        # The elements of Markdown have their own line breaks, and cannot follow one.
        return div(f"{TEXT};margin:4px 0{look}", heading + turn.markup)
    text = f"{heading}<br>{safe(turn.text)}" if heading else safe(turn.text)
    return div(f"{TEXT};margin:4px 0{look}", text)


def _deed(turn: Turn) -> str:
    match turn.kind:
        case "error":
            return div(_DEED + TONES["error"], f"{_CROSS} {safe(turn.text or AGENT_FAILED)}")
        case "reasoning":
            summary = f"<summary>Thought{time([turn.took])}</summary>"
            return (
                f'<details style="{TEXT};{QUIET}">{summary}<div>{safe(turn.text)}</div></details>'
            )
        case "tool":
            return _tool(turn)
        case _:
            return _block(turn)


def _tool(turn: Turn) -> str:
    call = f"<strong>{safe(turn.title or 'tool')}</strong> {safe(turn.text)}{time([turn.took])}"
    answer = safe(answer_of(turn))
    if turn.state == "failed":
        return div(_DEED + TONES["error"], f"{_CROSS} {call}<br>{answer}")
    return div(_DEED + LINE_COLOUR, f'{call}<br><span style="{QUIET}">{answer}</span>')


def _block(turn: Turn) -> str:
    """Show a step or a sub-agent: a mark, its name, its state in words, and how long it took."""
    mark, colour = _MARKS.get(turn.state, _NOT_DONE)
    noun = "sub-agent" if turn.kind == "subagent" else ""
    state = "" if turn.state in {"done", "failed"} else STATE_WORDS[turn.state]
    title = f'<span style="color:{colour}">{mark}</span> {safe(turn.title or noun or "step")}'
    words = quiet([noun if turn.title else "", state]) + time([turn.took])
    error = f"<br>{safe(answer_of(turn))}" if turn.state == "failed" else ""
    return div(TEXT, title + words + error)
