"""One call: what does `sprint.log` cost the cell, beside what is used today?"""

from __future__ import annotations

from benchmarks.answers import Answer, Plot, Table
from benchmarks.kernel import kernel
from benchmarks.process import ours
from benchmarks.rounds import Effort, Samples, print_progress

OURS = "sprint.log"
COUNTS = {
    "nothing (the clock)": 20_000,
    OURS: 20_000,
    "sprint.log, 1,000 a second": 2_000,
    "logging to a file": 20_000,
    "print in a cell": 4_000,
    "comm.send": 4_000,
    "anywidget send": 4_000,
}


NOTES = (
    (
        "`sprint.log` is called in a tight loop, while the publisher's thread sends "
        "what came before: that is its load. Text is made outside of what is timed, for "
        "all."
    ),
    (
        "The clock's own cost is in every figure. `print`, `comm.send` and `anywidget` "
        "rest 20 ms after each 200 calls, which favours them: without it they fill "
        "their channel."
    ),
)


def ask(effort: Effort) -> Answer:
    """Time each call in a real kernel."""
    samples = Samples()
    for number in range(1, effort.rounds + 1):
        with ours() as server, kernel(server) as started:
            counts = {name: count // effort.pick(4, 1) for name, count in COUNTS.items()}
            path = str(server.folder / "benchmark.log")
            results = started.ask("call", counts=counts, path=path)
            if results.pop("lost"):
                print_progress("some events of `sprint.log` were not stored")
            for name, sample in results.items():
                samples.add(name, sample)
        print_progress(f"round {number} of {effort.rounds}")
    return Answer(
        "call",
        "One call: what it costs the cell, in nanoseconds",
        [_table(samples)],
        [_plot(samples)],
        NOTES,
    )


def _table(samples: Samples) -> Table:
    rows = [
        [
            name,
            samples.middle(name, _median),
            samples.middle(name, lambda sample: sample["p99"]),
            samples.middle(name, lambda sample: sample["mean"]),
            samples.ratio(name, OURS, _median),
        ]
        for name in samples.names
    ]
    columns = ["call", "median ns", "p99 ns", "mean ns", f"times {OURS}"]
    return Table("In a real kernel", columns, rows)


def _plot(samples: Samples) -> Plot:
    shown = {OURS, "logging to a file", "print in a cell", "comm.send", "anywidget send"}
    medians = {
        "realtime-widgets: sprint.log" if name == OURS else name: [samples.middle(name, _median)]
        for name in samples.names
        if name in shown
    }
    return Plot("call", "Median time of one call in a cell", "ns", medians)


def _median(sample: dict[str, float]) -> float:
    return sample["median"]
