"""What was published and is not sent yet: bounded, and every loss is told in its place.

`append` is the hot path: it runs in the user's thread for every event and takes the lock once.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from realtime_widgets.errors import QueueFullError
from realtime_widgets.publisher._waiting import Patience

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MAX_BYTES", "MAX_EVENTS", "WAIT_S", "Buffer"]

_Item = tuple[dict[str, Any], int, bool]
"""Event, size, and whether it may be dropped."""

MAX_EVENTS = 100_000
"""A tight loop of 20,000 lines must not lose one while a server restarts."""

MAX_BYTES = 32 * 1024 * 1024

WAIT_S = 2.0
"""How long an event that must not be dropped waits for room."""

_ROOM_SHARE = 100
"""A full buffer makes room for this part of itself at once, so that not every call searches."""


class Buffer:
    """A queue of events for one reader, the publisher's task, from any number of threads.

    Ctrl-C may come between any two steps of a publishing thread. So an event is here from one step
    to the next, what is counted is counted from what is here, and the reader is taken for awake
    only when it has been woken.

    Args:
        sprint_id: The run, for errors.
        wake: Called, in the publishing thread and with `changed` held, when the reader sleeps and
            something has come.
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
        self._bytes = 0
        self._taken = 0
        self._is_reader_asleep = True
        self._is_closed = False

        # Entered again where the garbage collector runs a publishing __del__ inside it.
        self._lock = threading.RLock()
        self.changed = threading.Condition(self._lock)
        """Notified when there is room, and by the reader when something was acknowledged."""

        self.discarded = 0
        """How many events will never be taken, because notices that tell of them stand for them."""

    def __len__(self) -> int:
        return len(self._items)

    @property
    def appended(self) -> int:
        """How many events ever came in."""
        with self._lock:
            return self._taken + self.discarded + len(self._items)

    def append(self, event: dict[str, Any], size: int, *, may_drop: bool = False) -> None:
        """Put an event at the end.

        Args:
            event: It must not be changed any more.
            size: About how many bytes it holds.
            may_drop: Whether it may be dropped, with a notice, when there is no room. Any other
                event waits for room.

        Raises:
            QueueFullError: There was no room for too long.
        """
        with self._lock:
            if self._is_full(size) and not self._make_room(size):
                self._rouse()
                if may_drop:
                    self._drop(event)
                    return
                wait_s = self._patience.wait_s(self._taken)
                if not self.changed.wait_for(lambda: not self._is_full(size), wait_s):
                    raise QueueFullError(self._sprint_id, len(self._items), wait_s)
            if self._is_closed:
                self._taken += 1
                return
            self._bytes += size
            self._items.append((event, size, may_drop))
            if self._is_reader_asleep:
                self._rouse()

    def take(self, limit: int) -> list[dict[str, Any]]:
        """Take events from the beginning, at most `limit`."""
        with self._lock:
            count = min(limit, len(self._items))
            items = [self._items.popleft() for _ in range(count)]
            self._taken += count
            self._bytes -= sum(size for _, size, _ in items)
            self.changed.notify_all()
        return [event for event, _, _ in items]

    def sleep_if_empty(self) -> bool:
        """Ask to be woken by the next event; False where there is one already."""
        with self._lock:
            self._is_reader_asleep = not self._items
            return self._is_reader_asleep

    def leave(self) -> None:
        """Ask to be woken by the next event, whatever is left here."""
        with self._lock:
            self._is_reader_asleep = True

    def close(self) -> None:
        """Forget everything, and only count what comes: nobody will ever take it."""
        with self._lock:
            self._is_closed = True
            self._taken += len(self._items)
            self._items.clear()
            self._bytes = 0
            self.changed.notify_all()

    def _rouse(self) -> None:
        if self._is_reader_asleep:
            self._wake()
            self._is_reader_asleep = False

    def _is_full(self, size: int) -> bool:
        return len(self._items) >= self._max_events or self._bytes + size > self._max_bytes

    def _make_room(self, size: int) -> bool:
        """Drop the oldest of what may be dropped; say in its place how many."""
        max_events = self._max_events - max(1, self._max_events // _ROOM_SHARE)
        max_bytes = self._max_bytes - size - self._max_bytes // _ROOM_SHARE
        before, count = self._items, len(self._items)
        items, total = before.copy(), self._bytes
        kept: deque[_Item] = deque()
        while items and (len(kept) + len(items) > max_events or total > max_bytes):
            event, item_size, may_drop = item = items.popleft()
            if not may_drop:
                kept.append(item)
                continue
            total -= item_size
            notice = _notice(event)
            if kept and kept[-1][0]["type"] == "dropped":
                last, _, _ = kept.pop()
                notice = {**last, "count": last["count"] + 1}
            kept.append((notice, 0, False))
        items.extendleft(reversed(kept))
        if before is not self._items or count != len(before):
            return self._make_room(size)  # a __del__ published meanwhile
        discarded = self.discarded + count - len(items)
        self._items, self._bytes, self.discarded = items, total, discarded
        return not self._is_full(size)

    def _drop(self, event: dict[str, Any]) -> None:
        """Say at the end that this event was dropped."""
        if self._items and (last := self._items[-1][0])["type"] == "dropped":
            last["count"] += 1
            self.discarded += 1
        else:
            self._items.append((_notice(event), 0, False))


def _notice(lost: dict[str, Any]) -> dict[str, Any]:
    moment = lost.get("time") or time.time()
    return {"type": "dropped", "count": 1, "reason": "buffer_full", "time": moment}
