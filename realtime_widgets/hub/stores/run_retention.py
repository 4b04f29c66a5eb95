"""How much of one run is kept, and how far a log is trimmed that exceeds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from realtime_widgets.settings import setting

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["RunRetention", "cut_back"]

_CUT_TO = 0.99
"""Share of the bound that is left: trimming rarely keeps appends cheap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRetention:
    """How much of one channel is kept; beyond it the oldest batches are removed.

    The newest batch is always kept.
    """

    events: int = setting(
        1_000_000,
        "Maximum number of events stored per run; beyond it the oldest are deleted.",
        least=1,
    )
    size_bytes: int = setting(
        256 * 1024 * 1024,
        "Maximum size of the events stored per run, in bytes of JSON.",
        least=1_024,
    )
    blobs_bytes: int = setting(
        128 * 1024 * 1024,
        "Maximum size of the blobs stored per run, which are shown values above 96 KiB; beyond it "
        "the oldest are deleted. Each counts 16 KiB more than it has.",
        least=1_024,
    )


def cut_back(
    first: int,
    head: int,
    size_bytes: int,
    oldest: Iterable[tuple[int, int, int]],
    retention: RunRetention,
) -> tuple[int, int]:
    """Return where a log begins, and its size, once its oldest batches are removed.

    Args:
        first: Seq of its first event.
        head: Seq of its last event.
        size_bytes: Size of its batches.
        oldest: First seq, last seq and size of each batch, the oldest first. Read as far as needed.
        retention: How much is kept.
    """
    if head - first < retention.events and size_bytes <= retention.size_bytes:
        return first, size_bytes
    events, size = int(_CUT_TO * retention.events), int(_CUT_TO * retention.size_bytes)
    for batch_first, batch_last, batch_size in oldest:
        if batch_last >= head:
            # The newest is always kept. What the sums have beyond it was lost by damage.
            return batch_first, batch_size
        first, size_bytes = batch_last + 1, size_bytes - batch_size
        if head - first < events and size_bytes <= size:
            break
    return first, size_bytes
