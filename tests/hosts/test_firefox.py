"""Firefox shows runs as Chromium does: in JupyterLab and on a separate page."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

import pytest

from realtime_widgets import Sprint
from tests.e2e.conftest import SCREENSHOTS
from tests.e2e.jupyter import READY, START_ALL, Jupyter
from tests.e2e.refund_run import refund_run
from tests.waiting import PATIENCE_S, wait_until

from .firefox import Firefox
from .moving import STATUS, expect_ended, expect_lines, expect_moving, publishing
from .parts import CHART, TOOL, drawn_mark, parts_after

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PROGRAM = shutil.which("firefox-esr") or shutil.which("firefox")

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(PROGRAM is None, reason="there is no Firefox"),
]

TEXTS = "selector => [...document.querySelectorAll(selector)].map(found => found.textContent)"

# Without a screen Firefox gives the focus to no page, and JupyterLab has no current notebook then.
FOCUS = """() => {
    const notebook = document.querySelector(".jp-NotebookPanel");
    notebook?.dispatchEvent(new FocusEvent("focus"));
    return notebook !== null;
}"""

LABELS = "() => [...document.querySelectorAll('.rtw-feed article')].map(row => row.ariaLabel)"

PRESS = """name => [...document.querySelectorAll("button, [role=tab]")]
    .find(button => button.textContent.startsWith(name)).click()"""

PICTURES = """() => [...document.querySelectorAll(".rtw-files button:has(img)")]
    .map(tile => tile.textContent)"""

NAMES = "() => [...document.querySelectorAll('[role=treeitem]')].map(row => row.title)"

OFF = "--ServerApp.jpserver_extensions=realtime_widgets_server=False"


@pytest.fixture
def firefox(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Firefox]:
    assert PROGRAM is not None
    is_dark = getattr(request, "param", False)
    with Firefox(PROGRAM, tmp_path, is_dark=is_dark) as firefox:
        yield firefox


@pytest.fixture(params=[(), (OFF,)], ids=["with the extension", "without it"])
def lab(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Jupyter]:
    with Jupyter(tmp_path_factory.mktemp("jupyter"), options=request.param) as lab:
        yield lab


def test_a_notebook_shows_a_run_move_while_its_cell_is_busy_with_its_tools_charts_and_files(
    lab: Jupyter, firefox: Firefox, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    lab.notebook("run.ipynb", cells=[publishing("run", seen, then=parts_after(seen))])
    firefox.go_to(lab.page_of("run.ipynb"))
    wait_until(lambda: firefox.evaluate(FOCUS), "the notebook is there")
    wait_until(lambda: firefox.evaluate(READY), "the kernel is idle")

    firefox.evaluate(START_ALL)

    def read(selector: str) -> list[str]:
        texts: list[str] = firefox.evaluate(TEXTS, f".jp-Notebook .realtime-widgets {selector}")
        return texts

    expect_moving(read)
    seen.touch()
    expect_drawn(firefox, read)
    assert read(STATUS) == ["Running"]
    drawn_mark(seen).touch()
    expect_ended(read)
    firefox.evaluate(PRESS, "Log")
    expect_lines(read)
    firefox.screenshot(SCREENSHOTS / "firefox-lab.png")
    # JupyterLab itself complains of each extension that a slow machine activates slowly.
    slow = "ms to activate"
    ours = [text for text in firefox.complaints if "realtime" in text and slow not in text]
    assert ours == []


def expect_drawn(firefox: Firefox, read: Callable[[str], list[str]]) -> None:
    """Expect the tool, the chart and the picture of `parts_after`."""
    wait_until(lambda: any(map(TOOL.match, firefox.evaluate(LABELS))), "the tool is seen")
    firefox.evaluate(PRESS, "Metrics")
    wait_until(lambda: read(CHART), "the chart is seen")
    firefox.evaluate(PRESS, "Files")
    wait_until(lambda: firefox.evaluate(PICTURES) == ["plot"], "the picture is seen")


@pytest.mark.parametrize("firefox", [False, True], indirect=True, ids=["light", "dark"])
def test_the_page_of_a_run_shows_it_move_and_writes_nothing_to_the_console(
    firefox: Firefox, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder = tmp_path / "jupyter"
    folder.mkdir()
    with Jupyter(folder) as server:
        url = f"{server.url}?token={server.token}"
        firefox.go_to(f"{server.url}realtime/sprints/page?token={server.token}")
        with Sprint("page", server=url) as sprint:
            sprint.log("hello from Firefox")
        assert sprint.close(PATIENCE_S) == 0

        wait_until(
            lambda: "hello from Firefox" in "".join(firefox.evaluate(TEXTS, "[role=log]")),
            "the line is seen",
        )
        firefox.screenshot(SCREENSHOTS / f"firefox-{request.node.callspec.id}.png")
    assert firefox.complaints == []


def test_the_timeline_and_the_waterfall_of_a_run_show_what_its_agents_do(
    firefox: Firefox, tmp_path: Path
) -> None:
    folder = tmp_path / "jupyter"
    folder.mkdir()
    with Jupyter(folder) as server:
        sprint = Sprint("refund-agent", server=f"{server.url}?token={server.token}")
        for event in refund_run(time.time() - 40):
            sprint.emit(event)
        assert sprint.flush(PATIENCE_S) == 0

        firefox.go_to(f"{server.url}realtime/sprints/refund-agent?token={server.token}")
        tools = {"tool sql, failed, 200 ms", "tool draft, done, 4.1 s"}
        wait_until(lambda: tools <= set(firefox.evaluate(LABELS)), "the tools are seen")
        firefox.screenshot(SCREENSHOTS / "firefox-timeline.png")
        firefox.evaluate(PRESS, "Waterfall")
        failed = "tool sql, failed, 200 ms"
        wait_until(lambda: failed in firefox.evaluate(NAMES), "the waterfall is seen")
        firefox.screenshot(SCREENSHOTS / "firefox-waterfall.png")
        assert sprint.close(PATIENCE_S) == 0
    assert firefox.complaints == []
