"""Runs in the outputs of cells, as JupyterLab and Notebook 7 show them with no kernel's help."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from playwright.sync_api import expect

from realtime_widgets import Sprint
from tests.waiting import PATIENCE_S

from .find import find
from .jupyter import save
from .lines import wait_for_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from playwright.sync_api import Page, WebSocket

    from .jupyter import Jupyter

VIEW = ".jp-OutputArea .realtime-widgets"
MIME = "application/vnd.realtime-widgets.sprint.v1+json"

ATTACK = (
    '<div onclick="window.attacked = 1">made to look like this view'
    '<img src="x" onerror="window.attacked = 2"><script>window.attacked = 3</script></div>'
)

SAVED = "Sprint elsewhere · succeeded\n  <b>a line of it</b>"


def busy_cell(sprint_id: str) -> str:
    """A cell that shows a run and publishes into it until there is a file `stop-` and its name."""
    return f"""
import time
from pathlib import Path
from IPython.display import display
from realtime_widgets import Sprint

sprint = Sprint({sprint_id!r})
display(sprint)
with sprint:
    sprint.log("the very first line")
    while not Path({f"stop-{sprint_id}"!r}).exists():
        sprint.log("one more line")
        time.sleep(0.02)
"""


def shown(sprint_id: str) -> str:
    """A cell that publishes a whole run and shows it."""
    return f"""
from realtime_widgets import Sprint
with Sprint({sprint_id!r}) as sprint:
    for n in range(20):
        sprint.log(f"line {{n}}")
sprint.flush()
sprint
"""


def sprint_sockets(page: Page) -> list[WebSocket]:
    """The list of the page's connections to runs, which grows."""
    sockets: list[WebSocket] = []
    page.on("websocket", lambda ws: "/realtime/ws/sprints/" in ws.url and sockets.append(ws))
    return sockets


def foreign_notebook(jupyter: Jupyter, name: str, outputs: Sequence[dict[str, Any]]) -> None:
    """A notebook of another author: it has outputs, and was never run here."""
    path = jupyter.notebook(name, cells=["show()"])
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].outputs = [
        nbformat.v4.new_output("display_data", data=data) for data in outputs
    ]
    nbformat.write(notebook, path)


@pytest.mark.parametrize("kind", ["lab", pytest.param("notebook7", marks=pytest.mark.long)])
def test_after_a_reload_in_the_middle_of_a_busy_cell_its_view_is_back_whole_and_moving(
    kind: str, request: pytest.FixtureRequest, page: Page, screenshot: Callable[[str], Path]
) -> None:
    jupyter: Jupyter = request.getfixturevalue(kind)
    sprint_id = f"reload-{kind}"
    jupyter.notebook("busy.ipynb", cells=[busy_cell(sprint_id)])
    jupyter.open(page, "busy.ipynb")
    jupyter.start_all(page)
    view = page.locator(VIEW).first
    wait_for_lines(page, VIEW, more_than=100)
    save(page)

    page.reload()
    page.locator(".jp-Notebook").wait_for()
    began = time.monotonic()
    wait_for_lines(page, VIEW, more_than=100)
    wait_for_lines(page, VIEW)
    took = time.monotonic() - began
    print(f"back and moving {took:.2f} s after the first paint of the notebook")  # noqa: T201 - a figure, for `-s`

    # The lines come from the cell, so it runs. What the server reports of the kernel is no proof: a
    # page that connects to one has it answer on another channel, and then it counts as idle.
    expect(view).to_contain_text("Running")
    screenshot(f"reloaded-while-busy-{kind}")
    find(view, "the very first line", count=1)
    wait_for_lines(page, VIEW)
    (jupyter.root / f"stop-{sprint_id}").touch()
    expect(view).to_contain_text("Succeeded")


@pytest.mark.long
@pytest.mark.parametrize("kind", ["lab", pytest.param("notebook7", marks=pytest.mark.long)])
def test_a_view_does_not_need_the_kernel_that_published(
    kind: str, request: pytest.FixtureRequest, page: Page
) -> None:
    jupyter: Jupyter = request.getfixturevalue(kind)
    sockets = sprint_sockets(page)
    jupyter.notebook("whole.ipynb", cells=[shown("without-kernel")])
    jupyter.run_all(jupyter.open(page, "whole.ipynb"))
    view = page.locator(VIEW)
    expect(view).to_contain_text("20 lines")

    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
    expect(view).to_contain_text("Connected")
    assert len(sockets) == 1

    save(page)
    jupyter.close_sessions()
    sprint = Sprint("without-kernel", server=f"{jupyter.url}?token={jupyter.token}")
    sprint.log("from elsewhere")
    assert sprint.close(PATIENCE_S) == 0
    expect(view).to_contain_text("21 lines")
    assert len(sockets) == 1

    page.reload()
    expect(view).to_contain_text("21 lines")
    expect(view).to_contain_text("Connected")


def test_a_strangers_notebook_is_followed_only_where_the_server_has_the_run(
    lab: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    with Sprint("at-home", server=f"{lab.url}?token={lab.token}") as sprint:
        sprint.log("a line of this server")
    assert sprint.flush(PATIENCE_S) == 0
    foreign_notebook(
        lab,
        "foreign.ipynb",
        [
            {MIME: {"sprint_id": name, "height": ""}, "text/html": ATTACK, "text/plain": SAVED}
            for name in ("at-home", "elsewhere", "../../../api/kernels")
        ],
    )
    sockets = sprint_sockets(page)

    lab.open(page, "foreign.ipynb")

    known, unknown, wrong = (page.locator(VIEW).nth(index) for index in range(3))
    expect(known).to_contain_text("a line of this server")
    expect(unknown).to_contain_text("This server does not have this run.")
    expect(unknown).to_contain_text(SAVED)
    expect(unknown).not_to_contain_text("made to look like this view")
    expect(wrong).to_contain_text("not a valid name of a run")
    screenshot("foreign-notebook")
    assert [socket.url.rpartition("/")[2] for socket in sockets] == ["at-home"]
    assert page.evaluate("() => window.attacked") is None
    assert unknown.locator("script, [onerror], [onclick]").count() == 0


@pytest.mark.long
def test_twenty_views_of_a_run_share_one_connection_until_the_last_is_gone(
    lab: Jupyter, page: Page
) -> None:
    sockets = sprint_sockets(page)
    show = """
from IPython.display import display
from ipywidgets import VBox
from realtime_widgets import watch
for _ in range(10): display(sprint)
VBox([watch("twenty") for _ in range(9)])
"""
    lab.notebook("twenty.ipynb", cells=[shown("twenty"), show])
    lab.run_all(lab.open(page, "twenty.ipynb"))
    views = page.locator(VIEW)
    expect(views).to_have_count(20)
    expect(views.last).to_contain_text("20 lines")
    expect(views.first).to_contain_text("20 lines")
    assert len(sockets) == 1

    clear = """index => {
        const notebook = window.jupyterapp.shell.currentWidget.content;
        notebook.model.cells.get(index).clearExecution();
    }"""
    page.evaluate(clear, 1)
    expect(views).to_have_count(1)
    assert not sockets[0].is_closed()
    with sockets[0].expect_event("close"):
        page.evaluate(clear, 0)
    assert len(sockets) == 1
