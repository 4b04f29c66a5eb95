"""What several commands take: a server, the name of a run, `--json`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from realtime_widgets.cli.failures import ExitCode, FailedCommand
from realtime_widgets.client.discovery import discover
from realtime_widgets.client.server import Server
from realtime_widgets.errors import RealtimeWidgetsError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["as_json", "find_server", "optional_run_name", "run_name", "server_option"]

NO_SERVER = (
    "no Jupyter server with realtime-widgets was found; start one with `rtw serve`, name one with "
    "--server URL, or see `rtw doctor`"
)

Command = TypeVar("Command", bound=Callable[..., Any])

server_option: Callable[[Command], Command] = click.option(
    "--server",
    metavar="URL",
    help="The Jupyter server, as it prints its URL or a browser shows it. Without it, that of this "
    "terminal or the only one on this machine.",
)

as_json: Callable[[Command], Command] = click.option(
    "--json", "as_json", is_flag=True, help="Write JSON, one value a line."
)


def find_server(server: str | None) -> Server:
    """Return the server that a command uses.

    Args:
        server: The value of `--server`.

    Raises:
        FailedCommand: None was found.
        UsageError: It is no URL of a server.
    """
    try:
        target = discover(server)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--server") from None
    if not isinstance(target, Server):
        raise FailedCommand(NO_SERVER, ExitCode.NO_SERVER)
    return target


def _complete_name(context: click.Context, _: click.Parameter, given: str) -> list[CompletionItem]:
    """Return the names of runs that begin as given; none where no server answers."""
    from click.shell_completion import CompletionItem

    try:
        runs = find_server(context.params.get("server")).runs()
    except (RealtimeWidgetsError, click.ClickException):
        return []
    return [
        CompletionItem(run["sprint_id"], help=run["status"])
        for run in runs
        if run["sprint_id"].startswith(given)
    ]


run_name: Callable[[Command], Command] = click.argument(
    "name", metavar="RUN", shell_complete=_complete_name
)

optional_run_name: Callable[[Command], Command] = click.argument(
    "name", metavar="[RUN]", required=False, shell_complete=_complete_name
)
