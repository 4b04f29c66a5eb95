"""The page of a run, where its log is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from .jupyter import Jupyter


def open_log(jupyter: Jupyter, page: Page, name: str, *, last: str) -> Locator:
    """Open the page of a run, and wait until its log has a text; returns the log."""
    page.goto(f"{jupyter.url}realtime/sprints/{name}?token={jupyter.token}")
    log = page.get_by_role("log")
    expect(log).to_contain_text(last)
    return log
