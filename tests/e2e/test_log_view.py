"""The log of a run in a real browser: wrapped lines, times, files, the full screen, a phone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from realtime_widgets import Sprint
from tests.waiting import PATIENCE_S, wait_until

from .run_page import open_log

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Download, Locator, Page

    from .jupyter import Jupyter

pytestmark = pytest.mark.long

NAME = "log-view"
LINES = 3_000

# The number of the first line that is not above the visible area, and its place in pixels.
TOP_LINE = """log => {
    const { top } = log.getBoundingClientRect();
    const line = [...log.querySelectorAll(".rtw-line")]
        .find(each => each.getBoundingClientRect().bottom > top + 1);
    return line && Number(line.querySelector(".rtw-line-text").textContent.split(" ")[1]);
}"""

OVERFLOW = "log => log.scrollWidth - log.clientWidth"

# Controls of the toolbar and the menu that are lower or narrower than a finger needs.
SMALL_TARGETS = """() => [...document.querySelectorAll(".rtw-toolbar :is(button, input, select)")]
    .filter(each => each.offsetParent !== null || each.closest(".rtw-menu"))
    .map(each => [each.getAttribute("aria-label") ?? each.textContent, each])
    .filter(([, each]) => Math.min(each.offsetWidth, each.offsetHeight) < 44)
    .map(([name]) => name)"""


@pytest.fixture
def run(lab: Jupyter) -> Jupyter:
    """A run of long lines, published once to a server."""
    if NAME in json.dumps(lab.request("GET", "realtime/api/sprints")):
        return lab
    with Sprint(NAME, server=f"{lab.url}?token={lab.token}", show=False) as sprint:
        for n in range(1, LINES + 1):
            level = "error" if n == 40 else "info"
            source = "loader" if n % 10 == 0 else "trainer"
            sprint.log(f"line {n} {'word ' * (n % 60)}", level=level, source=source)
            if n % 1_000 == 0:
                assert sprint.flush(PATIENCE_S) == 0
    return lab


def open_run(jupyter: Jupyter, page: Page) -> Locator:
    """Open the page of the run; returns its log."""
    return open_log(jupyter, page, NAME, last=f"line {LINES}")


def choose(page: Page, name: str) -> None:
    page.get_by_label("More of the log").click()
    page.locator(".rtw-menu-item", has_text=name).click()


def test_wrapping_keeps_the_line_that_is_read(run: Jupyter, page: Page) -> None:
    log = open_run(run, page)
    assert log.evaluate(OVERFLOW) > 0
    log.evaluate("log => { log.scrollTop = log.scrollHeight / 2; }")
    wait_until(lambda: log.evaluate(TOP_LINE) is not None, "the lines in the middle are loaded")
    read = log.evaluate(TOP_LINE)

    choose(page, "Wrap long lines")

    expect(page.locator(".rtw-rows-wrapped")).to_be_visible()
    wait_until(lambda: log.evaluate(TOP_LINE) == read, "the same line is at the top")
    assert log.evaluate(OVERFLOW) == 0


def test_the_last_line_stays_visible_while_wrapped_lines_come(lab: Jupyter, page: Page) -> None:
    with Sprint("log-grows", server=f"{lab.url}?token={lab.token}", show=False) as sprint:
        sprint.log("first")
        page.goto(f"{lab.url}realtime/sprints/log-grows?token={lab.token}")
        log = page.get_by_role("log")
        expect(log).to_contain_text("first")
        choose(page, "Wrap long lines")

        for n in range(5):
            sprint.log(f"more {n} {'word ' * 400}the end {n}")
            expect(log.get_by_text(f"the end {n}")).to_be_visible()

    assert log.evaluate("log => log.scrollHeight - log.clientHeight - log.scrollTop") < 2
    assert log.evaluate("log => log.scrollHeight - log.clientHeight") > 0


def test_the_choice_of_times_outlives_the_page(run: Jupyter, page: Page) -> None:
    open_run(run, page)

    choose(page, "Since the line before")
    open_run(run, page)

    expect(page.locator(".rtw-line-time").last).to_have_text(re.compile(r"^\+\d+\.\d{3}$"))


@pytest.mark.parametrize(("kind", "ending"), [("text", "log"), ("NDJSON", "ndjson")])
def test_the_whole_run_is_downloaded(run: Jupyter, page: Page, kind: str, ending: str) -> None:
    open_run(run, page)

    with page.expect_download() as begun:
        choose(page, f"Download as {kind}")
    download: Download = begun.value

    lines = Path(download.path()).read_text().splitlines()
    assert download.suggested_filename == f"{NAME}.{ending}"
    assert sum(" line " in line or '"line ' in line for line in lines) == LINES


def test_escape_leaves_the_full_screen(
    run: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    open_run(run, page)
    is_full = "() => document.fullscreenElement?.getAttribute('aria-label')"

    choose(page, "Full screen")
    wait_until(lambda: page.evaluate(is_full) == "Log", "the log fills the screen")
    screenshot("log-full-screen")
    page.get_by_role("button", name="Leave full screen").click()

    wait_until(lambda: page.evaluate(is_full) is None, "it does not any more")


def test_where_the_full_screen_is_refused_the_log_fills_the_page(run: Jupyter, page: Page) -> None:
    page.add_init_script("Element.prototype.requestFullscreen = () => Promise.reject(Error('no'))")
    open_run(run, page)

    choose(page, "Full screen")
    expect(page.locator(".rtw-log-full")).to_be_visible()
    box = page.locator(".rtw-log-full").bounding_box()
    assert box is not None
    assert [box["x"], box["y"]] == [0, 0]
    page.get_by_role("log").focus()
    page.keyboard.press("Escape")

    expect(page.locator(".rtw-log-full")).to_have_count(0)


def test_a_search_is_limited_to_a_source_and_a_time(
    run: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    open_run(run, page)
    page.get_by_label("Find in the log").fill("line 1")
    limits = page.get_by_role("button", name="Limit the search to a source, a time or an attempt")
    limits.click()

    page.get_by_label("Source", exact=True).fill("loader")
    expect(page.locator(".rtw-find-count")).to_have_text("111 of 111")
    screenshot("log-search-limited-to-a-source")
    page.get_by_label("Find in the log").fill("")
    expect(page.locator(".rtw-find-count")).to_contain_text(f"of {LINES // 10}")
    page.get_by_label("Before", exact=True).fill("2001-01-01T00:00:00")
    expect(page.locator(".rtw-find-count")).to_have_text("No match")
    page.get_by_role("button", name="No limits").click()

    expect(page.locator(".rtw-find-count")).to_have_count(0)
    expect(limits).to_have_attribute("aria-pressed", "false")
    page.set_viewport_size({"width": 390, "height": 844})
    screenshot("log-search-limits-390")


def test_on_a_phone_lines_wrap_and_fingers_hit_each_control(run: Jupyter, browser: Browser) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    log = open_run(run, page)

    assert log.evaluate(OVERFLOW) == 0
    assert page.locator(".rtw-line-time").last.is_visible()
    page.get_by_label("More of the log").tap()
    menu = page.get_by_role("menu").bounding_box()
    assert menu is not None
    assert menu["x"] >= 0
    assert menu["x"] + menu["width"] <= 390
    assert page.evaluate(SMALL_TARGETS) == []
    page.keyboard.press("Escape")
    find = page.get_by_label("Find in the log")
    find.fill("line 12")
    expect(page.locator(".rtw-find-count")).to_contain_text("of")
    box = find.bounding_box()
    assert box is not None
    assert box["width"] > 300
    context.close()
