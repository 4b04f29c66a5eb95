"""Idle viewers: what does one cost in memory?"""

from __future__ import annotations

from benchmarks.answers import Answer, Plot, Table
from benchmarks.load import load
from benchmarks.rounds import Effort, Sample, interleaved
from benchmarks.targets import OURS, PEERS_LIVE, Target


def ask(effort: Effort) -> Answer:
    """Connect many, and look at how the server grew."""
    clients = effort.pick(300, 1_000)
    targets = [OURS, *PEERS_LIVE]
    samples = interleaved(
        effort, targets, lambda target: _measure(target, clients), name=lambda target: target.name
    )

    def kib(sample: Sample) -> float:
        return float(sample["after_kib"] - sample["before_kib"]) / clients

    rows = [
        [
            target.name,
            samples.middle(target.name, kib),
            samples.middle(target.name, lambda sample: sample["before_kib"] / 1024),
        ]
        for target in targets
    ]
    return Answer(
        "idle",
        f"Idle viewers: memory of one connection, of {clients:,}",
        [
            Table(
                "Resident memory of the server", ["server", "KiB a connection", "MiB before"], rows
            )
        ],
        [
            Plot(
                "idle",
                "Memory of one idle connection",
                "KiB",
                {name: [samples.middle(name, kib)] for name in samples.names},
            )
        ],
        ("Memory inside the kernel is not counted: it is the same for all.",),
    )


def _measure(target: Target, clients: int) -> Sample:
    with target.start() as server:
        wire = target.wire(server, 1)
        # What a server makes once, with the first connections, is no cost of one.
        load("idle", server, wire, viewers=20, **{"for": 0.2})
        return load("idle", server, wire, viewers=clients, patience=60, **{"for": 1})
