"""`sprints()`: the list of runs, readable as it is printed."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from realtime_widgets.client.history import read_runs
from realtime_widgets.client.secret import as_secret
from realtime_widgets.protocol.events import CAUSE_WORDS
from realtime_widgets.protocol.run_state import RunState

if TYPE_CHECKING:
    from realtime_widgets.protocol.run_state import TaskState

__all__ = ["SprintList", "sprints"]

_COLUMNS = ("sprint", "status", "progress", "log lines", "errors", "started")

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
        rows = [_COLUMNS, *map(_cells, self)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = (
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        if not self:
            return "<p>no runs yet</p>"
        head = "".join(f'<th style="{_CELL}">{name}</th>' for name in _COLUMNS)
        rows = "".join(
            "<tr>"
            + "".join(f'<td style="{_CELL}">{html.escape(cell)}</td>' for cell in _cells(run))
            + "</tr>"
            for run in self
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cells(run: RunState) -> tuple[str, ...]:
    started = run.started or run.created or ""
    return (
        run.sprint_id,
        _status(run),
        _progress(run.tasks),
        f"{run.logs:,}",
        f"{run.errors:,}",
        started[:16].replace("T", " ") + (" UTC" if started else ""),
    )


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
