"""The tasks of a run, as its state has them: the newest report of each (protocol 4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from realtime_widgets.protocol.events import (
    MAX_PARENTS,
    MAX_PATH,
    Number,
    TaskStatus,
)
from realtime_widgets.protocol.state_part import StatePart

if TYPE_CHECKING:
    from realtime_widgets.protocol.events import BuildProgress

__all__ = ["MAX_TASKS", "TaskState", "update_task"]

MAX_TASKS = 200
"""Most tasks of a state; beyond it the oldest that has ended is dropped."""


class TaskState(StatePart):
    """The newest `build_progress` of one task."""

    task: str
    parents: list[str] = Field(default=[])
    """The tasks that it is a part of, the outermost first; not all of them need have reported."""

    current: Number
    total: Number | None = None
    unit: str | None = None
    state: TaskStatus = "running"

    began: Number | None = None
    """When its first report since it began was made, in seconds since 1970."""

    updated: Number | None = None
    """When its newest report was made."""

    @property
    def path(self) -> list[str]:
        """The names of its parents and its own: its identity within the run."""
        return [*self.parents, self.task]


def update_task(tasks: list[TaskState], event: BuildProgress) -> None:
    """Apply a report to the tasks of a state: it replaces the one before of the same path."""
    updated = TaskState(
        task=event.task,
        parents=_parents_of(tasks, event),
        current=event.current,
        total=event.total,
        unit=event.unit,
        state=event.state,
        began=event.time,
        updated=event.time,
    )
    for index, task in enumerate(tasks):
        if task.task == event.task and task.parents == updated.parents:
            if task.state == "running" or event.state != "running":
                updated.began = task.began
            tasks[index] = updated
            return
    if len(tasks) >= MAX_TASKS:
        ended = (i for i, task in enumerate(tasks) if task.state != "running")
        del tasks[next(ended, 0)]
    tasks.append(updated)


def _parents_of(tasks: list[TaskState], event: BuildProgress) -> list[str]:
    """Return the parents of a task, also where they are given by a name (protocol 4.3)."""
    parents = event.parents or []
    if not event.parent:
        return parents
    below = (*parents, event.task)[0]
    return _innermost([*_path_to(tasks, event.parent, below), *parents])


def _path_to(tasks: list[TaskState], name: str, below: str) -> list[str]:
    """Return the path to the newest task of a name that is not part of a task named `below`."""
    for task in reversed(tasks):
        path = task.path
        if name in path:
            to_it = path[: len(path) - path[::-1].index(name)]
            if below not in to_it:
                return to_it
    return [name]


def _innermost(names: list[str]) -> list[str]:
    """Return the last names of a path that are within the bounds."""
    names = names[-MAX_PARENTS:]
    while sum(map(len, names)) > MAX_PATH:
        del names[0]
    return names
