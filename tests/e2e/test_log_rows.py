"""The rows of the log in a real browser: links to lines, groups, JSON, selection and copying."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from realtime_widgets import Sprint
from tests.waiting import PATIENCE_S, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from .jupyter import Jupyter

NAME = "log-rows"

LINES = 1_500
"""Lines before the others: more than a view loads at first, so a link leads further."""

MAX_ROWS = 200
"""Most rows that are in the page, however many lines are selected."""

FIRST = 2
"""Number of the event of the first line, after that of the status."""


@pytest.fixture
def run(lab: Jupyter) -> Jupyter:
    """A run with many lines, then groups and JSON; published once to a server."""
    if NAME in json.dumps(lab.request("GET", "realtime/api/sprints")):
        return lab
    sprint = Sprint(NAME, server=f"{lab.url}?token={lab.token}")
    sprint.status("running")
    for n in range(FIRST, LINES + 1):
        sprint.log(f"line {n}", source="train.py" if n % 3 else None)
    with sprint.group("install"):
        for n in range(40):
            sprint.log(f"package {n}")
    with sprint.group("test"):
        sprint.log("AssertionError", "error")
    sprint.log('INFO {"epoch": {"n": 3, "loss": [0.5, 0.25]}, "tag": "<b>"}')
    sprint.status("succeeded")
    assert sprint.close(PATIENCE_S) == 0
    return lab


@pytest.fixture(autouse=True)
def _clipboard(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])


def open_run(jupyter: Jupyter, page: Page, fragment: str = "") -> Locator:
    """Open the page of the run; returns its log."""
    page.goto(f"{jupyter.url}realtime/sprints/{NAME}?token={jupyter.token}{fragment}")
    log = page.get_by_role("log")
    expect(log).to_be_visible()
    return log


def line(log: Locator, text: str) -> Locator:
    return log.locator(".rtw-line").filter(has=log.page.get_by_text(text, exact=True))


def clipboard(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_a_link_leads_to_its_lines_and_marks_them_or_states_why_not(
    run: Jupyter, page: Page
) -> None:
    log = open_run(run, page, "#L40-L42")
    bar = page.locator(".rtw-selection-bar")
    marked = log.locator(".rtw-line-linked")

    expect(marked).to_have_count(3)
    expect(marked.first).to_contain_text("line 40")
    expect(marked.first).to_be_in_viewport()
    expect(bar).to_contain_text(re.compile("Lines 40.42"))

    page.evaluate("location.hash = '#L99999'")
    expect(bar).to_contain_text("the run has not come so far yet")
    page.evaluate("location.hash = '#L1'")
    expect(bar).to_contain_text("Event 1 is no line of the log.")


@pytest.mark.long
def test_a_click_copies_a_link_and_puts_it_into_the_address(run: Jupyter, page: Page) -> None:
    log = open_run(run, page)
    link = f"{run.url}realtime/sprints/{NAME}#L"
    newest = line(log, "line 1490")
    expect(log).to_contain_text("install")
    log.press("ArrowUp")
    expect(page.get_by_role("button", name="Jump to latest")).to_be_visible()

    newest.hover()
    newest.get_by_label("Copy a link to line 1490").click()
    assert clipboard(page) == f"{link}1490"
    assert page.evaluate("location.hash") == "#L1490"
    line(log, "line 1495").hover()
    line(log, "line 1495").locator(".rtw-line-link").click(modifiers=["Shift"])
    assert clipboard(page) == f"{link}1490-L1495"
    expect(log.locator(".rtw-line-linked")).to_have_count(6)

    page.get_by_role("button", name="Clear the selection").click()
    expect(log.locator(".rtw-line-linked")).to_have_count(0)
    assert page.evaluate("location.hash") == ""


@pytest.mark.long
def test_groups_fold_and_what_is_found_in_one_unfolds_it(
    run: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    log = open_run(run, page)
    install = log.get_by_role("button", name=re.compile("Group install, 40 lines"))
    expect(install).to_have_attribute("aria-expanded", "false")
    expect(log).to_contain_text("AssertionError")  # a group with an error is open
    expect(log).not_to_contain_text("::endgroup::")

    install.press("Enter")
    expect(install).to_have_attribute("aria-expanded", "true")
    install.press("Enter")
    expect(log).not_to_contain_text("package 39")
    page.locator(".rtw-find").fill("package 17")

    expect(log.locator(".rtw-line-current")).to_have_text(re.compile("package 17"))
    expect(log.locator(".rtw-line-current")).to_be_in_viewport()
    screenshot("log-groups")


@pytest.mark.long
def test_a_line_of_json_unfolds_by_mouse_and_by_keyboard(run: Jupyter, page: Page) -> None:
    log = open_run(run, page)
    tree = log.locator(".rtw-line-tree")
    of_line = log.get_by_role("button", name=re.compile("JSON of line"))

    of_line.click()
    expect(tree).to_have_text(
        [re.compile("epoch"), re.compile("n: 3"), re.compile("loss"), re.compile('tag: "<b>"')]
    )
    tree.nth(2).get_by_role("button").click()
    expect(tree).to_have_count(6)
    of_line.click()
    expect(tree).to_have_count(0)

    log.focus()
    page.keyboard.press("Shift+ArrowUp")  # selects the last line
    page.keyboard.press("ArrowRight")
    expect(tree).to_have_count(4)
    page.get_by_role("button", name="Fold", exact=True).click()
    expect(tree).to_have_count(0)


@pytest.mark.long
def test_a_selection_by_keyboard_is_copied_as_a_whole(run: Jupyter, page: Page) -> None:
    log = open_run(run, page, "#L700")
    expect(line(log, "line 700")).to_be_in_viewport()
    log.focus()
    page.keyboard.press("Escape")
    log.focus()
    page.keyboard.press("Shift+ArrowDown")
    for _ in range(5):
        page.keyboard.press("Shift+PageDown")
    page.keyboard.press("Control+C")

    copied = clipboard(page).splitlines()
    numbers = [int(text.split()[1]) for text in copied]
    assert len(numbers) > 60
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert log.locator(".rtw-line").count() < MAX_ROWS

    page.keyboard.press("Control+A")
    page.keyboard.press("Control+C")
    everything = clipboard(page)
    assert everything.endswith('"tag": "<b>"}')
    assert "package 39" in everything  # folded
    assert re.search(r"about [0-9,]+ lines not loaded", everything)


@pytest.mark.long
def test_a_drag_beyond_the_edge_selects_what_scrolls_by(run: Jupyter, page: Page) -> None:
    log = open_run(run, page, "#L700")
    first = line(log, "line 705")
    expect(first).to_be_in_viewport()
    text = first.locator(".rtw-line-text").bounding_box()
    box = log.bounding_box()
    assert text
    assert box

    page.mouse.move(text["x"] + 1, text["y"] + 9)
    page.mouse.down()
    page.mouse.move(text["x"] + 60, box["y"] + box["height"] - 40, steps=5)
    while first.count() > 0:
        before = log.evaluate("log => log.scrollTop")
        page.mouse.wheel(0, 400)
        wait_until(lambda top=before: log.evaluate("log => log.scrollTop") > top, "it has scrolled")
        page.mouse.move(text["x"] + 61, box["y"] + box["height"] - 40)
        page.mouse.move(text["x"] + 60, box["y"] + box["height"] - 40)
    page.mouse.up()
    page.keyboard.press("Control+C")

    numbers = [int(text.split()[1]) for text in clipboard(page).splitlines()[:-1]]
    assert numbers[0] == 705
    assert len(numbers) > 40
    assert numbers == list(range(705, 705 + len(numbers)))
