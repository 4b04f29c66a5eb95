"""Reads the series of the metrics of a run from its log."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from realtime_widgets.hub.attempts import seqs_by_state
from realtime_widgets.hub.log_pages import pages_of_log
from realtime_widgets.protocol.events import Metrics
from realtime_widgets.protocol.metrics.run_series import RunSeries
from realtime_widgets.protocol.validation import read_stored

if TYPE_CHECKING:
    from collections.abc import Iterable

    from realtime_widgets.hub.search_thread import SearchThread
    from realtime_widgets.hub.stores.base import Store, StoredBatch
    from realtime_widgets.protocol.position import Bounds
    from realtime_widgets.protocol.run_state import RunState

__all__ = ["read_series", "seqs_of"]


def seqs_of(state: RunState, bounds: Bounds, attempt: int) -> range:
    """Return the seqs of an attempt that are stored; none of one that the state does not have."""
    seqs = seqs_by_state(state, bounds.first, attempt)
    if seqs is None:
        starts = {past.attempt: past.began for past in state.past} | {state.attempt: state.began}
        if attempt not in starts:
            return range(0)
        seqs = range(1 if attempt == 1 else starts[attempt], starts[attempt + 1])
    return range(max(seqs.start, bounds.first), min(seqs.stop, bounds.head + 1))


async def read_series(
    store: Store, thread: SearchThread, name: str, epoch: str, seqs: range
) -> dict[str, Any]:
    """Return what `RunSeries` makes of the metrics among these events.

    Raises:
        PositionLostError: The log was deleted, or another one has taken its place.
        StoreError: It cannot be read.
    """
    series = RunSeries()
    async for page in pages_of_log(store, name, epoch, seqs):
        await thread.run(_add, series, page.batches, page.seqs)
    return await thread.run(series.as_dict)


def _add(series: RunSeries, batches: Iterable[StoredBatch], seqs: range) -> None:
    for batch in batches:
        if b'"metrics"' not in batch.raw:
            continue
        stored = datetime.fromisoformat(batch.timestamp).timestamp()
        for seq, event in enumerate(read_stored(batch.raw), batch.first):
            if isinstance(event, Metrics) and seq in seqs:
                series.add(event, stored)
