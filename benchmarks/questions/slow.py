"""A slow viewer: do the others notice, what does it cost, and does it come back whole?"""

from __future__ import annotations

from benchmarks.answers import Answer, Table
from benchmarks.load import load
from benchmarks.rounds import Effort, Sample, interleaved
from benchmarks.targets import (
    FASTAPI,
    NATS,
    NODE,
    OURS,
    PICOWS,
    SOCKETIO,
    TORNADO,
    WEBSOCKETS,
    Target,
)

VIEWERS, RATE, BATCH = 4, 4_000, 8
"""What all of them can serve: 500 messages a second."""


NOTES = (
    "The buffers of TCP take the first megabytes for every server alike.",
    (
        "The product's growth includes what a server that stores and caches grows "
        "anyway in "
        "this time."
    ),
)


def ask(effort: Effort) -> Answer:
    """One of four viewers stops reading for a while."""
    stall_s = effort.pick(5, 8)
    targets = [OURS, NATS, PICOWS, NODE, WEBSOCKETS, FASTAPI, TORNADO, SOCKETIO]
    samples = interleaved(
        effort,
        targets,
        lambda target: _measure(target, stall_s),
        name=lambda target: target.name,
    )
    rows = []
    for target in targets:
        name = target.name
        rows.append(
            [
                name,
                samples.middle(name, lambda sample: sample["during_per_s"] / RATE * 100),
                samples.middle(name, lambda sample: sample["grown_kib"] / 1024),
                _whole(samples.of(name)),
            ]
        )
    return Answer(
        "slow",
        f"A slow viewer: one of {VIEWERS} sleeps for {stall_s} s, at {RATE:,} events a second",
        [
            Table(
                "While it sleeps, and after",
                [
                    "server",
                    "others get % of what is published",
                    "server grows by MiB",
                    "comes back",
                ],
                rows,
            )
        ],
        (),
        NOTES,
    )


def _measure(target: Target, stall_s: int) -> Sample:
    with target.start() as server:
        return load(
            "flow",
            server,
            target.wire(server, BATCH),
            batch=BATCH,
            viewers=VIEWERS,
            stalled=1,
            rate=RATE,
            stall_at=2,
            stall_for=stall_s,
            patience=20,
        )


def _whole(samples: list[Sample]) -> str:
    if not samples:
        return "-"
    if any(sample["closed"] for sample in samples):
        return "no: it was cut"
    if any(sample["missing"] or sample["gaps"] or sample["incomplete"] for sample in samples):
        return "no: " + ", ".join(f"{sample['missing']:,} missing" for sample in samples)
    return "whole"
