"""The log leaves the wheel to the page until a click, and its end to a reader who moves up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.waiting import wait_until

from .widget_page import VIEW, show

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.long

TALL = "<!doctype html><main></main><div style='height: 3000px'></div>"
HEIGHT = "400px"


@pytest.fixture
def log(page: Page) -> Locator:
    """The log of a run, on a page that can be scrolled."""
    show(page, TALL, height=HEIGHT)
    log = page.get_by_role("log")
    wait_until(lambda: from_end(log) < 2, "the log is at its end")
    return log


def from_end(log: Locator) -> float:
    """How many pixels of the log are below what is seen."""
    below: float = log.evaluate("log => log.scrollHeight - log.scrollTop - log.clientHeight")
    return below


def test_d6_arrow_keys_leave_the_end_of_the_log(page: Page, log: Locator) -> None:
    log.focus()
    for _ in range(6):
        log.press("ArrowUp")

    wait_until(lambda: from_end(log) > 100, "the log is six steps above its end")
    page.get_by_role("button", name="Jump to latest").click()
    wait_until(lambda: from_end(log) < 2, "the log is at its end again")


def test_the_wheel_scrolls_the_page_until_the_log_is_clicked(
    page: Page, log: Locator, screenshot: Callable[[str], object]
) -> None:
    log.hover()
    page.mouse.wheel(0, 60)
    wait_until(lambda: page.evaluate("scrollY") == 60, "the page has scrolled")
    assert from_end(log) < 2
    expect(page.locator(".rtw-wheel-hint")).to_be_visible()
    screenshot("wheel-hint")

    log.click()
    page.mouse.wheel(0, -200)
    wait_until(lambda: from_end(log) > 100, "the log has scrolled")
    assert page.evaluate("scrollY") == 60


def test_the_height_stays_while_lines_are_filtered(page: Page, log: Locator) -> None:
    view = page.locator(VIEW)
    before = view.bounding_box()

    view.get_by_label("Lines shown", exact=True).select_option("Errors")
    expect(log.get_by_text("epoch 38")).to_be_visible()
    expect(log.get_by_text("epoch 39")).to_have_count(0)

    assert view.bounding_box() == before
