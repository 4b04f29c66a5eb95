"""What a page shows when a publisher, its kernel or the server is gone."""

from __future__ import annotations

import os
import re
import signal
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from realtime_widgets import Sprint
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from .jupyter import Jupyter

VIEW = ".jp-OutputArea .rtw-view"
TAB_VIEW = ".jp-MainAreaWidget .rtw-fills .rtw-view"
PANEL = ".rtw-panel"
MOVING = ".rtw-spins, .rtw-caret, .rtw-bar-unknown, .rtw-task-time:has-text('left')"
CLOCK = r"\d\d:\d\d:\d\d"

# An interrupt, which Jupyter sends before a restart, would end the run as cancelled.
BUSY = """
import os, signal, time
from pathlib import Path
from IPython.display import display
from realtime_widgets import Sprint

signal.signal(signal.SIGINT, signal.SIG_IGN)
sprint = Sprint("{name}")
display(sprint)
with sprint:
    Path("{name}.pid").write_text(str(os.getpid()))
    for n in range(100_000):
        sprint.progress("epoch", n, 100_000)
        time.sleep(0.05)
"""


def start(jupyter: Jupyter, page: Page, name: str) -> int:
    """Start a run in a notebook; return the process of its kernel when its view moves."""
    jupyter.notebook(f"{name}.ipynb", cells=[BUSY.format(name=name)])
    jupyter.open(page, f"{name}.ipynb")
    jupyter.start_all(page)
    expect(page.locator(f"{VIEW} .rtw-spins").first).to_be_visible()
    expect(page.locator(f"{VIEW} .rtw-task-time")).to_contain_text("left")
    return int((jupyter.root / f"{name}.pid").read_text())


def statuses(jupyter: Jupyter, name: str) -> list[tuple[str, str | None]]:
    """What the log holds of the run's status, in order."""
    page: Any = jupyter.request("GET", f"realtime/api/sprints/{name}/events?limit=1000")
    events = [event for event in page["events"] if event["type"] == "status_update"]
    return [(event["status"], event.get("cause")) for event in events]


def row(page: Page, name: str) -> Locator:
    return page.locator(f"{PANEL} .rtw-run", has_text=name)


