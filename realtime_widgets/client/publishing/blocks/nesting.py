"""Where in the tree of tasks and steps the running code is: which loops and blocks it is inside of.

Theory of operation. Each loop has a `BlockScope`, and so has each block of a step, tool call or
message. While the body runs, its scope is the value of a context variable, so asyncio tasks and
copied contexts inherit it. A scope that was closed counts as the one around it. Therefore nothing
has to be put back when a loop or block ends: a loop may be left by `break`, be collected later in
another thread, or end after a loop that began later.

Tasks are identified by their names and steps by ids, so a step adds no name to the path of a task:
the path has the id of the innermost step.

A scope is not the loop itself: a reference to the loop would keep it alive after `break`, and the
end of its task would never be published.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias, cast

from realtime_widgets.client.publishing.fit import name
from realtime_widgets.protocol.events import MAX_PARENTS

__all__ = [
    "BlockScope",
    "Loop",
    "Parent",
    "Path",
    "current",
    "enter",
    "path_here",
    "scopes",
    "task_name",
]

MAX_NAMES = 4 * MAX_PARENTS
"""Maximum number of names of a path that are read; further names are ignored."""


@dataclass(frozen=True)
class Path:
    """The tasks that a task is a part of.

    Attributes:
        below: The name of a task whose own parents are not known here: the server and the views
            take the newest of that name.
        names: The tasks below it, or below none, the outermost first.
        step: The id of the innermost step or tool call that the task is a part of.
    """

    below: str | None = None
    names: tuple[str, ...] = ()
    step: str | None = None

    def fields(self) -> dict[str, object]:
        """Return the fields of a `build_progress` event."""
        fields: dict[str, object] = {}
        if self.below is not None:
            fields["parent"] = self.below
        if self.names:
            fields["parents"] = list(self.names)
        if self.step is not None:
            fields["step"] = self.step
        return fields

    def within(self, task: str) -> Path:
        """Return the path of what is a part of this task."""
        names = (*self.names, task)
        if len(names) > MAX_PARENTS:
            # Deeper ones become one name, so that two paths stay two.
            names = (*names[: MAX_PARENTS - 1], name(" / ".join(names[MAX_PARENTS - 1 :])))
        return Path(self.below, names, self.step)


@dataclass(eq=False)
class BlockScope:
    """The body of a loop or block.

    Attributes:
        sprint_id: The run that the loop or block is a part of.
        path: The path of the tasks in the body.
        outer: The scope around it.
        is_open: Whether the loop or block has not ended.
        agent: The agent whose block it is; None for a loop.
        message_id: The message whose block it is.
    """

    sprint_id: str
    path: Path
    outer: BlockScope | None
    is_open: bool = True
    agent: str | None = None
    message_id: str | None = None


class Loop:
    """A loop that tasks can be a part of."""

    path: Path
    """The path of its parts."""


Parent: TypeAlias = str | Sequence[str] | Loop | None
"""A name, the names of a path with the outermost first, a loop, or None for the loops around."""

_scope: ContextVar[BlockScope | None] = ContextVar("realtime_widgets.scope", default=None)


def current() -> BlockScope | None:
    """Return the innermost scope that the running code is in."""
    scope = _scope.get()
    while scope is not None and not scope.is_open:
        scope = scope.outer
    return scope


def enter(scope: BlockScope | None) -> None:
    """Make a scope the one that the running code is in."""
    _scope.set(scope)


def task_name(task: object) -> str:
    """Return the name of a task; a text as it is, which is fitted when it is published."""
    return task if type(task) is str else name(task)


def path_here(sprint_id: str, parent: Parent) -> Path:
    """Return the path of a task of a run that begins here."""
    if parent is None:
        return _around(sprint_id)
    # Not `isinstance`, which runs code of the value.
    if issubclass(type(parent), Loop):
        return cast("Loop", parent).path
    if issubclass(type(parent), (list, tuple)):
        return _path_of(cast("Sequence[str]", parent))
    below = task_name(parent)
    return _path_to(below, _around(sprint_id)) if below else Path()


def scopes(sprint_id: str) -> Iterator[BlockScope]:
    """Go through the scopes of a run that the running code is in, the innermost first."""
    scope = current()
    while scope is not None:
        if scope.is_open and scope.sprint_id == sprint_id:
            yield scope
        scope = scope.outer


def _around(sprint_id: str) -> Path:
    scope = next(scopes(sprint_id), None)
    return scope.path if scope is not None else Path()


def _path_of(names: Sequence[str]) -> Path:
    path = Path()
    for each in islice(names, MAX_NAMES):
        path = path.within(task_name(each))
    return path


def _path_to(task: str, around: Path) -> Path:
    """Return the path of the parts of a task of this name, of one around where there is one."""
    if task not in around.names:
        return Path(below=task)
    depth = len(around.names) - around.names[::-1].index(task)
    return Path(around.below, around.names[:depth], around.step)
