"""The browser: how long until many lines are shown, and does the page stay usable?"""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import realtime_widgets
from benchmarks.answers import Answer, Plot, Table
from benchmarks.load import load
from benchmarks.page import OUR_ROWS, PATIENCE_S, chromium_page, weight
from benchmarks.process import jupyter
from benchmarks.rounds import Effort, Sample, interleaved, print_progress
from benchmarks.targets import OURS, our_wire

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from benchmarks.process import Server

BURST, HOUR = 20_000, 180_000
"""Lines: of a tight loop, and of an hour with fifty a second."""

BATCH = 64
SCROLLS = 40
# Looks at the end of what is drawn only: to read all of it each time would be the load.
SHOWN = """([selector, mark]) => {
    let element = [...document.querySelectorAll(selector)].pop();
    while (element?.lastElementChild) element = element.lastElementChild;
    const node = element?.lastChild ?? element;
    if (!node?.textContent.slice(-400).includes(mark)) return 0;
    return Date.now();
}"""
# The last row of ours has its text in one of several cells.
SHOWN_ROW = """([selector, mark]) =>
    [...document.querySelectorAll(selector)].pop()?.textContent.includes(mark) ? Date.now() : 0"""

WIDGETS = {
    "Output": (
        "out = widgets.Output()\ndisplay(out)\nout.append_stdout(text)",
        ".widget-output pre, .jp-OutputArea-output pre",
    ),
    "HTML": (
        "display(widgets.HTML(''.join(f'<div>{line}</div>' for line in lines)))",
        ".widget-html-content",
    ),
}
# Made outside of what is timed.
PREPARE = """
import ipywidgets as widgets
from IPython.display import display
words = ("step of the run took 0.123 s and went as it should; " * 3)[:139]
lines = [f"@n{number:09d} {words}" for number in range(1, %d + 1)]
text = "\\n".join(lines) + "\\n"
"""


NOTES = (
    (
        f"realtime-widgets, {BURST:,} lines: the page of the run is open, and the time "
        "counts from when the last line was at another viewer, which is the last byte. "
        f"{HOUR:,} lines: they are stored, and the time counts from asking for the page."
    ),
    (
        "The widgets are in JupyterLab, with its default limits; the whole text is "
        "given to them in one call, which is the best that a user can do. The time "
        "counts from the start of that cell. Elements and heap are those that the cell "
        "added."
    ),
    f"`-` where the last line was not shown within {PATIENCE_S} s, or nothing was measured.",
)


def ask(effort: Effort) -> Answer:
    """Show the same lines in our page and in the two widgets that people use."""
    cases = [(kind, lines) for lines in (BURST, HOUR) for kind in (OURS.name, *WIDGETS)]
    samples = interleaved(effort, cases, lambda case: _measure(*case), name=_name)
    columns = {
        "shown after s": "shown_s",
        "longest block ms": "task_ms",
        "longest frame gap ms": "gap_ms",
        "frame gap while scrolling ms": "scroll_gap_ms",
        "frames/s while scrolling": "scroll_fps",
        "DOM elements": "elements",
        "rows": "rows",
        "JS heap MB": "heap_mb",
    }
    return Answer(
        "browser",
        "The browser: many lines in one page",
        [Table("Chromium, headless", ["", *columns], samples.rows(columns.values())), _bundles()],
        [
            Plot(
                "browser",
                "Time until the last line is shown",
                "s",
                {
                    name: [samples.middle(name, lambda sample: sample.get("shown_s", float("nan")))]
                    for name in samples.names
                },
            )
        ],
        NOTES,
    )


def _name(case: tuple[str, int]) -> str:
    return f"{case[0]}, {case[1]:,} lines"


def _measure(kind: str, lines: int) -> Sample:
    options = ["--LabApp.expose_app_in_browser=True", "--LabApp.news_url=None"]
    with (
        jupyter(
            application="jupyterlab",
            extensions=["jupyterlab", "realtime_widgets_server"],
            options=options,
            core=None,  # the browser needs more than the other core alone
        ) as server,
        chromium_page() as page,
    ):
        if kind == OURS.name:
            return _ours(page, server, lines)
        return _widget(page, server, kind, lines)


