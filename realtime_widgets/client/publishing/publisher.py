"""`Publisher`: the methods of `Sprint` that publish events and wait for their delivery."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Self, cast

from realtime_widgets.client import redaction
from realtime_widgets.client.discovery import discover
from realtime_widgets.client.page_url import page_url
from realtime_widgets.client.publishing.agents import AgentVerbs
from realtime_widgets.client.publishing.blocks.exited_loops import ExitedLoops
from realtime_widgets.client.publishing.deltas import Deltas
from realtime_widgets.client.publishing.details.details import DetailVerbs
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
from realtime_widgets.client.publishing.failure import failure
from realtime_widgets.client.publishing.fit import name, text
from realtime_widgets.client.publishing.metrics.metrics import MetricVerbs
from realtime_widgets.client.publishing.metrics.system import SystemVerbs
from realtime_widgets.client.publishing.outbox.at_exit import EXIT_S
from realtime_widgets.client.publishing.outbox.outboxes import outbox
from realtime_widgets.client.publishing.outputs.outputs import OutputVerbs
from realtime_widgets.client.publishing.prices import Prices
from realtime_widgets.client.publishing.progress import ProgressVerbs
from realtime_widgets.client.publishing.receiving.inbox import InboxVerbs
from realtime_widgets.client.publishing.receiving.resuming import Resuming
from realtime_widgets.client.publishing.receiving.stopping import Stopping
from realtime_widgets.client.publishing.sharing_verbs import SharingVerbs
from realtime_widgets.client.publishing.text.group import group
from realtime_widgets.client.publishing.text.text_verbs import Texts, TextVerbs
from realtime_widgets.client.waiting import in_thread
from realtime_widgets.protocol.events import FINAL_STATUSES, MAX_SOURCE
from realtime_widgets.protocol.ids import check_sprint_id

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from realtime_widgets.client.target import Target
    from realtime_widgets.protocol.events import Status, Stream

__all__ = ["Publisher"]


class Publisher(
    AgentVerbs,
    DetailVerbs,
    InboxVerbs,
    MetricVerbs,
    OutputVerbs,
    ProgressVerbs,
    Resuming,
    SharingVerbs,
    Stopping,
    SystemVerbs,
    TextVerbs,
):
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
        self._metric_rows = {}
        self._metric_warnings = set()
        self._settings = {"config": {}, "environment": {}}
        self._strict = strict
        self._unchecked = -1 if strict else SMALL_LINE
        """Characters up to which a line is taken as it is."""
        self._target = self._find_target(server)
        self._outbox = outbox(self._target, self._sprint_id)
        self._status: str | None = None
        self._exited_loops = ExitedLoops()
        self._points = []

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
        of_this_process = {"_outbox", "_deltas", "_texts", "_exited_loops", "_points", "_monitor"}
        return {name: value for name, value in vars(self).items() if name not in of_this_process}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(
            state, _deltas=Deltas(), _texts=Texts(self.log), _exited_loops=ExitedLoops()
        )
        self._points = []
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
        begins = status == "running" and not self.is_under_way
        self._status = status
        self._outbox.received.register(self)
        if status in FINAL_STATUSES:
            self._end_system()
        if begins:
            self._publish_details_again()

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

        An event that is published afterwards connects again.

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

    def _publish(self, fields: dict[str, Any], *, may_drop: bool = False) -> None:
        fields["time"] = time.time()
        event, size = fitted_event(fields, strict=self._strict)
        self._outbox.append(event, size, may_drop=may_drop)


def _as_given(line: str, level: object, source: object) -> dict[str, object]:
    """Return a log line as it was given, to be checked."""
    named = LEVELS.get(level, level) if isinstance(level, str | int) else level
    return {"type": "log", "message": line, "level": named, "source": source}
