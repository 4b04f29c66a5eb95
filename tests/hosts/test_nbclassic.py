"""In nbclassic a run moves while its cell is busy, with and without the server extension."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.jupyter import Jupyter

from .environments import python_of
from .moving import expect_moving_and_whole, publishing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.long

READY = """() => window.Jupyter?.notebook?.kernel?.is_connected()
    && window.Jupyter.notebook.get_cells().length > 0"""

RUN_ALL = "() => { window.Jupyter.notebook.execute_all_cells(); }"


@pytest.mark.parametrize("is_on", [True, False], ids=["extension on", "extension off"])
def test_a_run_moves_while_its_cell_is_busy_and_is_whole_at_its_end(
    page: Page, tmp_path: Path, screenshot: Callable[[str], Path], *, is_on: bool
) -> None:
    seen = tmp_path / "seen"
    option = f"--ServerApp.jpserver_extensions=realtime_widgets_server={is_on}"
    python = python_of("nbclassic")
    with Jupyter(tmp_path, app="nbclassic", options=[option], python=python) as nbclassic:
        nbclassic.notebook("run.ipynb", cells=[publishing("run", seen)])
        page.goto(nbclassic.page_of("run.ipynb"))
        page.wait_for_function(READY)

        page.evaluate(RUN_ALL)

        expect_moving_and_whole(page.locator(".output .realtime-widgets"), seen)
        screenshot(f"nbclassic-{'on' if is_on else 'off'}")
        assert page.locator(".realtime-widgets-snapshot:visible").count() == 0