def _ours(page: Page, server: Server, lines: int) -> Sample:
    url = f"http://127.0.0.1:{server.port}/realtime/sprints/shown?token={server.token}"
    wire = our_wire(server, BATCH, "shown")
    flow = {
        "viewers": 1,
        "batch": BATCH,
        "window": 1_000,
        "events": lines,
        "warm": 0,
        "patience": 120,
    }
    last = -(-lines // BATCH) * BATCH  # messages are whole
    mark = f"@n{last:09d}"
    if lines == BURST:
        # One line, so that the log is there to be seen.
        load(
            "flow", server, our_wire(server, 1, "shown"), viewers=1, events=1, warm=0, **{"for": 5}
        )
        page.goto(url)
        page.wait_for_selector(OUR_ROWS)
        page.evaluate("bench.reset()")
        load("flow", server, wire, **flow, **{"for": 120})
        began = time.time()
    else:
        load("flow", server, wire, **flow, **{"for": 120})
        began = time.time()
        page.goto(url, wait_until="commit")
    shown = _wait(page, SHOWN_ROW, OUR_ROWS, mark)
    sample = _look(page, {"elements": 0.0, "heap_mb": 0.0}) | {
        "rows": page.locator(OUR_ROWS).count()
    }
    if shown:
        sample["shown_s"] = max(0.0, shown / 1000 - began)
    return sample | _scroll(page, ".rtw-rows")


def _widget(page: Page, server: Server, kind: str, lines: int) -> Sample:
    code, selector = WIDGETS[kind]
    notebook = {
        "cells": [
            {
                "cell_type": "code",
                "id": str(number),
                "metadata": {},
                "execution_count": None,
                "outputs": [],
                "source": source,
            }
            for number, source in enumerate((PREPARE % lines, code))
        ],
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (server.folder / "lines.ipynb").write_text(json.dumps(notebook))
    page.goto(f"http://127.0.0.1:{server.port}/lab/tree/lines.ipynb?token={server.token}&reset")
    page.wait_for_function(
        """() => {
            const context = window.jupyterapp?.shell?.currentWidget?.sessionContext;
            return context?.isReady && context.session?.kernel?.status === "idle";
        }"""
    )
    _run_next_cell(page)
    page.wait_for_timeout(2_000)
    before = weight(page)
    page.evaluate("bench.reset()")
    began = time.time()
    _run_next_cell(page)
    shown = _wait(page, SHOWN, selector, f"@n{lines:09d}")
    if not shown:
        shown = page.evaluate("document.body.innerText.slice(-300)")
        print_progress(f"{kind}: the last of {lines:,} lines was not shown: ...{shown!r}")
        return {}
    sample = _look(page, before) | {"shown_s": shown / 1000 - began}
    return sample | _scroll(page, selector)


def _run_next_cell(page: Page) -> None:
    page.evaluate(
        "() => { window.jupyterapp.commands.execute('notebook:run-cell-and-select-next'); }"
    )


def _wait(page: Page, script: str, selector: str, mark: str) -> float:
    """When the mark was seen, by the page's clock in milliseconds; 0 if it was not."""
    from playwright.sync_api import TimeoutError as LateError

    try:
        handle = page.wait_for_function(script, arg=[selector, mark], polling=20)
    except LateError:
        return 0.0
    return float(handle.json_value())


def _look(page: Page, before: dict[str, float]) -> dict[str, Any]:
    page.wait_for_timeout(500)  # what it does after the last line belongs to it
    seen = page.evaluate("({ task_ms: bench.task, gap_ms: bench.gap })")
    after = weight(page)
    return seen | {key: after[key] - before[key] for key in after}


def _scroll(page: Page, selector: str) -> dict[str, Any]:
    box = page.locator(selector).last.bounding_box()
    if box is None:
        return {}
    page.mouse.move(box["x"] + 100, min(max(box["y"] + 60, 200), 700))
    page.wait_for_timeout(300)
    page.evaluate("bench.reset()")
    began = time.monotonic()
    for number in range(SCROLLS):
        page.mouse.wheel(0, -1_500 if number < SCROLLS * 3 // 4 else 1_500)
        page.wait_for_timeout(40)
    seen = page.evaluate("({ scroll_gap_ms: bench.gap, frames: bench.frames })")
    frames = seen.pop("frames")
    return seen | {"scroll_fps": frames / (time.monotonic() - began)}


def _bundles() -> Table:
    folder = Path(realtime_widgets.__file__).parent
    files = [
        path
        for path in sorted((folder / "static").iterdir())
        + sorted((folder / "labextension").rglob("*"))
        if path.suffix in {".js", ".css"}
    ]
    rows = []
    for path in files:
        content = path.read_bytes()
        rows.append(
            [
                str(path.relative_to(folder)),
                len(content) / 1000,
                len(gzip.compress(content, 9)) / 1000,
            ]
        )
    return Table("What a page loads", ["file", "kB", "kB gzipped"], rows)
