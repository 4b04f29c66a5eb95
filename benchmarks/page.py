"""Chromium for the questions about pages, and what a page records about itself."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

PATIENCE_S = 90
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
)

OUR_ROWS = ".rtw-rows-drawn > *"

# What the page keeps about itself: the longest task of its main thread, and the longest time
# between two frames, both since `reset`.
WATCH_ITSELF = """
window.bench = {
    task: 0, gap: 0, frames: 0, last: performance.now(),
    reset() { Object.assign(this, { task: 0, gap: 0, frames: 0, last: performance.now() }); },
};
new PerformanceObserver(list => {
    for (const entry of list.getEntries())
        window.bench.task = Math.max(window.bench.task, entry.duration);
}).observe({ type: "longtask" });
requestAnimationFrame(function frame(now) {
    const bench = window.bench;
    bench.gap = Math.max(bench.gap, now - bench.last);
    bench.last = now;
    bench.frames += 1;
    requestAnimationFrame(frame);
});
"""


@contextmanager
def chromium_page() -> Iterator[Page]:
    """A page that records its longest task and frame as `window.bench`."""
    from playwright.sync_api import sync_playwright

    installed = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed, args=list(FLAGS))
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.set_default_timeout(PATIENCE_S * 1000)
            page.add_init_script(WATCH_ITSELF)
            yield page
        finally:
            browser.close()


def weight(page: Page) -> dict[str, float]:
    """How many elements a page has, and the size of its JavaScript heap after a collection."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    heap = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return {
        "elements": page.evaluate("document.querySelectorAll('*').length"),
        "heap_mb": heap / 1e6,
    }
