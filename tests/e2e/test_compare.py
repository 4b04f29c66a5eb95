"""Runs side by side in a real browser: chosen from the list, as a page, and in a cell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from realtime_widgets import Sprint

from .test_access import violations

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from .jupyter import Jupyter


def server_of(lab: Jupyter) -> str:
    return f"{lab.url}?token={lab.token}"


def train(name: str, lab: Jupyter, rate: float) -> None:
    with Sprint(name, server=server_of(lab), show=False) as sprint:
        sprint.config(lr=rate, seed=1)
        for step in range(200):
            sprint.metrics(loss=1 / (1 + step * rate))
        sprint.close(60)


@pytest.mark.long
def test_runs_chosen_in_the_list_are_compared_while_they_run(
    lab: Jupyter, page: Page, screenshot: Callable[[str], object]
) -> None:
    train("small", lab, 0.1)
    train("small", lab, 0.2)
    running = Sprint("large", server=server_of(lab), show=False)
    with running:
        running.config(lr=0.5, seed=1)
        running.metrics({"loss": 0.75}, step=100)
        page.goto(f"{lab.url}realtime/?token={lab.token}")
        page.get_by_role("button", name="Choose…").click()
        for name in ("small", "large"):
            page.get_by_role("checkbox", name=name, exact=True).check()
        page.get_by_role("button", name="Compare").click()

        expect(page).to_have_url(re.compile(r"/realtime/compare\?run=large&run=small$"))
        expect(page.get_by_role("row", name="lr")).to_contain_text("0.50.2")
        expect(page.get_by_role("row", name="loss last")).to_contain_text("0.75")
        running.metrics({"loss": 0.25}, step=101)
        expect(page.get_by_role("row", name="loss min")).to_contain_text("0.25")
        chart = page.get_by_role("img", name=re.compile("large, 2 values"))
        expect(chart.locator("canvas")).to_be_visible()
        assert violations(page, ".rtw-compare") == []
        screenshot("compare")

    page.go_back()
    expect(page.get_by_role("button", name="Compare")).to_be_visible()


@pytest.mark.long
def test_attempts_are_compared_in_a_cell(lab: Jupyter, page: Page) -> None:
    train("attempts", lab, 0.1)
    train("attempts", lab, 0.2)
    cell = "from realtime_widgets import compare\ncompare('attempts', 'attempts@1')"
    lab.notebook("compare.ipynb", cells=[cell])
    lab.open(page, "compare.ipynb")
    lab.run_all(page)

    expect(page.locator(".rtw-compare").get_by_role("row", name="lr")).to_contain_text("0.20.1")
    expect(page.locator(".rtw-compare canvas")).to_be_visible()
