"""`rtw ask RUN TEXT`: waits for the answer of a user, and writes it."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import click

from realtime_widgets.cli.failures import ExitCode, FailedCommand
from realtime_widgets.cli.options import as_json, find_server, run_name, server_option
from realtime_widgets.errors import NoAnswerError

if TYPE_CHECKING:
    from realtime_widgets._sprint import Sprint

__all__ = ["ask"]


@click.command(
    short_help="Ask a question, and write the answer.",
    epilog='Example: rtw ask release "Deploy where?" --choices test --choices live',
)
@run_name
@click.argument("text")
@click.option("--choices", multiple=True, metavar="TEXT", help="A possible answer; once for each.")
@click.option("--default", metavar="TEXT", help="The answer where none comes in time.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="How long to wait (for ever).",
)
@click.option("--details", help="What is shown below the question.")
@click.option("--no-status", is_flag=True, help="Only ask, and do not publish that the run runs.")
@server_option
@as_json
def ask(  # noqa: PLR0913, PLR0917 - all but two by name, as click has them
    name: str,
    text: str,
    choices: tuple[str, ...],
    default: str | None,
    timeout: float | None,
    details: str | None,
    server: str | None,
    *,
    no_status: bool,
    as_json: bool,
) -> None:
    """Ask TEXT in the views of RUN, and here on a terminal; write the first answer.

    RUN is running until then, and has succeeded then. The exit code is 6 where no answer comes in
    time and there is no default.
    """
    from realtime_widgets._sprint import Sprint

    find_server(server)
    sprint = Sprint(name, server=server)
    options: dict[str, Any] = {"choices": choices or None, "timeout": timeout, "details": details}
    if default is not None:
        options["default"] = default
    try:
        answer = _ask(sprint, text, options, no_status=no_status)
    except NoAnswerError as error:
        raise FailedCommand(str(error), ExitCode.NO_ANSWER) from None
    click.echo(json.dumps({"sprint_id": name, "answer": answer}) if as_json else answer)


def _ask(sprint: Sprint, text: str, options: dict[str, Any], *, no_status: bool) -> str:
    with contextlib.nullcontext() if no_status else sprint:
        try:
            answer: str = sprint.ask(text, **options)
        except NoAnswerError as error:
            if not no_status:
                sprint.status("failed", error.reason)
            raise
    return answer
