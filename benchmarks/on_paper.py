"""How many viewers are possible, computed from what a few servers cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.answers import Table
from benchmarks.append_cost import EVENT, EVENTS, slope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.answers import Cell

__all__ = ["on_paper"]

BATCHES_S = 10
"""A run stores so many batches of 64 events a second."""


@dataclass(frozen=True)
class Shape:
    """A number of viewers, and how they are spread.

    Attributes:
        viewers: Of all runs together.
        runs: Each has as many viewers as another one.
        followers: How many servers other than the publisher's have viewers of a run.
    """

    viewers: int
    runs: int
    followers: int


SHAPES = (
    Shape(10_000, 1_000, 2),
    Shape(10_000, 1, 3),
    Shape(1_000_000, 100_000, 2),
    Shape(1_000_000, 1_000, 3),
    Shape(1_000_000, 1, 300),
)


def on_paper(costs: Mapping[int, float], delivery_us: float, connection_kib: float) -> Table:
    """Compute what each shape needs.

    Args:
        costs: CPU time of Redis for a batch, by the number of followers, in microseconds.
        delivery_us: CPU time of a server for one event at one viewer, in microseconds.
        connection_kib: Memory of a server for one connection, in KiB.
    """
    base, each = costs[min(costs)], slope(costs)
    rows = [
        _row(shape, base + each * shape.followers, delivery_us, connection_kib) for shape in SHAPES
    ]
    return Table(
        f"On paper, from these figures: each run stores {BATCHES_S} batches of {EVENTS} events a "
        "second",
        [
            "viewers",
            "runs",
            "other servers a run",
            "cores of Redis",
            "MB/s out of Redis",
            "cores of servers",
            "GiB of servers",
        ],
        rows,
    )


def _row(shape: Shape, batch_us: float, delivery_us: float, connection_kib: float) -> list[Cell]:
    batches_s = BATCHES_S * shape.runs
    deliveries_s = BATCHES_S * EVENTS * shape.viewers
    return [
        f"{shape.viewers:,}",
        shape.runs,
        shape.followers,
        batches_s * batch_us / 1e6,
        batches_s * shape.followers * EVENTS * len(EVENT) / 1e6,
        deliveries_s * delivery_us / 1e6,
        shape.viewers * connection_kib / 2**20,
    ]
