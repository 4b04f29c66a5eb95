"""`Sprint`: what a user holds to publish one agent run."""

from __future__ import annotations

import asyncio
import os
import time
import traceback
from typing import TYPE_CHECKING, Any, Literal, Self, SupportsFloat, SupportsIndex, TypeVar

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.events import FINAL_STATUSES
from realtime_widgets.protocol.ids import check_sprint_id, random_id
from realtime_widgets.publisher._discovery import discover
from realtime_widgets.publisher._events import (
    LEVELS,
    MAX_SOURCE,
    SMALL_LINE,
    cut_line,
    cut_words,
    make_event,
    number,
)
from realtime_widgets.publisher._hidden import hide
from realtime_widgets.publisher._message import AgentMessageStream
from realtime_widgets.publisher._origin import origin
from realtime_widgets.publisher._outbox import EXIT_S, outbox, told_if_full

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

    from realtime_widgets.protocol.events import Status
    from realtime_widgets.publisher._process import PathLike

__all__ = ["Sprint"]

ATTEMPT_BITS = 32
"""Randomness of an attempt's id, which differs from the one before."""

Item = TypeVar("Item")


class Sprint:
    """Publishes one agent run: its status, log lines, progress and agent messages.

    Every call returns at once: what it publishes is queued, sent by a background thread, and kept
    while the server cannot be reached. It works from any thread, and in forked processes.
    As the last expression of a cell a sprint shows its live view.

    As a context manager it sets the status: `running`, then `succeeded`; or `failed` with the
    traceback; or `cancelled` when interrupted. A final status that was set inside stays.

    Args:
        sprint_id: The run's name: 1 to 64 ASCII letters, digits, dots, dashes or underscores. A
            name that was used before goes on with that run's log.
        server: Where to publish: the URL of a Jupyter server as Jupyter prints it, or
            `"embedded"` for the hub in this process. Found by itself when None; `doctor()` tells
            how.

    Raises:
        InvalidSprintIdError: The name breaks the rule.
    """

    def __init__(self, sprint_id: str, *, server: str | None = None) -> None:
        server = hide(server)
        self._sprint_id = check_sprint_id(sprint_id)
        self._target = discover(server)
        self._outbox = outbox(self._target, self._sprint_id)
        self._status: str | None = None
        self._view: object = None
        self._entered_in: int | None = None
        """The process whose `with` block this is."""

    @property
    def sprint_id(self) -> str:
        """The run's name."""
        return self._sprint_id

    def __repr__(self) -> str:
        return f"Sprint({self._sprint_id!r})"

    # Publishing.

    def status(self, status: Status, message: object = None) -> None:
        """Say what the run is doing.

        Args:
            status: `pending`, `running`, `needs_input`, `succeeded`, `failed` or `cancelled`.
            message: Why, in words.

        Raises:
            InvalidEventError: There is no such status.
            QueueFullError: Too much is waiting to be sent.
        """
        event = {"type": "status_update", "status": status}
        if status == "running" and not self.is_under_way:
            event |= {"attempt": random_id(ATTEMPT_BITS), **origin()}
        if message is not None:
            event["message"] = cut_words(str(message))
        self._publish(event)
        self._status = status

    def log(self, message: object, level: str | int = "info", source: object | None = None) -> None:
        """Publish a log line; it takes a microsecond.

        Args:
            message: The text. Other objects are turned into it; above 65,536 characters it is cut,
                with a mark. It may hold line breaks and ANSI colours.
            level: As in `logging`: `"debug"`, `"info"`, `"warning"`, `"error"`, `"critical"`.
            source: Where it comes from: a logger, a file, a command; at most 256 characters.

        Raises:
            InvalidEventError: There is no such level, or the source is too long.
        """
        text = message if type(message) is str else str(message)
        if len(text) > SMALL_LINE:
            text = cut_line(text)
        name = LEVELS.get(level)
        if name is None:
            reason = f"{level!r} is none of debug, info, warning, error, critical"
            raise InvalidEventError(ErrorCode.BAD_FIELD, reason, field="level")
        event = {"type": "log", "message": text, "level": name, "time": time.time()}
        if source is not None:
            event["source"] = origin = str(source)
            if len(origin) > MAX_SOURCE:
                reason = f"has {len(origin):,} characters, {MAX_SOURCE} are allowed"
                raise InvalidEventError(ErrorCode.BAD_FIELD, reason, field="source")
        self._outbox.append(event, len(text), may_drop=True)

    def progress(  # noqa: PLR0913 - all but two are optional and by name
        self,
        task: str,
        current: SupportsIndex | SupportsFloat,
        total: SupportsIndex | SupportsFloat | None = None,
        *,
        unit: str | None = None,
        parent: str | None = None,
        state: Literal["running", "succeeded", "failed"] = "running",
    ) -> None:
        """Say how far a task of the run is; `track` does it for a loop.

        Args:
            task: The task's name, its identity within the run; at most 256 characters.
            current: How much is done.
            total: How much there is to do, if that is known.
            unit: What is counted, at most 32 characters.
            parent: Name of the task that this one is a part of.
            state: `succeeded` or `failed` ends the task.

        Raises:
            InvalidEventError: A field breaks its rule.
            QueueFullError: Too much is waiting to be sent; only where the task ends, as what is
                `running` may be dropped.
        """
        event: dict[str, Any] = {
            "type": "build_progress",
            "task": task,
            "current": number(current),
            "state": state,
        }
        if total is not None:
            event["total"] = number(total)
        event |= {
            key: value for key, value in (("unit", unit), ("parent", parent)) if value is not None
        }
        self._publish(event, may_drop=state == "running")

    def track(
        self,
        iterable: Iterable[Item],
        task: str,
        *,
        total: int | None = None,
        unit: str | None = None,
        parent: str | None = None,
    ) -> Iterator[Item]:
        """Go through an iterable and publish how far the loop is, at most ten times a second.

        The task succeeds at the end of the iterable; it fails when the loop is left before, by an
        exception or `break`.

        Args:
            iterable: What to go through.
            task: The task's name, its identity within the run.
            total: How many items there are; `len(iterable)` where that is known.
            unit: What an item is, such as `"batch"`.
            parent: Name of the task that this one is a part of.

        Raises:
            InvalidEventError: A field breaks its rule.
        """
        from realtime_widgets.publisher._track import track

        return track(self, iterable, task, total=total, unit=unit, parent=parent)

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

        Args:
            agent: Who does it, at most 256 characters.
            event: A mapping with a `type`, or an event model of the AG-UI package.

        Raises:
            InvalidEventError: It breaks a rule.
            QueueFullError: Too much is waiting to be sent.
        """
        self._publish({"type": "agent_message", "agent": agent, "event": event})

    def emit(self, event: Mapping[str, Any]) -> None:
        """Publish any event: of a known type, or one with a `type` and fields of your own.

        Args:
            event: What JSON can hold; copied, so it may be changed afterwards.

        Raises:
            InvalidEventError: It breaks a rule.
            QueueFullError: Too much is waiting to be sent.
        """
        self._publish(dict(event))

    def run(
        self,
        command: str | Sequence[PathLike],
        *,
        cwd: PathLike | None = None,
        env: Mapping[str, str] | None = None,
        check: bool = False,
    ) -> subprocess.CompletedProcess[None]:
        """Run a command and publish its output line by line, while it runs.

        Lines of its standard error are published as warnings. Where the run is not under way
        already, by a `with` block or `status("running")`, the command is the run: `running`, and
        then `succeeded` or, for any exit code but 0, `failed`.

        Args:
            command: A list is run as it is; a string is given to the shell.
            cwd: The folder to run it in.
            env: Its whole environment, instead of this process's.
            check: Raise for any exit code but 0.

        Returns:
            The command and its exit code (`returncode`); the output is in the log.

        Raises:
            subprocess.CalledProcessError: With `check`, the command failed.
            OSError: The command cannot be started.
        """
        from realtime_widgets.publisher._process import run

        return run(self, command, cwd=cwd, env=env, check=check)

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

    def __enter__(self) -> Self:
        self._entered_in = os.getpid()
        self.status("running")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        if self._entered_in != os.getpid():
            return  # a forked child leaves the block; the run is its parent's
        with told_if_full():
            self._tell_end(error)
        # A server that is down must not hold up the cell: its events wait in the queue.
        self._outbox.flush(EXIT_S, if_online=True)

    def _tell_end(self, error: BaseException | None) -> None:
        match error:
            case None:
                if self.is_under_way:
                    self.status("succeeded")
            case KeyboardInterrupt() | asyncio.CancelledError() | GeneratorExit():
                self.status("cancelled", "interrupted")
            case SystemExit(code=0 | None):
                self.status("succeeded")
            case _:
                self.log("".join(traceback.format_exception(error)).rstrip(), "error")
                words = traceback.format_exception_only(error)[-1].strip()
                self.status("failed", words)

    # Display.

    def _ipython_display_(self) -> None:
        from realtime_widgets._display import show_sprint

        self._view = show_sprint(self._sprint_id, self._target, self._view)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        from realtime_widgets._display import still_bundle

        return still_bundle(self._sprint_id, self._target)

    def _publish(self, fields: dict[str, Any], *, may_drop: bool = False) -> None:
        # With its time, which counts where the server checks the event.
        event, size = make_event(fields | {"time": time.time()})
        self._outbox.append(event, size, may_drop=may_drop)
