"""The content of a run's snapshot: selected, bounded, and free of control characters.

It contains no current time and no random ids, so that the same run gives the same snapshot.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from realtime_widgets.display import number_words
from realtime_widgets.display.look import status_name
from realtime_widgets.display.markup import safe
from realtime_widgets.display.metrics import choose_metrics
from realtime_widgets.display.outputs import choose_outputs
from realtime_widgets.display.saved_text import SavedText
from realtime_widgets.display.tasks import choose_rows
from realtime_widgets.display.totals import cost_words, time_words, token_words
from realtime_widgets.display.turns import choose_turns
from realtime_widgets.protocol.events import CAUSE_WORDS, OVER_STATUSES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from realtime_widgets.display.metrics import SavedMetric
    from realtime_widgets.display.outputs import SavedOutput
    from realtime_widgets.display.tasks import TaskRow
    from realtime_widgets.display.turn import Turn
    from realtime_widgets.protocol.agents.usage import Sums
    from realtime_widgets.protocol.events import Status, TaskStatus
    from realtime_widgets.protocol.run_state import RunState
    from realtime_widgets.protocol.task_states import TaskState

__all__ = ["Line", "Snapshot", "SnapshotTask", "build_snapshot"]

MAX_TASKS = 12
MAX_NAME = 80
MAX_LINES = 12
MAX_TRACEBACK = 1_000
ROOM_FOR_LINES = 9_000
"""Bytes of their HTML."""

"""With these limits and those of `turns`, a snapshot stays below 50 KB for any run, without the
images of `outputs`, at most 40 KB each."""


@dataclass(frozen=True)
class SnapshotTask:
    """A task of the run."""

    name: str
    depth: int
    """In how many tasks it lies."""

    state: TaskStatus
    """`stopped` where it was open when the run ended."""

    amount: str = ""
    share: float | None = None
    """How much of it is done, 0 to 1; None where no total is known."""

    took: str = ""
    """How long it took, where it has ended."""


@dataclass(frozen=True)
class Line:
    """A line of the log."""

    level: str
    text: str
    is_stderr: bool = False
    """Whether a program wrote it to its standard error."""


@dataclass(frozen=True)
class Snapshot:
    """The selected content of a run."""

    name: str
    status: Status | None = None
    """None if there is no run."""

    status_words: str = ""
    remarks: list[str] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    """When it began, and how long it took."""

    tasks: list[SnapshotTask] = field(default_factory=list)
    more_tasks: int = 0
    """How many tasks are not among them."""

    metrics: list[SavedMetric] = field(default_factory=list)
    more_metrics: int = 0
    """How many metrics are not among them."""

    outputs: list[SavedOutput] = field(default_factory=list)

    turns: list[Turn] = field(default_factory=list)
    has_more_turns: bool = False
    """Whether agents did more than that before."""

    lines: list[Line] = field(default_factory=list)
    counts: str = ""
    usage: list[str] = field(default_factory=list)
    """Tokens and costs of its agents."""

    busy: list[str] = field(default_factory=list)
    """For how long models and tools ran, and answers were waited for."""


def build_snapshot(
    state: RunState,
    events: Iterable[dict[str, Any]],
    redact: Callable[[str], str] = str,
) -> Snapshot:
    """Select the content of a run's snapshot.

    Args:
        state: The run's state.
        events: The newest events of its log, flat.
        redact: Replaces the secrets in a text; applied to all text.
    """
    text = SavedText(redact)
    log = _newest_attempt(state, list(events))
    lines = _newest_lines(log, text)
    # Whether what is open still runs is not known where the run is lost, or may soon be.
    is_over = state.status in OVER_STATUSES or state.disconnected_at is not None
    rows, more_tasks = choose_rows(state.tasks, MAX_TASKS)
    turns, has_more_turns = choose_turns(log, text, is_over=is_over)
    work = state.agents
    metrics = choose_metrics(state, log, text)
    return Snapshot(
        name=state.sprint_id,
        status=state.status,
        status_words=status_name(state.status, state.cause).lower(),
        # One line, as there is one for the status and all that goes with it.
        remarks=[" ".join(text(remark).split()) for remark in _remarks(state) if remark],
        times=list(_times(state)),
        tasks=[_task(row, text, is_over=is_over) for row in rows],
        more_tasks=more_tasks,
        metrics=metrics,
        more_metrics=len(state.metrics) - len(metrics),
        outputs=choose_outputs(state, log, text),
        turns=turns,
        has_more_turns=has_more_turns,
        lines=lines,
        counts=_counts(state, len(lines)),
        usage=[] if work is None else _usage(work.sums, text),
        busy=[] if work is None else list(time_words(work)),
    )


def _newest_lines(events: Sequence[dict[str, Any]], text: SavedText) -> list[Line]:
    """Take log lines, the newest first, while there is room; return them in their order."""
    logs = (event for event in reversed(events) if event.get("type") == "log")
    taken: list[Line] = []
    room = ROOM_FOR_LINES
    for event in islice(logs, MAX_LINES):
        line = _line(event, text)
        room -= len(safe(line.text).encode())
        if room < 0:
            break
        taken.append(line)
    return taken[::-1]


def _newest_attempt(state: RunState, events: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """Leave out what is surely of an earlier attempt."""
    if state.attempt <= 1:
        return events
    return [event for event in events if event.get("seq", state.began) >= state.began]


def _remarks(state: RunState) -> Iterable[str]:
    """Yield remarks on the status; for a lost run without the hub's message."""
    if state.attempt > 1:
        yield f"attempt {state.attempt}"
    if state.disconnected_at is not None:
        yield "publisher disconnected"
    if state.status != "lost":
        yield state.message or ""
    elif state.last_seen is not None:
        what = "last seen" if state.cause is None else f"{CAUSE_WORDS[state.cause]} at"
        with suppress(OverflowError, ValueError, OSError):  # no calendar reaches that far
            yield f"{what} {datetime.fromtimestamp(state.last_seen, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _times(state: RunState) -> Iterator[str]:
    began, ended = _moment(state.started), _moment(state.ended)
    if began is not None:
        yield f"{began:%Y-%m-%d %H:%M} UTC"
        if ended is not None:
            yield f"took {number_words.span((ended - began).total_seconds())}"


