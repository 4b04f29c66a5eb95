"""Exit codes of the command line, and the error that ends a command with one."""

from __future__ import annotations

from enum import IntEnum

import click

__all__ = ["ExitCode", "FailedCommand"]


class ExitCode(IntEnum):
    """How a command ends; `run` has the exit code of what it runs."""

    OK = 0
    FAILED = 1
    """What was to be done failed, or the run did."""
    USAGE = 2
    """An argument breaks its rule."""
    NO_SERVER = 3
    """There is no server, or it refuses."""
    NO_RUN = 4
    """Nothing was published to this run."""
    NOT_STORED = 5
    """Events could not be stored before the end."""
    NO_ANSWER = 6
    """No answer came in time, or no question is open."""
    INTERRUPTED = 130
    """Ctrl-C, as in shells."""
    PIPE_CLOSED = 141
    """What reads the output has closed it, as in shells."""


class FailedCommand(click.ClickException):
    """Ends a command with an exit code, after its message on stderr.

    Args:
        message: What went wrong, and what to do.
        code: The exit code.
    """

    def __init__(self, message: str, code: ExitCode) -> None:
        super().__init__(message)
        self.exit_code = int(code)  # type: ignore[misc]  # click reads that of the instance
