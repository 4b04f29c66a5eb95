"""`rtw show RUN`: what a run is doing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from realtime_widgets.cli.options import as_json, find_server, run_name, server_option
from realtime_widgets.client.page_url import page_url
from realtime_widgets.errors import UnknownRunError
from realtime_widgets.protocol.ids import check_sprint_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime_widgets.protocol.run_state import RunState

__all__ = ["show"]


@click.command(
    short_help="Show the status and counts of a run.", epilog="Example: rtw show nightly-eval"
)
@run_name
@server_option
@as_json
def show(name: str, server: str | None, *, as_json: bool) -> None:
    """Show the status, the times, the tasks and the counts of RUN."""
    from realtime_widgets.protocol.run_state import RunState

    target = find_server(server)
    run = target.run(check_sprint_id(name))
    if run is None:
        raise UnknownRunError(name, tuple(target.log_head(name).similar))
    if as_json:
        click.echo(json.dumps(run))
        return
    for label, words in _rows(RunState.model_validate(run)):
        click.echo(f"{label:<9} {words}")
    click.echo(f"{'page':<9} {page_url(target, name)}")


def _rows(run: RunState) -> Iterator[tuple[str, str]]:
    """Yield what is shown, each with its label."""
    from realtime_widgets.display.number_words import amount, count
    from realtime_widgets.display.terminal.plain import one_line
    from realtime_widgets.display.totals import cost_words, token_words

    message = one_line(run.message or "")
    yield "run", run.sprint_id
    yield "status", f"{run.status}: {message}" if message else run.status
    if run.attempt > 1:
        yield "attempt", str(run.attempt)
    yield from _times(run)
    for task in run.tasks:
        name = one_line(" / ".join([*task.parents, task.task]))
        yield (
            "task",
            f"{name}  {amount(task.current, task.total, one_line(task.unit or ''))}  {task.state}",
        )
    parts = [(run.logs, "line"), (run.warnings, "warning"), (run.errors, "error")]
    yield "log", ", ".join(count(number, noun) for number, noun in parts)
    if run.agents:
        words = [token_words(run.agents.sums), cost_words(run.agents.sums)]
        yield "agents", ", ".join(filter(None, words)) or "no tokens reported"
    if run.last_line:
        yield "last line", one_line(run.last_line.text)


def _times(run: RunState) -> Iterator[tuple[str, str]]:
    """Yield when it started, and how long it took, or has taken until now."""
    from realtime_widgets.display.number_words import duration, span

    if run.started is None:
        return
    yield "started", f"{run.started[:19].replace('T', ' ')} UTC"
    began = datetime.fromisoformat(run.started)
    if run.ended:
        yield "took", span((datetime.fromisoformat(run.ended) - began).total_seconds())
    else:
        yield "since", duration((datetime.now(UTC) - began).total_seconds())
