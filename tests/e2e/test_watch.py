"""The main job in the real JupyterLab and Notebook 7: publish in a cell, watch it live, whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.waiting import wait_until

from .jupyter import evaluate, save

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

    from .jupyter import Jupyter

VIEW = ".jp-OutputArea .realtime-widgets"


def publish(sprint_id: str) -> list[str]:
    """The cells of a notebook that publishes a run, and so shows it."""
    return [
        f"""
from realtime_widgets import Sprint
with Sprint({sprint_id!r}) as sprint:
    for n in sprint.track(range(20), "train"):
        sprint.log(f"line {{n}}")
    with sprint.message("planner") as reply:
        for word in "The plan is ready.".split():
            reply.write(word + " ")
sprint.flush()
"""
    ]


def watch(sprint_id: str) -> str:
    """A cell that makes a view of it."""
    return f"from realtime_widgets import watch\nview = watch({sprint_id!r})"


# Keeps the page's sockets to the extension, so that a test can cut them.
KEEP_SOCKETS = """
    window.sprintSockets = [];
    window.WebSocket = class extends window.WebSocket {
        constructor(...given) {
            super(...given);
            if (String(given[0]).includes("/realtime/ws/sprints/")) window.sprintSockets.push(this);
        }
    };
"""


def lines(first: int, last: int) -> str:
    """A cell that publishes these lines."""
    return f"for n in range({first}, {last + 1}): sprint.log(f'line {{n}} of the run')"


@pytest.mark.parametrize(
    "kind",
    [
        "lab",
        pytest.param("lab_below_prefix", marks=pytest.mark.long),
        pytest.param("notebook7", marks=pytest.mark.long),
    ],
)
def test_a_run_is_seen_in_the_cell_that_publishes_it(
    kind: str, request: pytest.FixtureRequest, page: Page, screenshot: Callable[[str], Path]
) -> None:
    jupyter: Jupyter = request.getfixturevalue(kind)
    jupyter.notebook("publish.ipynb", cells=publish("seen-in-its-cell"))
    jupyter.open(page, "publish.ipynb")
    jupyter.run_all(page)

    view = page.locator(VIEW)
    expect(view).to_contain_text("The plan is ready.")
    view.get_by_role("tab", name="Log").click()
    expect(view).to_contain_text("line 19")
    for text in (
        "seen-in-its-cell",
        "Succeeded",
        "Connected",
        "train",
        "20/20",
    ):
        expect(view).to_contain_text(text)
    screenshot(f"published-in-{kind}")


@pytest.mark.long
def test_a_second_notebook_that_comes_late_shows_the_same_run_whole(
    lab: Jupyter, page: Page, context: BrowserContext
) -> None:
    lab.notebook("publish.ipynb", cells=publish("seen-late"))
    lab.notebook("watch.ipynb", cells=[watch("seen-late") + "\nview"])
    lab.run_all(lab.open(page, "publish.ipynb"))

    late = context.new_page()
    lab.run_all(lab.open(late, "watch.ipynb"))

    for view in (page.locator(VIEW), late.locator(VIEW)):
        expect(view).to_contain_text("The plan is ready.")
        view.get_by_role("tab", name="Log").click()
        expect(view.get_by_text("20 lines", exact=True)).to_be_visible()
        expect(view).to_contain_text("line 19")


def test_a_view_whose_socket_was_cut_comes_back_complete(lab: Jupyter, page: Page) -> None:
    page.add_init_script(KEEP_SOCKETS)
    start = ["from realtime_widgets import Sprint\nsprint = Sprint('cut')\nsprint"]
    lab.notebook("cut.ipynb", cells=[*start, lines(1, 50), "sprint.flush()"])
    lab.run_all(lab.open(page, "cut.ipynb"))
    view = page.locator(VIEW)
    expect(view).to_contain_text("line 50 of the run")

    page.evaluate("() => window.sprintSockets.at(-1).close()")
    evaluate(page, f"exec({lines(51, 80)!r})")

    expect(view).to_contain_text("line 80 of the run")
    expect(view).to_contain_text("80 lines")
    assert page.evaluate("() => window.sprintSockets.length") == 2


@pytest.mark.long  # a list and a view without their server: test_lost.py
def test_a_view_survives_a_restart_of_the_server(
    lab_alone: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    lab_alone.notebook("publish.ipynb", cells=publish("restarted"))
    lab_alone.run_all(lab_alone.open(page, "publish.ipynb"))
    view = page.locator(VIEW)
    expect(view).to_contain_text("line 19")

    lab_alone.stop()
    expect(view).to_contain_text(re.compile("reconnecting", re.IGNORECASE))
    screenshot("reconnecting")
    lab_alone.start()

    expect(view).to_contain_text("Connected")
    expect(view).to_contain_text("20 lines")


@pytest.mark.long
def test_the_widget_is_an_ordinary_one_whose_traits_have_what_the_page_shows(
    lab: Jupyter, page: Page
) -> None:
    layout = (
        "from ipywidgets import VBox, HTML\n"
        "seen = []\n"
        "view.observe(lambda change: seen.append(change.new), 'status')\n"
        "VBox([HTML('<b>above</b>'), view])"
    )
    lab.notebook("publish.ipynb", cells=publish("with-traits"))
    lab.run_all(lab.open(page, "publish.ipynb"))
    lab.notebook("watch.ipynb", cells=[watch("with-traits"), layout])
    lab.run_all(lab.open(page, "watch.ipynb"))
    expect(page.locator(".widget-vbox .realtime-widgets")).to_contain_text("line 19")

    def trait(expression: str) -> Any:
        return evaluate(page, expression)

    wait_until(
        lambda: trait("(view.status, view.connection)") == "('succeeded', 'connected')",
        "the traits have the end of the run",
    )
    assert trait("seen[-1]") == "'succeeded'"
    assert int(trait("view.last_seq")) > 20


@pytest.mark.long
def test_a_saved_notebook_holds_neither_secret_nor_address(lab: Jupyter, page: Page) -> None:
    path = lab.notebook("publish.ipynb", cells=publish("saved"))
    lab.run_all(lab.open(page, "publish.ipynb"))
    expect(page.locator(VIEW)).to_contain_text("line 19")

    save(page)

    saved = path.read_text()
    assert "Sprint('saved')" in saved
    for secret in (lab.token, lab.url, str(lab.root)):
        assert secret not in saved


def test_text_of_a_run_is_shown_as_text(lab: Jupyter, page: Page) -> None:
    attack = (
        "<img src=x onerror='window.attacked = true'><b data-commandlinker-command='x'>bold</b>"
    )
    source = (
        "from realtime_widgets import Sprint\n"
        f"attack = {attack!r}\n"
        "sprint = Sprint('attack')\n"
        "sprint.status('running', attack)\n"
        "sprint.log(attack, source=attack)\n"
        "sprint.progress(attack, 1, 2)\n"
        "with sprint.message(attack) as reply: reply.write(attack)\n"
        "sprint.flush()\n"
        "sprint"
    )
    lab.notebook("attack.ipynb", cells=[source])
    lab.run_all(lab.open(page, "attack.ipynb"))

    view = page.locator(VIEW)
    expect(view).to_contain_text("<img src=x")
    assert view.locator("img, b[data-commandlinker-command]").count() == 0
    assert page.evaluate("() => window.attacked") is None


@pytest.mark.long
@pytest.mark.parametrize("kind", ["lab", pytest.param("notebook7", marks=pytest.mark.long)])
def test_the_dark_theme_is_followed(
    kind: str, request: pytest.FixtureRequest, page: Page, screenshot: Callable[[str], Path]
) -> None:
    jupyter: Jupyter = request.getfixturevalue(kind)
    jupyter.notebook("publish.ipynb", cells=publish("dark"))
    jupyter.open(page, "publish.ipynb")
    page.evaluate(
        "() => { window.jupyterapp.commands.execute("
        "'apputils:change-theme', { theme: 'JupyterLab Dark' }); }"
    )
    page.wait_for_function("() => document.body.dataset.jpThemeLight === 'false'")
    jupyter.run_all(page)

    view = page.locator(VIEW)
    expect(view).to_contain_text("line 19")
    screenshot(f"dark-in-{kind}")
    text, background = view.locator(".rtw-view").evaluate(
        "element => [getComputedStyle(element).color, getComputedStyle(element).backgroundColor]"
        ".map(color => color.match(/[0-9]+/g).slice(0, 3).reduce((sum, part) => sum + +part, 0))"
    )
    assert text > background
