"""`rtw tail RUN`: the newest lines of the log of a run, and with `-f` each new one."""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from typing import TYPE_CHECKING, Any

import click

from realtime_widgets.backoff import Backoff
from realtime_widgets.cli.failures import ExitCode
from realtime_widgets.cli.options import as_json, find_server, run_name, server_option
from realtime_widgets.display.hidden_text import mark_hidden
from realtime_widgets.errors import PositionLostError, ServerNotFoundError, UnknownRunError
from realtime_widgets.protocol.ids import check_sprint_id
from realtime_widgets.protocol.log_text import text_of
from realtime_widgets.protocol.messages import Gap
from realtime_widgets.protocol.position import Position

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from realtime_widgets.client.server import Server
    from realtime_widgets.protocol.events import Event

__all__ = ["tail"]

MAX_LINES = 10_000
"""Most lines of `-n`, which are in memory together."""

_COLOURS = {"WARNING": "yellow", "ERROR": "red", "CRITICAL": "red", "STATUS": "cyan"}


@click.command(
    short_help="Write the log of a run, with -f live.", epilog="Example: rtw tail -f nightly-eval"
)
@run_name
@click.option("-f", "--follow", "follows", is_flag=True, help="Wait for new lines, and write them.")
@click.option(
    "-n",
    "lines",
    type=click.IntRange(0, MAX_LINES),
    default=10,
    metavar="N",
    help="How many lines (10).",
)
@click.option("--all", "whole", is_flag=True, help="All lines that are stored.")
@click.option("--until-end", is_flag=True, help="With -f: stop when the run has ended.")
@server_option
@as_json
@click.pass_context
def tail(  # noqa: PLR0913 - all by name, as click has them
    context: click.Context,
    name: str,
    lines: int,
    server: str | None,
    *,
    follows: bool,
    whole: bool,
    until_end: bool,
    as_json: bool,
) -> None:
    """Write the newest lines of the log of RUN, with their times in UTC, and its statuses.

    With -f it continues, over restarts of the server, without a lost or doubled line; with
    --until-end the exit code is 0 where the run has succeeded, and else 1.
    """
    target = find_server(server)
    (epoch, head), similar = target.log_head(check_sprint_id(name))
    if epoch is None and not follows:
        raise UnknownRunError(name, tuple(similar))
    write = _json_of if as_json else _text_of
    for text in _stored(name, server, head, None if whole else lines, write):
        click.echo(text, nl=False)
    if not follows:
        return
    if epoch is None:
        click.echo(f"{UnknownRunError(name, tuple(similar))}; waiting for it", err=True)
    after = None if epoch is None else Position(epoch=epoch, seq=head)
    for text in _new(name, server, after, write, until_end=until_end):
        click.echo(text, nl=False)
        sys.stdout.flush()
    if not _has_succeeded(target, name):
        context.exit(ExitCode.FAILED)


def _stored(
    name: str, server: str | None, head: int, limit: int | None, write: Callable[[Event], str]
) -> Iterator[str]:
    """Yield the texts of stored events up to the head: all, or of the last ones that have one."""
    from realtime_widgets._history import history

    if head == 0 or limit == 0:
        return
    stored = history(name, before=head + 1, server=server)
    if limit is None:
        yield from map(write, stored)
        return
    found = deque[str]()
    for event in reversed(stored):
        if text := write(event):
            found.appendleft(text)
        if len(found) == limit:
            break
    yield from found


def _new(
    name: str,
    server: str | None,
    after: Position | None,
    write: Callable[[Event], str],
    *,
    until_end: bool,
) -> Iterator[str]:
    """Yield the texts of events after a position, each when it was published."""
    from realtime_widgets._follow import follow

    backoff = Backoff()
    with follow(name, after=after, until_end=until_end, server=server) as events:
        while True:
            try:
                event = next(events, None)
            except PositionLostError:
                click.echo(f"{name} has another log now, which begins here", err=True)
                continue
            except ServerNotFoundError as error:
                if error.kind != "unreachable":
                    raise
                time.sleep(backoff.next_delay())  # it has answered before: it may be restarting
                continue
            if event is None:
                return
            if isinstance(event, Gap):
                click.echo(f"events {event.from_:,} to {event.to:,} are not kept", err=True)
            else:
                yield write(event)


def _has_succeeded(target: Server, name: str) -> bool:
    run = target.run(name)
    return run is not None and run["status"] == "succeeded"


def _flat(event: Event) -> dict[str, Any]:
    return event.model_dump(mode="json", exclude_none=True)


def _json_of(event: Event) -> str:
    return json.dumps(_flat(event)) + "\n"


def _text_of(event: Event) -> str:
    """Return the line as text, with the level in colour where it is written to a terminal."""
    text = mark_hidden(text_of(_flat(event)))
    time, _, rest = text.partition(" ")
    word = rest.partition(" ")[0]
    colour = _COLOURS.get(word)
    return f"{time} {click.style(word, fg=colour)}{rest[len(word) :]}" if colour else text
