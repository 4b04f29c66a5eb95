"""Notices of what happens to runs while their pages are hidden, in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from realtime_widgets import Sprint
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Locator, Page

    from .jupyter import Jupyter

# Pages of a test are always visible, so visibility is what the test sets; notifications are kept.
PREPARE = """
    window.isHidden = false;
    Object.defineProperty(document, "visibilityState", {
        get: () => window.isHidden ? "hidden" : "visible",
    });
    window.notices = [];
    window.Notification = class {
        static permission = "granted";
        constructor(title, { body }) { window.notices.push([title, body]); }
    };
    localStorage.setItem("realtime-widgets.notices", "on");
"""
EVIL = '<img src=x onerror="alert(1)"> \u202egpj.exe'


def turn(page: Page, *, hidden: bool) -> None:
    page.evaluate(
        "hidden => { window.isHidden = hidden;"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )


def publish(jupyter: Jupyter, sprint_id: str, *statuses: str) -> None:
    sprint = Sprint(sprint_id, server=f"{jupyter.url}?token={jupyter.token}")
    for status in statuses:
        sprint.status(status, EVIL if status == "failed" else None)
    assert sprint.close(PATIENCE_S) == 0


def notices(*pages: Page) -> list[list[str]]:
    return [notice for page in pages for notice in page.evaluate("window.notices")]


@pytest.mark.long
def test_of_many_hidden_pages_one_gives_notice_and_all_show_it_in_their_titles(
    lab: Jupyter, context: BrowserContext
) -> None:
    context.add_init_script(PREPARE)
    publish(lab, "before", "running", "failed")
    pages = [context.new_page() for _ in range(3)]
    for page in pages:
        page.goto(f"{lab.url}realtime/?token={lab.token}")
        row(page, "before").wait_for()
    for page in pages:
        turn(page, hidden=True)

    publish(lab, "nightly", "running", "failed")
    for page in pages:
        expect(page).to_have_title("(1) Runs")
    expect(pages[0].locator("link[rel=icon]")).to_have_attribute("href", re.compile("d32f2f"))
    assert notices(*pages) == [["nightly: Failed", EVIL.replace("\u202e", "<U+202E>")]]

    turn(pages[0], hidden=False)
    publish(lab, "weekly", "running", "succeeded")
    for page in pages:
        row(page, "weekly").wait_for()
    assert len(notices(*pages)) == 1
    expect(pages[0]).to_have_title("Runs")


@pytest.mark.long
def test_jupyterlab_shows_a_notification_of_a_run_that_failed_while_it_was_hidden(
    lab: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    page.add_init_script(PREPARE)
    page.goto(f"{lab.url}lab?token={lab.token}&reset")
    page.locator(".jp-Launcher").wait_for()
    publish(lab, "first", "running")
    page.locator(".rtw-status-item", has_text="running").wait_for()
    turn(page, hidden=True)
    publish(lab, "hourly", "running", "failed")
    # In tests JupyterLab has its toasts off, and keeps notifications in its centre.
    page.locator(".jp-Notification-Status").click()
    notice = page.locator(".jp-Notification-List-Item", has_text="hourly: Failed")
    notice.wait_for()
    screenshot("lab-notice")
    assert notice.locator("img").count() == 0
    notice.get_by_role("button", name="Open").click()

    page.locator(".jp-MainAreaWidget .rtw-name", has_text="hourly").wait_for()


@pytest.mark.long
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_list_has_a_menu_of_notices(
    lab: Jupyter, page: Page, screenshot: Callable[[str], Path], theme: str
) -> None:
    publish(lab, "nightly", "running", "failed")
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.goto(f"{lab.url}realtime/?token={lab.token}")
    row(page, "nightly").wait_for()
    page.get_by_role("button", name="Notices").click()
    screenshot(f"notices-{theme}")
    page.get_by_role("menuitemcheckbox", name="Notifications").click()
    page.get_by_text("This browser blocks notifications of this page").wait_for()
    screenshot(f"notices-blocked-{theme}")
    page.set_viewport_size({"width": 390, "height": 700})
    page.get_by_role("button", name="Notices").click()
    screenshot(f"notices-phone-{theme}")


def row(page: Page, sprint_id: str) -> Locator:
    return page.get_by_role("link", name=sprint_id)
