"""Growth: does a long history, or do many runs, cost those who join?"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.answers import Answer, Plot, Table
from benchmarks.kernel import request
from benchmarks.load import Talk, Wire, load
from benchmarks.process import ours, work_folder
from benchmarks.rounds import Effort, Sample, Samples, say
from benchmarks.targets import our_hello, our_wire

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.process import Server

NEWEST = 300
"""Lines that a view shows first."""

BATCH = 100
TIMES = 5


def ask(effort: Effort) -> Answer:
    """Fill, start the server again, and join."""
    sizes = effort.pick((1_000, 10_000, 100_000), (1_000, 10_000, 100_000, 1_000_000))
    counts = effort.pick((1, 10, 100), (1, 10, 100, 1_000))
    samples = Samples()
    for number in range(1, effort.rounds + 1):
        for size in sizes:
            samples.add(f"{size:,}", _measure_history(size))
            say(f"round {number} of {effort.rounds}: {size:,} events")
        for count in counts:
            samples.add(f"{count:,} runs", _measure_runs(count))
            say(f"round {number} of {effort.rounds}: {count:,} runs")
    names = [f"{size:,}" for size in sizes]
    return Answer(
        "growth",
        "Growth: long histories, and many runs",
        [
            _table("One run, by its events", names, samples, HISTORY_COLUMNS),
            _table(
                "Runs of 100 events each",
                [f"{count:,} runs" for count in counts],
                samples,
                RUNS_COLUMNS,
            ),
        ],
        [
            Plot(
                "growth",
                "Joining a run, by the length of its history",
                "ms",
                {
                    f"realtime-widgets: {words}": [
                        samples.middle(name, lambda sample, key=key: sample[key] * 1e3)  # type: ignore[misc]
                        for name in names
                    ]
                    for key, words in (
                        ("newest_s", f"welcome and newest {NEWEST} lines"),
                        ("state_s", "state"),
                        ("all_s", "everything"),
                    )
                },
                x=sizes,
                x_title="events",
            )
        ],
        (
            "The server was started anew on the file, so nothing is in its memory at first.",
            (
                f"`first join` is a viewer's connection until it has the newest {NEWEST} events, "
                f"right after that start; `join` is the median of {TIMES} later ones. `state` is "
                "what a list of runs asks for."
            ),
            "`everything` is a viewer that reads the whole log from its first event.",
        ),
    )


Columns = dict[str, Callable[[Sample], float]]

HISTORY_COLUMNS: Columns = {
    "disk MiB": lambda sample: sample["disk_bytes"] / 2**20,
    "start s": lambda sample: sample["start_s"],
    "memory after start MiB": lambda sample: sample["memory_kib"] / 1024,
    "first join ms": lambda sample: sample["first_s"] * 1e3,
    "join ms": lambda sample: sample["newest_s"] * 1e3,
    "state ms": lambda sample: sample["state_s"] * 1e3,
    "everything s": lambda sample: sample["all_s"],
    "memory after it MiB": lambda sample: sample["after_kib"] / 1024,
}
RUNS_COLUMNS: Columns = {
    "disk MiB": lambda sample: sample["disk_bytes"] / 2**20,
    "start s": lambda sample: sample["start_s"],
    "memory after start MiB": lambda sample: sample["memory_kib"] / 1024,
    "list ms": lambda sample: sample["list_s"] * 1e3,
    "join one ms": lambda sample: sample["all_s"] * 1e3,
    "memory with all in use MiB": lambda sample: sample["used_kib"] / 1024,
}


def _fill(server: Server, sprint_id: str, count: int, batch: int = BATCH) -> None:
    wire = our_wire(server, batch, sprint_id)
    load(
        "flow",
        server,
        wire,
        viewers=1,
        batch=batch,
        window=5 * batch,
        events=count,
        warm=0,
        patience=300,
        timeout=400,
        **{"for": 300},
    )


def _joining(server: Server, sprint_id: str, epoch: str, head: int) -> Wire:
    """A viewer that wants the newest events only."""
    whole = our_wire(server, 1, sprint_id)
    position = {"epoch": epoch, "seq": head - NEWEST, "entry": None}
    hello = our_hello(sprint_id, watch={"after": position})
    viewer = Talk(whole.viewer.request, (hello,), whole.viewer.ready)
    return Wire(viewer, whole.publisher)


def _measure_history(size: int) -> Sample:
    with work_folder() as folder:
        with ours(folder=folder) as server:
            _fill(server, "long", size)
            page = request(server, "GET", "/realtime/api/sprints/long/events?limit=1")
        with ours(folder=folder) as server:
            memory_kib = server.memory_kib()
            newest = _joining(server, "long", page["epoch"], page["head"])
            first = page["head"] - NEWEST + 1

            def join() -> float:
                result = load("history", server, newest, viewers=1, first=first, until=page["head"])
                return float(result["seconds"]) if result["complete"] else float("nan")

            first_s = join()
            newest_s = median(join() for _ in range(TIMES))
            state_s = median(_timed(server, "/realtime/api/sprints/long") for _ in range(TIMES))
            everything = load(
                "history", server, our_wire(server, 1, "long"), viewers=1, until=size, patience=120
            )
            return {
                "disk_bytes": _store_bytes(folder),
                "start_s": server.start_s,
                "memory_kib": memory_kib,
                "first_s": first_s,
                "newest_s": newest_s,
                "state_s": state_s,
                "all_s": everything["seconds"],
                "after_kib": everything["after_kib"],
            }


def _measure_runs(count: int) -> Sample:
    with work_folder() as folder:
        with ours(folder=folder) as server:
            for number in range(count):
                _fill(server, f"run-{number}", 100)
        with ours(folder=folder) as server:
            memory_kib = server.memory_kib()
            list_s = median(_timed(server, "/realtime/api/sprints") for _ in range(TIMES))
            wires = [our_wire(server, 1, f"run-{number}") for number in range(count)]
            joins = [
                load("history", server, wire, viewers=1, until=100)["seconds"] for wire in wires
            ]
            return {
                "disk_bytes": _store_bytes(folder),
                "start_s": server.start_s,
                "memory_kib": memory_kib,
                "list_s": list_s,
                "all_s": median(joins),
                "used_kib": server.memory_kib(),
            }


def _timed(server: Server, path: str) -> float:
    began = time.perf_counter()
    request(server, "GET", path)
    return time.perf_counter() - began


def _store_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("sprints.db*"))


def _table(title: str, names: list[str], samples: Samples, columns: Columns) -> Table:
    rows = [[name, *(samples.middle(name, of) for of in columns.values())] for name in names]
    return Table(title, ["", *columns], rows)
