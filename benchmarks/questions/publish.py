"""Publishing: how many events a second does one real kernel get into the log, durably?"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from benchmarks.answers import Answer, Table
from benchmarks.kernel import kernel
from benchmarks.load import finish, load, start, wrong_of
from benchmarks.process import ours
from benchmarks.rounds import Effort, Sample, Samples, print_progress
from benchmarks.targets import our_wire

if TYPE_CHECKING:
    from benchmarks.kernel import Kernel
    from benchmarks.process import Server

BATCHES = (1, 16, 64, 200)
IN_MEMORY = "64, kept in memory only"
KERNEL = "kernel"
JOINED = "sprint.message().write"
UNJOINED = "the same, each an event"
WINDOW = 4_096
"""Events in flight: enough that the time of a commit is no bound. The server has its own bound."""


def ask(effort: Effort) -> Answer:
    """Publish with `Sprint` from a kernel, and with the load client, which takes no time."""
    samples = Samples()
    for number in range(1, effort.rounds + 1):
        with ours() as server, kernel(server) as started:
            samples.add(KERNEL, _from_kernel(server, started, effort.pick(20_000, 80_000)))
            for name in (JOINED, UNJOINED):
                count = effort.pick(5_000, 50_000)
                samples.add(name, _tokens(server, started, count, joined=name == JOINED))
            for batch in BATCHES:
                samples.add(f"{batch}", _from_load(server, batch, effort))
        with ours("--RealtimeWidgets.store=memory") as server:
            samples.add(IN_MEMORY, _from_load(server, 64, effort))
        print_progress(f"round {number} of {effort.rounds}")
    return Answer(
        "publish",
        "Publishing: one kernel, end to end, durable",
        [_kernel_table(samples), _token_table(samples), _batch_table(samples)],
        (),
        (
            (
                "The kernel is a real one, started by the Jupyter server; it calls `sprint.log` "
                "in a loop, while a viewer watches. `stored` is until `flush` returned: each "
                "event is acked after its commit."
            ),
            (
                "The second table are the tokens of a message, written in a loop: the publisher "
                "joins those that wait to one event. CPU is that of the kernel and of the server, "
                "until all is stored."
            ),
            "The last table is the server alone: the load client publishes messages made before.",
        ),
    )


def _from_load(server: Server, batch: int, effort: Effort) -> Sample:
    return load(
        "flow",
        server,
        our_wire(server, batch),
        viewers=1,
        batch=batch,
        window=WINDOW,
        warm=effort.warm_s,
        patience=30,
        **{"for": effort.for_s},
    )


def _from_kernel(server: Server, started: Kernel, count: int) -> Sample:
    sprint_id = f"kernel-{secrets.token_hex(4)}"
    watcher = start(
        "history", server, our_wire(server, 1, sprint_id), viewers=1, until=count, patience=120
    )
    time.sleep(0.5)
    cpu = server.cpu_s()
    result = started.ask("publish", sprint_id=sprint_id, count=count)
    result["server_cpu_s"] = server.cpu_s() - cpu
    seen = finish(watcher)
    return result | {"count": count, "wrong": wrong_of(seen) + (seen["complete"] != 1)}


def _tokens(server: Server, started: Kernel, count: int, *, joined: bool) -> Sample:
    cpu = server.cpu_s()
    sprint_id = f"tokens-{secrets.token_hex(4)}"
    result: Sample = started.ask("tokens", sprint_id=sprint_id, count=count, joined=joined)
    return result | {"count": count, "server_cpu_s": server.cpu_s() - cpu}


def _token_table(samples: Samples) -> Table:
    def kernel_us(sample: Sample) -> float:
        us: float = sample["kernel_cpu_s"] / sample["count"] * 1e6
        return us

    def server_us(sample: Sample) -> float:
        us: float = sample["server_cpu_s"] / sample["count"] * 1e6
        return us

    rows = [
        [
            name,
            samples.middle(name, lambda sample: sample["count"]),
            samples.middle(name, lambda sample: sample["stored"]),
            samples.middle(name, kernel_us),
            samples.ratio(name, UNJOINED, kernel_us),
            samples.middle(name, server_us),
            sum(sample["wrong"] for sample in samples.of(name)),
        ]
        for name in (JOINED, UNJOINED)
    ]
    return Table(
        "Tokens of a message, from a kernel",
        [
            "publisher",
            "writes",
            "events stored",
            "kernel CPU µs a write",
            "times unjoined",
            "server CPU µs a write",
            "wrong",
        ],
        rows,
    )


def _kernel_table(samples: Samples) -> Table:
    def of(key: str) -> float | None:
        return samples.middle(KERNEL, lambda sample: sample["count"] / sample[key])

    cpu = samples.middle(KERNEL, lambda sample: sample["server_cpu_s"] / sample["count"] * 1e6)
    row = [
        "Sprint in a kernel",
        of("called_s"),
        samples.middle(KERNEL, lambda sample: sample["called_s"] / sample["count"] * 1e6),
        of("flushed_s"),
        cpu,
        sum(sample["left"] for sample in samples.of(KERNEL)),
        sum(sample["wrong"] for sample in samples.of(KERNEL)),
    ]
    return Table(
        "From a kernel",
        [
            "publisher",
            "calls/s",
            "µs a call",
            "stored/s",
            "server µs an event",
            "not stored",
            "wrong at the viewer",
        ],
        [row],
    )


def _batch_table(samples: Samples) -> Table:
    rows = [
        [
            name,
            samples.middle(name, lambda sample: sample["events"] / sample["seconds"]),
            samples.middle(
                name, lambda sample: sample["server_cpu_s"] / max(1, sample["events"]) * 1e6
            ),
            sum(wrong_of(sample) for sample in samples.of(name)),
        ]
        for name in (*map(str, BATCHES), IN_MEMORY)
    ]
    return Table(
        "The server, by how many events a message holds; one viewer",
        ["events a message", "stored and seen events/s", "server µs an event", "wrong"],
        rows,
    )
