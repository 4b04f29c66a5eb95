"""In marimo a run moves while its cell is busy, in the editor and in an app."""

from __future__ import annotations

from contextlib import contextmanager
from textwrap import indent
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.environment import free_port

from .environments import python_of
from .moving import publishing
from .parts import expect_moving_whole_and_drawn, parts_after
from .served import Served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from playwright.sync_api import Page


VIEW = ".realtime-widgets"

NOTEBOOK = """
import marimo

app = marimo.App(width="medium")

@app.cell
def _():
    import realtime_widgets as rtw
    {shown}
    return

@app.cell
def _():
{publishing}
    return

if __name__ == "__main__":
    app.run()
"""

SETTINGS = """
[tool.marimo.display]
theme = "{theme}"

[tool.marimo.runtime]
auto_instantiate = true
"""

WATCHED = "rtw.watch('run')"
ITSELF = "rtw.Sprint('run')"
IN_A_STACK = "import marimo as mo; mo.vstack([mo.md('above'), mo.ui.anywidget(rtw.watch('run'))])"


@contextmanager
def marimo(
    folder: Path,
    mode: str,
    shown: str,
    *,
    theme: str = "light",
    environment: Mapping[str, str] | None = None,
) -> Iterator[Served]:
    """Serve a notebook of two cells: one shows the run, the next publishes it."""
    (folder / "pyproject.toml").write_text(SETTINGS.format(theme=theme))
    seen = folder / "seen"
    code = indent(publishing("run", seen, then=parts_after(seen)), "    ")
    (folder / "notebook.py").write_text(NOTEBOOK.format(shown=shown, publishing=code))
    port = free_port()
    command = [python_of("marimo"), "-m", "marimo", mode, "notebook.py"]
    options = [
        "--headless",
        "--no-token",
        "--host=127.0.0.1",
        f"--port={port}",
    ]
    url = f"http://127.0.0.1:{port}/"
    with Served([*command, *options], folder, url, environment=environment) as served:
        yield served


@pytest.mark.long
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_editor_shows_a_run_move_while_the_next_cell_is_busy(
    page: Page, tmp_path: Path, theme: str, screenshot: Callable[[str], Path]
) -> None:
    with marimo(tmp_path, "edit", WATCHED, theme=theme) as served:
        page.goto(served.url)

        expect_moving_whole_and_drawn(
            page.locator(VIEW),
            tmp_path / "seen",
            lambda part: screenshot(f"marimo-edit-{theme}-{part}"),
        )
        expect(page.get_by_text("no Jupyter server was found")).to_have_count(0)


@pytest.mark.long
@pytest.mark.parametrize("shown", [WATCHED, ITSELF, IN_A_STACK])
def test_an_app_shows_a_run_move_while_the_next_cell_is_busy(
    page: Page, tmp_path: Path, shown: str, screenshot: Callable[[str], Path]
) -> None:
    with marimo(tmp_path, "run", shown) as served:
        page.goto(served.url)

        expect_moving_whole_and_drawn(
            page.locator(VIEW), tmp_path / "seen", lambda part: screenshot(f"marimo-run-{part}")
        )
