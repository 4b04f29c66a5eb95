"""JupyterLab on a server without the extension: the run is in the kernel, and the view as well."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from .find import find
from .jupyter import Jupyter, save

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page


VIEW = ".jp-Notebook .realtime-widgets"
SNAPSHOT = ".jp-Notebook .realtime-widgets-snapshot"
OUTPUT = ".jp-OutputArea-child"
LINES = 20_000

# The cell continues when the test has seen what came so far; the page cannot send it anything.
LOOP = f"""
import pathlib, time
from realtime_widgets import Sprint
with Sprint("loop") as sprint:
    display(sprint)
    for n in range({LINES}):
        sprint.log(f"line {{n}}")
        sprint.progress("train", n + 1, {LINES})
        while n == 99 and not pathlib.Path("seen").exists():
            time.sleep(0.01)
"""

BACKGROUND = """
import threading
from realtime_widgets import Sprint
sprint, go = Sprint("background"), threading.Event()
def work():
    sprint.status("running")
    for n in range(100):
        go.wait()
        sprint.log(f"line {n}")
threading.Thread(target=work, daemon=True).start()
sprint
"""

BEFORE_THE_VIEW = """
from realtime_widgets import Sprint, watch
with Sprint("before", show=False) as sprint:
    for n in range(5_000):
        sprint.log(f"line {n}")
"""

PICTURE = """
from PIL import Image
from realtime_widgets import Sprint
with Sprint("picture") as sprint:
    sprint.show(Image.effect_noise((800, 900), 90).convert("RGB"), name="noise")
"""

IN_A_LAYOUT = """
import ipywidgets
from realtime_widgets import Sprint, watch
sprint = Sprint("layout")
sprint.log("hello")
ipywidgets.VBox([ipywidgets.Label("above"), watch("layout")])
"""

IN_THE_KERNEL = """
from realtime_widgets import Sprint, doctor, follow
with Sprint("alone") as sprint:
    sprint.log("hello")
print([event.type for event in follow("alone", until_end=True)])
doctor()
"""

RUN_IN_KERNEL = """code => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel
    .requestExecute({ code }); }"""

RESTART_KERNEL = """() => {
    window.jupyterapp.shell.currentWidget.sessionContext.restartKernel();
}"""

DARK = """() => { window.jupyterapp.commands.execute(
    'apputils:change-theme', { theme: 'JupyterLab Dark' }); }"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    off = "--ServerApp.jpserver_extensions=realtime_widgets_server=False"
    with Jupyter(tmp_path_factory.mktemp("jupyter"), options=[off]) as jupyter:
        yield jupyter


@pytest.fixture
def lab(server: Jupyter) -> Iterator[Jupyter]:
    """JupyterLab without the extension, with no kernel of an earlier test."""
    yield server
    server.close_sessions()


