"""Charts of metrics in a real browser: whole curves after a join at the end, keys, and a table."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from realtime_widgets import Sprint
from tests.waiting import wait_until

from .test_access import violations

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from .jupyter import Jupyter

STEPS = 5_000


@pytest.mark.long
def test_a_view_that_joins_later_draws_whole_curves_and_speaks_their_values(
    lab: Jupyter, page: Page, screenshot: Callable[[str], object]
) -> None:
    train("training", lab, offset=0.3)
    train("training", lab, offset=0.0)
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url.split("?")[0]))
    with page.expect_response(re.compile("/series")):
        page.goto(f"{lab.url}realtime/sprints/training?token={lab.token}")

    loss = page.get_by_role("img", name="train/loss, 5,000 values, last 0.102 at step 4,999")
    expect(loss).to_be_visible()
    page.wait_for_function("document.querySelectorAll('.rtw-chart canvas').length === 3")
    expect(page.get_by_text("are being loaded")).to_have_count(0)
    # One connection, which brings the state, and one request for the curves of each attempt.
    of_run = [url.rsplit("/", 1)[-1] for url in requests if "/sprints/training/" in url]
    assert [of_run.count(kind) for kind in ("ticket", "series")] == [1, 2], of_run
    chart = page.locator(".rtw-chart", has=loss)
    spoken = chart.locator("[aria-live]")

    def is_spoken_after_a_key() -> bool:
        page.keyboard.press("ArrowRight")
        return spoken.inner_text() != ""

    # A key moves no cursor before the curves are drawn, up to 100 ms after they are loaded.
    loss.focus()
    wait_until(is_spoken_after_a_key, "a value is spoken")
    page.keyboard.press("Shift+ArrowLeft")  # ten points back, or as far as there are
    expect(spoken).to_contain_text("step 0: train/loss 0.99")
    # In other colours the charts are made again, and the cursor stays.
    page.evaluate("() => document.querySelectorAll('canvas').forEach((each) => each.id = 'old')")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("() => document.querySelector('#old') === null")
    expect(spoken).to_contain_text("step 0: train/loss 0.99")
    page.emulate_media(color_scheme="light")
    expect(page.get_by_text("1 value not finite, the last at step 2,500")).to_be_visible()
    assert violations(page, ".rtw-metrics") == []
    assert [text for text in refused if "Content Security Policy" in text] == []

    screenshot("metrics")
    page.get_by_role("button", name="Show as table").click()
    expect(page.get_by_role("row", name="grad_norm")).to_contain_text("5,000")
    page.get_by_role("button", name="Show as charts").click()
    page.get_by_role("button", name="Table of optim/lr").click()
    rows = page.get_by_role("region", name="Values of optim/lr").locator("tbody tr")
    assert 1_000 < rows.count() <= 2_000
    assert violations(page, ".rtw-metrics") == []
    screenshot("metrics-table")


def train(name: str, lab: Jupyter, *, offset: float) -> None:
    """One attempt of a training, whose events are many more than a view joins with."""
    with Sprint(name, server=f"{lab.url}?token={lab.token}", show=False) as sprint:
        for step in range(STEPS):
            loss = math.exp(-step / 800) * (1 - 0.1) + 0.1 + offset
            loss += 0.02 * math.sin(step * 1.7) * math.exp(-step / 400)
            norm = math.nan if step == STEPS // 2 else 1 + math.sin(step / 300)
            rate = 1e-3 * (1 - step / STEPS)
            values = {"train/loss": loss, "optim/lr": rate, "optim/grad_norm": norm}
            sprint.metrics(values, step=step)
            if step % 500 == 0:
                sprint.metrics({"val/loss": loss * 1.1}, step=step)
        for line in range(400):
            sprint.log(f"saved {line}")
        sprint.close(60)
