"""Growth: does a long history, or do many runs, make joining slower?"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import islice
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.answers import Answer, Plot, Table
from benchmarks.kernel import request
from benchmarks.load import Talk, Wire, load
from benchmarks.page import OUR_ROWS, chromium_page, weight
from benchmarks.process import ours, work_folder
from benchmarks.rounds import Effort, Sample, Samples, print_progress
from benchmarks.targets import our_hello, our_wire
from realtime_widgets import follow

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.process import Server

NEWEST = 300
"""Lines that a view shows first."""

BATCH = 100
TIMES = 5
JOINS = 60
"""So many joins' processor time is a multiple of what the system counts in."""


JUMPS = 450
"""A page loads 500 lines at each, and keeps at most 200,000."""

GOLDEN = 0.618

SETTLE_MS = 2_000
"""Until the browser has ended what it does after it has started."""

# Milliseconds since the navigation, or false.
IS_SHOWN = """([selector, mark]) =>
    [...document.querySelectorAll(selector)].pop()?.textContent.includes(mark)
        && performance.now()"""

JUMP = """async share => {
    const log = document.querySelector("[role=log]");
    const began = performance.now();
    log.scrollTop = log.scrollHeight * share;
    do await new Promise(requestAnimationFrame);
    while (document.querySelector(".rtw-unloaded") || !document.querySelector(".rtw-line"));
    return performance.now() - began;
}"""

# Rows beyond the edges are drawn after those that are seen, and blocks are reported later.
SETTLED = """new Promise(done =>
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"""


NOTES = (
    "Another server was started on the file, so nothing is in its memory at first.",
    (
        f"`first join` is a viewer's connection until it has the newest {NEWEST} events, "
        f"right after that start; `join` is the median of {JOINS} later ones, and its "
        "server CPU the mean. `state` is what a list of runs asks for."
    ),
    (
        "`follow` is the Python client until it has given the newest events. The page was "
        "in the browser's cache; after it has shown the end, it jumps to the middle and to "
        f"{JUMPS - 1} other places, each until its lines are loaded and drawn."
    ),
    (
        "A block is a task of the page of 50 ms and more, 0 is none. Chromium's other processes "
        "and the server share two cores with the page, and stop a task now and then; a `repeated` "
        "block comes at the same place in most rounds, so it is made by the page."
    ),
    "`everything` is a viewer that reads the whole log from its first event.",
)


def ask(effort: Effort) -> Answer:
    """Fill, start the server again, and join."""
    sizes = effort.pick((1_000, 10_000, 100_000), (1_000, 10_000, 100_000, 1_000_000))
    counts = effort.pick((1, 10, 100), (1, 10, 100, 1_000))
    samples = Samples()
    for number in range(1, effort.rounds + 1):
        for size in sizes:
            samples.add(f"{size:,}", _measure_history(size))
            print_progress(f"round {number} of {effort.rounds}: {size:,} events")
        for count in counts:
            samples.add(f"{count:,} runs", _measure_runs(count))
            print_progress(f"round {number} of {effort.rounds}: {count:,} runs")
    names = [f"{size:,}" for size in sizes]
    return Answer(
        "growth",
        "Growth: long histories, and many runs",
        [
            _table("One run, by its events", names, samples, HISTORY_COLUMNS),
            _page_table(names, samples),
            _table(
                "Runs of 100 events each",
                [f"{count:,} runs" for count in counts],
                samples,
                RUNS_COLUMNS,
            ),
        ],
        [_plot(sizes, samples)],
        NOTES,
    )


def _page_table(names: list[str], samples: Samples) -> Table:
    table = _table("Its page in Chromium", names, samples, PAGE_COLUMNS)
    repeated = [_repeated_block(samples.of(name)) for name in names]
    rows = [[*row, block] for row, block in zip(table.rows, repeated, strict=True)]
    return Table(table.title, [*table.columns, REPEATED], rows)


def _repeated_block(rounds: Sequence[Sample]) -> float | None:
    """The longest block that comes again at the same place: the median of its rounds."""
    places = zip(*(sample["blocks_ms"] for sample in rounds), strict=True)
    return max(map(median, places), default=None)


def _plot(sizes: Sequence[int], samples: Samples) -> Plot:
    lines = (
        ("newest_s", f"welcome and newest {NEWEST} lines"),
        ("state_s", "state"),
        ("all_s", "everything"),
    )
    return Plot(
        "growth",
        "Joining a run, by the length of its history",
        "ms",
        {
            f"realtime-widgets: {words}": [
                samples.middle(f"{size:,}", lambda sample, key=key: sample[key] * 1e3)  # type: ignore[misc]
                for size in sizes
            ]
            for key, words in lines
        },
        x=sizes,
        x_title="events",
    )


