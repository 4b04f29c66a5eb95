"""The state of a run, reduced from its events one by one; it can always be rebuilt from the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from realtime_widgets.protocol.events import (
    FINAL_STATUSES,
    AgentMessage,
    BuildProgress,
    Dropped,
    Event,
    Level,
    Log,
    Number,
    Status,
    StatusUpdate,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MAX_TASKS", "RunState", "StatusBefore", "TaskState"]

MAX_TASKS = 200
"""Tasks kept in the state; beyond it the oldest that has ended makes room (a list for eyes)."""


class _Part(BaseModel):
    # The schema is of what is written, and there every field is present.
    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class TaskState(_Part):
    """The newest `build_progress` of one task."""

    task: str
    parent: str | None = None
    current: Number
    total: Number | None = None
    unit: str | None = None
    state: Literal["running", "succeeded", "failed"] = "running"


class StatusBefore(_Part):
    """The status of a run before it was lost."""

    status: Status
    message: str | None = None


class RunState(_Part):
    """What a list of runs shows of one run, and what `GET sprints/{id}` answers."""

    sprint_id: str

    attempt: int = 0
    """How often the run was started; the tasks and counts are those of the newest attempt."""

    attempt_id: str | None = None
    """What the newest attempt called itself."""

    notebook: str | None = None
    """Where the newest attempt is published from: a path below the server's root."""

    program: str | None = None
    """The script that the newest attempt is published from."""

    user: str | None = None
    """Who began the newest attempt, by the name that the server has for them."""

    status: Status = "pending"
    message: str | None = None
    """The words that came with the status."""

    created: str | None = None
    """Timestamp of the first event, like all times here as the server stored it."""

    started: str | None = None
    """Timestamp of the `running` that began the newest attempt."""

    ended: str | None = None
    """Timestamp of the final status, None while there is none."""

    last_seen: float | None = None
    """While it is lost: when a publisher was last heard, in seconds since 1970."""

    before_lost: StatusBefore | None = None
    """While it is lost: what comes back with its publisher."""

    updated: str | None = None
    head: int = 0
    """Number of the newest event that is reduced into this state."""

    tasks: list[TaskState] = Field(default_factory=list)
    logs: int = 0
    """Lines of the log, like all counts since the newest attempt began."""

    warnings: int = 0
    errors: int = 0
    """Log lines of level `error` and `critical`."""

    messages: int = 0
    """AG-UI events of agents."""

    dropped: int = 0
    """Events that were lost before they were stored."""

    def apply(
        self, first: int, timestamp: str, events: Sequence[Event], user: str | None = None
    ) -> None:
        """Reduce the events of a batch; those that are in the state already are skipped.

        Args:
            first: Number of the first event.
            timestamp: When the batch was stored.
            events: The events.
            user: Who published it.
        """
        # Lines are most of all events, and a model checks what is assigned to it: so they are told
        # apart first, and counted outside of it.
        levels: dict[Level, int] = {}
        for event in events[max(0, self.head + 1 - first) :]:
            if isinstance(event, Log):
                levels[event.level] = levels.get(event.level, 0) + 1
                continue
            match event:
                case StatusUpdate():
                    self._count_logs(levels)
                    self._change_status(event, timestamp, user)
                case BuildProgress():
                    self._update_task(event)
                case AgentMessage():
                    self.messages += 1
                case Dropped():
                    self.dropped += event.count
        self._count_logs(levels)
        self.head = max(self.head, first + len(events) - 1)
        self.created = self.created or timestamp
        self.updated = timestamp

    def _count_logs(self, levels: dict[Level, int]) -> None:
        self.logs += sum(levels.values())
        self.warnings += levels.get("warning", 0)
        self.errors += levels.get("error", 0) + levels.get("critical", 0)
        levels.clear()

    def _change_status(self, event: StatusUpdate, timestamp: str, user: str | None) -> None:
        is_crossed = event.status == "lost" and self.status in FINAL_STATUSES
        if is_crossed or (event.back and self.status != "lost"):
            return  # the word of the hub and a later one of the publisher crossed
        if event.status == "running" and self._begins(event):
            self._begin(event, timestamp, user)
        elif event.status in FINAL_STATUSES:
            self.ended = timestamp
        if event.status != "lost":
            self.before_lost = None
        elif self.status != "lost":
            self.before_lost = StatusBefore(status=self.status, message=self.message)
        self.last_seen = event.last_seen
        self.status = event.status
        self.message = event.message

    def _begins(self, event: StatusUpdate) -> bool:
        """Whether this `running` begins an attempt (protocol 4.2)."""
        is_named_anew = event.attempt is not None and event.attempt != self.attempt_id
        return self.attempt == 0 or self.ended is not None or is_named_anew

    def _begin(self, event: StatusUpdate, timestamp: str, user: str | None) -> None:
        self.attempt += 1
        self.attempt_id = event.attempt
        self.notebook, self.program, self.user = event.notebook, event.program, user
        self.started, self.ended = timestamp, None
        if self.attempt > 1:
            self.tasks.clear()
            self.logs = self.warnings = self.errors = self.messages = self.dropped = 0

    def _update_task(self, event: BuildProgress) -> None:
        updated = TaskState(
            task=event.task,
            parent=event.parent,
            current=event.current,
            total=event.total,
            unit=event.unit,
            state=event.state,
        )
        for index, task in enumerate(self.tasks):
            if task.task == event.task:
                self.tasks[index] = updated
                return
        if len(self.tasks) >= MAX_TASKS:
            ended = (i for i, task in enumerate(self.tasks) if task.state != "running")
            del self.tasks[next(ended, 0)]
        self.tasks.append(updated)
