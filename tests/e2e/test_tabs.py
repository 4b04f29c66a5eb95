"""The tabs of a run, with streams of agents that were recorded."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from .test_access import violations
from .widget_page import VIEW, show

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

VECTORS = Path(__file__).parents[1] / "vectors/agui"

PAGE = """<!doctype html><html lang='en' style='color-scheme: {scheme}; background: canvas'>
<title>x</title><meta name='viewport' content='width=device-width'><body><main></main>"""

BEGAN = time.time() - 90


def stream(name: str, agent: str, began: float) -> list[dict[str, Any]]:
    """Read a recorded stream, and let its events be 0.7 s apart."""
    recorded = json.loads((VECTORS / f"{name}.json").read_text())["events"]
    return [
        {"type": "agent_message", "agent": agent, "time": began + 0.7 * n, "event": event}
        for n, event in enumerate(recorded)
    ]


def progress(task: str, current: int, at: float, **fields: object) -> dict[str, Any]:
    fields = {"total": 10, **fields}
    return {
        "type": "build_progress",
        "task": task,
        "current": current,
        "time": BEGAN + at,
        **fields,
    }


RUN: list[dict[str, Any]] = [
    {"type": "status_update", "status": "running", "time": BEGAN},
    progress("load customers", 0, 1),
    progress("load customers", 10, 9, state="succeeded"),
    progress("plan", 2, 9),
    progress("plan", 10, 21, state="succeeded"),
    progress("refund", 0, 22, total=4, unit="charges"),
    progress("check charges", 10, 25, parents=["refund"]),
    progress("check charges", 10, 31, parents=["refund"], state="succeeded"),
    progress("charge ch_9", 3, 40, parents=["refund"], state="failed"),
    progress("retry with backoff", 1, 60, parents=["refund"], total=None),
    progress("refund", 1, 40, total=4, unit="charges"),
    progress("refund", 3, 88, total=4, unit="charges"),
    *stream("all-types", "planner", BEGAN + 2),
    *stream("subagents", "researcher", BEGAN + 30),
    *stream("langgraph", "graph", BEGAN + 52),
    *(
        {"type": "log", "message": f"row {n}: charge of customer {8812 + n}", "level": level}
        for n, level in enumerate(["info", "debug", "warning", "info", "error", "info"] * 8)
    ),
]


def open_run(page: Page, width: int, scheme: str, events: list[dict[str, Any]] = RUN) -> None:
    page.set_viewport_size({"width": width, "height": 720})
    show(page, PAGE.format(scheme=scheme), events=events, height="560px", tab=None)
    page.locator(VIEW).get_by_role("tab").first.wait_for()


def violations_in_tab(page: Page) -> list[Any]:
    # What scrolls does so while it has the focus; else axe takes what is scrolled away for visible.
    scrolling = ":is(.rtw-timeline-rows, .rtw-waterfall-frame)"
    for part in page.locator(f".rtw-panel:visible {scrolling}").all():
        part.focus()
    return violations(page, VIEW)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_tab_violates_anything(page: Page, scheme: str) -> None:
    open_run(page, 900, scheme)
    found: dict[str, list[Any]] = {}

    for tab in ["Chat", "Log", "State", "Timeline"]:
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tabpanel", name=tab, exact=True)).to_be_visible()
        found[tab] = violations_in_tab(page)
    page.get_by_role("button", name="Waterfall").click()
    expect(page.get_by_role("tree", name="Waterfall")).to_be_visible()
    found["Waterfall"] = violations_in_tab(page)

    assert not any(found.values()), found


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 900, 1_300])
def test_each_tab_of_a_recorded_run_can_be_read_by_all(
    page: Page, width: int, scheme: str, screenshot: Callable[[str], Path]
) -> None:
    open_run(page, width, scheme)
    panes = page.get_by_role("tablist")
    found: list[Any] = []
    expect(panes).to_have_count(2 if width == 1_300 else 1)

    height = page.locator(".rtw-view").bounding_box()
    for tab in ["Timeline", "Chat", "Log", "State"]:
        panes.first.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tabpanel", name=tab, exact=True).first).to_be_visible()
        screenshot(f"tab-{tab.lower()}-{width}-{scheme}")
        assert page.locator(".rtw-view").bounding_box() == height
        found += violations_in_tab(page)
    panes.first.get_by_role("tab", name="Timeline").click()
    page.get_by_role("button", name="Waterfall").click()
    expect(page.get_by_role("tree", name="Waterfall")).to_be_visible()
    screenshot(f"tab-waterfall-{width}-{scheme}")
    assert found + violations_in_tab(page) == []


@pytest.mark.long
@pytest.mark.parametrize("end", ["succeeded", "failed", "cancelled"])
def test_the_end_of_a_run_colours_what_was_open(
    page: Page, end: str, screenshot: Callable[[str], Path]
) -> None:
    open_run(page, 900, "light", [*RUN, {"type": "status_update", "status": end}])

    expect(page.locator(".rtw-task-running")).to_have_count(0)
    expect(page.locator(".rtw-task-stopped").first).to_be_visible()
    screenshot(f"steps-{end}")