Columns = dict[str, Callable[[Sample], float]]

HISTORY_COLUMNS: Columns = {
    "disk MiB": lambda sample: sample["disk_bytes"] / 2**20,
    "start s": lambda sample: sample["start_s"],
    "memory after start MiB": lambda sample: sample["memory_kib"] / 1024,
    "first join ms": lambda sample: sample["first_s"] * 1e3,
    "join ms": lambda sample: sample["newest_s"] * 1e3,
    "join, server CPU ms": lambda sample: sample["newest_cpu_s"] * 1e3,
    "state ms": lambda sample: sample["state_s"] * 1e3,
    "follow ms": lambda sample: sample["follow_s"] * 1e3,
    "everything s": lambda sample: sample["all_s"],
    "memory after it MiB": lambda sample: sample["after_kib"] / 1024,
}
PAGE_COLUMNS: Columns = {
    "shown after ms": lambda sample: sample["shown_ms"],
    "to the middle ms": lambda sample: sample["middle_ms"],
    "longest jump ms": lambda sample: sample["jump_ms"],
    "longest block ms": lambda sample: sample["task_ms"],
    "rows": lambda sample: sample["rows"],
    "JS heap MB": lambda sample: sample["heap_mb"],
}
REPEATED = "longest repeated block ms"

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


def _joining(server: Server, sprint_id: str) -> Wire:
    """A viewer that joins at the end, as a view in a page does."""
    whole = our_wire(server, 1, sprint_id)
    hello = our_hello(sprint_id, watch={"newest": NEWEST})
    viewer = Talk(whole.viewer.request, (hello,), whole.viewer.ready)
    return Wire(viewer, whole.publisher)


def _follow(server: Server, sprint_id: str) -> float:
    """Seconds until `follow` has given the newest events of a run."""
    url = f"http://127.0.0.1:{server.port}/?token={server.token}"
    began = time.perf_counter()
    with closing(follow(sprint_id, newest=NEWEST, server=url)) as events:
        for _ in islice(events, NEWEST):
            pass
        return time.perf_counter() - began


def _show(server: Server, sprint_id: str, size: int) -> Sample:
    """The page of a run: until it shows the end, and the middle after a jump."""
    with chromium_page() as page:
        page.goto(f"http://127.0.0.1:{server.port}/realtime/?token={server.token}")
        url = f"http://127.0.0.1:{server.port}/realtime/sprints/{sprint_id}"
        page.goto(url, wait_until="commit")
        shown = page.wait_for_function(IS_SHOWN, arg=[OUR_ROWS, f"@n{size:09d}"], polling="raf")
        shown_ms = float(shown.json_value())
        page.wait_for_timeout(SETTLE_MS)
        # The middle first, and from there to places that are far apart.
        jumps, blocks = [], []
        for n in range(JUMPS):
            page.evaluate("bench.reset()")
            jumps.append(float(page.evaluate(JUMP, (0.5 + n * GOLDEN) % 1)))
            page.evaluate(SETTLED)
            blocks.append(float(page.evaluate("bench.task")))
        rows = page.locator(OUR_ROWS).count()
        return {
            "shown_ms": shown_ms,
            "middle_ms": jumps[0],
            "jump_ms": max(jumps),
            "task_ms": max(blocks),
            "blocks_ms": blocks,
            "rows": rows,
            "heap_mb": weight(page)["heap_mb"],
        }


def _measure_history(size: int) -> Sample:
    with work_folder() as folder:
        with ours(folder=folder) as server:
            _fill(server, "long", size)
        with ours(folder=folder) as server:
            memory_kib = server.memory_kib()
            newest = _joining(server, "long")

            def join() -> float:
                first = size - NEWEST + 1
                result = load("history", server, newest, viewers=1, first=first, until=size)
                return float(result["seconds"]) if result["complete"] else float("nan")

            first_s = join()
            cpu_s = server.cpu_s()
            newest_s = median(join() for _ in range(JOINS))
            newest_cpu_s = (server.cpu_s() - cpu_s) / JOINS
            state_s = median(_timed(server, "/realtime/api/sprints/long") for _ in range(TIMES))
            follow_s = median(_follow(server, "long") for _ in range(TIMES))
            shown = _show(server, "long", size)
            everything = load(
                "history", server, our_wire(server, 1, "long"), viewers=1, until=size, patience=120
            )
            return shown | {
                "disk_bytes": _store_bytes(folder),
                "start_s": server.start_s,
                "memory_kib": memory_kib,
                "follow_s": follow_s,
                "first_s": first_s,
                "newest_s": newest_s,
                "newest_cpu_s": newest_cpu_s,
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
