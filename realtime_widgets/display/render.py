"""A snapshot as HTML and as text: what stays in the notebook file, and prints.

Everything that comes from a run is escaped in the HTML. What differs each time when a run is
repeated, such as when it began, is in the HTML only, in spans of the class `TIME`.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from realtime_widgets.display.look import LEVEL_TONES, STATUS_TONES, TONES
from realtime_widgets.display.markup import QUIET, div, quiet, safe, time, tint
from realtime_widgets.display.metric_table import metric_line, metric_table
from realtime_widgets.display.number_words import count
from realtime_widgets.display.outputs import output_html, output_line
from realtime_widgets.display.turn_html import (
    AGENT_FAILED,
    INDENT,
    LINE,
    LINE_COLOUR,
    answer_of,
    speaker_of,
    turn_html,
)

if TYPE_CHECKING:
    from realtime_widgets.display.snapshot import Line, Snapshot, SnapshotTask
    from realtime_widgets.display.turn import Turn

__all__ = ["as_html", "as_text"]

_TASK_COLOUR = {
    "running": TONES["accent"],
    "succeeded": TONES["success"],
    "failed": TONES["error"],
    "stopped": TONES["fg-quiet"],
}
_TASK_MARK = {"running": "◐", "succeeded": "✓", "failed": "✗", "stopped": "□"}
_TASK_WORD = {"succeeded": "done", "failed": "FAILED", "stopped": "stopped"}
_LEVEL_WORD = {"warning": "WARNING ", "error": "ERROR ", "critical": "CRITICAL "}

_BOX = (
    "border:1px solid rgba(128,128,128,.4);border-radius:6px;padding:8px 12px;"
    "font-size:13px;line-height:1.5;max-width:60em"
)
# The words are in the colour of the page; tone and tint are apart from it on white and black.
_PILL = "border-radius:9px;padding:1px 8px;font-size:12px;font-weight:600;border:1px solid "
_TINT = 0.15
_BAR = "height:4px;border-radius:2px;background:rgba(128,128,128,.3);margin:2px 0 4px"
_FILL = "height:4px;border-radius:2px;background:"
_HATCH = (
    ";background-image:"
    "repeating-linear-gradient(135deg,transparent 0 2px,rgba(255,255,255,.7) 2px 5px)"
)

BAR_CHARACTERS = 20
EARLIER = "earlier messages and tool calls are not shown"


def as_html(snapshot: Snapshot) -> str:
    """Show it in one element, which live views find by its class and hide."""
    inner = "".join(
        [
            _title(snapshot),
            *map(_task, snapshot.tasks),
            _more(snapshot.more_tasks),
            metric_table(snapshot.metrics, snapshot.more_metrics),
            *map(output_html, snapshot.outputs),
            div(f"{QUIET};margin-top:4px", EARLIER) if snapshot.has_more_turns else "",
            *map(turn_html, [None, *snapshot.turns], snapshot.turns),
            *map(_line, snapshot.lines),
            div(f"{QUIET};margin-top:4px", safe(snapshot.counts)) if snapshot.counts else "",
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
            *(_task_text(task) for task in snapshot.tasks),
            *([f"({count(snapshot.more_tasks, 'more task')})"] if snapshot.more_tasks else []),
            *map(metric_line, snapshot.metrics),
            *map(output_line, snapshot.outputs),
            *([f"({EARLIER})"] if snapshot.has_more_turns else []),
            *filter(None, map(_turn_text, snapshot.turns)),
            *(f"  {_LEVEL_WORD.get(line.level, '')}{line.text}" for line in snapshot.lines),
            *([f"({', '.join(ends)})"] if (ends := _ends(snapshot)) else []),
        ]
    )


def _title(snapshot: Snapshot) -> str:
    title = f"<strong>{safe(snapshot.name)}</strong>"
    if snapshot.status is not None:
        tone = STATUS_TONES[snapshot.status]
        style = f"{_PILL}{tone};background:{tint(tone, _TINT)}"
        title += f' <span style="{style}">{safe(snapshot.status_words)}</span>'
    words = time(snapshot.times) + quiet(snapshot.remarks)
    busy = " · ".join(snapshot.busy)
    agents = quiet(snapshot.usage) + time([f"· {busy}" if snapshot.usage and busy else busy])
    second_line = f"<br>{agents}" if agents else ""
    return div("margin-bottom:4px", title + words + second_line)


def _ends(snapshot: Snapshot) -> list[str]:
    """Return what is written at the end of the text."""
    return [words for words in (snapshot.counts, *snapshot.usage) if words]


def _more(tasks: int) -> str:
    return div(QUIET, count(tasks, "more task")) if tasks else ""


def _task(task: SnapshotTask) -> str:
    bar = ""
    if task.share is not None and task.state != "succeeded":
        fill = _TASK_COLOUR[task.state] + (_HATCH if task.state == "stopped" else "")
        bar = div(_BAR, div(f"{_FILL}{fill};width:{100 * task.share:.0f}%", ""))
    mark = f'<span style="color:{_TASK_COLOUR[task.state]}">{_TASK_MARK[task.state]}</span> '
    words = quiet([task.amount]) + time([task.took])
    return div(f"padding-left:{INDENT * task.depth}px", mark + safe(task.name) + words + bar)


def _task_text(task: SnapshotTask) -> str:
    bar = ""
    if task.share is not None:
        bar = f"[{'#' * round(BAR_CHARACTERS * task.share):.<{BAR_CHARACTERS}}] "
    words = f"{bar}{task.name} {task.amount}".rstrip()
    return f"{'  ' * task.depth}{words} {_TASK_WORD.get(task.state, '')}".rstrip()


def _turn_text(turn: Turn) -> str:
    """Write a message, a tool call, or what failed; "" for all else."""
    name, role = speaker_of(turn)
    match turn.kind:
        case "message":
            return f"{name} ({role}): {turn.text}" if role else f"{name}: {turn.text}"
        case "tool":
            return f"{name}: {turn.title or 'tool'} {turn.text} {answer_of(turn, arrow='->')}"
        case "error":
            return f"{name}: ERROR {turn.text or AGENT_FAILED}"
        case "step" | "subagent" if turn.state == "failed":
            return f"{name}: {turn.title or turn.kind} {answer_of(turn)}"
        case _:
            return ""


def _line(line: Line) -> str:
    colour = LEVEL_TONES.get(line.level, LINE_COLOUR)
    look = "dotted" if line.is_stderr else "solid"
    return div(f"{LINE}{look} {colour}", safe(line.text) or "&nbsp;")
