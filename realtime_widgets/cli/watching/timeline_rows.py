"""How an entry of the timeline is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from realtime_widgets.cli.watching.rows import ends, indented, wrapped
from realtime_widgets.display.number_words import span
from realtime_widgets.display.terminal.marks import STATUS_MARKS
from realtime_widgets.display.terminal.plain import one_line, plain_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from realtime_widgets.cli.watching.timeline import TimelineItem
    from realtime_widgets.protocol.agents.entry import Entry, NodeState

__all__ = ["TimelineStyle", "timeline_rows"]

MAX_ROWS = 200
"""Rows of one text."""

MAX_FOLDED = 4
"""Rows of an error while entries are folded."""

MAX_READ = 20_000
"""Characters of a text that are drawn."""

_STOPPED = ("○", "dim")

_MARKS: dict[NodeState, tuple[str, str]] = {
    "open": STATUS_MARKS["running"],
    "running": STATUS_MARKS["running"],
    "answered": ("•", ""),
    "done": STATUS_MARKS["succeeded"],
    "failed": STATUS_MARKS["failed"],
    "cancelled": STATUS_MARKS["cancelled"],
    "suspended": STATUS_MARKS["needs_input"],
    "unanswered": _STOPPED,
    "unfinished": _STOPPED,
}


@dataclass(frozen=True)
class TimelineStyle:
    """How entries are drawn.

    Attributes:
        is_unfolded: Whether arguments, results and reasoning are drawn whole.
        is_over: Whether nothing is in progress any more.
        has_agents: Whether there are several agents, whose names are drawn.
    """

    is_unfolded: bool = False
    is_over: bool = False
    has_agents: bool = False


def timeline_rows(item: TimelineItem, width: int, style: TimelineStyle) -> Sequence[Text]:
    """Return the rows of an entry."""
    entry, indent = item.entry, 2 * item.depth
    inner = max(width - indent, 10)
    match entry.kind:
        case "message":
            rows = _message(entry, inner, style)
        case "reasoning":
            rows = _reasoning(entry, inner, style)
        case "error":
            rows = _text(entry.text or "the agent failed", inner - 2, MAX_ROWS, "red")
            rows = indented(Text("✗ ", "red"), rows, 2)
        case _:
            rows = _step(entry, inner, style, has_agent=style.has_agents and item.depth == 0)
    return [Text(" " * indent).append_text(row) for row in rows]


def _message(entry: Entry, width: int, style: TimelineStyle) -> list[Text]:
    is_of_agent = entry.title in ("", "assistant")
    name = one_line(entry.agent if is_of_agent else entry.title)
    head = Text.assemble(("» " if entry.title == "user" else "  ", "cyan"), (name, "bold"))
    if entry.is_open and not style.is_over:
        head.append(" …", "dim")
    return [head, *_below(_text(entry.text, width - 2, MAX_ROWS))]


def _reasoning(entry: Entry, width: int, style: TimelineStyle) -> list[Text]:
    is_open = entry.is_open and not style.is_over
    words = "Thinking…" if is_open else "Thought"
    if entry.took is not None:
        words += f" for {span(entry.took)}"
    rows = [Text(f"∴ {words}", "dim")]
    if style.is_unfolded or is_open:
        rows += _below(_text(entry.text, width - 2, MAX_ROWS, "dim"))
    return rows


def _step(entry: Entry, width: int, style: TimelineStyle, *, has_agent: bool) -> list[Text]:
    """Return the rows of a step, a tool call or a sub-agent."""
    mark = _MARKS[entry.state(is_over=style.is_over)]
    head = Text.assemble((f"{mark[0]} ", mark[1]), (one_line(entry.title or entry.kind), "bold"))
    if has_agent:
        head.append(f"  {one_line(entry.agent)}", "dim")
    if entry.text and not style.is_unfolded:
        head.append(f"  {one_line(entry.text[:width])}", "dim")
    took = Text("" if entry.took is None else span(entry.took), "dim")
    rows = [ends(head, took, width)]
    if entry.text and style.is_unfolded:
        rows += _below(_text(entry.text, width - 2, MAX_ROWS, "dim"))
    if entry.error is not None:
        most = MAX_ROWS if style.is_unfolded else MAX_FOLDED
        rows += _below(_text(entry.error or entry.result or "failed", width - 2, most, "red"))
    elif entry.result:
        rows += _below(_result(entry.result, width, style))
    return rows


def _result(result: str, width: int, style: TimelineStyle) -> list[Text]:
    if style.is_unfolded:
        return indented(Text("→ ", "dim"), _text(result, width - 4, MAX_ROWS), 2)
    row = Text.assemble(("→ ", "dim"), one_line(result[:width]))
    row.truncate(width - 2, overflow="ellipsis")
    return [row]


def _below(rows: Sequence[Text]) -> list[Text]:
    return [Text("  ").append_text(row) for row in rows]


def _text(text: str, width: int, most: int, style: str = "") -> list[Text]:
    shown = "\n".join(plain_lines(text[:MAX_READ].strip("\n")))
    return wrapped(Text(shown, style), width, most) if shown.strip() else []
