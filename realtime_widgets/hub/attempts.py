"""Which events of a log belong to an attempt (protocol 4.2)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from realtime_widgets.protocol.events import StatusUpdate
from realtime_widgets.protocol.run_state import RunState
from realtime_widgets.protocol.stored_events import read_stored

if TYPE_CHECKING:
    from collections.abc import Iterable

    from realtime_widgets.hub.stores.base import StoredBatch

__all__ = ["AttemptStarts", "seqs_by_state"]

_END = sys.maxsize


def seqs_by_state(state: RunState, first: int, attempt: int) -> range | None:
    """Return the seqs of an attempt, as far as they follow from the state of the run alone.

    Events before the first `running` belong to the first attempt, as in a state.

    Args:
        state: The newest state.
        first: The oldest seq kept.
        attempt: Number of the attempt, from 1.

    Returns:
        None where the log has to be read, up to the start of the newest attempt.
    """
    newest = max(1, state.attempt)
    if attempt > newest:
        return range(0)
    if attempt == newest:
        return range(1 if newest == 1 else state.began, _END)
    return range(0) if state.began < first else None


class AttemptStarts:
    """Finds where attempts start, from the log.

    Where its beginning is not kept, the first `running` that is kept counts as a start.

    Args:
        newest: The newest state, of which the number and the start of the newest attempt count.
    """

    def __init__(self, newest: RunState) -> None:
        self._number = newest.attempt
        self._began = newest.began
        self._starts: list[int] = []
        self._state = RunState(sprint_id=newest.sprint_id)

    def add(self, batches: Iterable[StoredBatch]) -> None:
        """Reduce the next batches before the start of the newest attempt."""
        for batch in batches:
            if b'"status_update"' not in batch.raw:
                continue
            for seq, event in enumerate(read_stored(batch.raw), batch.first):
                if isinstance(event, StatusUpdate) and seq < self._began:
                    self._state.apply(seq, batch.timestamp, [event])
                    if self._state.began == seq:
                        self._starts.append(seq)

    def seqs_of(self, attempt: int) -> range:
        """Return the seqs of an attempt before the newest one, when all batches are added."""
        starts = [*self._starts, self._began]
        index = len(starts) - 1 - (self._number - attempt)
        if index < -1:
            return range(0)
        is_first = index == -1 or attempt == 1
        return range(1 if is_first else starts[index], starts[index + 1])
