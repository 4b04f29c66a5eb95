"""Progress of a loop, as `tqdm` users know it."""

from __future__ import annotations

import asyncio
import contextlib
import math
import operator
import os
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from realtime_widgets.publisher._outbox import told_if_full

if TYPE_CHECKING:
    from realtime_widgets.publisher._sprint import Sprint

__all__ = ["Track"]

Item = TypeVar("Item")

EVERY_S = 0.1
"""How long to wait between two events: an eye sees no more, and a tight loop must not flood."""


class Track(Iterator[Item], AsyncIterator[Item]):
    """Goes through an iterable, in `for` or in `async for`; see `Sprint.track`.

    A pickled one goes on in the process that loads it, if what it goes through can be pickled.
    """

    def __init__(  # noqa: PLR0913 - as `Sprint.track`
        self,
        sprint: Sprint,
        iterable: Iterable[Item] | AsyncIterable[Item],
        task: str,
        *,
        total: int | None,
        unit: str | None,
        parent: str | None,
    ) -> None:
        self._sprint = sprint
        self._items: Any = iterable
        """Its iterator, once it is gone through."""
        self._task = task
        self._total = _length(iterable) if total is None else total
        self._unit = unit
        self._parent = parent
        self._done = -1
        """How many items are done; -1 before the first one is asked for."""
        self._told_at = -math.inf
        self._runs_in: int | None = None
        """The process whose loop this is; a forked child may have a copy of it."""
        self._has_ended = False

    def __next__(self) -> Item:
        if self._has_ended:
            raise StopIteration
        if self._done < 0:
            self._items = iter(self._items)
        self._step()
        try:
            item: Item = next(self._items)
        except BaseException as error:
            self._end("succeeded" if isinstance(error, StopIteration) else "failed")
            raise
        return item

    async def __anext__(self) -> Item:
        if self._has_ended:
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
        except (StopIteration, StopAsyncIteration):
            self._end("succeeded")
            raise StopAsyncIteration from None
        except BaseException:
            self._end("failed")
            raise
        return item

    def close(self) -> None:
        """End the task here, as failed where the loop was not through. Safe to call twice."""
        if self._runs_in == os.getpid():
            self._end("failed")

    async def aclose(self) -> None:
        """End the task here, and close what it goes through."""
        self.close()
        if isinstance(self._items, AsyncIterator) and hasattr(self._items, "aclose"):
            await self._items.aclose()

    def __del__(self) -> None:
        self.close()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        return self

    def __getstate__(self) -> dict[str, object]:
        return {**vars(self), "_told_at": -math.inf, "_runs_in": None}

    def _step(self) -> bool:
        """Count the item before; tell how far the loop is, if it is time to."""
        self._done += 1
        now = time.monotonic()
        if now - self._told_at < EVERY_S:
            return False
        self._told_at = now
        self._tell("running")
        self._runs_in = os.getpid()
        return True

    def _end(self, state: Literal["succeeded", "failed"]) -> None:
        if not self._has_ended:
            self._has_ended = True
            with told_if_full():
                self._tell(state)

    def _tell(self, state: Literal["running", "succeeded", "failed"]) -> None:
        self._sprint.progress(
            self._task,
            self._done,
            self._total,
            unit=self._unit,
            parent=self._parent,
            state=state,
        )


def _length(iterable: object) -> int | None:
    """Return how many items there are, None where that is not known."""
    with contextlib.suppress(Exception):  # a length that cannot be told must not stop the loop
        # 0 is what length_hint says when it does not know, and an empty loop needs no bar.
        return operator.length_hint(iterable) or None
    return None
