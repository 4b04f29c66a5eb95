"""The newest batches of a channel in memory, and the frames that are made of them and of others."""

from __future__ import annotations

from collections import OrderedDict, deque
from itertools import islice
from typing import TYPE_CHECKING

from realtime_widgets.hub.frames import Frame, join

if TYPE_CHECKING:
    from collections.abc import Sequence

    from realtime_widgets.hub.stores.base import StoredBatch
    from realtime_widgets.protocol.position import Bounds

__all__ = ["FRAME_CACHE_BYTES", "TAIL_BYTES", "Tail"]

TAIL_BYTES = 1024 * 1024
"""Size of the newest batches in memory: many times what a viewer that keeps up needs."""

FRAME_CACHE_BYTES = 1024 * 1024
"""Size of the frames cached for viewers at the same position, such as a thousand that reconnect.

A frame stays valid when the log grows: it still follows its seq, though more may follow.
"""

MIN_FILL = 0.5
"""How full a cached frame has to be to be sent although a larger one could be made by now."""


class Tail:
    """The newest batches of one channel, and its cached frames.

    Args:
        channel: The channel's name.
        frame_bytes: Size of a frame that joins batches.
        tail_bytes: See `TAIL_BYTES`.
        frame_cache_bytes: See `FRAME_CACHE_BYTES`.
    """

    def __init__(
        self, channel: str, *, frame_bytes: int, tail_bytes: int, frame_cache_bytes: int
    ) -> None:
        self._channel = channel
        self._frame_bytes = frame_bytes
        self._batches_bytes_max = tail_bytes
        self._frames_bytes_max = frame_cache_bytes
        self._batches: deque[StoredBatch] = deque()
        self._batches_bytes = 0
        self._frames: OrderedDict[int, Frame] = OrderedDict()
        self._frames_bytes = 0

    def append(self, batch: StoredBatch) -> None:
        """Add the newest batch; the oldest ones are dropped above the size."""
        self._batches.append(batch)
        self._batches_bytes += len(batch.raw)
        while self._batches_bytes > self._batches_bytes_max and len(self._batches) > 1:
            self._batches_bytes -= len(self._batches.popleft().raw)

    def clear(self) -> None:
        """Drop all batches and frames."""
        self._batches.clear()
        self._batches_bytes = 0
        self._frames.clear()
        self._frames_bytes = 0

    def batch_id_at(self, seq: int) -> str | None:
        """Return the id of the batch that ends at a seq, None where it is not in memory."""
        return next((one.batch_id for one in reversed(self._batches) if one.last == seq), None)

    def frame_after(self, seq: int, bounds: Bounds) -> Frame | None:
        """Return the frame that follows a seq, None where its batches are not in memory."""
        cached = self._frames.get(seq)
        if cached is not None and self._is_full_enough(cached, bounds):
            return cached
        if self._batches and self._batches[0].first <= seq + 1:
            return self.cache(seq, self._batches_after(seq), bounds)
        return cached

    def _is_full_enough(self, frame: Frame, bounds: Bounds) -> bool:
        # Else a viewer that connects later would get a frame for each event that once was live.
        is_all = frame.last >= bounds.head
        return is_all or len(frame.message) >= MIN_FILL * self._frame_bytes

    def _batches_after(self, seq: int) -> Sequence[StoredBatch]:
        # From the end, where viewers that keep up stand.
        index = len(self._batches)
        while index and self._batches[index - 1].last > seq:
            index -= 1
        return tuple(islice(self._batches, index, None))

    def cache(self, seq: int, batches: Sequence[StoredBatch], bounds: Bounds) -> Frame:
        """Make the frame that follows a seq of consecutive batches, and keep it."""
        assert bounds.epoch is not None, "a channel with batches has an epoch"  # noqa: S101 - narrows the type
        frame = Frame(self._channel, bounds.epoch, join(batches, seq, self._frame_bytes))
        older = self._frames.pop(seq, None)
        if older is not None:
            self._frames_bytes -= len(older.message)
        self._frames[seq] = frame
        self._frames_bytes += len(frame.message)
        while self._frames_bytes > self._frames_bytes_max and len(self._frames) > 1:
            _, oldest = self._frames.popitem(last=False)
            self._frames_bytes -= len(oldest.message)
        return frame
