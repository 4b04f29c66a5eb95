"""With jupyter-collaboration a run moves in every browser that has the notebook open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.jupyter import READY, Jupyter

from .environments import python_of
from .moving import expect_ended, expect_lines, expect_moving, publishing, reading
from .parts import drawn_mark, expect_drawn, open_tab, parts_after

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.long

VIEW = ".jp-Notebook .realtime-widgets"


def test_a_run_moves_in_two_browsers_while_its_cell_is_busy_also_after_a_reload(
    browser: Browser, page: Page, tmp_path: Path, screenshot: Callable[[str], Path]
) -> None:
    seen = tmp_path / "seen"
    store = f"--SQLiteYStore.db_path={tmp_path / 'ystore.db'}"
    python = python_of("collaboration")
    with Jupyter(tmp_path, options=[store], python=python) as lab:
        lab.notebook("run.ipynb", cells=[publishing("run", seen, then=parts_after(seen))])
        lab.open(page, "run.ipynb")
        second = browser.new_context().new_page()
        lab.open(second, "run.ipynb")

        lab.start_all(page)

        expect_moving(page.locator(VIEW))
        expect_moving(second.locator(VIEW))
        second.reload()
        expect_moving(second.locator(VIEW))
        views = page.locator(VIEW), second.locator(VIEW)
        seen.touch()
        expect_drawn(views[0], lambda part: screenshot(f"collaboration-{part}"))
        expect_drawn(views[1])
        drawn_mark(seen).touch()
        for view in views:
            expect_ended(reading(view))
            open_tab(view, "Log")
            expect_lines(reading(view))
        second.wait_for_function(READY)
        second.context.close()
