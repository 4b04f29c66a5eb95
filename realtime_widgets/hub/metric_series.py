"""Reads the series of the metrics of a run from its log.

What was read is kept, for the runs that were read last: the next request for the same attempt reads
only the events after it.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Any

from realtime_widgets.hub.attempts import seqs_by_state
from realtime_widgets.hub.log_pages import pages_of_log
from realtime_widgets.protocol.events import Details, Metrics
from realtime_widgets.protocol.metrics.run_series import RunSeries
from realtime_widgets.protocol.stored_events import read_stored

if TYPE_CHECKING:
    from collections.abc import Iterable

    from realtime_widgets.hub.search_thread import SearchThread
    from realtime_widgets.hub.stores.base import Store, StoredBatch
    from realtime_widgets.protocol.position import Bounds
    from realtime_widgets.protocol.run_state import RunState

__all__ = ["MetricSeries", "seqs_of"]

MAX_KEPT = 16
"""Most attempts whose series are kept."""

MAX_BUCKETS = 60_000
"""Most buckets of all series that are kept: some ten megabytes."""

_Key = tuple[str, str, int]
"""Name of the run, epoch of its log, and number of the attempt."""


def seqs_of(state: RunState, bounds: Bounds, attempt: int) -> range:
    """Return the seqs of an attempt that are stored; none of one that the state does not have."""
    seqs = seqs_by_state(state, bounds.first, attempt)
    if seqs is None:
        starts = {past.attempt: past.began for past in state.past} | {state.attempt: state.began}
        if attempt not in starts:
            return range(0)
        seqs = range(1 if attempt == 1 else starts[attempt], starts[attempt + 1])
    return range(max(seqs.start, bounds.first), min(seqs.stop, bounds.head + 1))


class _AttemptSeries:
    """The series of one attempt, and how far its events are reduced."""

    def __init__(self) -> None:
        self.series = RunSeries()
        self.reached = 0
        """Number of the last event that is reduced. Only the search thread sets it."""
        self.reading = asyncio.Lock()

    def add(self, batches: Iterable[StoredBatch], seqs: range) -> None:
        """Reduce what is new of these events."""
        for batch in batches:
            if b'"metrics"' not in batch.raw and b'"details"' not in batch.raw:
                continue
            stored = datetime.fromisoformat(batch.timestamp).timestamp()
            for seq, event in enumerate(read_stored(batch.raw), batch.first):
                if seq not in seqs or seq <= self.reached:
                    continue
                if isinstance(event, Metrics):
                    self.series.add(event, stored)
                elif isinstance(event, Details):
                    self.series.add_details(event)
        self.reached = max(self.reached, seqs.stop - 1)


class MetricSeries:
    """The series of the metrics of a hub's runs.

    Args:
        store: Where the logs are.
        thread: Where they are reduced.
    """

    def __init__(self, store: Store, thread: SearchThread) -> None:
        self._store = store
        self._thread = thread
        self._kept: dict[_Key, _AttemptSeries] = {}
        """The attempt that was read last is at the end."""

    async def read(self, name: str, epoch: str, attempt: int, seqs: range) -> dict[str, Any]:
        """Return what `RunSeries` makes of the metrics of an attempt.

        Args:
            name: The run.
            epoch: Of its log.
            attempt: Its number.
            seqs: The events of the attempt that are stored.

        Raises:
            PositionLostError: The log was deleted, or another one has taken its place.
            StoreError: It cannot be read.
        """
        key = name, epoch, attempt
        kept = self._kept.pop(key, None) or _AttemptSeries()
        self._kept[key] = kept
        try:
            async with kept.reading:
                rest = range(max(seqs.start, kept.reached + 1), seqs.stop)
                async for page in pages_of_log(self._store, name, epoch, rest):
                    await self._thread.run(kept.add, page.batches, page.seqs)
                return await self._thread.run(kept.series.as_dict)
        finally:
            self._forget_old()

    def _forget_old(self) -> None:
        size = sum(kept.series.size for kept in self._kept.values())
        while len(self._kept) > MAX_KEPT or (size > MAX_BUCKETS and self._kept):
            size -= self._kept.pop(next(iter(self._kept))).series.size
