"""The entry point: the commands, and how their errors become exit codes."""

from __future__ import annotations

import io
import os
import sys
from typing import Any

import click

from realtime_widgets.cli.answer import answer
from realtime_widgets.cli.ask import ask
from realtime_widgets.cli.completion import completion
from realtime_widgets.cli.doctor import doctor
from realtime_widgets.cli.failures import ExitCode, FailedCommand
from realtime_widgets.cli.ls import ls
from realtime_widgets.cli.open_page import open_page
from realtime_widgets.cli.publish import publish
from realtime_widgets.cli.run import run
from realtime_widgets.cli.send import send
from realtime_widgets.cli.serve import serve
from realtime_widgets.cli.show import show
from realtime_widgets.cli.stop import stop
from realtime_widgets.cli.tail import tail
from realtime_widgets.cli.watch import watch
from realtime_widgets.errors import (
    InvalidEventError,
    InvalidSprintIdError,
    QueueFullError,
    RealtimeWidgetsError,
    ServerNotFoundError,
    UnknownRunError,
)

__all__ = ["rtw"]

_CODES: tuple[tuple[type[RealtimeWidgetsError], ExitCode], ...] = (
    (InvalidSprintIdError, ExitCode.USAGE),
    (InvalidEventError, ExitCode.USAGE),
    (ServerNotFoundError, ExitCode.NO_SERVER),
    (UnknownRunError, ExitCode.NO_RUN),
    (QueueFullError, ExitCode.NOT_STORED),
    (RealtimeWidgetsError, ExitCode.FAILED),
)
"""The first that an error is an instance of counts."""


class _Commands(click.Group):
    def invoke(self, context: click.Context) -> Any:  # noqa: ANN401 - as click has it
        """Run a command, and end with the exit code of its error."""
        if isinstance(sys.stdout, io.TextIOWrapper):
            # Its encoding may lack characters of a run, as in a pipe on Windows.
            sys.stdout.reconfigure(errors="replace")
        try:
            result = super().invoke(context)
            sys.stdout.flush()
        except RealtimeWidgetsError as error:
            code = next(code for kind, code in _CODES if isinstance(error, kind))
            raise FailedCommand(str(error), code) from None
        except KeyboardInterrupt:
            raise SystemExit(ExitCode.INTERRUPTED) from None
        except BrokenPipeError:
            # Else the interpreter writes what is left at its exit, and reports the error again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(ExitCode.PIPE_CLOSED) from None
        return result

    def list_commands(self, context: click.Context) -> list[str]:  # noqa: ARG002 - as click has it
        """Return the names as they were added, not by the alphabet."""
        return list(self.commands)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Begin with `rtw serve`, or with a Jupyter server that has realtime-widgets, and "
    "`rtw run -- COMMAND`. Each command explains its options by --help.",
)
@click.version_option(package_name="realtime-widgets")
def rtw() -> None:
    """Publish runs to a Jupyter server with realtime-widgets, and watch them.

    A run is what a script, a notebook or a command publishes: its log, its progress, its questions.
    Any terminal, notebook or browser shows it live.
    """


for _command in (
    run,
    publish,
    ls,
    show,
    tail,
    watch,
    open_page,
    ask,
    answer,
    send,
    stop,
    serve,
    doctor,
    completion,
):
    rtw.add_command(_command)
