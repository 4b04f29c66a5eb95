"""Group commit: appends that arrive while one transaction commits share the next one."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, TypeAlias

from realtime_widgets.errors import (
    RealtimeWidgetsError,
    StoreDamagedError,
    StoreError,
    StoreUnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from realtime_widgets.hub.stores.base import Appended, NewBatch, OnCommit
    from realtime_widgets.hub.stores.sqlite.writer import Outcome

__all__ = ["GroupCommit"]

_log = logging.getLogger(__name__)

GROUP_BATCHES = 200
"""Most batches in one transaction, so that the first ack of a flood does not wait for its end."""

GROUP_BYTES = 8 * 1024 * 1024
"""Most bytes in one transaction, so that the write-ahead log stays small."""

_Waiting: TypeAlias = "tuple[NewBatch, asyncio.Future[Appended]]"


class GroupCommit:
    """Queues batches and writes them in groups, in the order of the calls.

    Args:
        write: Writes a group in one transaction, and returns an outcome for each batch.
    """

    on_commit: OnCommit
    """Called for each committed batch; set before the first append."""

    def __init__(self, write: Callable[[list[NewBatch]], Awaitable[list[Outcome]]]) -> None:
        self._write = write
        self._waiting: list[_Waiting] = []
        self._committing: asyncio.Task[None] | None = None
        self._rejected: str | None = None
        """Why nothing is accepted now."""

    def append(self, new: NewBatch) -> asyncio.Future[Appended]:
        """Write a batch with the next transaction."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Appended] = loop.create_future()
        if self._rejected is not None:
            _settle(future, StoreUnavailableError(self._rejected))
            return future
        self._waiting.append((new, future))
        if self._committing is None:
            self._committing = loop.create_task(self._commit_waiting(), name="sqlite group commit")
        return future

    def reject(self, reason: str) -> None:
        """Fail appends as unavailable: those that are queued, and new ones until `accept`."""
        self._rejected = reason
        for _, future in self._waiting:
            _settle(future, StoreUnavailableError(reason))
        self._waiting.clear()

    def accept(self) -> None:
        """Accept appends again."""
        self._rejected = None

    async def finished(self) -> None:
        """Wait until nothing is queued."""
        if self._committing is not None:
            await asyncio.wait([self._committing])

    async def _commit_waiting(self) -> None:
        try:
            while self._waiting:
                count = _group(self._waiting)
                group = self._waiting[:count]
                del self._waiting[:count]
                await self._commit_group(group)
        finally:
            self._committing = None

    async def _commit_group(self, group: list[_Waiting]) -> None:
        try:
            await self._commit(group)
        except Exception:  # noqa: BLE001 - it is logged, and the futures fail
            _log.exception("cannot report the results of %d batches", len(group))
        finally:
            # No future is left pending; events that were stored are recognized when they are sent
            # again.
            for _, future in group:
                _settle(future, StoreUnavailableError("the store failed"))

    async def _commit(self, group: list[_Waiting]) -> None:
        try:
            outcomes = await self._write([new for new, _ in group])
        except (StoreUnavailableError, StoreDamagedError) as error:
            for _, future in group:
                _settle(future, type(error)(str(error)))
        except Exception as error:  # noqa: BLE001 - the futures need a result after any error
            if len(group) == 1:
                _settle(group[0][1], StoreError(f"cannot write the events: {error}"))
                return
            # One batch can never be written; the others of the group must not be lost with it.
            for alone in group:
                await self._commit_group([alone])
        else:
            for (new, future), (outcome, committed) in zip(group, outcomes, strict=True):
                if committed is not None:
                    self.on_commit(new.channel, *committed)
                _settle(future, outcome)


def _group(waiting: Iterable[_Waiting]) -> int:
    """Return how many pending batches the next transaction takes: at least one."""
    count = size = 0
    for new, _ in waiting:
        size += len(new.raw)
        if count == GROUP_BATCHES or (count and size > GROUP_BYTES):
            break
        count += 1
    return count


def _settle(future: asyncio.Future[Appended], outcome: Appended | RealtimeWidgetsError) -> None:
    """Set the result, unless the caller has cancelled the future: that does not undo the append."""
    if future.done():
        return
    if isinstance(outcome, RealtimeWidgetsError):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
