"""A long run in a real browser: joined at its end, read backwards, never loaded as a whole."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from realtime_widgets import Sprint
from tests.waiting import PATIENCE_S, wait_until

from .run_page import open_log

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator, Page, WebSocket

    from .jupyter import Jupyter

NAME = "long-run"
LINES = 20_000

FIRST_PAGE_BYTES = 100_000
"""Most bytes that a view receives before it shows the newest lines."""

# What the badge and the log showed at each frame in which one of them changed.
RECORD_PAINTS = """
    window.paints = [];
    const record = () => {
        const badge = document.querySelector(".rtw-badge")?.textContent ?? null;
        const lines = document.querySelectorAll(".rtw-line").length;
        const last = window.paints.at(-1);
        if (badge !== last?.badge || lines > 0 !== last?.hasLines)
            window.paints.push({ badge, hasLines: lines > 0 });
        requestAnimationFrame(record);
    };
    requestAnimationFrame(record);
"""

# The first line that is not above the visible area, and its distance from it in pixels.
TOP_LINE = """log => {
    const { top } = log.getBoundingClientRect();
    const line = [...log.querySelectorAll(".rtw-line")]
        .find(each => each.getBoundingClientRect().bottom > top + 1);
    if (!line) return null;
    const text = line.querySelector(".rtw-line-text").textContent;
    return [text, Math.round(line.getBoundingClientRect().top - top)];
}"""

# How many rows the log adds, each time that it is drawn.
RECORD_ROWS = """log => {
    window.added = [];
    const isRow = node => node.nodeType === 1 && node.matches(".rtw-line");
    const rowsOf = node => isRow(node) ? 1 : node.querySelectorAll?.(".rtw-line").length ?? 0;
    new MutationObserver(records => {
        const rows = records.flatMap(({ addedNodes }) => [...addedNodes]).map(rowsOf);
        const count = rows.reduce((sum, each) => sum + each, 0);
        if (count > 0) window.added.push(count);
    }).observe(log, { childList: true, subtree: true });
}"""

IS_LOADED = "() => document.querySelector('.rtw-unloaded') === null"


@pytest.fixture
def long_run(lab: Jupyter) -> Jupyter:
    """A run with two attempts, of which the second has failed; published once to a server."""
    if NAME in json.dumps(lab.request("GET", "realtime/api/sprints")):
        return lab
    sprint = Sprint(NAME, server=f"{lab.url}?token={lab.token}")
    sprint.status("running")
    sprint.status("succeeded")
    sprint.status("running")
    for n in range(1, LINES + 1):
        detail = f"\ndetail {n}" if n <= LINES / 2 else ""
        sprint.log(f"line {n}{detail}", level="error" if n == 10 else "info")
        if n % 5_000 == 0:
            assert sprint.flush(PATIENCE_S) == 0
    sprint.progress("train", 7, 10)
    sprint.status("failed", "ValueError: the last step")
    assert sprint.close(PATIENCE_S) == 0
    return lab


def open_run(jupyter: Jupyter, page: Page) -> Locator:
    """Open the page of the run; returns its log."""
    return open_log(jupyter, page, NAME, last=f"line {LINES}")


def number_in(line: tuple[str, int] | None) -> float:
    """The number in the text of a line; infinite where no line is loaded."""
    return math.inf if line is None else int(line[0].split()[1])


def test_the_first_paint_of_a_long_run_is_true_and_small(
    long_run: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    """On a line of 200 kB/s and 100 ms each way to the server."""
    received: list[int] = []

    def count(socket: WebSocket) -> None:
        if "/realtime/ws/sprints/" in socket.url:
            socket.on("framereceived", lambda frame: received.append(len(frame)))

    page.on("websocket", count)
    page.add_init_script(RECORD_PAINTS)
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 100, "downloadThroughput": 200_000, "uploadThroughput": -1},
    )

    open_run(long_run, page)

    view = page.locator(".rtw-view")
    expect(view).to_contain_text("attempt 2")
    expect(view).to_contain_text("ValueError: the last step")
    expect(view).to_contain_text("7/10")
    expect(view).to_contain_text(re.compile(r"about [0-9,]+ lines"))
    paints = page.evaluate("window.paints")
    assert {paint["badge"] for paint in paints} <= {None, "Failed"}
    assert paints[-1]["hasLines"]
    assert sum(received) < FIRST_PAGE_BYTES
    screenshot("long-run")


def test_older_lines_are_loaded_where_the_reader_is_and_nothing_moves(
    long_run: Jupyter, page: Page
) -> None:
    log = open_run(long_run, page)
    log.focus()

    log.evaluate("log => { log.scrollTop = log.scrollHeight / 2; }")
    wait_until(lambda: log.evaluate(TOP_LINE) is not None, "the lines in the middle are loaded")
    assert LINES * 0.4 < number_in(log.evaluate(TOP_LINE)) < LINES * 0.6

    # Up to where the page above it is loaded. That has two lines for each event, where the view
    # expected one.
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    before = None
    while not any("/events?" in url for url in requests):
        before = log.evaluate(f"log => {{ log.scrollTop -= 180; return ({TOP_LINE})(log); }}")
    wait_until(lambda: page.evaluate(IS_LOADED), "what is near is loaded")
    assert log.evaluate(TOP_LINE) == before
    assert log.evaluate("log => log.querySelectorAll('.rtw-line').length") < 200

    log.evaluate("log => { log.scrollTop = 0; }")
    expect(log).to_contain_text("line 1")
    expect(log).to_contain_text("Attempt 2")
    page.get_by_role("button", name="Jump to latest").click()
    expect(log).to_contain_text(f"line {LINES}")


def test_lines_far_away_are_drawn_once_and_first_those_that_are_seen(
    long_run: Jupyter, page: Page
) -> None:
    log = open_run(long_run, page)
    log.focus()
    log.evaluate(RECORD_ROWS)

    log.evaluate("log => { log.scrollTop = log.scrollHeight / 2; }")
    wait_until(lambda: len(page.evaluate("added")) > 1, "the lines in the middle are drawn")
    first, beyond = page.evaluate("added")
    height = log.evaluate("log => log.clientHeight / log.querySelector('.rtw-line').clientHeight")
    assert first <= height + 2
    assert first + beyond == log.locator(".rtw-line").count()


def test_scrolling_up_line_by_line_skips_none(long_run: Jupyter, page: Page) -> None:
    log = open_run(long_run, page)
    log.click()
    newest = number_in(log.evaluate(TOP_LINE))

    seen = {newest}
    while min(seen) > newest - 1_400:
        lowest = min(seen)
        page.mouse.wheel(0, -500)
        wait_until(
            lambda lowest=lowest: number_in(log.evaluate(TOP_LINE)) < lowest,
            "it has scrolled, and the lines are there",
        )
        drawn = log.locator(".rtw-line-text").all_inner_texts()
        seen |= {int(text.split()[1]) for text in drawn if text.startswith("line ")}

    assert seen >= set(range(min(seen), newest))


def test_a_filter_finds_lines_that_were_not_loaded_on_the_server(
    long_run: Jupyter, page: Page
) -> None:
    log = open_run(long_run, page)
    pages: list[str] = []
    page.on("request", lambda request: pages.append(request.url))

    page.get_by_label("Lines shown", exact=True).select_option("error")

    expect(log).to_contain_text("line 10")
    expect(page.locator(".rtw-log-count")).to_have_text(re.compile(r"^2 of about [0-9,]+ lines$"))
    assert all("level=error" in url for url in pages if "/events?" in url)


def test_a_click_leads_to_the_first_error_of_the_run_among_its_neighbours(
    long_run: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    log = open_run(long_run, page)
    errors = page.get_by_role("button", name="1 error, go to the first")
    expect(page.locator(".rtw-marks-error")).to_have_attribute("d", re.compile("^M0 0h"))

    errors.click()

    current = page.locator(".rtw-line-current")
    expect(current).to_have_text(re.compile("line 10$"))
    expect(current).to_be_in_viewport()
    expect(log.get_by_text("line 11", exact=True)).to_be_in_viewport()
    screenshot("long-run-first-error")


def test_find_searches_the_whole_run_and_leads_from_match_to_match(
    long_run: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    log = open_run(long_run, page)
    find = page.locator(".rtw-find")
    count = page.locator(".rtw-find-count")
    current = page.locator(".rtw-line-current")

    find.fill("line 77")
    expect(count).to_have_text("111 of 111")
    expect(current).to_have_text(re.compile("line 7799"))
    find.press("Shift+Enter")
    expect(count).to_have_text("110 of 111")
    expect(current).to_have_text(re.compile("line 7798"))
    find.press("Enter")
    find.press("Enter")
    expect(count).to_have_text("1 of 111")
    expect(current).to_be_in_viewport()
    expect(current).to_have_text(re.compile("line 77$"))
    expect(log.get_by_text("line 76", exact=True)).to_be_in_viewport()
    screenshot("long-run-found")

    page.get_by_title("Regular expression").click()
    find.fill("^detail (12|34)5$")
    expect(count).to_have_text("1 of 2")  # the nearest to the reader
    expect(current).to_have_text(re.compile("detail 125"))
    find.fill("detail (")
    expect(count).to_contain_text("missing")
    find.press("Escape")
    expect(count).to_have_count(0)


def test_a_page_that_cannot_be_loaded_shows_the_error_and_is_loaded_again(
    long_run: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    log = open_run(long_run, page)
    page.route("**/realtime/api/sprints/*/events?*", lambda route: route.abort())

    log.evaluate("log => { log.scrollTop = log.scrollHeight / 2; }")
    expect(log).to_contain_text("The server cannot be reached.")
    screenshot("long-run-not-loaded")
    page.unroute("**/realtime/api/sprints/*/events?*")
    page.get_by_role("button", name="Load again").click()

    wait_until(lambda: log.evaluate(TOP_LINE) is not None, "the lines are loaded")
