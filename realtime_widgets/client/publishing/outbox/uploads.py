"""Uploads the blobs of one run, one after another, each when its event is stored (protocol 4.9).

A user's thread adds to the queue; all else belongs to the background thread. An upload that fails
is tried again until it succeeds or is refused for good, and events of the run name its state, so
that views show it. What waits is bounded: beyond `MAX_WAITING` bytes the oldest is dropped, which
for outputs that replace each other is the one that views do not show any more.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from realtime_widgets.backoff import Backoff
from realtime_widgets.client.runtime import runtime
from realtime_widgets.errors import InvalidEventError, ServerNotFoundError, StoreError
from realtime_widgets.protocol.outputs.blob import MAX_REASON

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets.client.large_value import LargeValue
    from realtime_widgets.client.target import PublishTarget

__all__ = ["MAX_WAITING", "Uploads"]

MAX_WAITING = 64 * 1024 * 1024
"""Most bytes that wait to be uploaded."""

_FINAL = frozenset({"not_installed", "refused", "no_token"})
"""Kinds of `ServerNotFoundError` after which another attempt would fail, too."""


@dataclass(eq=False)
class _Waiting:
    value: LargeValue
    at: int | None = None
    """How many events have to be stored first; None until the background thread has set it."""

    has_failed: bool = False


class Uploads:
    """The queue of an outbox.

    Args:
        target: Server or hub that stores the run.
        sprint_id: The run.
        publish: Publishes an event of the run.
        published: Returns how many events were published.
        settled: Returns how many of them are stored or discarded.
        changed: Called when an upload has ended or failed.
    """

    def __init__(  # noqa: PLR0913 - most of them by name
        self,
        target: PublishTarget,
        sprint_id: str,
        *,
        publish: Callable[[dict[str, Any]], None],
        published: Callable[[], int],
        settled: Callable[[], int],
        changed: Callable[[], None],
    ) -> None:
        self._target = target
        self._sprint_id = sprint_id
        self._publish = publish
        self._published = published
        self._settled = settled
        self._changed = changed
        self._queue: deque[_Waiting] = deque()
        self._current: _Waiting | None = None
        self._lost = 0
        """How many were reported as not uploaded at the exit of the process."""
        self._task: asyncio.Task[None] | None = None

    @property
    def left(self) -> int:
        """How many blobs are not uploaded."""
        return len(self._queue) + (self._current is not None)

    @property
    def is_settled(self) -> bool:
        """Whether all blobs are uploaded, or the next one has failed and is tried again later."""
        current = self._current
        return self.left == 0 or (current is not None and current.has_failed)

    def new_losses(self) -> str:
        """Return the number of blobs that are not uploaded, once in words, "" for none."""
        count = self.left - self._lost
        self._lost = self.left
        return f"{count:,} blobs" if count > 0 else ""

    def add(self, value: LargeValue) -> None:
        """Upload a value once the events that were published so far are stored."""
        self._queue.append(_Waiting(value))
        while sum(len(each.value.data) for each in tuple(self._queue)) > MAX_WAITING:
            try:
                dropped = self._queue.popleft()
            except IndexError:
                break  # the background thread has taken it
            words = f"more than {MAX_WAITING:,} bytes waited to be uploaded"
            self._report(dropped, "refused", words)
        runtime().call_soon(self._mark)

    # In the background thread only.

    def _mark(self) -> None:
        for each in tuple(self._queue):
            if each.at is None:
                each.at = self._published()
        self.start()

    def start(self) -> None:
        """Upload what may be uploaded now."""
        if self._task is None and self._has_next():
            self._task = asyncio.create_task(self._run(), name=f"uploads of {self._sprint_id}")

    def _has_next(self) -> bool:
        if not self._queue:
            return False
        at = self._queue[0].at
        return at is not None and self._settled() >= at

    async def _run(self) -> None:
        try:
            while self._has_next():
                self._current = self._queue.popleft()
                await self._upload(self._current)
                self._current = None
                self._changed()
        finally:
            self._current = self._task = None

    async def _upload(self, item: _Waiting) -> None:
        backoff = Backoff()
        while True:
            try:
                await self._target.put_blob(self._sprint_id, item.value)
            except InvalidEventError as error:
                return self._report(item, "refused", error.reason)
            except ServerNotFoundError as error:
                if error.kind in _FINAL:
                    return self._report(item, "refused", error.reason)
                self._note_failure(item, error.reason)
            except StoreError as error:
                self._note_failure(item, error.reason)
            else:
                if item.has_failed:
                    self._report(item, "done")
                return None
            await asyncio.sleep(backoff.next_delay())

    def _note_failure(self, item: _Waiting, reason: str) -> None:
        if not item.has_failed:
            item.has_failed = True
            self._report(item, "waiting", reason)
        self._changed()

    def _report(self, item: _Waiting, state: str, reason: str | None = None) -> None:
        event = {"type": "blob_upload", "sha256": item.value.sha256, "state": state}
        self._publish(event if reason is None else {**event, "message": reason[:MAX_REASON]})
