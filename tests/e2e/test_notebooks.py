"""The example notebooks, live, as a user meets them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext, Page

    from .jupyter import Jupyter

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
VIEW = ".jp-OutputArea .realtime-widgets"
COUNT = ".rtw-log-count"


@pytest.fixture(autouse=True)
def demos_take_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUICKSTART_SECONDS", "6")
    monkeypatch.setenv("BROADCAST_SECONDS", "3")


def test_the_quickstart_shows_its_run_live_and_a_second_page_shows_it_whole(
    lab_alone: Jupyter, page: Page, context: BrowserContext, screenshot: Callable[[str], Path]
) -> None:
    shutil.copy(NOTEBOOKS / "quickstart.ipynb", lab_alone.root)
    lab_alone.open(page, "quickstart.ipynb")
    view = page.locator(VIEW).first

    lab_alone.start_all(page)
    expect(view).to_contain_text("Running")
    expect(view).to_contain_text("compare rates")
    view.scroll_into_view_if_needed()
    screenshot("quickstart-while-it-runs")
    page.wait_for_function("() => window.ranAll === 'true'")
    expect(view).to_contain_text("Succeeded")
    expect(view).to_contain_text("Rate 2.0 it is")
    view.scroll_into_view_if_needed()
    screenshot("quickstart-when-it-has-ended")

    lab_alone.notebook("other.ipynb", ["from realtime_widgets import watch\nwatch('quickstart')"])
    other = context.new_page()
    lab_alone.run_all(lab_alone.open(other, "other.ipynb"))
    expect(other.locator(VIEW)).to_contain_text("Succeeded")
    expect(other.locator(VIEW)).to_contain_text("Rate 2.0 it is")
    for each in (view, other.locator(VIEW)):
        each.get_by_role("tab", name="Log").click()
    whole = view.locator(COUNT).text_content() or "nothing"
    expect(other.locator(COUNT)).to_have_text(whole)


@pytest.mark.long
def test_one_notebook_publishes_and_another_watches(
    lab_alone: Jupyter, page: Page, context: BrowserContext, screenshot: Callable[[str], Path]
) -> None:
    for name in ("broadcast-progress.ipynb", "watch-progress.ipynb"):
        shutil.copy(NOTEBOOKS / name, lab_alone.root)
    lab_alone.run_all(lab_alone.open(page, "watch-progress.ipynb"))
    alone, in_layout = page.locator(VIEW).first, page.locator(".widget-vbox .realtime-widgets")
    expect(alone).to_contain_text("No such run")

    publisher = context.new_page()
    lab_alone.run_all(lab_alone.open(publisher, "broadcast-progress.ipynb"))

    for view in (alone, in_layout):
        expect(view).to_contain_text("Succeeded")
        expect(view).to_contain_text("epoch 6")
    expect(page.get_by_text("The run is now: succeeded.")).to_be_visible()
    screenshot("watching-another-notebook")


@pytest.mark.long
def test_the_workspace_of_the_broadcast_opens_both_notebooks_side_by_side(
    lab_alone: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    shutil.copytree(NOTEBOOKS, lab_alone.root / "notebooks")
    workspace = json.loads((NOTEBOOKS / "broadcast.jupyterlab-workspace").read_text())
    lab_alone.request("PUT", "lab/api/workspaces/broadcast", workspace)

    page.goto(f"{lab_alone.url}lab/workspaces/broadcast?token={lab_alone.token}")

    publisher = page.get_by_role("heading", name="Broadcast progress from one notebook to others")
    watcher = page.get_by_role("heading", name="Watch another notebook's progress")
    expect(publisher).to_be_visible()
    expect(watcher).to_be_visible()
    screenshot("broadcast-side-by-side")
