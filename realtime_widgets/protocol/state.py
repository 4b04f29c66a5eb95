"""The state of a run, reduced from its events one by one; it can always be rebuilt from the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, Field

from realtime_widgets.protocol.events import (
    FINAL_STATUSES,
    AgentMessage,
    BuildProgress,
    Dropped,
    Event,
    Log,
    Number,
    Status,
    StatusUpdate,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MAX_TASKS", "RunState", "TaskState"]

MAX_TASKS = 200
"""Tasks kept in the state; beyond it the oldest that has ended makes room (a list for eyes)."""


class TaskState(BaseModel):
    """The newest `build_progress` of one task."""

    task: str
    parent: str | None = None
    current: Number
    total: Number | None = None
    unit: str | None = None
    state: Literal["running", "succeeded", "failed"] = "running"


class RunState(BaseModel):
    """What a list of runs shows of one run, and what `GET sprints/{id}` answers."""

    sprint_id: str
    status: Status = "pending"
    message: str | None = None
    """The words that came with the status."""

    created: str | None = None
    """Timestamp of the first event, like all times here as the server stored it."""

    started: str | None = None
    """Timestamp of the first `running` since the run was last not running."""

    ended: str | None = None
    """Timestamp of the final status, None while there is none."""

    updated: str | None = None
    head: int = 0
    """Number of the newest event that is reduced into this state."""

    tasks: list[TaskState] = Field(default_factory=list)
    logs: int = 0
    warnings: int = 0
    errors: int = 0
    """Log lines of level `error` and `critical`."""

    messages: int = 0
    """AG-UI events of agents."""

    dropped: int = 0
    """Events that were lost before they were stored."""

    def apply(self, first: int, timestamp: str, events: Iterable[Event]) -> None:
        """Reduce the events of a batch; those that are in the state already are skipped.

        Args:
            first: Number of the first event.
            timestamp: When the batch was stored.
            events: The events.
        """
        for seq, event in enumerate(events, first):
            if seq <= self.head:
                continue
            self.head = seq
            match event:
                case Log():
                    self._count_log(event)
                case StatusUpdate():
                    self._change_status(event, timestamp)
                case BuildProgress():
                    self._update_task(event)
                case AgentMessage():
                    self.messages += 1
                case Dropped():
                    self.dropped += event.count
        self.created = self.created or timestamp
        self.updated = timestamp

    def _count_log(self, event: Log) -> None:
        self.logs += 1
        if event.level == "warning":
            self.warnings += 1
        elif event.level in {"error", "critical"}:
            self.errors += 1

    def _change_status(self, event: StatusUpdate, timestamp: str) -> None:
        was_active = self.started is not None and self.ended is None
        if event.status in FINAL_STATUSES:
            self.ended = timestamp
        elif event.status == "running" and not was_active:
            self.started, self.ended = timestamp, None
        self.status = event.status
        self.message = event.message

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
