"""The bounded queue of events that are published and not yet sent.

Dropped events are replaced by `dropped` notices at their position, with their number. Consecutive
events with one joining key, deltas of one text or rows of the same metrics, are joined into one
event when they are taken.

`append` is the hot path. It runs in the user's thread for every event and takes no lock; `runtime`
gives the reasons. Everything that is not one atomic step is done by the owner, the background
thread: it removes events, joins and counts them, and drops the oldest when the queue is full. A
thread that finds the queue full waits for the owner.
"""

from __future__ import annotations

import time
from _thread import get_ident
from collections import deque
from typing import TYPE_CHECKING, Any

from realtime_widgets.client.changes import Changes
from realtime_widgets.client.own_threads import is_collecting, is_own_thread, silent
from realtime_widgets.client.publishing.outbox.join_counts import JoinCounts
from realtime_widgets.client.publishing.outbox.joining import Joining
from realtime_widgets.client.waiting import Patience
from realtime_widgets.errors import QueueFullError

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets.client.publishing.outbox.joining import JoiningKey
    from realtime_widgets.client.publishing.outbox.metric_rows import Row

__all__ = ["MAX_BYTES", "MAX_EVENTS", "WAIT_S", "Buffer"]

_Item = tuple[Any, int, bool, "JoiningKey | None", int]
"""Event or row of metrics, size, whether it may be dropped, joining key, and how many appended
events it contains."""

MAX_EVENTS = 100_000
"""Enough for a loop that prints 20,000 lines while the server restarts."""

MAX_BYTES = 32 * 1024 * 1024

WAIT_S = 2.0
"""Maximum time that `append` waits for space for an event that must not be dropped."""

OWNER_WAIT_S = 1.0
"""Maximum time that `append` of a droppable event waits for the owner to make space."""

_ROOM_SHARE = 100
"""A full buffer frees 1/100 of its capacity at once, so that not every call searches it."""