def test_a_run_whose_kernel_is_killed_is_lost_before_jupyter_has_a_word_for_it(
    lab: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    process = start(lab, page, "killed")
    page.locator(".jp-SideBar.jp-mod-left .lm-TabBar-tab[title^=Runs]").click()
    expect(row(page, "killed").locator(".rtw-spins")).to_be_visible()

    os.kill(process, signal.SIGKILL)

    expect(page.locator(f"{VIEW} .rtw-badge")).to_have_text("Lost")
    expect(page.locator(f"{VIEW} .rtw-last-seen")).to_have_text(
        re.compile(f"kernel died at {CLOCK}")
    )
    expect(page.locator(VIEW).locator(MOVING)).to_have_count(0)
    expect(row(page, "killed")).to_contain_text(re.compile(f"Lost.*kernel died at {CLOCK}"))
    screenshot("kernel-died")
    # The time of the lease had no part in it: then there would be no cause.
    assert statuses(lab, "killed") == [("running", None), ("lost", "kernel_died")]
    (state,) = (
        each
        for each in lab.request("GET", "realtime/api/sprints")["sprints"]
        if each["sprint_id"] == "killed"
    )
    assert (state["status"], state["cause"]) == ("lost", "kernel_died")


@pytest.mark.long
@pytest.mark.parametrize(
    ("method", "path", "words"),
    [("POST", "/restart", "kernel restarted at"), ("DELETE", "", "kernel shut down at")],
)
def test_a_run_whose_kernel_the_user_ends_is_lost_for_that(
    lab: Jupyter, page: Page, method: str, path: str, words: str
) -> None:
    name = words.split()[1]
    start(lab, page, name)
    (kernel,) = lab.request("GET", "api/kernels")

    lab.request(method, f"api/kernels/{kernel['id']}{path}")

    expect(page.locator(f"{VIEW} .rtw-badge")).to_have_text("Lost")
    expect(page.locator(f"{VIEW} .rtw-last-seen")).to_have_text(re.compile(f"{words} {CLOCK}"))


def test_a_view_and_a_list_without_a_server_stand_still_and_continue_with_it(
    lab_alone: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    sprint = Sprint("frozen", server=f"{lab_alone.url}?token={lab_alone.token}")
    sprint.status("running")
    sprint.progress("epoch", 10, None)
    assert sprint.flush(PATIENCE_S) == 0
    page.goto(f"{lab_alone.url}lab?token={lab_alone.token}&reset")
    page.locator(".jp-Launcher").wait_for()
    page.locator(".jp-SideBar.jp-mod-left .lm-TabBar-tab[title^=Runs]").click()
    row(page, "frozen").get_by_role("link").click()
    expect(page.locator(f"{TAB_VIEW} .rtw-spins")).to_be_visible()

    lab_alone.stop()
    expect(page.locator(f"{TAB_VIEW} .rtw-as-of")).to_have_text(re.compile(f"as of {CLOCK}"))
    expect(page.locator(TAB_VIEW).locator(MOVING)).to_have_count(0)
    expect(page.locator(f"{PANEL} .rtw-banner")).to_contain_text(re.compile(f"as of {CLOCK}"))
    expect(row(page, "frozen").locator(MOVING)).to_have_count(0)
    elapsed = [
        page.locator(f"{TAB_VIEW} .rtw-elapsed").inner_text(),
        row(page, "frozen").locator(".rtw-run-duration").inner_text(),
    ]
    before = page.locator(f"{TAB_VIEW} .rtw-phase").inner_text()
    expect(page.locator(f"{TAB_VIEW} .rtw-phase")).not_to_have_text(before)  # time passes
    screenshot("server-gone")
    assert elapsed == [
        page.locator(f"{TAB_VIEW} .rtw-elapsed").inner_text(),
        row(page, "frozen").locator(".rtw-run-duration").inner_text(),
    ]

    lab_alone.start()
    expect(page.locator(f"{TAB_VIEW} .rtw-as-of")).to_have_count(0)
    expect(page.locator(f"{TAB_VIEW} .rtw-spins")).to_be_visible()
    expect(row(page, "frozen").locator(".rtw-spins")).to_be_visible()
    sprint.status("succeeded")
    assert sprint.close(PATIENCE_S) == 0
    expect(page.locator(f"{TAB_VIEW} .rtw-badge")).to_have_text("Succeeded")


@pytest.mark.long
def test_a_publisher_that_is_no_kernel_is_shown_as_disconnected_until_it_is_back(
    lab: Jupyter, page: Page
) -> None:
    sprint = Sprint("script", server=f"{lab.url}?token={lab.token}")
    sprint.status("running")
    assert sprint.flush(PATIENCE_S) == 0
    page.goto(f"{lab.url}realtime/sprints/script?token={lab.token}")
    expect(page.locator(".rtw-badge .rtw-spins")).to_be_visible()

    assert sprint.close(PATIENCE_S) == 0
    expect(page.locator(".rtw-disconnected")).to_contain_text("publisher disconnected")
    expect(page.locator(".rtw-badge")).to_have_text("Running")
    expect(page.locator(MOVING)).to_have_count(0)
    page.reload()  # a page that is opened later shows it as well
    expect(page.locator(".rtw-disconnected")).to_contain_text("publisher disconnected")

    sprint.log("back again")
    expect(page.locator(".rtw-disconnected")).to_have_count(0)
    expect(page.locator(".rtw-badge .rtw-spins")).to_be_visible()
    assert statuses(lab, "script") == [("running", None)]
    sprint.status("succeeded")
    assert sprint.close(PATIENCE_S) == 0


COUNT_SOCKETS = """
    window.sprintSockets = 0;
    window.WebSocket = class extends window.WebSocket {
        constructor(...given) {
            super(...given);
            if (String(given[0]).includes("/realtime/ws/sprints/")) window.sprintSockets += 1;
        }
    };
"""

WATCH_FRAMES = """() => {
    window.frames_ = { seen: 0, blank: 0 };
    const look = () => {
        const lines = document.querySelectorAll(".jp-OutputArea .rtw-view .rtw-line");
        window.frames_.seen += 1;
        if (lines.length === 0) window.frames_.blank += 1;
        if (!window.isOver) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}"""

SHOWN_AGAIN = """
import time
from pathlib import Path
from IPython.display import clear_output, display
from realtime_widgets import Sprint

sprint = Sprint("again")
sprint.status("running")
sprint.log("a line that stays")
display(sprint)
while not Path("go-on").exists():
    time.sleep(0.02)
for n in range(30):
    sprint.log(f"line {n}")
    clear_output(wait=True)
    display(sprint)
    time.sleep(0.1)
sprint.status("succeeded")
"""


def test_b23_a_cell_that_clears_and_shows_the_run_again_has_one_socket_and_no_blank_frame(
    lab: Jupyter, page: Page
) -> None:
    page.add_init_script(COUNT_SOCKETS)
    lab.notebook("again.ipynb", cells=[SHOWN_AGAIN])
    lab.open(page, "again.ipynb")
    lab.start_all(page)
    expect(page.locator(VIEW)).to_contain_text("a line that stays")
    page.evaluate(WATCH_FRAMES)

    (lab.root / "go-on").touch()
    expect(page.locator(f"{VIEW} .rtw-badge")).to_have_text("Succeeded")
    expect(page.locator(VIEW)).to_contain_text("line 29")
    page.evaluate("() => { window.isOver = true; }")

    assert page.evaluate("() => window.sprintSockets") == 1
    frames = page.evaluate("() => window.frames_")
    assert frames["seen"] > 0
    assert frames["blank"] == 0, frames
