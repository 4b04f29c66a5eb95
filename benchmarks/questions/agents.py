"""Agents: is a page usable while much of an agent arrives in its timeline?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.answers import Answer, Table
from benchmarks.kernel import kernel
from benchmarks.page import chromium_page, weight
from benchmarks.process import ours
from benchmarks.rounds import Effort, Sample, Samples, print_progress

if TYPE_CHECKING:
    from benchmarks.kernel import Kernel
    from benchmarks.process import Server

DELTAS, TOOLS = 100_000, 5_000

KINDS = {
    f"{DELTAS:,} deltas of one open message": ("text", DELTAS),
    f"{DELTAS:,} deltas of Markdown": ("markdown", DELTAS),
    f"{TOOLS:,} tool calls": ("tools", TOOLS),
}

ROWS = ".rtw-feed > *"
SHOWN = """() => document.querySelector(".rtw-feed")?.textContent.includes("the last event")"""
COLUMNS = {
    "longest block of loading ms": "load_ms",
    "longest block ms": "task_ms",
    "longest frame gap ms": "gap_ms",
    "longest block while scrolling ms": "scroll_ms",
    "rows": "rows",
    "DOM elements": "elements",
    "JS heap MB": "heap_mb",
}
SCROLLS = 40


def ask(effort: Effort) -> Answer:
    """Publish from a kernel while the page of the run is open."""
    samples = Samples()
    for number in range(1, effort.rounds + 1):
        for name, (kind, count) in KINDS.items():
            with ours() as server, kernel(server) as started:
                samples.add(name, _measure(server, started, kind, count))
        print_progress(f"round {number} of {effort.rounds}")
    return Answer(
        "agents",
        "Agents: the timeline of a page while they work",
        [Table("Chromium, headless", ["", *COLUMNS], samples.rows(COLUMNS.values()))],
        (),
        (
            (
                "The page of the run is open before its first event; `loading` is until then. Each "
                "delta is an event in the log: those that a `Sprint` publishes itself would be "
                "joined to some hundred. The code that draws agents is loaded with the first event."
            ),
        ),
    )


def _measure(server: Server, started: Kernel, kind: str, count: int) -> Sample:
    with chromium_page() as page:
        page.goto(f"http://127.0.0.1:{server.port}/realtime/sprints/{kind}?token={server.token}")
        page.wait_for_selector(".rtw-view")
        page.wait_for_timeout(1_000)
        load_ms = page.evaluate("bench.task")
        page.evaluate("bench.reset()")
        started.ask("agent_events", sprint_id=kind, kind=kind, count=count)
        page.wait_for_function(SHOWN)
        page.wait_for_timeout(500)  # what it does after the last event belongs to it
        sample: Sample = page.evaluate(
            "({ task_ms: bench.task, gap_ms: bench.gap, frames: bench.frames })"
        )
        page.evaluate("bench.reset()")
        page.locator(".rtw-timeline-rows").first.click()
        for step in range(SCROLLS):
            page.mouse.wheel(0, -1_500 if step < SCROLLS * 3 // 4 else 1_500)
            page.wait_for_timeout(40)
        sample |= {"load_ms": load_ms, "scroll_ms": page.evaluate("bench.task")}
        return sample | {"rows": page.locator(ROWS).count()} | weight(page)
