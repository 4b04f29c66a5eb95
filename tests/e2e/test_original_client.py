"""A page with the original service's own hook works against the real server, unchanged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from .jupyter import Jupyter

CLIENT = Path(__file__).with_name("original_client.html")

PUBLISH = """
from realtime_widgets import Sprint
with Sprint("legacy") as sprint:
    sprint.log("from the kernel")
    with sprint.message("planner") as reply:
        reply.write("hello")
sprint.close()
"""


def test_the_original_clients_page_shows_a_run(lab: Jupyter, page: Page) -> None:
    lab.notebook("publish.ipynb", cells=[PUBLISH])
    lab.run_all(lab.open(page, "publish.ipynb"))

    page.goto(CLIENT.as_uri())
    url = f"{lab.url.replace('http', 'ws')}realtime/ws/sprints/legacy"
    # The hook's 30 s, shortened, so that the test need not wait for them.
    page.evaluate(
        "([url, token]) => { window.client = useSprintSocket(url, token, 200); }", [url, lab.token]
    )

    expect(page.locator("#status")).to_have_text("succeeded")
    expect(page.locator("#connected")).to_have_text("yes")
    expect(page.locator("#logs li").first).to_have_text("from the kernel")
    expect(page.locator("#agents li").first).to_have_text("planner")
    expect(page.locator("#pongs")).not_to_have_text("0")
    page.evaluate("() => window.client.sendMessage({ type: 'log', message: 'from the page' })")
    expect(page.locator("#logs li").last).to_have_text("from the page")
