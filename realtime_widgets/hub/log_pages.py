"""Reads one log from one end to the other, a few batches at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from realtime_widgets.errors import PositionLostError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from realtime_widgets.hub.stores.base import Store, StoredBatch
    from realtime_widgets.protocol.position import Bounds

__all__ = ["LogPage", "pages_of_log"]

READ_BYTES = 256 * 1024
"""How much of the log one read takes: some milliseconds of work with it."""


class LogPage(NamedTuple):
    """Consecutive batches of a log."""

    batches: list[StoredBatch]
    """In the order of the log or, where it is read backwards, the newest first."""

    seqs: range
    """Which events of them are wanted."""

    bounds: Bounds
    """What the log held after they were read."""


async def pages_of_log(
    store: Store, name: str, epoch: str, seqs: range, *, is_backward: bool = False
) -> AsyncGenerator[LogPage]:
    """Yield the batches that hold these events, without those that are damaged or deleted.

    Raises:
        PositionLostError: The log was deleted, or another one has taken its place.
        StoreError: They cannot be read.
    """
    while seqs:
        if is_backward:
            batches = await store.read_back(name, seqs.stop, READ_BYTES)
        else:
            batches = await store.read(name, seqs.start - 1, READ_BYTES)
        bounds = await store.bounds(name)  # after the batches: they are of the log before
        if bounds.epoch != epoch:
            raise PositionLostError(name, "epoch")
        if not batches:
            return
        last = batches[-1]
        before, seqs = seqs, _rest(seqs, last, is_backward=is_backward)
        wanted = range(seqs.stop, before.stop) if is_backward else range(before.start, seqs.start)
        yield LogPage(batches, wanted, bounds)


def _rest(seqs: range, last: StoredBatch, *, is_backward: bool) -> range:
    if is_backward:
        return range(seqs.start, max(seqs.start, min(last.first, seqs.stop)))
    return range(min(seqs.stop, max(last.last + 1, seqs.start)), seqs.stop)
