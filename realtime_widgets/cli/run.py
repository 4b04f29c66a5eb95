"""`rtw run -- COMMAND`: runs a command as without it, and publishes what it writes as a run."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from realtime_widgets.cli.failures import ExitCode, FailedCommand
from realtime_widgets.cli.options import NO_SERVER, as_json, server_option
from realtime_widgets.client.publishing.receiving.stopping import stop_words
from realtime_widgets.errors import Cancelled
from realtime_widgets.protocol.ids import check_sprint_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets._sprint import Sprint
    from realtime_widgets.cli.attached import Attached

__all__ = ["run"]

SIGNALLED = 128
"""Exit codes above it are those of commands that a signal has ended."""

CANCELLED = {128 + 1: "SIGHUP", 128 + 2: "SIGINT", 128 + 15: "SIGTERM"}
"""Exit codes of a command that was stopped, and by which signal."""

STORE_S = 10.0
"""How long to wait at the end for the server, in seconds."""


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    options_metavar="[OPTIONS] --",
    short_help="Run a command, and publish its output.",
    epilog="Example: rtw run --name build -- python -m build",
)
@click.option("--name", metavar="RUN", help="The name of the run (the program's and the time).")
@server_option
@as_json
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(name: str | None, server: str | None, command: tuple[str, ...], *, as_json: bool) -> None:
    """Run COMMAND, publish its output as a run, and end with its exit code.

    On a terminal the command has one, too: it writes in colour and reads keys. Without a server it
    runs all the same, with one line about it on stderr. With --json one line about the run is
    written to stderr at the end.
    """
    if not hasattr(os, "fork"):
        raise FailedCommand("`rtw run` needs a POSIX system; use Sprint.run", ExitCode.FAILED)
    from realtime_widgets.cli.attached import Attached

    source = Path(command[0]).name
    name = check_sprint_id(name or _name_of(source))
    # The command is started below, before any thread is.
    sprint = _sprint(name, server, on_cancel=lambda: attached.stop())  # noqa: PLW0108
    attached = Attached(command)
    code, left = _publish(sprint, attached, source)
    if as_json:
        about = {"sprint_id": name, "exit_code": code, "not_stored": left}
        click.echo(json.dumps(about), err=True)
    elif left:
        click.echo(f"rtw: {left:,} events of {name!r} were not stored", err=True)
    sys.exit(code)


def _publish(sprint: Sprint, attached: Attached, source: str) -> tuple[int, int]:
    """Publish the run of a command that was started.

    Returns:
        Its exit code, and how many events were not stored.
    """
    from realtime_widgets.cli.copied_output import CopiedOutput

    sprint.status("running")
    with CopiedOutput(sprint, source, is_joined=attached.is_on_terminal) as output:
        code = attached.wait(output.copy)
    try:
        sprint.check()
    except Cancelled as stopped:
        sprint.status("cancelled", stop_words(stopped.user))
        return code, sprint.close(STORE_S)
    if code in CANCELLED:
        sprint.status("cancelled", f"{source} was ended by {CANCELLED[code]}")
    elif code:
        sprint.status("failed", f"{source} ended with exit code {code}")
    else:
        sprint.status("succeeded")
    return code, sprint.close(STORE_S)


def _sprint(name: str, server: str | None, on_cancel: Callable[[], None]) -> Sprint:
    """Return the run, in this process only where there is no server."""
    from realtime_widgets._sprint import Sprint
    from realtime_widgets.client.discovery import EMBEDDED, discover

    try:
        has_server = discover(server).is_server
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--server") from None
    if not has_server:
        click.echo(f"rtw: the run is not published: {NO_SERVER}", err=True)
    return Sprint(name, server=server if has_server else EMBEDDED, on_cancel=on_cancel)


def _name_of(program: str) -> str:
    """Return a name that begins with the program's and ends with the time."""
    word = re.sub(r"[^A-Za-z0-9._-]+", "-", program).strip("-._")[:40] or "run"
    return f"{word}-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
