"""A snapshot as HTML and as text: what stays in the notebook file, and prints.

Everything that comes from a run is escaped in the HTML. Inline styles only, because applications
that show a notebook strip the rest, and colours that can be read on white and black. No line break,
because an empty line ends a block of HTML in Markdown.

What differs each time when a run is repeated, such as when it began, is in the HTML only, in spans
of the class `TIME`.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from realtime_widgets.display.look import LEVEL_TONES, STATUS_TONES, TONES
from realtime_widgets.display.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from realtime_widgets.display.snapshot import Line, Snapshot, Step, Turn

__all__ = ["as_html", "as_text"]

_STEP_COLOUR = {
    "running": TONES["accent"],
    "succeeded": TONES["success"],
    "failed": TONES["error"],
    "stopped": TONES["fg-quiet"],
}
_STEP_MARK = {"running": "◐", "succeeded": "✓", "failed": "✗", "stopped": "□"}
_STEP_WORD = {"succeeded": "done", "failed": "FAILED", "stopped": "stopped"}
_LINE_COLOUR = "rgba(128,128,128,.3)"
_LEVEL_WORD = {"warning": "WARNING ", "error": "ERROR ", "critical": "CRITICAL "}

_BOX = (
    "border:1px solid rgba(128,128,128,.4);border-radius:6px;padding:8px 12px;"
    "font-size:13px;line-height:1.5;max-width:60em"
)
# The words are in the colour of the page; tone and tint are apart from it on white and black.
_PILL = "border-radius:9px;padding:1px 8px;font-size:12px;font-weight:600;border:1px solid "
_TINT = 0.15
# Apart, so that a name of the other direction beside it does not change its order.
_QUIET = "opacity:.75;unicode-bidi:isolate"
# Each paragraph in its own direction; combining marks are not painted over other texts.
_TEXT = "white-space:pre-wrap;overflow-wrap:anywhere;overflow:hidden;unicode-bidi:plaintext"
_LINE = f"{_TEXT};font-family:monospace;padding-left:8px;border-left:3px "
_DEED = f"margin:4px 0;{_LINE}solid "
_CROSS = f'<span style="color:{TONES["error"]}">✗</span>'


def _tint(colour: str, share: float) -> str:
    """Return a colour, `#rrggbb`, as a transparent one."""
    parts = ",".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return f"rgba({parts},{share:g})"


_ROLE_LOOK = {
    "user": f";padding:3px 8px;border-radius:4px;background:{_tint(TONES['accent'], 0.12)}",
    "system": f";padding-left:8px;border-left:2px dotted {TONES['fg-quiet']}",
    "developer": f";padding-left:8px;border-left:2px solid {TONES['fg-quiet']}",
    "tool": ";padding:3px 8px;border-radius:4px;background:rgba(128,128,128,.15)"
    ";font-family:monospace",
}
_BAR = "height:4px;border-radius:2px;background:rgba(128,128,128,.3);margin:2px 0 4px"
_FILL = "height:4px;border-radius:2px;background:"
_HATCH = (
    ";background-image:"
    "repeating-linear-gradient(135deg,transparent 0 2px,rgba(255,255,255,.7) 2px 5px)"
)
_INDENT = 18

TIME = "realtime-widgets-time"

BAR_CHARACTERS = 20
AGENT_FAILED = "the agent ended with an error"


def as_html(snapshot: Snapshot) -> str:
    """Show it in one element, which live views find by its class and hide."""
    inner = "".join(
        [
            _title(snapshot),
            *map(_step, snapshot.steps),
            _more(snapshot.more_steps),
            *map(_turn, [None, *snapshot.turns], snapshot.turns),
            *map(_line, snapshot.lines),
            _div(f"{_QUIET};margin-top:4px", _safe(snapshot.counts)) if snapshot.counts else "",
        ]
    )
    name = html.escape(snapshot.name)
    return (
        f'<div class="realtime-widgets-snapshot" data-sprint="{name}" style="{_BOX}">{inner}</div>'
    )


def as_text(snapshot: Snapshot) -> str:
    """Show it where there is no HTML, with characters that the fonts of a PDF have."""
    return "\n".join(
        [
            " · ".join(
                filter(None, [f"Sprint {snapshot.name}", snapshot.status_words, *snapshot.remarks])
            ),
            *(_step_text(step) for step in snapshot.steps),
            *([f"({count(snapshot.more_steps, 'more task')})"] if snapshot.more_steps else []),
            *(_turn_text(turn) for turn in snapshot.turns),
            *(f"  {_LEVEL_WORD.get(line.level, '')}{line.text}" for line in snapshot.lines),
            *([f"({snapshot.counts})"] if snapshot.counts else []),
        ]
    )


def _safe(text: str) -> str:
    escaped = html.escape(text, quote=False)  # it never stands in an attribute
    return escaped.replace("\n", "<br>")


def _div(style: str, content: str) -> str:
    return f'<div style="{style}">{content}</div>'


def _quiet(words: Iterable[str]) -> str:
    shown = " · ".join(map(_safe, words))
    return f' <span style="{_QUIET}">{shown}</span>' if shown else ""


def _title(snapshot: Snapshot) -> str:
    title = f"<strong>{_safe(snapshot.name)}</strong>"
    if snapshot.status is not None:
        tone = STATUS_TONES[snapshot.status]
        style = f"{_PILL}{tone};background:{_tint(tone, _TINT)}"
        title += f' <span style="{style}">{_safe(snapshot.status_words)}</span>'
    return _div("margin-bottom:4px", title + _time(snapshot.times) + _quiet(snapshot.remarks))


def _time(words: Iterable[str]) -> str:
    shown = " · ".join(map(_safe, words))
    return f' <span class="{TIME}" style="{_QUIET}">{shown}</span>' if shown else ""


def _more(steps: int) -> str:
    return _div(_QUIET, count(steps, "more task")) if steps else ""


def _step(step: Step) -> str:
    bar = ""
    if step.share is not None and step.state != "succeeded":
        fill = _STEP_COLOUR[step.state] + (_HATCH if step.state == "stopped" else "")
        bar = _div(_BAR, _div(f"{_FILL}{fill};width:{100 * step.share:.0f}%", ""))
    mark = f'<span style="color:{_STEP_COLOUR[step.state]}">{_STEP_MARK[step.state]}</span> '
    words = _quiet(filter(None, [step.amount])) + _time(filter(None, [step.took]))
    return _div(f"padding-left:{_INDENT * step.depth}px", mark + _safe(step.name) + words + bar)


def _step_text(step: Step) -> str:
    bar = ""
    if step.share is not None:
        bar = f"[{'#' * round(BAR_CHARACTERS * step.share):.<{BAR_CHARACTERS}}] "
    words = f"{bar}{step.name} {step.amount}".rstrip()
    return f"{'  ' * step.depth}{words} {_STEP_WORD.get(step.state, '')}".rstrip()


def _turn(before: Turn | None, turn: Turn) -> str:
    is_same = before is not None and _speaker(before) == _speaker(turn)
    name, role = _speaker(turn)
    heading = "" if is_same else f"<strong>{_safe(name)}</strong>{_quiet(filter(None, [role]))}"
    if turn.kind == "message":
        text = f"{heading}<br>{_safe(turn.text)}" if heading else _safe(turn.text)
        return _div(f"{_TEXT};margin:4px 0{_ROLE_LOOK.get(role, '')}", text)
    return (_div("margin-top:4px", heading) if heading else "") + _deed(turn)


def _deed(turn: Turn) -> str:
    """Show a tool call, or the error that ended the run of an agent."""
    if turn.kind == "error":
        return _div(_DEED + TONES["error"], f"{_CROSS} {_safe(turn.text or AGENT_FAILED)}")
    has_failed = turn.state == "failed"
    call = f"<strong>{_safe(turn.title or 'tool')}</strong> {_safe(turn.text)}"
    answer = _safe(_answer(turn, arrow="→"))
    if has_failed:
        return _div(_DEED + TONES["error"], f"{_CROSS} {call}<br>{answer}")
    return _div(_DEED + _LINE_COLOUR, f'{call}<br><span style="{_QUIET}">{answer}</span>')


def _answer(turn: Turn, *, arrow: str) -> str:
    match turn.state:
        case "answered":
            return f"{arrow} {turn.result}"
        case "failed":
            return f"failed: {turn.result}".removesuffix(": ")
        case "running":
            return "no result yet"
        case "unanswered":
            return "no result"


def _turn_text(turn: Turn) -> str:
    name, role = _speaker(turn)
    match turn.kind:
        case "message":
            return f"{name} ({role}): {turn.text}" if role else f"{name}: {turn.text}"
        case "tool":
            return f"{name}: {turn.title or 'tool'} {turn.text} {_answer(turn, arrow='->')}"
        case "error":
            return f"{name}: ERROR {turn.text or AGENT_FAILED}"


def _speaker(turn: Turn) -> tuple[str, str]:
    """Return an agent, and the role in which a message is written unless it is the agent's own."""
    has_role = turn.kind == "message" and turn.title != "assistant"
    return turn.agent, turn.title if has_role else ""


def _line(line: Line) -> str:
    colour = LEVEL_TONES.get(line.level, _LINE_COLOUR)
    look = "dotted" if line.is_stderr else "solid"
    return _div(f"{_LINE}{look} {colour}", _safe(line.text) or "&nbsp;")
