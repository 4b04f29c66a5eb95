"""JupyterLab and Notebook 7 show a run move while its cell is busy, also without the extension."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from tests.e2e.jupyter import Jupyter

from .moving import publishing
from .parts import expect_moving_whole_and_drawn, parts_after

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.long


@pytest.mark.parametrize("app", ["lab", "notebook"])
@pytest.mark.parametrize("is_on", [True, False], ids=["extension on", "extension off"])
def test_a_run_moves_while_its_cell_is_busy_is_whole_and_has_its_tools_charts_and_files(
    page: Page, tmp_path: Path, app: Literal["lab", "notebook"], *, is_on: bool
) -> None:
    seen = tmp_path / "seen"
    option = f"--ServerApp.jpserver_extensions=realtime_widgets_server={is_on}"
    with Jupyter(tmp_path, app=app, options=[option]) as jupyter:
        jupyter.notebook("run.ipynb", cells=[publishing("run", seen, then=parts_after(seen))])
        jupyter.start_all(jupyter.open(page, "run.ipynb"))

        expect_moving_whole_and_drawn(page.locator(".jp-Notebook .realtime-widgets"), seen)
