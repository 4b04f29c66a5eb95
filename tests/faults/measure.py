"""Figures from measured values."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .harness import Publisher


def p99(values: Iterable[float]) -> float:
    """The value that 99 of 100 do not exceed; 0 where there are none."""
    ordered = sorted(values)
    return ordered[int(len(ordered) * 0.99)] if ordered else 0.0


def ack_delays(publisher: Publisher, *, since: float) -> list[float]:
    """How long each call since then waited for the first word that it is stored."""
    calls = list(publisher.called_at.values())
    delays = []
    for (before, _), (count, moment) in pairwise([(0, 0.0), *publisher.acked_at]):
        delays += [moment - called_at for called_at in calls[before:count] if called_at > since]
    return delays
