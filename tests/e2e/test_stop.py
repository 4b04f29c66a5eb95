"""Cells that a user stops, and writes to, from the cell's view and another page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

    from .jupyter import Jupyter

BUSY = """
from realtime_widgets import Sprint
with Sprint("busy") as sprint:
    sprint.log("computing")
    while True:
        pass
"""

TALKS = """
from realtime_widgets import Sprint
with Sprint("talks", on_cancel="flag") as sprint:
    for message in sprint.inbox():
        sprint.log(f"got {message.text}", "warning")
"""

DEAF = """
import time
from realtime_widgets import Sprint
with Sprint("deaf", on_cancel="flag"):
    while True:
        time.sleep(1)
"""

PHONE = {"width": 390, "height": 780}


def test_stop_ends_a_busy_loop_whose_kernel_continues(lab: Jupyter, page: Page) -> None:
    lab.notebook("busy.ipynb", [BUSY, "print('the kernel', 'continues')"])
    lab.open(page, "busy.ipynb")
    lab.start_all(page)
    view = page.locator(".jp-OutputArea .realtime-widgets").first
    expect(view).to_contain_text("computing")

    view.get_by_role("button", name="Stop").click()
    expect(view.get_by_role("button", name="Keep")).to_be_focused()
    view.get_by_role("button", name="Stop").click()

    expect(view).to_contain_text("Cancelled")
    expect(page.locator(".jp-OutputArea")).to_contain_text(["KeyboardInterrupt"])


@pytest.mark.long
def test_a_message_reaches_a_busy_cell_from_a_phone_and_stop_ends_it(
    lab: Jupyter, page: Page, context: BrowserContext, screenshot: Callable[[str], Path]
) -> None:
    lab.notebook("talks.ipynb", [TALKS])
    lab.open(page, "talks.ipynb")
    lab.start_all(page)
    view = page.locator(".jp-OutputArea .realtime-widgets").first
    expect(view.get_by_role("textbox", name="Message to the program")).to_be_visible()
    screenshot("stop-light")
    page.emulate_media(color_scheme="dark")
    screenshot("stop-dark")
    phone = context.new_page()
    phone.set_viewport_size(PHONE)
    phone.goto(f"{lab.url}realtime/sprints/talks?token={lab.token}")

    line = phone.get_by_role("textbox", name="Message to the program")
    line.fill("use the cache")
    line.press("Enter")
    expect(view).to_contain_text("got use the cache")
    expect(line).to_have_value("")
    phone.screenshot(path=screenshot("stop-phone"))
    phone.get_by_role("button", name="Stop").click()
    phone.screenshot(path=screenshot("stop-phone-asked"))
    phone.get_by_role("button", name="Stop").click()

    expect(view).to_contain_text("Cancelled")
    expect(line).not_to_be_visible()


@pytest.mark.long
def test_force_restarts_the_kernel_of_a_run_that_does_not_end(
    lab: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    lab.notebook("deaf.ipynb", [DEAF])
    lab.open(page, "deaf.ipynb")
    lab.start_all(page)
    view = page.locator(".jp-OutputArea .realtime-widgets").first
    view.get_by_role("button", name="Stop").click()
    view.get_by_role("button", name="Stop").click()
    expect(view).to_contain_text("Stopping")
    screenshot("stopping")

    view.get_by_role("button", name="Force").click()
    screenshot("force")
    with page.expect_response(lambda response: response.url.endswith("/restart")) as restarted:
        view.get_by_role("button", name="Restart the kernel").click()

    assert restarted.value.ok
    # A restart interrupts the cell before it ends its kernel.
    expect(view).to_contain_text("Cancelled")
    expect(view).not_to_contain_text("Stopping")
