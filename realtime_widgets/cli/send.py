"""`rtw send RUN TEXT`: sends a message to the program of a run."""

from __future__ import annotations

import json

import click

from realtime_widgets.cli.options import as_json, find_server, run_name, server_option
from realtime_widgets.cli.sending import newest_attempt, post

__all__ = ["send"]


@click.command(
    short_help="Send a message to the program of a run.",
    epilog='Example: rtw send nightly-eval "skip the slow cases"',
)
@run_name
@click.argument("text")
@server_option
@as_json
def send(name: str, text: str, server: str | None, *, as_json: bool) -> None:
    """Send TEXT to the program of RUN, which reads it from `sprint.inbox()`.

    The exit code is 1 where it is not running or reads no messages.
    """
    target = find_server(server)
    attempt = newest_attempt(target, name)
    seq = post(target, name, {"type": "user_message", "text": text, "attempt": attempt})
    if as_json:
        click.echo(json.dumps({"sprint_id": name, "attempt": attempt, "seq": seq}))