class Buffer:
    """A queue of events from any number of threads for its owner, the background thread.

    KeyboardInterrupt may be raised between any two steps of a publishing thread. So an event is
    added in one atomic step, counts are derived by the owner from the contents, and the owner is
    marked as awake only after it was woken.

    Args:
        sprint_id: The run, for error messages.
        wake: Called in the publishing thread when the owner has to check the buffer: it sleeps and
            an event was added, or the buffer is full.
        max_events: Capacity in events.
        max_bytes: Capacity in bytes, approximately.
        wait_s: Maximum wait for space for an event that must not be dropped, in seconds.
    """

    def __init__(
        self,
        sprint_id: str,
        wake: Callable[[], object],
        *,
        max_events: int = MAX_EVENTS,
        max_bytes: int = MAX_BYTES,
        wait_s: float = WAIT_S,
    ) -> None:
        self._sprint_id = sprint_id
        self._wake = wake
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._patience = Patience(wait_s)
        self._items: deque[_Item] = deque()
        self._in_transfer = 0
        """How many events the owner has removed and not yet counted as taken."""
        self._bytes = 0
        """Approximate size: threads that update it at the same time may miscount."""
        self._wanted_bytes = 0
        """Size of the largest event that had to wait."""
        self._room_checks = 0
        """How often the owner has run `make_room`."""
        self._unreported = 0
        """How many events were dropped because the owner did not run; no notice counts them yet."""

        self._sleep: object = object()
        """Token of the owner's last sleep. Threads wake the owner until `_woken` equals it."""
        self._woken: object = None

        self.changed = Changes()
        """Notified when there is space, and by the owner when events were acknowledged."""

        # Changed by the owner only.

        self.taken = 0
        """How many events were taken."""

        self.discarded = 0
        """How many events will never be taken, because notices count them instead."""

        self.joins = JoinCounts()
        """How many events will never be taken, because they were joined to the one before."""

    def __len__(self) -> int:
        """How many events are queued; exact for the owner, may be a few too high for others."""
        return len(self._items) + self._in_transfer + self._unreported

    @property
    def appended(self) -> int:
        """How many events were appended in all; as exact as the length."""
        return len(self) + self.taken + self.discarded + self.joins.all

    def append(
        self,
        event: dict[str, Any] | Row,
        size: int,
        *,
        may_drop: bool = False,
        joins: JoiningKey | None = None,
    ) -> None:
        """Append an event.

        Args:
            event: An event, which must not be changed afterwards; or a row of metrics.
            size: Its approximate size in bytes.
            may_drop: Whether it may be dropped, with a notice, when the buffer is full. For any
                other event the call waits for space.
            joins: Its joining key; it is joined to the event before if that has the same key. Such
                an event is not droppable.

        Raises:
            QueueFullError: There was no space within the time limit.
        """
        if get_ident() in silent and not is_collecting():
            return
        if (
            len(self._items) >= self._max_events or self._bytes + size > self._max_bytes
        ) and not self._wait_for_room(size, may_drop=may_drop):
            return
        self._items.append((event, size, may_drop, joins, 1))
        self._bytes += size
        if self._sleep is not self._woken:
            self._wake_owner()

    def append_own(self, event: dict[str, Any], size: int) -> None:
        """Append an event of the package itself, which are few, from any thread and at once."""
        self._items.append((event, size, False, None, 1))
        self._bytes += size
        if self._sleep is not self._woken:
            self._wake_owner()

    def _wait_for_room(self, size: int, *, may_drop: bool) -> bool:
        """Wake the owner to make space; return whether the event may be added.

        A droppable event is added after the owner has run `make_room`: the next run may drop it.

        Raises:
            QueueFullError: There was no space within the time limit.
        """
        if is_own_thread():
            return True  # a finalizer must not wait for the thread that it runs in
        checks = self._room_checks
        self._wanted_bytes = max(self._wanted_bytes, size)
        if self._unreported == 0:
            self._wake()
        if not may_drop:
            wait_s = self._patience.wait_s(self.taken)
            if not self.changed.wait_for(lambda: not self._is_full(size), wait_s):
                raise QueueFullError(self._sprint_id, len(self), wait_s)
            return True
        if not self._unreported:
            wait_s = min(OWNER_WAIT_S, self._patience.wait_s(self.taken))
            if self.changed.wait_for(lambda: self._room_checks != checks, wait_s):
                return True
        self._unreported += 1
        return False

    def _is_full(self, size: int) -> bool:
        return len(self) >= self._max_events or self._bytes + size > self._max_bytes

    def _wake_owner(self) -> None:
        sleep = self._sleep
        self._wake()
        self._woken = sleep

    # For the owner only.

    def take(self, limit: int) -> list[dict[str, Any]]:
        """Remove the oldest events, join them, and return at most `limit`."""
        events: list[dict[str, Any]] = []
        joined = total = 0
        while self._items and len(events) < limit:
            before = self._in_transfer
            event, size, _, _, count = self._pop_run()
            joined += self._in_transfer - before - 1
            total += size
            events.append(event)
            self.joins.note_taken(self.taken + len(events), count)
        self.taken += len(events)
        self.joins.all += joined
        self._in_transfer = 0
        self._bytes = self._bytes - total if self._items else 0
        self.changed.notify()
        return events

    def reset_counts(self) -> None:
        """Count what is taken from 0 again."""
        self.taken = self.discarded = 0
        self.joins.reset()

    def sleep_if_empty(self) -> bool:
        """Arm the wake-up by the next event; return False if there is an event already."""
        self.arm_wakeup()
        return not self._items

    def arm_wakeup(self) -> None:
        """Let the next append call `wake`, whether or not the buffer is empty."""
        self._sleep = object()

    def discard_all(self) -> None:
        """Remove and count all events."""
        while self.take(self._max_events):
            pass

    def make_room(self) -> None:
        """If the buffer is full, replace the oldest droppable events by notices that count them."""
        if self._is_full(self._wanted_bytes):
            self._drop_oldest()
        if unreported := self._unreported:
            self._unreported -= unreported
            self._items.append(_notice_item({}, unreported))
            self.discarded += unreported - 1
        self._room_checks += 1
        self.changed.notify()

    def _drop_oldest(self) -> None:
        max_events = self._max_events - max(1, self._max_events // _ROOM_SHARE)
        max_bytes = self._max_bytes - self._wanted_bytes - self._max_bytes // _ROOM_SHARE
        items = deque[_Item]()
        for_all = len(self._items)
        while self._in_transfer < for_all:
            items.append(self._pop_run())
        self.joins.all += self._in_transfer - len(items)
        self._in_transfer = len(items)
        total = sum(item[1] for item in items)
        self._bytes -= total
        discarded, kept = 0, deque[_Item]()
        while items and (len(kept) + len(items) > max_events or total > max_bytes):
            event, size, may_drop, _, _ = item = items.popleft()
            if not may_drop:
                kept.append(item)
                continue
            total -= size
            count = 1
            if kept and kept[-1][0]["type"] == "dropped":
                event = kept.pop()[0]
                count += event["count"]
                discarded += 1
            kept.append(_notice_item(event, count))
        self.discarded += discarded
        self._items.extendleft(reversed(items))
        self._items.extendleft(reversed(kept))
        self._bytes += total
        self._in_transfer = 0

    def _pop_run(self) -> _Item:
        """Remove the oldest item with those that are joined to it, and return it as one.

        They count as in transfer until they are taken or put back.
        """
        self._in_transfer += 1
        event, size, may_drop, joins, count = first = self._items.popleft()
        if joins is None:
            return first
        joining, items = Joining(joins, event, size), self._items
        while items:
            event, more, _, key, number = items[0]
            if not joining.add(key, event, more):
                break
            self._in_transfer += 1
            items.popleft()
            count += number
        return joining.event(), joining.size, may_drop, joining.key, count


def _notice_item(lost: dict[str, Any], count: int) -> _Item:
    moment = lost.get("time") or time.time()
    notice = {"type": "dropped", "count": count, "reason": "buffer_full", "time": moment}
    return notice, 0, False, None, 1
