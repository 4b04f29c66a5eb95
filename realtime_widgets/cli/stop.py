"""`rtw stop RUN`: stops a run, and waits for its end where that is wanted."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import click

from realtime_widgets.cli.failures import ExitCode, FailedCommand
from realtime_widgets.cli.options import as_json, find_server, run_name, server_option
from realtime_widgets.cli.sending import newest_attempt, post
from realtime_widgets.protocol.events import OVER_STATUSES

if TYPE_CHECKING:
    from realtime_widgets.client.server import Server

__all__ = ["stop"]

LOOK_S = 0.25
"""How often it is checked whether the run has ended, in seconds."""


@click.command(short_help="Stop a run.", epilog="Example: rtw stop nightly-eval --wait 10")
@run_name
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Wait for the end of the run, at most so long; the exit code is 1 where it has not ended.",
)
@server_option
@as_json
def stop(name: str, wait_s: float | None, server: str | None, *, as_json: bool) -> None:
    """Stop RUN: its program is interrupted, or ends where it checks for that.

    The exit code is 1 where it is not running.
    """
    target = find_server(server)
    attempt = newest_attempt(target, name)
    seq = post(target, name, {"type": "control", "action": "stop", "attempt": attempt})
    about: dict[str, Any] = {"sprint_id": name, "attempt": attempt, "seq": seq}
    if wait_s is not None:
        about["status"] = _wait(target, name, attempt, wait_s)
    if as_json:
        click.echo(json.dumps(about))
    elif wait_s is not None and about["status"] is not None:
        click.echo(about["status"])
    if wait_s is not None and about["status"] is None:
        reason = f"{name!r} has not ended within {wait_s:g} s"
        raise FailedCommand(reason, ExitCode.FAILED)


def _wait(target: Server, name: str, attempt: int, wait_s: float) -> str | None:
    """Return the status with which the attempt has ended; None where it has not in time."""
    ends_at = time.monotonic() + wait_s
    while True:
        run = target.run(name) or {}
        ended = {"attempt": run.get("attempt"), "status": run.get("status")}
        if ended["attempt"] != attempt:
            past = [one for one in run.get("past", []) if one["attempt"] == attempt]
            ended["status"] = past[0]["status"] if past else "lost"
        if ended["status"] in OVER_STATUSES:
            return str(ended["status"])
        if time.monotonic() >= ends_at:
            return None
        time.sleep(min(LOOK_S, max(0.0, ends_at - time.monotonic())))
