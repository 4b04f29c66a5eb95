"""The rows at the top: status, times, tokens and cost, what is wrong, and the newest metrics."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING

from rich.text import Text

from realtime_widgets.cli.watching.rows import ends
from realtime_widgets.display.look import status_name
from realtime_widgets.display.metrics import value_words
from realtime_widgets.display.number_words import count, duration, span
from realtime_widgets.display.terminal.marks import STATUS_MARKS
from realtime_widgets.display.terminal.plain import one_line
from realtime_widgets.display.totals import cost_words, token_words
from realtime_widgets.protocol.events import CAUSE_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime_widgets.cli.watching.followed_run import FollowedRun
    from realtime_widgets.cli.watching.view import Connection

__all__ = ["header_rows"]

MAX_METRICS = 20


def header_rows(run: FollowedRun, connection: Connection, width: int, now: float) -> list[Text]:
    """Return the rows.

    Args:
        run: The run.
        connection: That to the server.
        width: Columns.
        now: The time, in seconds since 1970.
    """
    as_of = connection.lost_at or now
    rows = [ends(_status(run, as_of), _totals(run), width)]
    rows += [ends(row, Text(), width) for row in _remarks(run, connection, now)]
    if metrics := _metrics(run):
        rows.append(ends(metrics, Text(), width))
    return rows


def _status(run: FollowedRun, as_of: float) -> Text:
    state = run.state
    mark, style = STATUS_MARKS[state.status]
    words = status_name(state.status, state.cause)
    if state.inbox and state.inbox.stop and not run.is_over:
        words = "Stopping…"
    row = Text.assemble((f"{mark} ", style), (one_line(state.sprint_id), "bold"), f"  {words}")
    if (took := _took(run, as_of)) is not None:
        row.append(f" {took}", "dim")
    if state.attempt > 1:
        row.append(f"  attempt {state.attempt}", "dim")
    if state.details and state.details.title:
        row.append(f"  {one_line(state.details.title)}", "dim")
    return row


def _took(run: FollowedRun, as_of: float) -> str | None:
    """Return for how long it has run, or how long it took; None where that is not known."""
    began = _seconds(run.state.started)
    ended = run.state.last_seen if run.state.status == "lost" else _seconds(run.state.ended)
    if began is None:
        return None
    return duration(as_of - began) if ended is None else span(ended - began)


def _seconds(timestamp: str | None) -> float | None:
    try:
        return datetime.fromisoformat(timestamp or "").timestamp()
    except (ValueError, OverflowError):
        return None


def _totals(run: FollowedRun) -> Text:
    work = run.state.agents
    words = [token_words(work.sums), cost_words(work.sums)] if work else []
    if run.watchers:
        words.append(f"{run.watchers} watching")
    return Text(" · ".join(filter(None, words)), "dim")


def _remarks(run: FollowedRun, connection: Connection, now: float) -> Iterator[Text]:
    state = run.state
    if connection.lost_at is not None:
        clock = time.strftime("%H:%M:%S", time.localtime(connection.lost_at))
        yield _warning(f"reconnecting; this is as of {clock}")
    elif not connection.is_open:
        yield Text("  connecting…", "dim")
    elif state.head == 0:
        similar = ", ".join(map(one_line, connection.similar))
        words = f"; similar names: {similar}" if similar else ""
        yield Text(f"  nothing was published to this run yet{words}", "dim")
    if run.trouble:
        yield _warning(f"the server cannot store events: {one_line(run.trouble)}")
    if state.disconnected_at is not None and not run.is_over:
        ago = duration(now - state.disconnected_at)
        yield _warning(f"publisher disconnected {ago} ago")
    if state.status == "lost" and state.last_seen is not None:
        what = "last seen" if state.cause is None else f"{CAUSE_WORDS[state.cause]} at"
        clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(state.last_seen))
        yield _warning(f"{what} {clock}")
    if state.message and not (state.status == "needs_input" and run.questions):  # they are below
        style = "red" if state.status == "failed" else ""
        yield Text(f"  {one_line(state.message)}", style)


def _warning(words: str) -> Text:
    return Text.assemble(("▲ ", "yellow"), words)


def _metrics(run: FollowedRun) -> Text:
    row = Text("  " if run.state.metrics else "")
    for metric in run.state.metrics[:MAX_METRICS]:
        row.append(f"{one_line(metric.name)} ", "dim").append(f"{value_words(metric.last)}  ")
    if (more := len(run.state.metrics) - MAX_METRICS) > 0:
        row.append(f"{count(more, 'more metric')}", "dim")
    return row