def test_a_loop_of_twenty_thousand_updates_is_seen_while_it_runs_and_whole_when_it_has_ended(
    lab: Jupyter, page: Page, context: BrowserContext, screenshot: Callable[[str], Path]
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    lab.notebook("loop.ipynb", cells=[LOOP])
    lab.start_all(lab.open(page, "loop.ipynb"))
    view = page.locator(VIEW)

    expect(view).to_contain_text("100 lines")
    expect(view).to_contain_text(f"100/{LINES:,}")
    screenshot("through-the-kernel-while-a-cell-runs")
    assert page.evaluate("() => window.ranAll === undefined")
    (lab.root / "seen").touch()
    expect(view).to_contain_text(f"{LINES:,} lines")

    expect(view).to_contain_text(f"{LINES:,}/{LINES:,}")
    expect(view).to_contain_text("Succeeded")
    view.get_by_role("button", name="Copy the lines shown").click()
    expect(view.get_by_text("Copied", exact=True)).to_be_visible()
    copied = page.evaluate("() => navigator.clipboard.readText()").splitlines()
    assert [line.partition(" INFO ")[2] for line in copied] == [f"line {n}" for n in range(LINES)]


def test_a_view_of_a_run_before_it_begins_with_the_newest_lines_and_has_the_others_from_the_kernel(
    lab: Jupyter, page: Page
) -> None:
    lab.notebook("before.ipynb", cells=[BEFORE_THE_VIEW, 'watch("before")'])
    lab.run_all(lab.open(page, "before.ipynb"))
    view = page.locator(VIEW)
    log = view.get_by_role("log")
    expect(view.locator(".rtw-log-count")).to_contain_text("about 5,000 lines")
    expect(log).to_contain_text("line 4999")

    find(view, "line 123", count=11)
    view.locator(".rtw-find").fill("")
    log.focus()
    log.press("Home")

    expect(log).to_contain_text("line 1")
    expect(log.get_by_text("line 0", exact=True)).to_be_visible()


@pytest.mark.long
def test_what_a_thread_publishes_is_seen_while_no_cell_runs(lab: Jupyter, page: Page) -> None:
    lab.notebook("background.ipynb", cells=[BACKGROUND])
    lab.run_all(lab.open(page, "background.ipynb"))
    view = page.locator(VIEW)
    expect(view).to_contain_text("Running")

    page.evaluate(RUN_IN_KERNEL, "go.set()")

    expect(view).to_contain_text("100 lines")


@pytest.mark.long
@pytest.mark.long
def test_a_picture_of_2_mb_comes_through_the_kernel(lab: Jupyter, page: Page) -> None:
    lab.notebook("picture.ipynb", cells=[PICTURE])
    lab.run_all(lab.open(page, "picture.ipynb"))
    view = page.locator(VIEW)
    view.get_by_role("button", name="noise").click()

    image = view.get_by_role("img", name="noise")
    expect(image).to_have_attribute("src", re.compile("^data:image/png"))
    assert image.evaluate("each => each.decode().then(() => each.naturalWidth)") == 800
    assert len(str(image.get_attribute("src"))) > 2_000_000


def test_of_the_view_and_the_snapshot_one_is_seen_and_lists_its_limits(
    lab: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    lab.notebook("turns.ipynb", cells=[BACKGROUND])
    lab.open(page, "turns.ipynb")
    page.evaluate(DARK)
    lab.run_all(page)
    view, snapshot = page.locator(VIEW), page.locator(SNAPSHOT)
    outputs = page.locator(f".jp-CodeCell {OUTPUT}")

    expect(view).to_contain_text("Connected")
    expect(view.get_by_role("note")).to_have_count(0)
    view.get_by_role("button", name="About this view").press("Enter")
    expect(view.get_by_role("note")).to_contain_text("Shown through the kernel")
    expect(snapshot).to_be_hidden()
    expect(outputs.filter(has=snapshot)).to_be_hidden()
    screenshot("through-the-kernel-dark")

    save(page)
    lab.close_sessions()
    lab.open(page, "turns.ipynb")
    expect(snapshot).to_be_visible()
    expect(view).to_be_hidden()
    screenshot("through-a-kernel-that-has-ended")


@pytest.mark.long
def test_a_view_in_a_layout_shows_the_run(lab: Jupyter, page: Page) -> None:
    lab.notebook("layout.ipynb", cells=[IN_A_LAYOUT])
    lab.run_all(lab.open(page, "layout.ipynb"))

    expect(page.locator(".widget-vbox")).to_contain_text("above")
    expect(page.locator(".widget-vbox .realtime-widgets [role=log]")).to_contain_text("hello")


def test_a_view_shows_that_its_kernel_was_restarted_and_a_cell_run_again_the_new_run(
    lab: Jupyter, page: Page
) -> None:
    lab.notebook("restart.ipynb", cells=[BACKGROUND, "go.set()"])
    lab.run_all(lab.open(page, "restart.ipynb"))
    view = page.locator(VIEW)
    expect(view).to_contain_text("100 lines")

    page.evaluate(RESTART_KERNEL)
    expect(view).to_contain_text("The kernel does not answer")
    expect(view).to_contain_text("100 lines")
    lab.run_all(page)

    expect(view).to_contain_text("Connected")
    expect(view).to_contain_text("100 lines")


@pytest.mark.long
def test_a_run_is_read_in_its_kernel_and_doctor_shows_where_it_is(lab: Jupyter, page: Page) -> None:
    lab.notebook("alone.ipynb", cells=[IN_THE_KERNEL])
    lab.run_all(lab.open(page, "alone.ipynb"))

    output = page.locator(".jp-Cell-outputWrapper")
    expect(output).to_contain_text("['status_update', 'log', 'status_update']")
    expect(output).to_contain_text("the hub in this process")
