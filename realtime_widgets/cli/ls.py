"""`rtw ls`: the runs of a server."""

from __future__ import annotations

import json
import shutil
import sys
from typing import get_args

import click

from realtime_widgets.cli.options import as_json, find_server, server_option
from realtime_widgets.protocol.events import Status

__all__ = ["ls"]


@click.command(
    short_help="List the runs, the newest first.", epilog="Example: rtw ls --status running"
)
@click.option("--status", type=click.Choice(get_args(Status)), help="Only runs with this status.")
@click.option("-n", "limit", type=click.IntRange(1), metavar="N", help="At most N runs.")
@server_option
@as_json
def ls(status: str | None, limit: int | None, server: str | None, *, as_json: bool) -> None:
    """List the runs, the newest first."""
    from realtime_widgets._runs import SprintList
    from realtime_widgets.display.terminal.plain import one_line
    from realtime_widgets.protocol.run_state import RunState

    found = find_server(server).runs()
    runs = [run for run in found if status in {None, run["status"]}][:limit]
    if as_json:
        for run in runs:
            click.echo(json.dumps(run))
        return
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    table = repr(SprintList(map(RunState.model_validate, runs)))
    for line in map(one_line, table.split("\n")):
        click.echo(line if width is None or len(line) <= width else f"{line[: width - 1]}…")
