"""The whole screen: header, steps, panes, question and keys, in any number of rows and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from realtime_widgets.cli.watching.header import header_rows
from realtime_widgets.cli.watching.help_rows import footer, help_rows
from realtime_widgets.cli.watching.log import Filter
from realtime_widgets.cli.watching.rows import rule
from realtime_widgets.cli.watching.steps import step_rows
from realtime_widgets.display.terminal.marks import LEVEL_MARKS, LEVEL_STYLES
from realtime_widgets.display.terminal.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from realtime_widgets.cli.watching.view import PaneName, View

__all__ = ["draw"]

WIDE = 120
"""Columns from which on the log is beside steps and timeline."""

RAIL = 52
"""Columns of the steps beside a log, where there are no agents."""

BORDER = " │ "


def draw(view: View, width: int, height: int, now: float) -> list[Text]:
    """Return the rows of the screen, exactly `height`, each exactly `width` columns.

    Args:
        view: What is shown.
        width: Columns.
        height: Rows.
        now: The time, in seconds since 1970.
    """
    top = header_rows(view.run, view.connection, width, now)
    bottom = [*_question(view, width, height, now), footer(view)]
    room = max(height - len(top) - len(bottom), 0)
    if view.mode == "help":
        body = [rule(Text("Keys", "bold"), width), *help_rows()]
    elif width >= WIDE and _has_left(view):
        body = _side_by_side(view, width, room)
    else:
        body = _below_each_other(view, width, room)
    rows = [*top, *_padded(body, room), *bottom]
    return [_exactly(row, width) for row in rows[-height:]]


def _question(view: View, width: int, height: int, now: float) -> list[Text]:
    if view.bar is None:
        return []
    is_answering = view.mode == "answering"
    most = max(height // (2 if is_answering else 3), 2)
    more = len(view.run.questions) - 1
    rows = view.bar.rows(width, most, now, is_answering=is_answering, more=more)
    return [rule(Text("Question", "bold"), width), *rows]


def _has_left(view: View) -> bool:
    return bool(view.run.state.tasks) or view.run.timeline.has_agents


def _below_each_other(view: View, width: int, room: int) -> list[Text]:
    steps = _steps(view, width, max(room // 3, 1))
    return [*steps, *_pane(view, view.focus, width, room - len(steps))]


def _side_by_side(view: View, width: int, room: int) -> list[Text]:
    has_agents = view.run.timeline.has_agents
    left_width = (width - len(BORDER)) // 2 if has_agents else RAIL
    left = _steps(view, left_width, max(room // 3, 1) if has_agents else room)
    if has_agents:
        left += _pane(view, "timeline", left_width, room - len(left))
    right = _pane(view, "log", width - left_width - len(BORDER), room)
    return [
        _exactly(one, left_width).append(BORDER, "dim").append_text(other)
        for one, other in zip(_padded(left, room), _padded(right, room), strict=True)
    ]


def _steps(view: View, width: int, most: int) -> list[Text]:
    state = view.run.state
    if not state.tasks:
        return []
    options = {"is_over": view.run.is_over, "is_unfolded": view.is_unfolded}
    return [rule(Text("Steps"), width), *step_rows(state.tasks, width, most - 1, **options)]


def _pane(view: View, name: PaneName, width: int, room: int) -> list[Text]:
    if room < 1:
        return []
    pane = view.log if name == "log" else view.timeline
    rows = pane.rows(width, room - 1) if room > 1 else []
    if not rows and room > 1:
        rows = [Text(_nothing(view, name), "dim")]
    style = "bold" if view.focus == name and view.run.timeline.has_agents else ""
    title = Text.assemble((name.capitalize(), style), _counts(view) if name == "log" else "")
    return [rule(title, width, _place(view, name)), *rows]


def _nothing(view: View, name: PaneName) -> str:
    if name == "log" and view.run.log.filter != Filter():
        return "  no line matches"
    return "  nothing yet" if not view.run.is_over else "  nothing"


def _counts(view: View) -> Text:
    state, text = view.run.state, Text()
    for level, number in (("warning", state.warnings), ("error", state.errors)):
        if number:
            text.append(f"  {LEVEL_MARKS[level]} {number:,}", LEVEL_STYLES[level])
    return text


def _place(view: View, name: PaneName) -> Text | None:
    """Return what is at the right end of the title of a pane."""
    pane = view.log if name == "log" else view.timeline
    chosen, words = view.run.log.filter, list[str]()
    if name == "log" and chosen != Filter():
        level = "" if chosen.level == Filter().level else f"from {chosen.level} on"
        words += filter(None, [f'"{one_line(chosen.text)}"' if chosen.text else "", level])
    if view.is_loading and name == view.focus:
        words.append("loading…")
    if pane.is_near_top and view.run.log.is_full:
        words.append("earlier lines are not loaded")
    if not pane.follows:
        words.append(f"↓ {pane.below:,} newer")
    return Text(" · ".join(words)) if words else None


def _padded(rows: Sequence[Text], height: int) -> list[Text]:
    return [*rows[:height], *(Text() for _ in range(height - len(rows)))]


def _exactly(row: Text, width: int) -> Text:
    exact = row.copy()
    exact.truncate(width, overflow="ellipsis", pad=True)
    return exact