def _moment(timestamp: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(timestamp or "")
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _task(row: TaskRow, text: SavedText, *, is_over: bool) -> SnapshotTask:
    task = row.task
    shown = SnapshotTask(
        name=text(row.path[-1], MAX_NAME),
        depth=len(row.path) - 1,
        state="stopped" if is_over and row.state == "running" else row.state,
    )
    if task is None:
        return shown
    unit = text(task.unit, MAX_NAME) if task.unit else None
    return replace(
        shown,
        amount=number_words.amount(task.current, task.total, unit),
        share=number_words.done(task.current, task.total),
        took=_took(task),
    )


def _took(task: TaskState) -> str:
    if task.state == "running" or task.began is None or task.updated is None:
        return ""
    return number_words.span(task.updated - task.began)


def _usage(sums: Sums, text: SavedText) -> list[str]:
    return [text(words) for words in (token_words(sums), cost_words(sums)) if words]


def _line(event: dict[str, Any], text: SavedText) -> Line:
    level, message = str(event.get("level", "info")), str(event.get("message", ""))
    is_error = level in ("error", "critical")
    shown = text(message, MAX_TRACEBACK, keep_end=True) if is_error else text(message)
    return Line(level, shown, is_stderr=event.get("stream") == "stderr")


def _counts(state: RunState, shown: int) -> str:
    words, work = [], state.agents
    if state.logs > shown:
        words.append(
            f"{number_words.number(shown)} of {number_words.count(state.logs, 'log line')}"
        )
    for count, noun in (
        (state.warnings, "warning"),
        (state.errors, "error"),
        (state.dropped, "lost event"),
        (0 if work is None else work.failed_tools, "failed tool call"),
        (0 if work is None else work.failed_steps, "failed step"),
    ):
        if count:
            words.append(number_words.count(count, noun))
    return ", ".join(words)
