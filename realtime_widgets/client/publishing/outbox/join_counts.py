"""Counts events that were joined to others, and those whose joined event is acknowledged."""

from __future__ import annotations

from collections import deque

__all__ = ["JoinCounts"]


class JoinCounts:
    """Belongs to the owner of a buffer; other threads read the counts."""

    def __init__(self) -> None:
        self.all = 0
        """How many events will never be taken, because they were joined to the one before."""

        self.acked = 0
        """How many of them were joined to an event that is acknowledged."""

        self.newest = 0
        """How many appended events the event that was taken last contains."""

        self._waiting: deque[tuple[int, int]] = deque()
        """Of taken events that are not acknowledged: the number of the event among those taken,
        from 1, and how many events were joined to its first."""

    def note_taken(self, number: int, count: int) -> None:
        """Record an event that was taken, and how many appended events it contains."""
        self.newest = count
        if count > 1:
            self._waiting.append((number, count - 1))

    def note_acked(self, taken: int) -> None:
        """Record that the first `taken` events are acknowledged."""
        while self._waiting and self._waiting[0][0] <= taken:
            _, count = self._waiting.popleft()
            self.acked += count

    def reset(self) -> None:
        """Count from 0 again."""
        self.all = self.acked = 0
        self._waiting.clear()
