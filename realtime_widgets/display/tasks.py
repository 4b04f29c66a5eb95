"""Which tasks of a run a snapshot shows, with the tasks that they are a part of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from realtime_widgets.protocol.events import TaskStatus
    from realtime_widgets.protocol.task_states import TaskState

__all__ = ["TaskRow", "choose_rows"]

_RANK = {"running": 0, "failed": 1, "stopped": 2, "succeeded": 3}

_Path = tuple[str, ...]


class TaskRow(NamedTuple):
    """A task in its place."""

    path: _Path
    task: TaskState | None
    """None where only its parts have reported."""

    state: TaskStatus
    """Its own, or else that of its parts: of the active ones, or else the worst."""


def choose_rows(tasks: Sequence[TaskState], most: int) -> tuple[list[TaskRow], int]:
    """Choose tasks, the active first, then what failed, then the newest.

    Args:
        tasks: All tasks, in the order in which they came.
        most: The largest number of rows, with those of parents.

    Returns:
        The rows, the parts of a task below it; and how many tasks have none.
    """
    known = {tuple(task.path): task for task in tasks}
    shown: set[_Path] = set()
    for path in _by_importance(known):
        missing = {path[:depth] for depth in range(1, len(path) + 1)} - shown
        if len(shown) + len(missing) <= most:
            shown |= missing
    rows = [
        TaskRow(path, known.get(path), _state(path, known))
        for path in _as_tree(known)
        if path in shown
    ]
    return rows, len(known) - sum(row.task is not None for row in rows)


def _state(path: _Path, known: dict[_Path, TaskState]) -> TaskStatus:
    if path in known:
        return known[path].state
    parts = (task.state for below, task in known.items() if below[: len(path)] == path)
    return min(parts, key=lambda state: _RANK[state])


def _by_importance(known: dict[_Path, TaskState]) -> list[_Path]:
    def importance(item: tuple[int, _Path]) -> tuple[int, int]:
        index, path = item
        rank = _RANK[known[path].state]
        return rank, index if rank == 0 else -index

    return [path for _, path in sorted(enumerate(known), key=importance)]


def _as_tree(paths: Iterable[_Path]) -> Iterator[_Path]:
    """Go through all tasks and their parents, each before its parts, as they came."""
    parts: dict[_Path, dict[_Path, None]] = {}
    for path in paths:
        for depth in range(len(path)):
            parts.setdefault(path[:depth], {})[path[: depth + 1]] = None
    waiting: list[_Path] = [()]
    while waiting:
        path = waiting.pop()
        if path:
            yield path
        waiting += reversed(parts.get(path, {}))
