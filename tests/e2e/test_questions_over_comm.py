"""JupyterLab without the extension: a question of a thread is answered over the widget's comm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from .jupyter import Jupyter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

pytestmark = pytest.mark.long

ASKS = """
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


@pytest.fixture
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    off = "--ServerApp.jpserver_extensions=realtime_widgets_server=False"
    with Jupyter(tmp_path_factory.mktemp("jupyter"), options=[off]) as jupyter:
        yield jupyter


def test_a_question_of_a_thread_is_answered_in_the_cell(lab: Jupyter, page: Page) -> None:
    lab.notebook("release.ipynb", [ASKS])
    lab.open(page, "release.ipynb")
    lab.run_all(page)
    view = page.locator(".jp-OutputArea .realtime-widgets").first
    expect(view).to_contain_text("Deploy to which stage?")

    view.get_by_role("button", name="live").click()

    expect(view).to_contain_text("deployed to live")
    expect(view).to_contain_text("Succeeded")
