"""The live row of a run: what it shows of each event, at 80 and 200 columns."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console, RenderableType

from realtime_widgets.display.terminal.row import MAX_LINES, Row


def shown(part: RenderableType, columns: int = 80) -> str:
    console = Console(file=io.StringIO(), width=columns)
    console.print(part)
    return console.file.getvalue().rstrip()  # type: ignore[attr-defined]


def row_after(*events: dict[str, Any]) -> Row:
    row = Row("nightly-eval")
    for event in events:
        row.take(event)
    return row


def test_hidden_characters_and_controls_are_marks() -> None:
    row = row_after(
        {"type": "log", "message": "a\u202eb\x1b[2J\x00", "source": "s\u200b"},
        {"type": "status_update", "status": "failed", "message": "c\u202ed"},
    )

    assert [line.plain for line in row.lines()] == ["s<U+200B> a<U+202E>b␀"]
    assert shown(row.end()) == "✗ nightly-eval failed: c<U+202E>d"


PROGRESS = {"type": "build_progress", "task": "train", "current": 5, "total": 20, "unit": "batch"}


def test_it_has_the_status_and_its_message() -> None:
    row = row_after({"type": "status_update", "status": "needs_input", "message": "which\nbranch?"})

    assert shown(row.live()) == "? nightly-eval which branch?"


@pytest.mark.parametrize("columns", [80, 200])
def test_it_has_the_bar_of_the_task_that_runs_on_one_line(columns: int) -> None:
    row = row_after(PROGRESS | {"state": "running", "task": "train " * 50})

    line = shown(row.live(), columns)

    assert "\n" not in line
    assert len(line) <= columns
    assert "train" in line


def test_the_bar_is_gone_when_the_task_has_ended() -> None:
    row = row_after(PROGRESS | {"state": "running"}, PROGRESS | {"state": "succeeded"})

    assert shown(row.live()) == "● nightly-eval running"


def test_it_has_the_step_that_an_agent_began_last() -> None:
    tool = {"type": "TOOL_CALL_START", "toolCallName": "sql"}
    row = row_after({"type": "agent_message", "agent": "a", "event": tool})

    assert shown(row.live()) == "● nightly-eval sql"


def test_lines_of_the_log_come_once_without_controls_of_a_terminal() -> None:
    row = row_after({"type": "log", "message": "\x1b[2Ja\x1b[31mb", "source": "sh"})

    assert [line.plain for line in row.lines()] == ["sh ab"]
    assert row.lines() == []


def test_of_more_lines_than_fit_it_counts_the_oldest() -> None:
    row = row_after(*({"type": "log", "message": str(n)} for n in range(MAX_LINES + 5)))

    first, second, *_ = [line.plain for line in row.lines()]

    assert (first, second) == ("… 5 lines are not shown here", "5")


def test_its_end_names_the_status_and_why() -> None:
    row = row_after({"type": "status_update", "status": "failed", "message": "out of memory"})

    assert row.end().plain == "✗ nightly-eval failed: out of memory"
