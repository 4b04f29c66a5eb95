"""How the tasks of a run are drawn, those that have ended folded where there is no room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from realtime_widgets.cli.watching.rows import ends
from realtime_widgets.display.number_words import amount, count, done, share, span
from realtime_widgets.display.tasks import choose_rows
from realtime_widgets.display.terminal.marks import TASK_MARKS
from realtime_widgets.display.terminal.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from realtime_widgets.display.tasks import TaskRow
    from realtime_widgets.protocol.task_states import TaskState

__all__ = ["step_rows"]

NARROW = 60
"""Columns below which a bar is short."""

SHORT_BAR, LONG_BAR = 10, 20


def step_rows(
    tasks: Sequence[TaskState], width: int, most: int, *, is_over: bool, is_unfolded: bool
) -> list[Text]:
    """Return the rows of tasks, the parts of one below it.

    Args:
        tasks: The tasks, in the order in which they began.
        width: Columns.
        most: The largest number of rows.
        is_over: Whether nothing is in progress any more.
        is_unfolded: Whether those that have succeeded are drawn, too.
    """
    if most < 1:
        return []
    rows, missing = choose_rows(tasks, most)
    if not missing:
        return [_row(row, width, is_over=is_over) for row in rows]
    active = [task for task in tasks if task.state != "succeeded"]
    shown = tasks if is_unfolded else active
    rows, missing = choose_rows(shown, most - 1)
    folded = len(tasks) - len(shown)
    words = [count(folded, "step") + " done"] if folded else []
    words += [f"{missing:,} more"] if missing else []
    last = Text.assemble(("✓ " if folded else "… ", "dim"), (", ".join(words), "dim"))
    return [*(_row(row, width, is_over=is_over) for row in rows), last]


def _row(row: TaskRow, width: int, *, is_over: bool) -> Text:
    state = "stopped" if is_over and row.state == "running" else row.state
    mark, style = TASK_MARKS[state]
    left = Text.assemble("  " * (len(row.path) - 1), (f"{mark} ", style))
    left.append(one_line(row.path[-1]), "dim" if state == "succeeded" else "")
    task = row.task
    if task is None:
        return ends(left, Text(), width)
    right = Text()
    part = done(task.current, task.total)
    if state == "running" and part is not None:
        columns = LONG_BAR if width >= NARROW else SHORT_BAR
        right.append_text(_bar(part, columns)).append(f" {share(part):>4} ")
    unit = one_line(task.unit) if task.unit else None
    right.append(amount(task.current, task.total, unit), "dim")
    if state != "running" and task.began is not None and task.updated is not None:
        right.append(f"  {span(task.updated - task.began)}", "dim")
    return ends(left, right, width)


def _bar(part: float, columns: int) -> Text:
    filled = int(part * columns)
    return Text.assemble(("━" * filled, "cyan"), ("─" * (columns - filled), "dim"))
