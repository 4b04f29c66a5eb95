"""`Publisher`: the methods of `Sprint` that publish events and wait for their delivery."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Self, SupportsFloat, SupportsIndex, TypeVar, cast

from realtime_widgets.client import redaction
from realtime_widgets.client.discovery import discover
from realtime_widgets.client.page_url import page_url
from realtime_widgets.client.publishing.agents import AgentVerbs
from realtime_widgets.client.publishing.asking import Asking
from realtime_widgets.client.publishing.deltas import Deltas
from realtime_widgets.client.publishing.events import (
    LEVELS,
    SMALL_LINE,
    any_event,
    check_stream,
    check_strictly,
    cut_line,
    fitted_event,
    level_name,
)
from realtime_widgets.client.publishing.exited_loops import ExitedLoops
from realtime_widgets.client.publishing.failure import failure
from realtime_widgets.client.publishing.fit import finite, name, text
from realtime_widgets.client.publishing.group import group
from realtime_widgets.client.publishing.inbox import InboxVerbs
from realtime_widgets.client.publishing.metrics import MetricVerbs
from realtime_widgets.client.publishing.nesting import path_here
from realtime_widgets.client.publishing.outbox import EXIT_S, outbox
from realtime_widgets.client.publishing.outputs import OutputVerbs
from realtime_widgets.client.publishing.prices import Prices
from realtime_widgets.client.publishing.stopping import Stopping
from realtime_widgets.client.publishing.text_verbs import Texts, TextVerbs
from realtime_widgets.client.waiting import in_thread
from realtime_widgets.protocol.events import FINAL_STATUSES, MAX_SOURCE
from realtime_widgets.protocol.ids import check_sprint_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterable, Mapping
    from contextlib import AbstractContextManager

    from realtime_widgets.client.publishing.nesting import Parent, Path
    from realtime_widgets.client.publishing.track import Track
    from realtime_widgets.client.target import Target
    from realtime_widgets.protocol.events import Status, Stream, TaskStatus

__all__ = ["Publisher"]

Item = TypeVar("Item")


class Publisher(AgentVerbs, Asking, InboxVerbs, MetricVerbs, OutputVerbs, Stopping, TextVerbs):
    """Publishes events of one run; what it takes and raises is documented at `Sprint`."""

    def __init__(
        self, sprint_id: str, *, server: str | None, strict: bool, mask_environment: bool
    ) -> None:
        self._sprint_id = check_sprint_id(sprint_id)
        self._masks_environment = mask_environment
        if mask_environment:
            redaction.mask_environment()
        self._deltas = Deltas()
        self._texts = Texts(self.log)
        self._prices = Prices()
        self._metric_steps = {}
        self._metric_keys = {}
        self._metric_warnings = set()
        self._strict = strict
        self._unchecked = -1 if strict else SMALL_LINE
        """Characters up to which a line is taken as it is."""
        self._target = self._find_target(server)
        self._outbox = outbox(self._target, self._sprint_id)
        self._status: str | None = None
        self._exited_loops = ExitedLoops()
        self._places = []

    def _find_target(self, server: str | None) -> Target:
        """Return where it publishes to."""
        return discover(server)

    @property
    def sprint_id(self) -> str:
        """The run's name."""
        return self._sprint_id

    @property
    def url(self) -> str | None:
        """The link to the page of the run, without a token; None where there is no server."""
        return page_url(self._target, self._sprint_id) if self._target.is_server else None

    def __repr__(self) -> str:
        # A debugger shows one whose name was refused, too.
        return f"{type(self).__name__}({getattr(self, '_sprint_id', None)!r})"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        return self

    def __getstate__(self) -> dict[str, object]:
        of_this_process = {"_outbox", "_deltas", "_texts", "_exited_loops", "_places"}
        return {name: value for name, value in vars(self).items() if name not in of_this_process}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(
            state, _deltas=Deltas(), _texts=Texts(self.log), _exited_loops=ExitedLoops()
        )
        self._places = []
        self._outbox = outbox(self._target, self._sprint_id)
        if self._masks_environment:
            redaction.mask_environment()

    def status(self, status: Status, message: object = None) -> None:
        """Publish a status of the run.

        Args:
            status: `pending`, `running`, `needs_input`, `succeeded`, `failed` or `cancelled`.
            message: The reason, as text or as an exception.

        Raises:
            InvalidEventError: There is no such status; the message proposes one.
            QueueFullError: The queue stayed full.
        """
        event: dict[str, Any] = {"type": "status_update", "status": status}
        if message is not None:
            is_error = issubclass(type(message), BaseException)
            event["message"] = failure(cast("BaseException", message))[0] if is_error else message
            if is_error and status == "failed":
                self._fail_exited_loops(cast("BaseException", message))
        assigned = self._outbox.membership.assign_member(
            event, self, is_under_way=self.is_under_way
        )
        if assigned is not None:
            self._publish(assigned)
        self._set_status(status)

    def _set_status(self, status: Status) -> None:
        """Take note of a status that was published."""
        self._status = status
        self._outbox.received.register(self)

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
        """Publish the progress of a task of the run; `track` does it for a loop.

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

    def group(self, title: object) -> AbstractContextManager[None]:
        """Put the log lines of a `with` block into a group, which views can fold.

        The lines `::group::TITLE` and `::endgroup::` are published around them, as programs print
        them for GitHub Actions.

        Args:
            title: The heading; line breaks in it become spaces.
        """
        return group(self.log, title)

    def emit(self, event: Mapping[str, Any]) -> None:
        """Publish any event: of a known type, or one with a custom `type` and fields.

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
            self._outbox.membership.observe(made)

    @property
    def is_under_way(self) -> bool:
        """Whether this object has set a status that is not final."""
        return self._status is not None and self._status not in FINAL_STATUSES

    def flush(self, timeout: float = EXIT_S) -> int:
        """Wait until everything published so far is stored, at most `timeout` seconds.

        Returns:
            How many events are not stored; they stay queued.
        """
        self._texts.end()
        return self._outbox.flush(timeout)

    def close(self, timeout: float = EXIT_S) -> int:
        """Flush, at most `timeout` seconds, then disconnect. Safe to call twice.

        Whatever is published afterwards connects again.

        Returns:
            How many events are not stored.
        """
        self._texts.end()
        return self._outbox.close(timeout)

    async def aflush(self, timeout: float = EXIT_S) -> int:  # noqa: ASYNC109 - as `flush`
        """Do the same as `flush` without blocking the event loop."""
        return await in_thread(lambda: self.flush(timeout))

    async def aclose(self, timeout: float = EXIT_S) -> int:  # noqa: ASYNC109 - as `close`
        """Do the same as `close` without blocking the event loop."""
        return await in_thread(lambda: self.close(timeout))

    def _fail_exited_loops(self, error: BaseException) -> None:
        """Publish `failed` for the loops that this exception has exited."""
        for loop in self._exited_loops.take(error):
            self._progress(
                loop.parents, loop.task, loop.done, loop.total, unit=loop.unit, state="failed"
            )

    def _publish(self, fields: dict[str, Any], *, may_drop: bool = False) -> None:
        fields["time"] = time.time()
        event, size = fitted_event(fields, strict=self._strict)
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
