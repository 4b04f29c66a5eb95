"""JupyterLab on a server without the extension: all works in the kernel, and says what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from .jupyter import Jupyter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

CELLS = [
    """
from realtime_widgets import Sprint, doctor, follow, watch
with Sprint("alone") as sprint:
    sprint.log("hello")
[event.type for event in follow("alone", until_end=True)]
""",
    "watch('alone')",
    "doctor()",
]


@pytest.fixture
def lab_without_extension(tmp_path: Path) -> Iterator[Jupyter]:
    off = "--ServerApp.jpserver_extensions=realtime_widgets_server=False"
    with Jupyter(tmp_path, options=[off]) as jupyter:
        yield jupyter


def test_a_run_is_published_read_and_shown_as_a_snapshot(
    lab_without_extension: Jupyter, page: Page
) -> None:
    lab_without_extension.notebook("alone.ipynb", cells=CELLS)
    lab_without_extension.run_all(lab_without_extension.open(page, "alone.ipynb"))

    outputs = page.locator(".jp-OutputArea-output")
    expect(outputs.nth(0)).to_contain_text("['status_update', 'log', 'status_update']")
    expect(outputs.nth(1)).to_contain_text("hello")
    expect(outputs.nth(2)).to_contain_text("the hub in this process")
    assert page.locator(".realtime-widgets").count() == 0
