"""`sprints()`: the list of runs, readable as it is printed."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from realtime_widgets.client.history import read_runs
from realtime_widgets.client.secret import as_secret
from realtime_widgets.display.totals import cost_words, token_words
from realtime_widgets.protocol.events import CAUSE_WORDS
from realtime_widgets.protocol.run_state import RunState

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets.protocol.task_states import TaskState

__all__ = ["SprintList", "sprints"]

_CELL = "text-align:left;padding:2px 12px 2px 0;white-space:nowrap"


def sprints(*, server: str | None = None) -> SprintList:
    """Return the runs that can be watched, the newest first.

    Args:
        server: As in `Sprint`.

    Returns:
        A list of records with `sprint_id`, `status`, `started`, `tasks` and more; a notebook shows
        it as a table.

    Raises:
        ServerNotFoundError: There is no server, or it refuses.
    """
    server = as_secret(server)
    return SprintList(read_runs(server))


class SprintList(list[RunState]):
    """Runs, shown as a table."""

    def __repr__(self) -> str:
        if not self:
            return "no runs yet"
        rows = _table(self)
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = (
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        if not self:
            return "<p>no runs yet</p>"
        names, *runs = _table(self)
        head = "".join(f'<th style="{_CELL}">{name}</th>' for name in names)
        rows = "".join(
            "<tr>"
            + "".join(f'<td style="{_CELL}">{html.escape(cell)}</td>' for cell in cells)
            + "</tr>"
            for cells in runs
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _table(runs: list[RunState]) -> list[tuple[str, ...]]:
    """Return the names of the columns, and the cells of each run.

    Columns of what agents do are there where a run has something in them.
    """
    columns = [
        (name, cells)
        for name, cell_of in _COLUMNS.items()
        if any(cells := [cell_of(run) for run in runs]) or name not in _OF_AGENTS
    ]
    names = tuple(name for name, _ in columns)
    return [names, *zip(*(cells for _, cells in columns), strict=True)]


def _failed_tools(run: RunState) -> str:
    return f"{run.agents.failed_tools:,}" if run.agents and run.agents.failed_tools else ""


def _started(run: RunState) -> str:
    started = run.started or run.created or ""
    return started[:16].replace("T", " ") + (" UTC" if started else "")


def _status(run: RunState) -> str:
    """Show the status, and why it may not be so any more."""
    if run.disconnected_at is not None:
        return f"{run.status} (publisher disconnected)"
    return run.status if run.cause is None else f"{run.status} ({CAUSE_WORDS[run.cause]})"


def _progress(tasks: list[TaskState]) -> str:
    """Show the task that is under way, or else the last one."""
    if not tasks:
        return ""
    task = next((task for task in tasks if task.state == "running"), tasks[-1])
    total = "" if task.total is None else f"/{task.total:g}"
    return f"{task.task} {task.current:g}{total}"


_COLUMNS: dict[str, Callable[[RunState], str]] = {
    "sprint": lambda run: run.sprint_id,
    "status": _status,
    "progress": lambda run: _progress(run.tasks),
    "log lines": lambda run: f"{run.logs:,}",
    "errors": lambda run: f"{run.errors:,}",
    "failed tools": _failed_tools,
    "tokens": lambda run: token_words(run.agents.sums) if run.agents else "",
    "cost": lambda run: cost_words(run.agents.sums) if run.agents else "",
    "started": _started,
}

_OF_AGENTS = {"failed tools", "tokens", "cost"}
