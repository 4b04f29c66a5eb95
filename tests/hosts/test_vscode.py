"""In VS Code a run moves while its cell is busy, with any kernel: by a stand-in.

The page has the widget manager of VS Code's Jupyter extension, from npm; its host is `KernelPage`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.jupyter import Jupyter
from tests.environment import jupyter_environment

from .kernel_page import ANYWIDGET, MODULES, STANDINS, KernelPage, kernel_of
from .moving import expect_moving_and_whole, publishing
from .parts import expect_moving_whole_and_drawn, parts_after

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

CELL = "vscode-notebook-cell:/notebooks/run.ipynb#W0sZmlsZQ%3D%3D"

VIEW = ".cell_container .realtime-widgets"
SNAPSHOT = ".cell_container .realtime-widgets-snapshot"

FILES = {
    "/": STANDINS / "vscode.html",
    "/vscode.js": STANDINS / "vscode.js",
    "/kernel.js": STANDINS / "kernel.js",
    "/require.js": MODULES / "requirejs/require.js",
    "/ipywidgets.js": MODULES / "@vscode/jupyter-ipywidgets8/dist/ipywidgets.js",
}

WIDGETS = {"/nbextensions/anywidget/index.js": ANYWIDGET}
"""Outside these tests they come from a CDN, where the user allows that."""

IN_A_LAYOUT = """
import ipywidgets
from realtime_widgets import watch
display(ipywidgets.VBox([ipywidgets.Label("above"), watch("in-a-layout")]))
"""


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    """A Jupyter server with the extension, to which VS Code is connected."""
    with Jupyter(tmp_path_factory.mktemp("jupyter")) as jupyter:
        yield jupyter


@pytest.fixture
def own_kernel(tmp_path: Path) -> Iterator[KernelPage]:
    """With a kernel that VS Code started."""
    with KernelPage(FILES | WIDGETS, environment=jupyter_environment(tmp_path)) as vscode:
        yield vscode


@pytest.fixture
def server_kernel(jupyter: Jupyter) -> Iterator[KernelPage]:
    """With a kernel of the Jupyter server."""
    with (
        kernel_of(jupyter) as connection_file,
        KernelPage(FILES | WIDGETS, connection_file=connection_file) as vscode,
    ):
        yield vscode


def open_page(page: Page, vscode: KernelPage, *, theme: str = "light", base: str = "") -> None:
    """Open the notebook; `base` is the address of the kernel's server."""
    page.goto(f"http://127.0.0.1:{vscode.port}/?theme={theme}&base={base}")
    expect(page.locator("body[data-ready]")).to_be_visible()


def test_with_a_kernel_of_its_own_a_run_moves_while_its_cell_is_busy_and_is_whole_at_its_end(
    own_kernel: KernelPage, page: Page, tmp_path: Path, screenshot: Callable[[str], Path]
) -> None:
    seen = tmp_path / "seen"
    open_page(page, own_kernel)

    own_kernel.start_cell(publishing("own-kernel", seen), cell_id=CELL)

    expect_moving_and_whole(page.locator(VIEW), seen)
    expect(page.locator(SNAPSHOT)).to_be_hidden()
    screenshot("vscode-light")


@pytest.mark.long
def test_with_a_kernel_of_a_server_that_has_the_extension_a_run_moves_as_well(
    server_kernel: KernelPage,
    jupyter: Jupyter,
    page: Page,
    tmp_path: Path,
    screenshot: Callable[[str], Path],
) -> None:
    seen = tmp_path / "seen"
    open_page(page, server_kernel, theme="dark", base=jupyter.url)

    server_kernel.start_cell(
        publishing("server-kernel", seen, then=parts_after(seen)), cell_id=CELL
    )

    expect_moving_whole_and_drawn(
        page.locator(VIEW), seen, lambda part: screenshot(f"vscode-dark-{part}")
    )
    expect(page.locator(SNAPSHOT)).to_be_hidden()


@pytest.mark.long
def test_a_view_in_a_layout_does_not_look_for_the_kernels_server(
    server_kernel: KernelPage, jupyter: Jupyter, page: Page, tmp_path: Path
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    seen = tmp_path / "seen"
    open_page(page, server_kernel, base=jupyter.url)

    server_kernel.start_cell(IN_A_LAYOUT + publishing("in-a-layout", seen), cell_id=CELL)

    layout = page.locator(".widget-vbox")
    expect(layout).to_contain_text("above")
    expect_moving_and_whole(layout.locator(".realtime-widgets"), seen)
    assert not [url for url in asked if url.startswith(jupyter.url)]


def test_where_the_widgets_cannot_be_loaded_the_snapshot_itself_moves_while_the_cell_is_busy(
    page: Page, tmp_path: Path, screenshot: Callable[[str], Path]
) -> None:
    seen = tmp_path / "seen"
    with KernelPage(FILES, environment=jupyter_environment(tmp_path)) as vscode:
        open_page(page, vscode)

        vscode.start_cell(publishing("no-widgets", seen), cell_id=CELL)

        snapshot = page.locator(SNAPSHOT)
        expect(snapshot).to_contain_text("running")
        for _ in range(3):
            text = snapshot.inner_text()
            expect(snapshot).not_to_have_text(text, use_inner_text=True)
        screenshot("vscode-without-widgets")
        seen.touch()
        expect(snapshot).to_contain_text("succeeded")
