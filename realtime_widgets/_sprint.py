"""`Sprint`: what a user holds to publish one agent run."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from typing import TYPE_CHECKING, Any, Self, SupportsFloat, SupportsIndex, TypeVar, cast

from realtime_widgets.client import redaction as secrets
from realtime_widgets.client.discovery import discover
from realtime_widgets.client.hidden import hide
from realtime_widgets.client.publishing.agui import agui_events
from realtime_widgets.client.publishing.deltas import Deltas
from realtime_widgets.client.publishing.events import (
    LEVELS,
    MAX_SOURCE,
    SMALL_LINE,
    any_event,
    check_stream,
    check_strictly,
    cut_line,
    known_event,
    level_name,
)
from realtime_widgets.client.publishing.failed_commands import FailedCommands
from realtime_widgets.client.publishing.failure import failure
from realtime_widgets.client.publishing.fit import finite, name, text
from realtime_widgets.client.publishing.left_loops import LeftLoops
from realtime_widgets.client.publishing.message import AgentMessageStream
from realtime_widgets.client.publishing.nesting import path_here
from realtime_widgets.client.publishing.outbox import EXIT_S, outbox, told_if_full
from realtime_widgets.client.runtime import held_off_forks
from realtime_widgets.client.waiting import in_thread, is_in_event_loop
from realtime_widgets.protocol.events import FINAL_STATUSES
from realtime_widgets.protocol.ids import check_sprint_id

if TYPE_CHECKING:
    import subprocess
    from collections.abc import AsyncIterable, Iterable, Mapping, Sequence
    from types import TracebackType

    from realtime_widgets.client.publishing.command import PathLike
    from realtime_widgets.client.publishing.nesting import Parent, Path
    from realtime_widgets.client.publishing.track import Track
    from realtime_widgets.protocol.events import Status, Stream, TaskStatus

__all__ = ["Sprint"]

Item = TypeVar("Item")

_log = logging.getLogger("realtime_widgets")


class Sprint:
    """Publishes one agent run: its status, log lines, progress and agent messages.

    Every call returns at once: what it publishes is queued, sent by a background thread, and kept
    while the server cannot be reached. It works from any thread, and in forked processes.
    As the last expression of a cell a sprint shows its live view.

    As a context manager it sets the status: `running`, then `succeeded`; or `failed` with the
    traceback; or `cancelled` when interrupted. A final status that was set inside stays. Commands
    that failed inside are named with `succeeded`. Blocks that overlap, in any threads and
    processes, are one attempt, which ends with the last of them.
    In a coroutine use `async with`, `await sprint.aflush()` and `await sprint.aclose()`.
    In a notebook the view of the run is shown when the block is entered, once in each cell.

    It can be pickled, without any token: the process that loads it finds the server and its token
    as every process does. A copy of it, deep or not, is itself.

    Args:
        sprint_id: The run's name: 1 to 64 ASCII letters, digits, dots, dashes or underscores. A
            name that was used before goes on with that run's log.
        server: Where to publish: the URL of a Jupyter server as Jupyter prints it or a browser
            shows it, or `"embedded"` for the hub in this process. Found by itself when None;
            `doctor()` tells how.
        strict: Whether data that an event cannot hold as it is raises `InvalidEventError`, for
            tests. By default it is cut, or turned into text, with a mark.
        mask_environment: Whether the values of all environment variables whose names are those of
            secrets (with `TOKEN`, `KEY`, `SECRET`, `PASSWORD` or `CREDENTIAL` in them) are replaced
            by `***` in what this process publishes. What lets it publish always is.
        show: Whether a cell shows the view of the run when it enters a `with` block, or when a
            command is the run.

    Raises:
        InvalidSprintIdError: The name breaks the rule.
        ValueError: `server` is no such URL.
    """

    def __init__(
        self,
        sprint_id: str,
        *,
        server: str | None = None,
        strict: bool = False,
        mask_environment: bool = False,
        show: bool = True,
    ) -> None:
        server = hide(server)
        self._sprint_id = check_sprint_id(sprint_id)
        self._masks_environment = mask_environment
        if mask_environment:
            secrets.mask_environment()
        self._deltas = Deltas()
        self._strict = strict
        self._unchecked = -1 if strict else SMALL_LINE
        """Characters up to which a line is taken as it is."""
        self._target = discover(server)
        self._outbox = outbox(self._target, self._sprint_id)
        self._status: str | None = None
        self._failed = FailedCommands()
        self._shows_itself = show
        self._left = LeftLoops()
        self._view: object = None
        self._entered_in: int | None = None
        """The process whose `with` block this is."""

    @property
    def sprint_id(self) -> str:
        """The run's name."""
        return self._sprint_id

    def __repr__(self) -> str:
        # A debugger shows one whose name was refused, too.
        return f"Sprint({getattr(self, '_sprint_id', None)!r})"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        return self

    def __getstate__(self) -> dict[str, object]:
        of_this_process = {"_outbox", "_deltas", "_left", "_view", "_entered_in"}
        return {name: value for name, value in vars(self).items() if name not in of_this_process}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state, _deltas=Deltas(), _left=LeftLoops(), _view=None, _entered_in=None)
        self._outbox = outbox(self._target, self._sprint_id)
        if self._masks_environment:
            secrets.mask_environment()

    # Publishing.

    def status(self, status: Status, message: object = None) -> None:
        """Say what the run is doing.

        Args:
            status: `pending`, `running`, `needs_input`, `succeeded`, `failed` or `cancelled`.
            message: Why, in words.

        Raises:
            InvalidEventError: There is no such status; it proposes one.
            QueueFullError: Too much is waiting to be sent.
        """
        event: dict[str, Any] = {"type": "status_update", "status": status}
        if message is not None:
            is_error = issubclass(type(message), BaseException)
            event["message"] = failure(cast("BaseException", message))[0] if is_error else message
            if is_error and status == "failed":
                self._fail_left(cast("BaseException", message))
        said = self._outbox.part.say(event, self, is_under_way=self.is_under_way)
        if said is not None:
            self._publish(said)
        self._status = status

    def log(
        self,
        message: object,
        level: str | int = "info",
        source: object | None = None,
        *,
        stream: Stream | None = None,
    ) -> None:
        """Publish a log line; it takes a microsecond.

        Args:
            message: The text. Other objects are turned into it. Above 65,536 characters its middle
                is cut out, with a mark. It may hold line breaks and ANSI colours.
            level: As in `logging`: `"debug"`, `"info"`, `"warning"`, `"error"`, `"critical"`, in
                any case, or a number, which means the nearest of them below. Others are `info`.
            source: Where it comes from: a logger, a file, a command; at most 256 characters.
            stream: Of the output of a program: which stream it was written to. Views mark
                `"stderr"`.

        Raises:
            InvalidEventError: There is no such stream.
        """
        line = message if type(message) is str else text(message)
        if len(line) > self._unchecked:
            if self._strict:
                check_strictly(_as_given(line, level, source))
            line = cut_line(line)
        try:
            known = LEVELS[level]
        except Exception:  # noqa: BLE001 - of another spelling, or of a type that has no hash
            known = level_name(level)
        event = {"type": "log", "message": line, "level": known, "time": time.time()}
        if source is not None:
            event["source"] = name(source, MAX_SOURCE)
        if stream is not None:
            event["stream"] = check_stream(stream)
        self._outbox.append(event, len(line), may_drop=True)

    def progress(  # noqa: PLR0913 - all but two are optional and by name
        self,
        task: str,
        current: SupportsIndex | SupportsFloat,
        total: SupportsIndex | SupportsFloat | None = None,
        *,
        unit: str | None = None,
        parent: Parent = None,
        state: TaskStatus | None = None,
    ) -> None:
        """Say how far a task of the run is; `track` does it for a loop.

        Args:
            task: The task's name, at most 256 characters. With the names of its parents it is the
                task's identity within the run.
            current: How much is done. What is no finite number becomes a warning in the log.
            total: How much there is to do, if that is known.
            unit: What is counted, at most 32 characters. `"B"` is shown as kB, MB and so on.
            parent: The task that this one is a part of: the loop of `track`, a name, or a path of
                names, the outermost first; `()` for none. By default the loop of `track` in whose
                body the call is.
            state: `succeeded`, `failed` or `stopped` ends the task. By default `succeeded` once
                `current` has reached `total`, and `running` before.

        Raises:
            InvalidEventError: There is no such state; it proposes one.
            QueueFullError: Too much is waiting to be sent; only where the task ends, as what is
                `running` may be dropped.
        """
        parents = path_here(self._sprint_id, parent)
        if state is None:
            state = "succeeded" if _is_reached(current, total) else "running"
        self._progress(parents, task, current, total, unit=unit, state=state)

    def _progress(  # noqa: PLR0913 - as `progress`
        self,
        parents: Path,
        task: str,
        current: SupportsIndex | SupportsFloat,
        total: SupportsIndex | SupportsFloat | None,
        *,
        unit: str | None,
        state: TaskStatus,
    ) -> None:
        event: dict[str, Any] = {"type": "build_progress", "task": task, **parents.fields()}
        event |= {"current": current, "state": state}
        if total is not None:
            event["total"] = total
        if unit is not None:
            event["unit"] = unit
        self._publish(event, may_drop=state == "running")

    def track(
        self,
        iterable: Iterable[Item] | AsyncIterable[Item],
        task: str,
        *,
        total: int | None = None,
        unit: str | None = None,
        parent: Parent = None,
    ) -> Track[Item]:
        """Go through an iterable and publish how far the loop is, at most ten times a second.

        Tasks that begin in the body of the loop are parts of its task; so they are in asyncio tasks
        that are created there, and in threads that run in a copy of its context.

        The task succeeds at the end of the iterable. It is stopped when the loop is left before, by
        `break` or because it is interrupted or cancelled, and it fails by an exception of what
        produces the items, or one that ends the `with` block of the sprint.

        Args:
            iterable: What to go through, in `for` or in `async for`.
            task: The task's name, as in `progress`.
            total: How many items there are; `len(iterable)` where that is known.
            unit: What an item is, such as `"batch"`.
            parent: The task that this one is a part of, as in `progress`. By default the loop of
                `track` in whose body this call is.

        Raises:
            InvalidEventError: A field breaks its rule.
        """
        from realtime_widgets.client.publishing.track import Track

        return Track(self, iterable, task, total=total, unit=unit, parent=parent)

    def message(self, agent: str) -> AgentMessageStream:
        """Publish a message of an agent while it is being written.

        ```python
        with sprint.message("planner") as reply:
            for token in tokens:
                reply.write(token)
        ```

        Args:
            agent: Who says it, at most 256 characters.
        """
        return AgentMessageStream(self, agent)

    def agent_event(self, agent: str, event: object) -> None:
        """Publish an AG-UI event of an agent, as it is.

        What is larger than an event may be is cut, with a mark, and so is what JSON cannot hold
        turned into text.

        Args:
            agent: Who does it, at most 256 characters.
            event: A mapping with a `type`, with AG-UI's names of the wire or of Python; an event
                model of the AG-UI package; JSON text; or text of an SSE stream, which may hold
                none or several.

        Raises:
            InvalidEventError: It is none of these.
            QueueFullError: Too much is waiting to be sent.
        """
        given = agui_events(event)
        for each in (part for whole in given for part in self._deltas.feed(agent, whole)):
            self._publish({"type": "agent_message", "agent": agent, "event": each})

    def emit(self, event: Mapping[str, Any]) -> None:
        """Publish any event: of a known type, or one with a `type` and fields of your own.

        Args:
            event: Copied, so it may be changed afterwards. Its `time`, seconds since 1970 or a
                `datetime`, is when it was made; now where it has none. Values that JSON cannot hold
                are turned into text, and what is larger than an event may be is cut, with a mark.

        Raises:
            InvalidEventError: It has no `type`, or lacks a field of its type.
            QueueFullError: Too much is waiting to be sent.
        """
        made, size = any_event(event, strict=self._strict)
        self._outbox.append(made, size)
        if made["type"] == "status_update":
            self._outbox.part.note(made)

    def run(
        self,
        command: str | Sequence[PathLike],
        *,
        cwd: PathLike | None = None,
        env: Mapping[str, str] | None = None,
        check: bool = False,
        pty: bool = False,
    ) -> subprocess.CompletedProcess[None]:
        """Run a command and publish its output line by line, while it runs.

        Lines of its standard error are marked as such. A line that the command rewrites, such as
        a progress bar, is published in its last form, and every 10 s as it stands. What the
        command leaves running in the background is not waited for; its output is still published.

        Where the run is not under way already, by a `with` block or `status("running")`, the
        command is the run: `running`, and then `succeeded` or, for any exit code but 0, `failed`.
        In a `with` block that goes on after a failure, the block's last status names it.

        Args:
            command: A list is run as it is; a string is given to the shell.
            cwd: The folder to run it in.
            env: Its whole environment, instead of this process's. `FORCE_COLOR` and
                `CLICOLOR_FORCE` are added, unless it has one of them or `NO_COLOR`; so is
                `PYTHONUNBUFFERED`.
            check: Raise for any exit code but 0.
            pty: Run it on a pseudo-terminal of 120 by 40 characters, for programs that otherwise
                print less, or all at the end. Both of its streams are one then. Not on Windows.

        Returns:
            The command and its exit code (`returncode`); the output is in the log.

        Raises:
            subprocess.CalledProcessError: With `check`, the command failed.
            OSError: The command cannot be started.
            ValueError: With `pty`, on Windows.
        """
        from realtime_widgets.client.publishing.command import run

        if not self.is_under_way:
            self._show_itself()
        part = self._outbox.part
        with part.entering(self), part.leaving(self, self._publish):
            return run(self, self._failed, command, cwd=cwd, env=env, check=check, pty=pty)

    @property
    def is_under_way(self) -> bool:
        """Whether this object has set a status that is not final."""
        return self._status is not None and self._status not in FINAL_STATUSES

    # Delivery.

    def flush(self, timeout: float = EXIT_S) -> int:
        """Wait until everything published so far is stored, at most `timeout` seconds.

        Returns:
            How many events are not stored; they stay queued.
        """
        return self._outbox.flush(timeout)

    def close(self, timeout: float = EXIT_S) -> int:
        """Flush, at most `timeout` seconds, then disconnect. Safe to call twice.

        Whatever is published afterwards connects again.

        Returns:
            How many events are not stored.
        """
        return self._outbox.close(timeout)

    async def aflush(self, timeout: float = EXIT_S) -> int:  # noqa: ASYNC109 - as `flush`
        """Do as `flush` does, and let the event loop go on meanwhile."""
        return await in_thread(lambda: self.flush(timeout))

    async def aclose(self, timeout: float = EXIT_S) -> int:  # noqa: ASYNC109 - as `close`
        """Do as `close` does, and let the event loop go on meanwhile."""
        return await in_thread(lambda: self.close(timeout))

    def __enter__(self) -> Self:
        self._entered_in = os.getpid()
        self._failed.clear()
        self._show_itself()
        with self._outbox.part.entering(self):
            self.status("running")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        if self._leave(error) and not is_in_event_loop():
            self._settle()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        # A task that is cancelled ends at once; its events are sent in the background.
        if self._leave(error) and not isinstance(error, asyncio.CancelledError):
            await in_thread(self._settle)

    def _leave(self, error: BaseException | None) -> bool:
        """Say how the block ended, if it is one of this process; a forked child has a copy."""
        if self._entered_in != os.getpid():
            return False
        with told_if_full(), self._outbox.part.leaving(self, self._publish):
            self._tell_end(error)
        return True

    def _settle(self) -> None:
        # A server that is down must not hold up the cell: its events wait in the queue.
        self._outbox.flush(EXIT_S, if_online=True)

    def _tell_end(self, error: BaseException | None) -> None:
        match error:
            case None:
                if self.is_under_way:
                    self.status("succeeded", self._failed.words)
            case KeyboardInterrupt() | asyncio.CancelledError() | GeneratorExit():
                self.status("cancelled", "interrupted")
            case SystemExit(code=0 | None):
                self.status("succeeded", self._failed.words)
            case _:
                self._fail_left(error)
                words, traceback = failure(error)
                self.log(traceback, "error")
                self.status("failed", words)

    def _fail_left(self, error: BaseException) -> None:
        """Tell that the loops which this exception has left have failed."""
        for loop in self._left.take(error):
            self._progress(
                loop.parents, loop.task, loop.done, loop.total, unit=loop.unit, state="failed"
            )

    # Display.

    def _show_itself(self) -> None:
        """Show the run in the cell that runs; a display that fails does not fail the run."""
        if not self._shows_itself or "IPython" not in sys.modules:
            return
        try:
            with held_off_forks:
                from realtime_widgets.display.output import show_by_itself
            self._view = show_by_itself(self._sprint_id, self._target, self._view)
        except Exception:  # noqa: BLE001 - it is logged
            _log.exception("realtime-widgets: the view of %r cannot be shown", self._sprint_id)

    def _ipython_display_(self) -> None:
        from realtime_widgets.display.output import show_sprint

        self._view = show_sprint(self._sprint_id, self._target, self._view)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        from realtime_widgets.display.output import still_bundle

        return still_bundle(self._sprint_id, self._target)

    def _repr_html_(self) -> str:
        # For hosts that know HTML and no bundles, such as Streamlit.
        html: str = self._repr_mimebundle_()["text/html"]
        return html

    def _display_(self) -> object:
        # marimo's own protocol; the widgets of a cell that runs again are gone.
        from realtime_widgets.display.output import view_of

        return view_of(self._sprint_id, self._target)

    def _publish(self, fields: dict[str, Any], *, may_drop: bool = False) -> None:
        fields["time"] = time.time()
        if self._strict:
            check_strictly(fields)
        event, size = known_event(fields)
        self._outbox.append(event, size, may_drop=may_drop)


def _is_reached(current: object, total: object) -> bool:
    if total is None:
        return False
    done, whole = finite(current), finite(total)
    return done is not None and whole is not None and done >= whole


def _as_given(line: str, level: object, source: object) -> dict[str, object]:
    """Return a log line as it was given, to be checked."""
    named = LEVELS.get(level, level) if isinstance(level, str | int) else level
    return {"type": "log", "message": line, "level": named, "source": source}
