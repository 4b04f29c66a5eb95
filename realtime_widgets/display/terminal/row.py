"""The live row of one run: status, the bar of its running task, and what its agents do."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from realtime_widgets.display.number_words import amount
from realtime_widgets.display.terminal.marks import LEVEL_STYLES, STATUS_MARKS
from realtime_widgets.display.terminal.plain import one_line, plain_lines

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["Row"]

MAX_LINES = 200
"""Log lines that wait to be shown; of more, the oldest are only counted."""

NAME_CHARACTERS = 40

BAR_COLUMNS = 24

_STEPS = {"STEP_STARTED": "stepName", "TOOL_CALL_START": "toolCallName"}
"""Events of agents that are shown, and the field with their name."""


class Row:
    """Takes the events of a run, from any thread, and gives what is to be drawn.

    Args:
        sprint_id: The run's name.
    """

    def __init__(self, sprint_id: str) -> None:
        self._sprint_id = sprint_id
        self._lock = threading.Lock()
        self._lines: list[Text] = []
        self._skipped = 0
        self._status = "running"
        self._message = ""
        self._task: dict[str, Any] = {}
        self._doing = ""

    def take(self, event: dict[str, Any]) -> None:
        """Take an event, as it is published."""
        match event:
            case {"type": "log", "message": str(message)}:
                self._add_line(message, event)
            case {"type": "status_update", "status": str(status)}:
                self._status, self._message = status, one_line(event.get("message") or "")
            case {"type": "build_progress"}:
                self._task = event
            case {"type": "agent_message", "event": {"type": str(kind), **fields}}:
                if kind in _STEPS:
                    self._doing = one_line(fields.get(_STEPS[kind]) or "")

    def _add_line(self, message: str, event: dict[str, Any]) -> None:
        text = Text(
            "\n".join(plain_lines(message)), style=LEVEL_STYLES.get(event.get("level", ""), "")
        )
        if event.get("source"):
            text = Text.assemble((f"{one_line(event['source'])} ", "dim"), text)
        with self._lock:
            self._lines.append(text)
            if len(self._lines) > MAX_LINES:
                del self._lines[0]
                self._skipped += 1

    def lines(self) -> list[Text]:
        """Return the log lines that were not shown yet, and forget them."""
        with self._lock:
            lines, self._lines = self._lines, []
            skipped, self._skipped = self._skipped, 0
        if skipped:
            lines.insert(0, Text(f"… {skipped:,} lines are not shown here", style="dim"))
        return lines

    def live(self) -> RenderableType:
        """Return the row while the run is in progress."""
        row = Table.grid(padding=(0, 1))
        for _ in range(5):
            row.add_column(no_wrap=True, overflow="ellipsis")
        mark, style = STATUS_MARKS.get(self._status, ("●", ""))
        name = self._sprint_id[:NAME_CHARACTERS]
        words = self._message or self._doing
        if self._task.get("state") == "running":
            row.add_row(Text(mark, style), name, *self._bar(), Text(words, "dim"))
        else:
            row.add_row(Text(mark, style), name, Text(words or self._status, "dim"))
        return row

    def _bar(self) -> tuple[RenderableType, ...]:
        total = self._task.get("total")
        current = self._task.get("current", 0)
        task = one_line(self._task.get("task", ""))
        label = f"{task[:NAME_CHARACTERS]} {amount(current, total, self._task.get('unit'))}"
        if not total:
            return "", label
        return ProgressBar(total, min(current, total), width=BAR_COLUMNS), label

    def end(self) -> Text:
        """Return the line that stays when the run has ended."""
        mark, style = STATUS_MARKS.get(self._status, ("●", ""))
        words = f": {self._message}" if self._message else ""
        return Text.assemble((mark, style), f" {self._sprint_id} {self._status}{words}")
