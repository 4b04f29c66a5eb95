"""Progress of a loop, as `tqdm` users know it."""

from __future__ import annotations

import asyncio
import contextlib
import math
import operator
import os
import sys
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from realtime_widgets.client.publishing.blocks.exited_loops import ExitedLoop, ExitedLoops
from realtime_widgets.client.publishing.blocks.nesting import (
    BlockScope,
    Loop,
    current,
    enter,
    path_here,
    task_name,
)
from realtime_widgets.client.publishing.outbox.queue_full import log_queue_full

if TYPE_CHECKING:
    from realtime_widgets.client.publishing.blocks.nesting import Parent, Path
    from realtime_widgets.protocol.events import TaskStatus

__all__ = ["INTERRUPTIONS", "Track"]

Item = TypeVar("Item")

EVERY_S = 0.1
"""How long to wait between two events: an eye sees no more, and a tight loop must not flood."""

INTERRUPTIONS = (KeyboardInterrupt, asyncio.CancelledError, GeneratorExit)
"""What ends a loop or a block from outside: nothing in it is wrong."""


class TrackedRun(Protocol):
    """What a loop uses of the `Sprint` that it reports to."""

    _exited_loops: ExitedLoops

    @property
    def sprint_id(self) -> str:
        """The run's name."""

    def _progress(  # noqa: PLR0913 - as `Sprint.progress`
        self,
        parents: Path,
        task: str,
        current: int,
        total: int | None,
        *,
        unit: str | None,
        state: TaskStatus,
    ) -> None:
        """Publish how far the loop is."""


class Track(Loop, Iterator[Item], AsyncIterator[Item]):
    """Goes through an iterable, in `for` or in `async for`; see `Sprint.track`.

    The tasks that begin in the body of the loop are parts of its task. What produces the items
    may have other loops; they are beside this one, not in it, so each of the two sides finds
    the scope that it left.

    A pickled one continues in the process that loads it, if what it goes through can be pickled.
    """

    def __init__(  # noqa: PLR0913 - as `Sprint.track`
        self,
        sprint: TrackedRun,
        iterable: Iterable[Item] | AsyncIterable[Item],
        task: str,
        *,
        total: int | None,
        unit: str | None,
        parent: Parent,
    ) -> None:
        self._sprint = sprint
        self._items: Any = iterable
        """Its iterator, once it is gone through."""
        self._task = task
        self._total = _length(iterable) if total is None else total
        self._unit = unit
        # Not when it is gone through first: of `zip(track(a), track(b))` neither is in the other.
        self._parents = path_here(sprint.sprint_id, parent)
        self.path = self._parents.within(task_name(task))
        self._scope = BlockScope(sprint.sprint_id, self.path, current())
        """That of the body."""
        self._source: BlockScope | None = self._scope.outer
        """The scope in which the iterable was left after its last item."""
        self._done = -1
        """How many items are done; -1 before the loop has taken the first one."""
        self._published_at = -math.inf
        self._runs_in: int | None = None
        """The process whose loop this is; a forked child may have a copy of it."""

    def __next__(self) -> Item:
        if not self._scope.is_open:
            raise StopIteration
        if self._done < 0:
            self._items = iter(self._items)
        self._step()
        try:
            item: Item = next(self._items)
        except BaseException as error:
            self._end_with(error)
            raise
        self._enter_body()
        return item

    async def __anext__(self) -> Item:
        if not self._scope.is_open:
            raise StopAsyncIteration
        if self._done < 0:
            is_async = isinstance(self._items, AsyncIterable)
            self._items = aiter(self._items) if is_async else iter(self._items)
        if self._step():
            await asyncio.sleep(0)  # a loop over a list must not keep out all other tasks
        try:
            item: Item
            if isinstance(self._items, AsyncIterator):
                item = await anext(self._items)
            else:
                item = next(self._items)
        except StopIteration as error:
            self._end_with(error)
            raise StopAsyncIteration from None
        except BaseException as error:
            self._end_with(error)
            raise
        self._enter_body()
        return item

    def close(self) -> None:
        """End the task here, as stopped where the loop was not through. Safe to call twice."""
        if self._runs_in == os.getpid():
            self._end("stopped")

    async def aclose(self) -> None:
        """End the task here, and close what it goes through."""
        self.close()
        if isinstance(self._items, AsyncIterator) and hasattr(self._items, "aclose"):
            await self._items.aclose()

    def __del__(self) -> None:
        if self._runs_in == os.getpid() and self._scope.is_open:
            # Whether by an exception is not visible here, but may be at the end of the block.
            left = ExitedLoop(self._parents, self._task, self._done, self._total, self._unit)
            self._sprint._exited_loops.note(sys._getframe().f_back, left)  # noqa: SLF001
            self.close()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        return self

    def __getstate__(self) -> dict[str, object]:
        return {**vars(self), "_published_at": -math.inf, "_runs_in": None}

    def _step(self) -> bool:
        """Count the item before; publish how far the loop is, if it is time to."""
        enter(self._source)
        self._done += 1
        now = time.monotonic()
        if now - self._published_at < EVERY_S:
            return False
        self._published_at = now
        self._publish("running")
        self._runs_in = os.getpid()
        return True

    def _enter_body(self) -> None:
        self._source = current()
        enter(self._scope)

    def _end_with(self, error: BaseException) -> None:
        if isinstance(error, (StopIteration, StopAsyncIteration)):
            self._end("succeeded")
        else:
            self._end("stopped" if isinstance(error, INTERRUPTIONS) else "failed")

    def _end(self, state: TaskStatus) -> None:
        if self._scope.is_open:
            self._scope.is_open = False
            with log_queue_full():
                self._publish(state)

    def _publish(self, state: TaskStatus) -> None:
        self._sprint._progress(  # noqa: SLF001
            self._parents, self._task, self._done, self._total, unit=self._unit, state=state
        )


def _length(iterable: object) -> int | None:
    """Return how many items there are, None where that is not known."""
    with contextlib.suppress(Exception):  # a `__len__` that raises must not stop the loop
        # length_hint returns 0 if the length is unknown, and an empty loop needs no progress bar.
        return operator.length_hint(iterable) or None
    return None
