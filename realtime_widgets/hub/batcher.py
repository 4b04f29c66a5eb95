"""Messages of one publisher that arrive together, to be stored and acknowledged as one batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.protocol.validation import ValidBatch

if TYPE_CHECKING:
    from realtime_widgets.protocol.events import Event
    from realtime_widgets.protocol.limits import Limits

__all__ = ["Batcher"]


class Batcher:
    """Consecutive batches of one publisher, up to the size of one batch; false while it is empty.

    Args:
        limits: What one batch may hold.
    """

    __slots__ = ("_bodies", "_events", "_limits", "_publisher_seq", "_size")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._clear()

    def _clear(self) -> None:
        self._publisher_seq = 0
        self._events: list[Event] = []
        self._bodies: list[bytes] = []
        self._size = len(b"[]")

    def __bool__(self) -> bool:
        return bool(self._events)

    @property
    def is_full(self) -> bool:
        """Whether it accepts no more."""
        is_large = self._size >= self._limits.batch_bytes
        return is_large or len(self._events) >= self._limits.batch_events

    def accepts(self, publisher_seq: int, batch: ValidBatch) -> bool:
        """Whether a batch follows the ones before and fits in."""
        return not self or (
            publisher_seq == self._publisher_seq + len(self._events)
            and len(self._events) + len(batch.events) <= self._limits.batch_events
            and self._size + len(batch.raw) <= self._limits.batch_bytes
        )

    def add(self, publisher_seq: int, batch: ValidBatch) -> None:
        """Add a batch that it accepts.

        Args:
            publisher_seq: The publisher seq of the first event.
            batch: The batch.
        """
        if not self:
            self._publisher_seq = publisher_seq
        self._events += batch.events
        body = batch.raw[1:-1]
        self._bodies.append(body)
        self._size += len(body) + len(b",")

    def flush(self) -> tuple[int, ValidBatch]:
        """Return the publisher seq of the first event and all events as one batch; empty it."""
        joined = ValidBatch(self._events, b"[" + b",".join(self._bodies) + b"]", [])
        publisher_seq = self._publisher_seq
        self._clear()
        return publisher_seq, joined
