"""What was published and is not sent yet: bounded, and every loss is told in its place.

`append` is the hot path: it runs in the user's thread for every event and takes the lock once.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from realtime_widgets.errors import QueueFullError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MAX_BYTES", "MAX_EVENTS", "WAIT_S", "Buffer"]

MAX_EVENTS = 100_000
"""A tight loop of 20,000 lines must not lose one while a server restarts."""

MAX_BYTES = 32 * 1024 * 1024

WAIT_S = 2.0
"""How long an event that is no log line waits for room."""

_ROOM_SHARE = 100
"""A full buffer makes room for this part of itself at once, so that not every call searches."""


class Buffer:
    """A queue of events for one reader, the publisher's task, from any number of threads.

    Args:
        sprint_id: The run, for errors.
        wake: Called, in the publishing thread, when the reader waits and something has come.
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
        self._wait_s = wait_s
        self._items: deque[tuple[dict[str, Any], int, bool]] = deque()
        """Event, size, and whether it may be dropped."""
        self._bytes = 0
        self._is_reader_asleep = True

        # Entered again where the garbage collector runs a publishing __del__ inside it.
        self._lock = threading.RLock()
        self.changed = threading.Condition(self._lock)
        """Notified when there is room, and by the reader when something was acknowledged."""

        self.appended = 0
        """How many events ever came in, the notices of lost ones included."""

        self.discarded = 0
        """How many of them were dropped, and told of."""

    def __len__(self) -> int:
        return len(self._items)

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
                if may_drop:
                    self.appended += 1
                    self._drop(event, self._items)
                    return
                if not self.changed.wait_for(lambda: not self._is_full(size), self._wait_s):
                    raise QueueFullError(self._sprint_id, len(self._items), self._wait_s)
            self._items.append((event, size, may_drop))
            self._bytes += size
            self.appended += 1
            wake, self._is_reader_asleep = self._is_reader_asleep, False
        if wake:
            self._wake()

    def take(self, limit: int) -> list[dict[str, Any]]:
        """Take events from the beginning, at most `limit`."""
        with self._lock:
            count = min(limit, len(self._items))
            items = [self._items.popleft() for _ in range(count)]
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

    def discard(self, event: dict[str, Any], size: int, *, may_drop: bool = False) -> None:  # noqa: ARG002 - the signature of `append`
        """Count an event that nobody will ever take, in place of `append`."""
        with self._lock:
            self.appended += 1

    def clear(self) -> None:
        """Forget everything: nobody will ever take it."""
        with self._lock:
            self._items.clear()
            self._bytes = 0
            self.changed.notify_all()

    def _is_full(self, size: int) -> bool:
        return len(self._items) >= self._max_events or self._bytes + size > self._max_bytes

    def _make_room(self, size: int) -> bool:
        """Drop the oldest log lines; say in their place how many."""
        max_events = self._max_events - max(1, self._max_events // _ROOM_SHARE)
        max_bytes = self._max_bytes - size - self._max_bytes // _ROOM_SHARE
        kept: deque[tuple[dict[str, Any], int, bool]] = deque()
        while self._items and (
            len(kept) + len(self._items) > max_events or self._bytes > max_bytes
        ):
            item = self._items.popleft()
            event, item_size, may_drop = item
            if may_drop:
                self._bytes -= item_size
                self._drop(event, kept)
            else:
                kept.append(item)
        self._items.extendleft(reversed(kept))
        return not self._is_full(size)

    def _drop(self, event: dict[str, Any], before: deque[tuple[dict[str, Any], int, bool]]) -> None:
        self.discarded += 1
        if before and before[-1][0]["type"] == "dropped":
            before[-1][0]["count"] += 1
        else:
            notice = {
                "type": "dropped",
                "count": 1,
                "reason": "buffer_full",
                "time": event.get("time", time.time()),
            }
            before.append((notice, 0, False))
            self.appended += 1
