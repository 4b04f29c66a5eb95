"""Messages of one publisher that came together, to be stored and acknowledged as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.protocol.events import ValidBatch

if TYPE_CHECKING:
    from realtime_widgets.protocol.events import Event
    from realtime_widgets.protocol.limits import Limits

__all__ = ["Gathering"]


class Gathering:
    """Batches whose numbers follow each other, up to the size of one.

    Args:
        limits: What one batch may hold.
    """

    __slots__ = ("_bodies", "_events", "_first_n", "_limits", "_size")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._clear()

    def _clear(self) -> None:
        self._first_n = 0
        self._events: list[Event] = []
        self._bodies: list[bytes] = []
        self._size = len(b"[]")

    def __bool__(self) -> bool:
        return bool(self._events)

    @property
    def is_full(self) -> bool:
        """Whether it takes no more."""
        is_large = self._size >= self._limits.batch_bytes
        return is_large or len(self._events) >= self._limits.batch_events

    def takes(self, first_n: int, batch: ValidBatch) -> bool:
        """Tell whether a batch may be added."""
        return not self or (
            first_n == self._first_n + len(self._events)
            and len(self._events) + len(batch.events) <= self._limits.batch_events
            and self._size + len(batch.raw) <= self._limits.batch_bytes
        )

    def add(self, first_n: int, batch: ValidBatch) -> None:
        """Add a batch that it takes."""
        if not self:
            self._first_n = first_n
        self._events += batch.events
        body = batch.raw[1:-1]
        self._bodies.append(body)
        self._size += len(body) + len(b",")

    def take(self) -> tuple[int, ValidBatch]:
        """Return the first number and all of it as one batch, and be empty."""
        joined = ValidBatch(self._events, b"[" + b",".join(self._bodies) + b"]", [])
        first_n = self._first_n
        self._clear()
        return first_n, joined
