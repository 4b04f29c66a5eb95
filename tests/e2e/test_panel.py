"""The list of runs beside the notebook, and runs in tabs of their own."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from realtime_widgets import Sprint
from tests.waiting import PATIENCE_S, wait_until

from .find import find
from .jupyter import Jupyter
from .lines import wait_for_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator, Page

ICON = ".jp-SideBar.jp-mod-left .lm-TabBar-tab[title^=Runs]"
PANEL = ".rtw-panel"
TAB_VIEW = ".jp-MainAreaWidget .rtw-fills .rtw-view"

BUSY = """
import time
from pathlib import Path
from realtime_widgets import Sprint

with Sprint("unsaved") as sprint:
    sprint.log("the very first line")
    while not Path("stop-unsaved").exists():
        sprint.log("one more line")
        time.sleep(0.02)
"""


def publish(jupyter: Jupyter, sprint_id: str, *, status: str = "succeeded", lines: int = 3) -> None:
    """Publish a run from outside of Jupyter."""
    sprint = Sprint(sprint_id, server=f"{jupyter.url}?token={jupyter.token}")
    sprint.status("running")
    for n in range(lines):
        sprint.log(f"line {n}")
    with sprint.message("planner") as reply:
        reply.write("The plan is ready.")
    sprint.status(status, "as expected")
    assert sprint.close(PATIENCE_S) == 0


def open_launcher(jupyter: Jupyter, page: Page) -> None:
    """Open JupyterLab with no notebook."""
    page.goto(f"{jupyter.url}lab?token={jupyter.token}&reset")
    page.locator(".jp-Launcher").wait_for()


def execute(page: Page, command: str, **arguments: str) -> None:
    """Start a command; its promise stays in the page, for one that never settles."""
    page.evaluate(
        "([command, given]) => { window.jupyterapp.commands.execute(command, given); }",
        [command, arguments],
    )


def row(page: Page, sprint_id: str) -> Locator:
    return page.locator(PANEL).get_by_role("link", name=sprint_id)


@pytest.mark.long
def test_without_the_server_extension_the_panel_sends_one_request_and_shows_what_to_do(
    tmp_path: Path, page: Page, screenshot: Callable[[str], Path]
) -> None:
    off = "--ServerApp.jpserver_extensions=realtime_widgets_server=False"
    asked: list[str] = []
    with Jupyter(tmp_path, options=[off]) as jupyter:
        page.on("request", lambda request: asked.append(request.url))
        open_launcher(jupyter, page)
        page.locator(ICON).click()
        expect(page.locator(PANEL)).to_contain_text("Not installed on this server")
        expect(page.locator(PANEL)).to_contain_text("jupyter server extension enable")
        screenshot("panel-not-installed")
        # What made it ask again: the page comes into sight, the network comes back, the panel too.
        page.evaluate(
            """() => {
                document.dispatchEvent(new Event("visibilitychange"));
                window.dispatchEvent(new Event("online"));
            }"""
        )
        page.locator(ICON).click()
        page.locator(ICON).click()
        expect(page.locator(PANEL)).to_be_visible()

        assert _asked(asked) == 1

        page.get_by_role("button", name="Look again").click()
        wait_until(
            lambda: (
                page.evaluate("1") and _asked(asked) == 2
            ),  # the events of the page arrive meanwhile
            "the panel asks again",
        )


def _asked(urls: list[str]) -> int:
    return len([url for url in urls if "realtime/api/sprints" in url])


@pytest.mark.long
def test_b24_a_renamed_notebook_is_opened_and_one_that_is_gone_is_reported(
    lab: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    cell = "from realtime_widgets import Sprint\nwith Sprint({name!r}): pass"
    for name in ("renamed", "gone"):
        lab.notebook(f"{name}.ipynb", cells=[cell.format(name=f"was-{name}")])
        lab.run_all(lab.open(page, f"{name}.ipynb"))
    lab.request("PATCH", "api/contents/renamed.ipynb", {"path": "now.ipynb"})
    [session, *_] = [
        each for each in lab.request("GET", "api/sessions") if each["path"] == "renamed.ipynb"
    ]
    lab.request("PATCH", f"api/sessions/{session['id']}", {"path": "now.ipynb"})
    [other] = [each for each in lab.request("GET", "api/sessions") if each["path"] == "gone.ipynb"]
    lab.request("DELETE", f"api/sessions/{other['id']}")
    lab.request("DELETE", "api/contents/gone.ipynb")

    open_launcher(lab, page)
    page.locator(ICON).click()
    panel = page.locator(PANEL)
    gone = panel.locator(".rtw-run", has_text="was-gone")
    expect(gone).to_contain_text("not there any more")
    expect(gone.locator("button.rtw-run-notebook")).to_have_count(0)
    screenshot("panel-notebooks")
    panel.locator("button.rtw-run-notebook", has_text="now.ipynb").click()

    expect(page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")).to_contain_text("was-renamed")


def test_a_run_whose_notebook_was_not_saved_is_two_clicks_away_whole_and_moving(
    lab: Jupyter, page: Page
) -> None:
    lab.notebook("unsaved.ipynb", cells=[BUSY])
    lab.open(page, "unsaved.ipynb")
    lab.start_all(page)
    page.on("dialog", lambda dialog: dialog.accept())
    wait_until(
        lambda: "unsaved" in json.dumps(lab.request("GET", "realtime/api/sprints")),
        "the run begins",
    )
    # A page without a notebook: JupyterLab would open that of the address late, over the tab.
    open_launcher(lab, page)

    page.locator(ICON).click()
    row(page, "unsaved").click()
    wait_for_lines(page, TAB_VIEW)
    find(page.locator(TAB_VIEW), "the very first line", count=1)

    # Whole, and still moving: the lines come from the cell, so it runs.
    wait_for_lines(page, TAB_VIEW)
    (lab.root / "stop-unsaved").touch()
    expect(page.locator(TAB_VIEW)).to_contain_text("Succeeded")


def test_a_run_in_a_tab_has_the_whole_tab_and_comes_back_with_the_page(
    lab: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    publish(lab, "in-a-tab", lines=200)
    open_launcher(lab, page)
    page.locator(ICON).click()
    row(page, "in-a-tab").click()
    view = page.locator(TAB_VIEW)
    view.get_by_role("tab", name="Log").click()
    expect(view).to_contain_text("200 lines")
    screenshot("tab-light")

    tab = page.locator(".jp-MainAreaWidget > :has(> .rtw-fills)")
    for width, height in [(700, 500), (1280, 720)]:
        page.set_viewport_size({"width": width, "height": height})
        expect(view.get_by_text("line 199", exact=True)).to_be_in_viewport(ratio=0.9)
        wait_until(lambda: view.bounding_box() == tab.bounding_box(), "the view has the whole tab")

    wait_until(
        lambda: "in-a-tab" in json.dumps(lab.request("GET", "lab/api/workspaces")),
        "the workspace is saved",
    )
    page.goto(f"{lab.url}lab")
    expect(view).to_contain_text("200 lines")
    execute(page, "apputils:change-theme", theme="JupyterLab Dark")
    page.wait_for_function("() => document.body.dataset.jpThemeLight === 'false'")
    expect(row(page, "in-a-tab")).to_be_visible()
    expect(page.locator("#jupyterlab-splash")).to_have_count(0)
    screenshot("tab-and-panel-dark")


@pytest.mark.long
def test_a_run_is_opened_by_its_name_from_the_palette(lab: Jupyter, page: Page) -> None:
    publish(lab, "by-its-name")
    open_launcher(lab, page)

    execute(page, "apputils:activate-command-palette")
    page.locator(".lm-CommandPalette-input").fill("Runs: Open a Run")
    # The list is searched in a later frame than the one in which the text is there.
    expect(page.locator(".lm-CommandPalette-item.lm-mod-active")).to_contain_text("Open a Run")
    page.keyboard.press("Enter")
    page.locator(".jp-Dialog input").fill("by-its-name")
    page.keyboard.press("Enter")

    expect(page.locator(TAB_VIEW)).to_contain_text("The plan is ready.")


def test_the_icon_counts_the_runs_that_wait_for_the_user(lab_alone: Jupyter, page: Page) -> None:
    """On a separate server: elsewhere a run of an earlier test may be lost in this moment."""
    publish(lab_alone, "quiet")
    open_launcher(lab_alone, page)
    expect(page.locator(PANEL)).to_contain_text("quiet")

    publish(lab_alone, "deploy", status="needs_input")

    expect(page.locator(ICON)).to_have_attribute("data-rtw-attention", "1")
    expect(page.locator(ICON)).to_have_attribute("title", "Runs: 1 needs attention")


@pytest.mark.long
def test_the_status_bar_counts_the_active_runs_and_opens_the_panel(
    lab_alone: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    sprint = Sprint("deploy", server=f"{lab_alone.url}?token={lab_alone.token}")
    sprint.status("needs_input", "Deploy to production?")
    open_launcher(lab_alone, page)
    item = page.locator("#jp-main-statusbar .rtw-status-item")
    expect(item).to_have_text("1 waits for you")
    with Sprint("nightly", server=f"{lab_alone.url}?token={lab_alone.token}"):
        expect(item).to_have_text("1 running · 1 waits for you")
        item.click()
        expect(page.locator(PANEL)).to_be_visible()
        screenshot("panel-groups")
    sprint.status("succeeded")
    assert sprint.close(PATIENCE_S) == 0

    expect(item).to_be_hidden()


@pytest.mark.long
def test_the_run_of_the_notebook_is_opened_and_settings_change_its_view(
    lab: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    lines = 'for n in range(200): sprint.log(f"line {n}")'
    cell = f"from realtime_widgets import Sprint\nwith Sprint('set') as sprint:\n    {lines}"
    lab.notebook("settings.ipynb", cells=[cell])
    lab.run_all(lab.open(page, "settings.ipynb"))
    view = page.locator(".jp-OutputArea .rtw-view")
    expect(view).to_contain_text("Succeeded")
    assert (view.bounding_box() or {})["height"] > 300

    page.evaluate("() => window.jupyterapp.commands.execute('settingeditor:open', {query: 'Runs'})")
    setting = '[id="jp-SettingsEditor-realtime-widgets:panel_{}"]'
    page.locator(setting.format("viewHeight")).fill("300px")
    page.locator(setting.format("logTimes")).select_option("None")
    screenshot("settings-editor")
    page.wait_for_function(
        "() => document.documentElement.style.getPropertyValue('--rtw-max-height') === '300px'"
    )
    page.get_by_role("tab", name="settings.ipynb").click()
    expect(view.locator(".rtw-rows-timeless")).to_be_visible()
    wait_until(
        lambda: (view.bounding_box() or {"height": 999})["height"] <= 300, "the view is lower"
    )

    execute(page, "realtime-widgets:open-run-of-notebook")
    expect(page.locator(TAB_VIEW)).to_contain_text("Succeeded")


@pytest.mark.long
def test_the_panel_leads_back_to_the_notebook_of_a_run(lab: Jupyter, page: Page) -> None:
    cell = "from realtime_widgets import Sprint\nwith Sprint('from-a-notebook'): pass"
    lab.notebook("origin.ipynb", cells=[cell])
    lab.run_all(lab.open(page, "origin.ipynb"))
    open_launcher(lab, page)
    page.locator(ICON).click()

    page.locator(PANEL).get_by_role("button", name="origin.ipynb").click()

    expect(page.locator(".jp-NotebookPanel")).to_contain_text("from-a-notebook")


@pytest.mark.long
def test_notebook_7_lists_runs_in_its_left_sidebar_and_opens_them_on_their_page(
    notebook7: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    publish(notebook7, "on-its-page")
    notebook7.notebook("any.ipynb", cells=["1"])
    notebook7.open(page, "any.ipynb")

    page.set_viewport_size({"width": 1280, "height": 900})  # the menu is a long one
    page.get_by_role("menuitem", name="View", exact=True).click()
    page.get_by_text("Left Sidebar", exact=True).hover()
    page.get_by_text("Show Runs", exact=True).click()
    expect(row(page, "on-its-page")).to_be_visible()
    screenshot("panel-in-notebook7")
    with page.context.expect_page() as opened:
        row(page, "on-its-page").click()

    expect(opened.value.locator(".rtw-view")).to_contain_text("The plan is ready.")
    assert re.fullmatch(r".*/realtime/sprints/on-its-page", opened.value.url)
