"""In nbclassic a run moves while its cell is busy, with and without the server extension.

Its widget manager asks a new kernel which widgets there are (`comm_info_request`) and, once that is
answered, renders each cell again that has a widget, which removes the widget. A cell that starts
before has the answer wait until its end: what is lost then is a widget of any package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.jupyter import Jupyter
from tests.waiting import wait_until

from .environments import python_of
from .moving import STATUS, expect_moving, publishing
from .parts import expect_moving_whole_and_drawn, parts_after

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page, WebSocket

pytestmark = pytest.mark.long

READY = """() => window.Jupyter?.notebook?.kernel?.is_connected()
    && window.Jupyter.notebook.get_cells().length > 0"""

RUN_ALL = "() => { window.Jupyter.notebook.execute_all_cells(); }"

SAVE = "async () => { await window.Jupyter.notebook.save_notebook(); }"

ASK_LATE = """{
    const { send } = WebSocket.prototype;
    const held = [];
    WebSocket.prototype.send = function (message) {
        const text = typeof message === "string" ? message : new TextDecoder().decode(message);
        if (text.includes("comm_info_request")) held.push(message);
        else send.call(this, message);
        if (text.includes("execute_request")) {
            for (const request of held) send.call(this, request);
            WebSocket.prototype.send = send;
        }
    };
}"""
"""Holds the question of the widget manager back until a cell has been started."""

VIEW = ".output .realtime-widgets"

SNAPSHOT = ".realtime-widgets-snapshot:visible"


@pytest.mark.parametrize("is_on", [True, False], ids=["extension on", "extension off"])
def test_a_run_moves_while_its_cell_is_busy_is_whole_at_its_end_and_live_again_after_a_reload(
    page: Page, tmp_path: Path, screenshot: Callable[[str], Path], *, is_on: bool
) -> None:
    seen = tmp_path / "seen"
    with started(tmp_path, is_on=is_on) as nbclassic:
        nbclassic.notebook("run.ipynb", cells=[publishing("run", seen, then=parts_after(seen))])
        open_answered(page, nbclassic.page_of("run.ipynb"))

        page.evaluate(RUN_ALL)

        name = f"nbclassic-{'on' if is_on else 'off'}"
        expect_moving_whole_and_drawn(
            page.locator(VIEW), seen, lambda part: screenshot(f"{name}-{part}")
        )
        assert page.locator(SNAPSHOT).count() == 0

        page.evaluate(SAVE)
        page.reload()
        expect(page.locator(f"{VIEW} {STATUS}")).to_have_text("Succeeded")


def test_a_cell_that_starts_before_the_kernel_has_answered_the_page_ends_as_a_snapshot(
    page: Page, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    with started(tmp_path, is_on=False) as nbclassic:
        nbclassic.notebook("run.ipynb", cells=[publishing("run", seen)])
        page.add_init_script(ASK_LATE)
        page.goto(nbclassic.page_of("run.ipynb"))
        page.wait_for_function(READY)

        page.evaluate(RUN_ALL)

        expect_moving(page.locator(VIEW))
        seen.touch()
        page.locator(VIEW).wait_for(state="detached")
        page.locator(SNAPSHOT).wait_for()


def started(folder: Path, *, is_on: bool) -> Jupyter:
    """Return nbclassic, with or without the server extension."""
    option = f"--ServerApp.jpserver_extensions=realtime_widgets_server={is_on}"
    return Jupyter(folder, app="nbclassic", options=[option], python=python_of("nbclassic"))


def open_answered(page: Page, url: str) -> None:
    """Open a notebook, and return when the kernel has answered its widget manager."""
    answers: list[bool] = []

    def receive(frame: str | bytes) -> None:
        text = frame if isinstance(frame, bytes) else frame.encode()
        answers.append(b"comm_info_reply" in text)

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", receive)

    page.on("websocket", listen)
    page.goto(url)
    page.wait_for_function(READY)
    # Playwright hands events on while it is called.
    wait_until(lambda: page.title() and any(answers), "the kernel has answered the page")
