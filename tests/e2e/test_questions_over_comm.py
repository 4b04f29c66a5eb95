"""JupyterLab and Notebook 7 without the server's extension: runs and answers are in the kernel.

The kernel of the tests has subshells, to which both send the messages of widgets: they arrive while
a cell runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from .jupyter import Jupyter, evaluate, save

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.long

VIEW = ".jp-OutputArea .realtime-widgets"

ASKS_IN_A_THREAD = """
import threading
from realtime_widgets import Sprint
sprint = Sprint("release")
def work():
    with sprint:
        where = sprint.ask("Deploy to which stage?", choices=["test", "live"])
        sprint.log(f"deployed to {where}", "warning")
threading.Thread(target=work, daemon=True).start()
sprint
"""

ASKS = """
import time
from realtime_widgets import Sprint
with Sprint("release") as sprint:
    where = sprint.ask("Deploy to which stage?", choices=["test", "live"])
    continued = time.time()
    sprint.log(f"deployed to {where}", "warning")
"""

BUSY = """
from realtime_widgets import Sprint
with Sprint("busy") as sprint:
    sprint.log("computing")
    while True:
        pass
"""

PHONE = {"width": 390, "height": 780}

NOTE_CLICKS = """() => document.addEventListener(
    "click", () => { window.clicked = Date.now() / 1000; }, true)"""


@pytest.fixture(scope="module", params=["lean lab", "notebook"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Jupyter]:
    off = "--ServerApp.jpserver_extensions=realtime_widgets_server=False"
    folder = tmp_path_factory.mktemp("jupyter")
    with Jupyter(folder, app=request.param, options=[off]) as jupyter:
        yield jupyter


@pytest.fixture
def lab(server: Jupyter) -> Iterator[Jupyter]:
    """One of the two, with no kernel of an earlier test."""
    yield server
    server.close_sessions()


def test_a_question_of_a_thread_is_answered_in_the_cell(lab: Jupyter, page: Page) -> None:
    lab.notebook("thread.ipynb", [ASKS_IN_A_THREAD])
    lab.open(page, "thread.ipynb")
    lab.run_all(page)
    view = page.locator(VIEW).first
    expect(view).to_contain_text("Deploy to which stage?")

    view.get_by_role("button", name="live").click()

    expect(view).to_contain_text("deployed to live")
    expect(view).to_contain_text("Succeeded")


def test_a_blocking_cell_continues_with_the_answer_that_is_given_in_it(
    lab: Jupyter, page: Page
) -> None:
    lab.notebook("blocks.ipynb", [ASKS])
    lab.open(page, "blocks.ipynb")
    lab.start_all(page)
    view = page.locator(VIEW).first
    expect(view).to_contain_text("Deploy to which stage?")
    page.evaluate(NOTE_CLICKS)

    view.get_by_role("button", name="live").click()

    expect(view).to_contain_text("deployed to live")
    expect(view).to_contain_text("Succeeded")
    clicked = page.evaluate("() => window.clicked")
    seconds = float(evaluate(page, "continued")) - clicked
    print(f"{seconds:.3f} s from the click to the cell")  # noqa: T201 - a figure, for `pytest -s`


def test_a_blocking_cell_continues_after_a_reload_with_the_answer_of_a_second_page(
    lab: Jupyter, page: Page, context: BrowserContext, screenshot: Callable[[str], Path]
) -> None:
    lab.notebook("reloaded.ipynb", [ASKS])
    lab.open(page, "reloaded.ipynb")
    lab.start_all(page)
    view = page.locator(VIEW).first
    expect(view).to_contain_text("Deploy to which stage?")
    save(page)
    page.reload()
    expect(view.get_by_role("button", name="live")).to_be_enabled()
    expect(page.get_by_text("Loading widget")).to_be_hidden()
    shot = screenshot("question-over-comm-reloaded")

    phone = context.new_page()
    phone.set_viewport_size(PHONE)
    phone.goto(lab.page_of("reloaded.ipynb"))
    live = phone.locator(VIEW).get_by_role("button", name="live")
    expect(live).to_be_visible()
    phone.evaluate(NOTE_CLICKS)
    phone.screenshot(path=shot.with_name("question-over-comm-phone.png"))
    live.click()
    clicked = phone.evaluate("() => window.clicked")

    expect(view).to_contain_text("deployed to live")
    expect(view).to_contain_text("Succeeded")
    seconds = float(evaluate(page, "continued")) - clicked
    print(f"{seconds:.3f} s from the click to the cell")  # noqa: T201 - a figure, for `pytest -s`


def test_stop_ends_a_busy_loop(lab: Jupyter, page: Page) -> None:
    lab.notebook("busy.ipynb", [BUSY])
    lab.open(page, "busy.ipynb")
    lab.start_all(page)
    view = page.locator(VIEW).first
    expect(view).to_contain_text("computing")

    view.get_by_role("button", name="Stop").click()
    view.get_by_role("button", name="Stop").click()

    expect(view).to_contain_text("Cancelled")
    expect(page.locator(".jp-OutputArea")).to_contain_text(["KeyboardInterrupt"])
