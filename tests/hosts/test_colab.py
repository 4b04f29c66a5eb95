"""In Colab a run moves while its cell is busy: by a stand-in.

As in Colab, each cell has a frame of another origin in a sandbox, without a server; the
widgets are shown by html-manager, from npm.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.environment import jupyter_environment

from .kernel_page import ANYWIDGET, MODULES, STANDINS, KernelPage
from .moving import LINES, expect_moving_and_whole, publishing
from .parts import expect_moving_whole_and_drawn, parts_after

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import FrameLocator, Page

FILES = {
    "/": STANDINS / "colab.html",
    "/colab.js": STANDINS / "colab.js",
    "/frame": STANDINS / "frame.html",
    "/frame.js": STANDINS / "frame.js",
    "/kernel.js": STANDINS / "kernel.js",
    "/require.js": MODULES / "requirejs/require.js",
    "/libembed-amd.js": MODULES / "@jupyter-widgets/html-manager/dist/libembed-amd.js",
    "/nbextensions/anywidget/index.js": ANYWIDGET,
}

SANDBOX = "allow-scripts"


@pytest.fixture
def colab(tmp_path: Path) -> Iterator[KernelPage]:
    with KernelPage(FILES, environment=jupyter_environment(tmp_path)) as colab:
        yield colab


def open_page(page: Page, colab: KernelPage, *, sandbox: str, theme: str = "light") -> None:
    page.goto(f"http://127.0.0.1:{colab.port}/?theme={theme}&sandbox={sandbox}")
    expect(page.locator("body[data-ready]")).to_be_visible()


def cell(page: Page, index: int) -> FrameLocator:
    return page.locator("iframe").nth(index).content_frame


@pytest.mark.parametrize(
    ("sandbox", "theme"),
    [
        (SANDBOX, "light"),
        pytest.param(f"{SANDBOX} allow-same-origin", "dark", marks=pytest.mark.long),
    ],
)
def test_a_run_moves_while_its_cell_is_busy_and_every_cell_has_it_whole(  # noqa: PLR0913 - fixtures and parameters, by name
    colab: KernelPage,
    page: Page,
    tmp_path: Path,
    *,
    sandbox: str,
    theme: str,
    screenshot: Callable[[str], Path],
) -> None:
    seen = tmp_path / "seen"
    open_page(page, colab, sandbox=sandbox, theme=theme)

    colab.start_cell(publishing("run", seen))

    expect_moving_and_whole(cell(page, 0).locator(".realtime-widgets"), seen)
    expect(cell(page, 0).locator(".realtime-widgets-snapshot")).to_be_hidden()
    screenshot(f"colab-{theme}")

    colab.start_cell("from realtime_widgets import watch\nwatch('run')")

    later = cell(page, 1)
    expect(later.locator(".rtw-log-count")).to_have_text(f"about {LINES:,} lines")
    expect(later.get_by_role("log")).to_contain_text(f"line {LINES - 1}")
    later.get_by_role("log").press("Home")
    expect(later.get_by_text("line 0", exact=True)).to_be_visible()
    expect(later.locator(".realtime-widgets-snapshot")).to_be_hidden()


@pytest.mark.long
@pytest.mark.parametrize("sandbox", [SANDBOX, f"{SANDBOX} allow-same-origin"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_tools_charts_and_files_are_drawn_while_the_cell_is_busy(  # noqa: PLR0913 - fixtures and parameters, by name
    colab: KernelPage,
    page: Page,
    tmp_path: Path,
    *,
    sandbox: str,
    theme: str,
    screenshot: Callable[[str], Path],
) -> None:
    seen = tmp_path / "seen"
    open_page(page, colab, sandbox=sandbox, theme=theme)

    colab.start_cell(publishing("drawn", seen, then=parts_after(seen)))

    view = cell(page, 0).locator(".realtime-widgets")
    expect_moving_whole_and_drawn(view, seen, lambda part: screenshot(f"colab-{theme}-{part}"))


def test_lines_can_be_copied_in_a_frame_that_was_not_given_the_clipboard(
    colab: KernelPage, page: Page
) -> None:
    open_page(page, colab, sandbox=SANDBOX)
    colab.start_cell(
        "from realtime_widgets import Sprint\nwith Sprint('copy') as s: s.log('a line')"
    )
    view = cell(page, 0).locator(".realtime-widgets")
    expect(view).to_contain_text("Succeeded")

    view.get_by_role("button", name="Copy the lines shown").click()

    # Its text disappears soon, so the test checks what it copied.
    view.get_by_placeholder("Find").click()
    page.keyboard.press("Control+V")
    expect(view.get_by_placeholder("Find")).to_have_value(re.compile("a line$"))
