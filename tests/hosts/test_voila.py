"""In Voila a dashboard shows runs live: inside a Jupyter server, and as a separate program."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from textwrap import indent
from typing import TYPE_CHECKING

import nbformat
import pytest
from playwright.sync_api import expect

from realtime_widgets import Sprint
from tests.environment import free_port
from tests.waiting import PATIENCE_S

from .moving import publishing
from .parts import expect_moving_whole_and_drawn, parts_after
from .served import Served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.e2e.jupyter import Jupyter

VIEW = ".jp-OutputArea .realtime-widgets"

OF_A_TERMINAL = {
    "REALTIME_WIDGETS_URL": "http://127.0.0.1:9/",
    "REALTIME_WIDGETS_TOKEN": "of-its-server",
}

# The kernel continues when the dashboard is there: Voila shows a page once all cells have ended.
CONTINUES = """
import threading, time
from pathlib import Path
from realtime_widgets import Sprint
sprint = Sprint("of-a-dashboard")
sprint.status("running")
sprint.log("before the page was there")

def finish():
    while not Path({file!r}).exists():
        time.sleep(0.05)
    sprint.log("after the page was there")
    sprint.status("succeeded")

threading.Thread(target=finish, daemon=True).start()
sprint
"""

IN_A_THREAD = """
import threading
from realtime_widgets import watch

def publish():
{publishing}

threading.Thread(target=publish, daemon=True).start()
watch({name!r})
"""


def in_a_thread(name: str, seen: Path) -> str:
    """Return a cell that shows a run and ends at once, while a thread publishes."""
    code = publishing(name, seen, then=parts_after(seen))
    return IN_A_THREAD.format(name=name, publishing=indent(code, "    "))


def test_a_dashboard_inside_a_jupyter_server_shows_a_run_live(
    lab: Jupyter, page: Page, tmp_path: Path
) -> None:
    file = tmp_path / "continue"
    lab.notebook("dashboard.ipynb", cells=[CONTINUES.format(file=str(file))])

    page.goto(f"{lab.url}voila/render/dashboard.ipynb?token={lab.token}")

    shows_before_and_after(page, file)
    page.reload()
    expect(page.locator(VIEW)).to_contain_text("attempt 2")


@pytest.mark.long
def test_a_dashboard_inside_a_jupyter_server_shows_a_run_from_elsewhere_without_its_kernel(
    lab: Jupyter, page: Page
) -> None:
    source = "from ipywidgets import VBox\nfrom realtime_widgets import watch\n"
    cells = [source + "VBox([watch('from-elsewhere')])"]
    lab.notebook("watching.ipynb", cells=cells)
    page.goto(f"{lab.url}voila/render/watching.ipynb?token={lab.token}")
    expect(page.locator(VIEW)).to_be_visible()
    for kernel in lab.request("GET", "api/kernels"):
        lab.request("DELETE", f"api/kernels/{kernel['id']}")

    with Sprint("from-elsewhere", server=f"{lab.url}?token={lab.token}") as sprint:
        sprint.log("published by another process")
    sprint.close(PATIENCE_S)

    expect(page.locator(VIEW)).to_contain_text("published by another process")


@pytest.mark.long
def test_a_dashboard_inside_a_jupyter_server_shows_a_run_move_whole_and_drawn(
    lab: Jupyter, page: Page, tmp_path: Path, screenshot: Callable[[str], Path]
) -> None:
    seen = tmp_path / "seen"
    lab.notebook("moving.ipynb", cells=[in_a_thread("moving", seen)])

    page.goto(f"{lab.url}voila/render/moving.ipynb?token={lab.token}")

    expect_moving_whole_and_drawn(
        page.locator(VIEW), seen, lambda part: screenshot(f"voila-inside-{part}")
    )


@contextmanager
def voila(folder: Path, source: str) -> Iterator[str]:
    """Serve a dashboard by Voila without Jupyter, started in a terminal of some Jupyter server.

    Yields its URL.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, folder / "dashboard.ipynb")
    command = [sys.executable, "-m", "voila", "dashboard.ipynb", "--no-browser", f"--port={port}"]
    with Served(command, folder, f"{url}voila/static/", environment=OF_A_TERMINAL):
        yield url


@pytest.mark.long
def test_a_dashboard_without_a_server_shows_a_run_live(page: Page, tmp_path: Path) -> None:
    with voila(tmp_path, CONTINUES.format(file=str(tmp_path / "continue"))) as url:
        page.goto(url)

        shows_before_and_after(page, tmp_path / "continue")
        page.reload()
        expect(page.locator(VIEW)).to_contain_text("after the page was there")


@pytest.mark.long
def test_a_dashboard_without_a_server_shows_a_run_move_whole_and_drawn(
    page: Page, tmp_path: Path, screenshot: Callable[[str], Path]
) -> None:
    seen = tmp_path / "seen"
    with voila(tmp_path, in_a_thread("moving", seen)) as url:
        page.goto(url)

        expect_moving_whole_and_drawn(
            page.locator(VIEW), seen, lambda part: screenshot(f"voila-{part}")
        )


def shows_before_and_after(page: Page, file: Path) -> None:
    view = page.locator(VIEW)
    expect(view).to_contain_text("before the page was there")

    file.touch()

    expect(view).to_contain_text("after the page was there")
    expect(view).to_contain_text("Succeeded")
