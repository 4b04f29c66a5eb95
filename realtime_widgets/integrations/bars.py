"""Progress bars of tqdm, published as tasks of a run.

A bar that is opened while another one of its thread is open is a part of it. A name is free again
once its bar has closed, so an inner loop that begins again is the same task again.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
import weakref
from contextvars import Context, copy_context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from realtime_widgets import RealtimeWidgetsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets import Sprint

__all__ = ["close_bar", "report_bar"]

EVERY_S = 0.1
"""How long to wait between two events of a bar."""

TASK = "_realtime_widgets_task"
"""The attribute of a bar that has its task."""


class Bar(Protocol):
    """What is read of a bar."""

    n: float
    total: float | None
    unit: str
    desc: str | None


@dataclass(eq=False)
class _Task:
    """The task of a bar.

    Attributes:
        bar: The bar, as long as it exists.
        context: The context in which the bar was opened: the loops and steps around it.
    """

    sprint: Sprint
    name: str
    parent: _Task | None
    bar: weakref.ref[Bar]
    context: Context
    thread: int
    process: int
    published_at: float = 0.0

    def publish(
        self, bar: Bar, state: Literal["running", "succeeded", "failed", "stopped"]
    ) -> None:
        """Publish how far the bar is."""
        parent = None if self.parent is None else self.parent.name
        unit = None if bar.unit == "it" else bar.unit

        def publish() -> None:
            self.sprint.progress(self.name, bar.n, bar.total, unit=unit, parent=parent, state=state)

        # A copy, because a context can be entered by one thread only at a time.
        with contextlib.suppress(RealtimeWidgetsError):  # the queue is full: the loop continues
            self.context.copy().run(publish)
        self.published_at = time.monotonic()


_open: list[_Task] = []
"""The tasks of bars that have not closed, in the order in which they were opened."""


def report_bar(bar: Bar, find_sprint: Callable[[], Sprint | None]) -> None:
    """Publish how far a bar is, at most ten times a second.

    Args:
        bar: The bar.
        find_sprint: Returns the run that a bar which is seen first is a part of.
    """
    task = _task_of(bar, find_sprint)
    if task is not None and time.monotonic() - task.published_at >= EVERY_S:
        task.publish(bar, "running")


def close_bar(bar: Bar, find_sprint: Callable[[], Sprint | None]) -> None:
    """Publish how a bar ended: call it before the bar closes.

    Closed before its total is reached it has failed by an exception, or else was stopped.
    """
    task = _task_of(bar, find_sprint)
    if task is None:
        return
    with contextlib.suppress(ValueError):
        _open.remove(task)
    setattr(bar, TASK, None)
    task.publish(bar, _final_state(bar))


def _task_of(bar: Bar, find_sprint: Callable[[], Sprint | None]) -> _Task | None:
    task: _Task | None = getattr(bar, TASK, None)
    if task is None and not hasattr(bar, TASK):
        sprint = find_sprint()
        task = None if sprint is None else _new_task(bar, sprint)
        if task is not None:
            setattr(bar, TASK, task)
    # A forked child has copies of the bars of its parent.
    return task if task is not None and task.process == os.getpid() else None


def _new_task(bar: Bar, sprint: Sprint) -> _Task:
    _open[:] = [task for task in _open if task.bar() is not None and task.process == os.getpid()]
    thread = threading.get_ident()
    around = [task for task in _open if task.thread == thread and task.sprint is sprint]
    parent = around[-1] if around else None
    taken = {task.name for task in _open if task.parent is parent and task.sprint is sprint}
    task = _Task(
        sprint=sprint,
        name=_free_name(_described(bar), taken),
        parent=parent,
        bar=weakref.ref(bar),
        context=copy_context(),
        thread=thread,
        process=os.getpid(),
    )
    _open.append(task)
    return task


def _described(bar: Bar) -> str:
    if name := str(bar.desc or "").strip().removesuffix(":"):
        return name
    process = sys.modules.get("multiprocessing.process")
    is_worker = process is not None and process.parent_process() is not None
    return f"progress ({process.current_process().name})" if process and is_worker else "progress"


def _free_name(name: str, taken: set[str]) -> str:
    number = 1
    free = name
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free


def _final_state(bar: Bar) -> Literal["succeeded", "failed", "stopped"]:
    if bar.total is not None and bar.n >= bar.total:
        return "succeeded"
    error = sys.exc_info()[1]
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return "failed"
    return "succeeded" if error is None and bar.total is None else "stopped"
