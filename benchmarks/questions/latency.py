"""Latency: a hundred viewers, two hundred events a second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.answers import Answer, Plot, Table
from benchmarks.load import load, wrong_of
from benchmarks.rounds import Effort, Sample, Samples, interleaved
from benchmarks.targets import OURS, PEERS_LIVE, RAW_EACH, Target

if TYPE_CHECKING:
    from collections.abc import Sequence

VIEWERS, RATE = 100, 200


NOTES = (
    (
        "Open loop: the time counts from when an event was due, so a server that falls "
        "behind is not spared."
    ),
    "p99 is at the mercy of what else runs; so the lowest of the repetitions is given too.",
)


def ask(effort: Effort) -> Answer:
    """Publish at a steady pace, however fast the server is, and see when events arrive."""
    targets = [RAW_EACH, OURS, *PEERS_LIVE]
    samples = interleaved(
        effort, targets, lambda target: _measure(target, effort), name=lambda target: target.name
    )
    return Answer(
        "latency",
        f"Latency: {VIEWERS} viewers, {RATE} events a second",
        [_table(targets, samples)],
        [
            Plot(
                "latency",
                f"Median latency, {VIEWERS} viewers, {RATE} events a second",
                "ms",
                {
                    name: [samples.middle(name, lambda sample: sample["p50_ms"])]
                    for name in samples.names
                },
            )
        ],
        NOTES,
    )


def _table(targets: Sequence[Target], samples: Samples) -> Table:
    rows = []
    for target in targets:
        name = target.name
        p99 = samples.least(name, lambda sample: sample["p99_ms"])
        p50_of_best = min(samples.of(name), key=lambda sample: sample["p99_ms"], default=None)
        rows.append(
            [
                name,
                samples.middle(name, lambda sample: sample["p50_ms"]),
                samples.middle(name, lambda sample: sample["p99_ms"]),
                p99,
                p99 / p50_of_best["p50_ms"] if p99 and p50_of_best else None,
                samples.ratio(name, RAW_EACH.name, lambda sample: sample["p50_ms"]),
                samples.middle(
                    name, lambda sample: sample["server_cpu_s"] / sample["seconds"] * 100
                ),
                sum(wrong_of(sample) for sample in samples.of(name)),
            ]
        )
    columns = [
        "server",
        "p50 ms",
        "p99 ms",
        "lowest p99 ms",
        "lowest p99 ÷ its p50",
        "p50 ÷ C's",
        "server CPU %",
        "wrong",
    ]
    title = "From the moment at which an event was due to its arrival, all viewers"
    return Table(title, columns, rows)


def _measure(target: Target, effort: Effort) -> Sample:
    with target.start() as server:
        return load(
            "flow",
            server,
            target.wire(server, 1),
            viewers=VIEWERS,
            rate=RATE,
            warm=effort.pick(0.5, 2.0),
            patience=30,
            **{"for": effort.pick(2.0, 8.0)},
        )
