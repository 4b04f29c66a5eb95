"""Progress in a real browser, from the call in a cell to the words beside the bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from .jupyter import Jupyter

START = "from realtime_widgets import Sprint\nsprint = Sprint('epochs')\nsprint"

# Each of three epochs was half through after 5 s. They are published at once, with their own times.
EPOCHS = """
sprint.status("running")
for epoch in range(3):
    for done, seconds in [(0, 0), (50, 5)]:
        moment = 1_700_000_000 + 10 * epoch + seconds
        sprint.emit({"type": "build_progress", "task": "epoch", "current": done, "total": 100,
                     "time": moment})
sprint.flush()
"""


def test_b6_the_time_left_of_a_bar_that_is_used_again_is_that_of_this_epoch(
    lab: Jupyter, page: Page
) -> None:
    lab.notebook("epochs.ipynb", cells=[START, EPOCHS])
    lab.run_all(lab.open(page, "epochs.ipynb"))

    expect(page.locator(".jp-OutputArea .rtw-task-time")).to_have_text("5 s left")
