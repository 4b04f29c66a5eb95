"""Runs a command and publishes what it writes while it writes it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

from realtime_widgets.client.publishing.commands.command_output import CommandOutput
from realtime_widgets.client.publishing.commands.process_tree import INTERRUPT, TERMINATE, stop_tree
from realtime_widgets.client.publishing.commands.pseudo_terminal import (
    ENVIRONMENT,
    check_terminals,
    terminal,
)
from realtime_widgets.client.publishing.outbox.queue_full import log_queue_full
from realtime_widgets.client.publishing.receiving.stopping import stop_words
from realtime_widgets.client.runtime import SLICE_S
from realtime_widgets.errors import Cancelled
from realtime_widgets.protocol.events import MAX_SOURCE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from realtime_widgets.client.publishing.commands.command_output import StreamName
    from realtime_widgets.client.publishing.commands.failed_commands import FailedCommands
    from realtime_widgets.client.publishing.publisher import Publisher

__all__ = ["PathLike", "run"]

PathLike = str | os.PathLike[str]


def run(  # noqa: PLR0913 - all but three are those of `Sprint.run`
    sprint: Publisher,
    failed: FailedCommands,
    command: str | Sequence[PathLike],
    *,
    cwd: PathLike | None,
    env: Mapping[str, str] | None,
    check: bool,
    pty: bool,
) -> subprocess.CompletedProcess[None]:
    """See `Sprint.run`; a failure that raises nothing is added to `failed`."""
    if pty:
        check_terminals()
    is_the_run = not sprint.is_under_way
    source = _name(command)[:MAX_SOURCE]
    if is_the_run:
        sprint.status("running")
    try:
        process, streams = _start(command, cwd, _environment(env, pty=pty), pty=pty)
        code = _wait(process, CommandOutput(sprint.log, source, streams), sprint.check)
    except BaseException as error:
        if is_the_run:
            was_stopped = not isinstance(error, Exception)
            words: object = error if str(error) else None
            if isinstance(error, Cancelled):
                words = stop_words(error.user)
            with log_queue_full():
                sprint.status("cancelled" if was_stopped else "failed", words)
        raise
    ending = _ending(source, code)
    if code != 0:
        sprint.log(ending, "error", source)
    if is_the_run:
        sprint.status("failed" if code else "succeeded", ending if code else None)
    if check and code != 0:
        raise subprocess.CalledProcessError(code, command)
    if code != 0:
        failed.add(ending)
    return subprocess.CompletedProcess(command, code)


def _environment(env: Mapping[str, str] | None, *, pty: bool) -> dict[str, str]:
    """Add what makes programs write at once and in colour, unless the environment decides that."""
    given = dict(os.environ if env is None else env)
    added = {"PYTHONUNBUFFERED": "1"}
    if not given.get("NO_COLOR") and given.keys().isdisjoint(("FORCE_COLOR", "CLICOLOR_FORCE")):
        added |= {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"}
    if pty:
        added |= ENVIRONMENT
        if env is None:
            # The size of the terminal that this process was started in.
            given.pop("COLUMNS", None)
            given.pop("LINES", None)
    return added | given


def _start(
    command: str | Sequence[PathLike],
    cwd: PathLike | None,
    environment: Mapping[str, str],
    *,
    pty: bool,
) -> tuple[subprocess.Popen[bytes], list[tuple[IO[bytes], StreamName]]]:
    """Start the command, and return what it writes to as well."""

    def start(output: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - what the user asked for
            command,
            shell=isinstance(command, str),
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,  # there is no input
            stdout=output,
            stderr=output,
        )

    if pty:
        with terminal() as (stream, descriptor):
            return start(descriptor), [(stream, None)]
    process = start(subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None, "both are pipes"  # noqa: S101, PT018 - narrows the types
    return process, [(process.stdout, None), (process.stderr, "stderr")]


def _wait(
    process: subprocess.Popen[bytes], output: CommandOutput, check: Callable[[], None]
) -> int:
    """Return the exit code, once what the command wrote is published.

    Args:
        process: The command.
        output: What it writes.
        check: Raises `Cancelled` when the run was stopped.
    """
    try:
        while process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(SLICE_S)
            check()
    except Cancelled:
        _stop(process, INTERRUPT)
        raise
    except BaseException:
        # The keys of a terminal and the interrupt of a kernel have sent SIGINT to all of them.
        _stop(process, TERMINATE)
        raise
    finally:
        output.settle()
    return process.returncode


def _stop(process: subprocess.Popen[bytes], first: int) -> None:
    """End the command with all processes that it has started."""
    if sys.platform == "win32":
        process.terminate()
    else:
        stop_tree(process.pid, first)
    process.wait()


def _name(command: str | Sequence[PathLike]) -> str:
    """Name a command by its program, or by the module that Python runs."""
    words = command.split() if isinstance(command, str) else [os.fspath(word) for word in command]
    name = Path(words[0]).stem if words else ""
    is_python_module = name.startswith("python") and words[1:2] == ["-m"] and len(words) > 2  # noqa: PLR2004 - python -m module
    return words[2] if is_python_module else name


def _ending(source: str, code: int) -> str:
    if code >= 0:
        return f"{source} ended with exit code {code}"
    with contextlib.suppress(ValueError):
        return f"{source} was ended by {signal.Signals(-code).name}"
    return f"{source} was ended by signal {-code}"
