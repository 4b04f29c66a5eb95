"""The page of a run is reloaded while an agent works in it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from realtime_widgets import Sprint

from .refund_run import refund_run

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from .jupyter import Jupyter

ROWS = """() => [...document.querySelectorAll(".rtw-feed article")]
    .map(row => [row.ariaLabel, row.textContent])"""


def index_of(events: list[dict[str, Any]], kind: str, name: str) -> int:
    """Where an event of a type is that names this tool or text."""
    inner = [event.get("event", {}) for event in events]
    return next(
        n for n, event in enumerate(inner) if event.get("type") == kind and name in str(event)
    )


@pytest.mark.long
def test_after_a_reload_in_mid_tool_the_timeline_is_that_of_a_page_that_was_not_reloaded(
    lab: Jupyter, page: Page
) -> None:
    events = refund_run(time.time() - 40)
    middle = index_of(events, "TOOL_CALL_START", "sql") + 1
    later = index_of(events, "TOOL_CALL_START", "draft")
    url = f"{lab.url}realtime/sprints/reloaded?token={lab.token}"
    kept = page.context.new_page()
    with Sprint("reloaded", server=f"{lab.url}?token={lab.token}", show=False) as sprint:

        def publish(first: int, last: int) -> None:
            for event in events[first:last]:
                sprint.emit(event)
            assert sprint.flush() == 0

        publish(0, middle)
        for one in (kept, page):
            one.goto(url)
            expect(one.get_by_role("article", name="tool sql")).to_be_visible()

        page.reload(wait_until="commit")
        publish(middle, later)
        page.get_by_role("article", name="tool sql, failed").wait_for()
        publish(later, len(events))

        for one in (kept, page):
            expect(one.get_by_role("feed")).to_contain_text("you will see them")
    for one in (kept, page):
        expect(one.locator(".rtw-view")).to_contain_text("Succeeded")
        # On paper all rows are there, and unfolded: what is folded depends on what a page saw.
        one.emulate_media(media="print")
        expect(one.get_by_role("feed")).to_contain_text('"tone": "friendly"')
    assert page.evaluate(ROWS) == kept.evaluate(ROWS)
