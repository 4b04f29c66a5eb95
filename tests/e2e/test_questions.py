"""A cell that asks the user is answered on another page, while the kernel is busy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from .jupyter import evaluate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

    from .conftest import GetJupyter
    from .jupyter import Jupyter

ASKS = """
import time
from realtime_widgets import Sprint
with Sprint("release") as sprint:
    where = sprint.ask("Deploy to which stage?", choices=["test", "live"], details="3 files")
    continued = time.time()
    note = sprint.ask("Which note?")
    sprint.log(f"deployed to {where}: {note}", "warning")
"""

PHONE = {"width": 390, "height": 780}

NOTE_CLICKS = """() => document.addEventListener(
    "click", () => { window.clicked = Date.now() / 1000; }, true)"""


@pytest.fixture(
    params=[
        "lean lab",
        pytest.param("notebook", marks=pytest.mark.long),
    ]
)
def lab(request: pytest.FixtureRequest, get_jupyter: GetJupyter) -> Iterator[Jupyter]:
    """JupyterLab and Notebook 7, with no kernel of an earlier test."""
    jupyter = get_jupyter(request.param, "/")
    yield jupyter
    jupyter.close_sessions()


def test_a_blocking_cell_continues_after_a_reload_with_the_answers_of_a_second_page(
    lab: Jupyter, page: Page, context: BrowserContext, screenshot: Callable[[str], Path]
) -> None:
    lab.notebook("release.ipynb", [ASKS])
    lab.open(page, "release.ipynb")
    lab.start_all(page)
    view = page.locator(".jp-OutputArea .realtime-widgets").first
    expect(view).to_contain_text("Deploy to which stage?")
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.reload()
    expect(view.get_by_role("button", name="live")).to_be_enabled()
    screenshot("question-light")
    page.emulate_media(color_scheme="dark")
    screenshot("question-dark")

    phone = context.new_page()
    phone.set_viewport_size(PHONE)
    phone.goto(f"{lab.url}realtime/sprints/release?token={lab.token}")
    expect(phone.get_by_role("button", name="live")).to_be_visible()
    phone.screenshot(path=screenshot("question-dark").with_name("question-phone.png"))
    phone.evaluate(NOTE_CLICKS)
    phone.get_by_role("button", name="live").click()
    answer = phone.get_by_role("textbox", name="Answer")
    expect(phone.get_by_label("Question of the run")).to_contain_text("Which note?")
    clicked = phone.evaluate("() => window.clicked")
    answer.fill("half")
    phone.reload()
    expect(answer).to_have_value("half")
    answer.press("Enter")

    expect(view).to_contain_text("Succeeded")
    expect(view).to_contain_text("deployed to live: half")
    seconds = float(evaluate(page, "continued")) - clicked
    print(f"{seconds:.3f} s from the click to the cell")  # noqa: T201 - a figure, for `pytest -s`
