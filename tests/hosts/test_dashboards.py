"""In the apps of Solara, Shiny and Panel a run moves while a thread of the app publishes it."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import indent
from typing import TYPE_CHECKING

import pytest

from tests.environment import free_port

from .environments import python_of
from .kernel_page import ANYWIDGET
from .moving import publishing
from .parts import expect_moving_whole_and_drawn, parts_after
from .served import Served

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.long

CDN = "https://unpkg.com/anywidget@*/dist/index*"
"""Where Panel has the code of anywidget from."""

PUBLISHES = """
import threading

def publish():
{publishing}

# Some hosts run this file for each visitor.
if "publisher" not in (thread.name for thread in threading.enumerate()):
    threading.Thread(target=publish, name="publisher", daemon=True).start()
"""


@dataclass(frozen=True)
class Dashboard:
    """How to make an app that shows a run.

    Attributes:
        command: Arguments of Python that serve `app.py`.
        source: What shows the run, in a light or a dark theme.
    """

    command: str
    source: str


SOLARA = Dashboard(
    command="-m solara run app.py --no-open --host=127.0.0.1 --port={port} --theme-variant={theme}",
    source="""
import solara
from realtime_widgets import watch

@solara.component
def Page():
    solara.Text("above")
    solara.display(watch("run"))
""",
)

SHINY = Dashboard(
    command="-m shiny run app.py --port={port}",
    source="""
from realtime_widgets import watch
from shiny import App, ui
from shinywidgets import output_widget, render_widget

page = ui.page_fillable(ui.input_dark_mode(mode="{theme}"), output_widget("view"))

def server(input, output, session):
    @render_widget
    def view():
        return watch("run")

app = App(page, server)
""",
)

PANEL = Dashboard(
    command="-m panel serve app.py --port={port} --address=127.0.0.1",
    source="""
import panel
from realtime_widgets import watch

panel.extension("ipywidgets", theme="{dark_or_default}")
panel.panel(watch("run")).servable()
""",
)

PANEL_IN_A_ROW = Dashboard(
    command=PANEL.command,
    source=PANEL.source.replace(
        'panel.panel(watch("run"))', 'panel.Row(watch("run"), sizing_mode="stretch_width")'
    ),
)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("host", "dashboard"),
    [("solara", SOLARA), ("shiny", SHINY), ("panel", PANEL), ("panel", PANEL_IN_A_ROW)],
)
def test_an_app_shows_a_run_move_while_it_runs(  # noqa: PLR0913 - fixtures and parameters, by name
    page: Page,
    tmp_path: Path,
    *,
    host: str,
    dashboard: Dashboard,
    theme: str,
    screenshot: Callable[[str], Path],
) -> None:
    port = free_port()
    words = {
        "port": port,
        "theme": theme,
        "dark_or_default": "dark" if theme == "dark" else "default",
    }
    seen = tmp_path / "seen"
    code = publishing("run", seen, then=parts_after(seen))
    publish = PUBLISHES.format(publishing=indent(code, "    "))
    (tmp_path / "app.py").write_text(dashboard.source.format(**words) + publish)
    command = [python_of(host), *dashboard.command.format(**words).split()]
    path = "app" if host == "panel" else ""

    with Served(command, tmp_path, f"http://127.0.0.1:{port}/{path}"):
        page.route(CDN, lambda route: route.fulfill(path=ANYWIDGET))
        page.goto(f"http://127.0.0.1:{port}/{path}")

        view = page.locator(".realtime-widgets")
        expect_moving_whole_and_drawn(view, seen, lambda part: screenshot(f"{host}-{theme}-{part}"))
        box = view.bounding_box()
        assert box is not None
        assert box["width"] > 300
        scheme = view.evaluate("element => getComputedStyle(element).colorScheme")
        assert (scheme == "dark") == (theme == "dark")
