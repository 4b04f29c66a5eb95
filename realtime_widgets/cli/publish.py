"""`rtw publish RUN`: publishes what it reads from stdin, line by line, as a run."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from realtime_widgets.cli.failures import ExitCode, FailedCommand
from realtime_widgets.cli.options import as_json, find_server, run_name, server_option
from realtime_widgets.protocol.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from realtime_widgets._sprint import Sprint

__all__ = ["publish"]

LINE_BYTES = 65_536
"""Longer lines are published in parts of this size."""

EVENT_BYTES = Limits().event_bytes
"""Maximum size of a line that is an event, in bytes."""

QUEUED = 5_000
"""Lines after which reading waits until all are stored, so that none is dropped."""

STORE_S = 600.0
"""How long that may take, in seconds."""

LEVELS = ("debug", "info", "warning", "error", "critical")


@click.command(
    short_help="Publish the lines of stdin.", epilog="Example: make 2>&1 | rtw publish build"
)
@run_name
@click.option("--level", type=click.Choice(LEVELS), default="info", help="Of each line (info).")
@click.option("--source", help="Where the lines come from, such as the name of a program.")
@click.option("--events", is_flag=True, help="Each line is an event as JSON, with its `type`.")
@click.option("--no-status", is_flag=True, help="Publish lines only, and not that the run runs.")
@server_option
@as_json
def publish(  # noqa: PLR0913 - all by name, as click has them
    name: str,
    level: str,
    source: str | None,
    server: str | None,
    *,
    events: bool,
    no_status: bool,
    as_json: bool,
) -> None:
    """Publish the lines of stdin to RUN, each when it is read.

    RUN is running until the end of stdin, and has succeeded then; Ctrl-C cancels it.
    """
    from realtime_widgets._sprint import Sprint

    find_server(server)
    sprint = Sprint(name, server=server)

    def send(line: str) -> None:
        if events:
            sprint.emit(_event_of(line))
        else:
            sprint.log(line, level, source)

    limit = EVENT_BYTES if events else LINE_BYTES
    if no_status:
        count = _publish_lines(sprint, send, limit)
    else:
        with sprint:
            count = _publish_lines(sprint, send, limit)
    left = sprint.close(STORE_S)
    if as_json:
        click.echo(json.dumps({"sprint_id": name, "lines": count, "not_stored": left}))
    if left:
        raise FailedCommand(f"{left:,} events were not stored", ExitCode.NOT_STORED)


def _publish_lines(sprint: Sprint, send: Callable[[str], None], limit: int) -> int:
    """Publish each line, and return how many there were."""
    count = 0
    for line in _lines(limit):
        send(line)
        count += 1
        if count % QUEUED == 0 and (left := sprint.flush(STORE_S)):
            raise FailedCommand(f"{left:,} events were not stored", ExitCode.NOT_STORED)
    return count


def _lines(limit: int) -> Iterator[str]:
    while data := sys.stdin.buffer.readline(limit):
        yield data.decode(errors="replace").removesuffix("\n").removesuffix("\r")


def _event_of(line: str) -> dict[str, Any]:
    """Read an event.

    Raises:
        UsageError: It is no JSON object.
    """
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict):
        raise click.UsageError(f"with --events each line is a JSON object, not {line[:80]!r}")
    return event
