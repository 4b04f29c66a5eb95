"""Pictures of agents at work: those of the docs, and of each tab in several hosts.

They are written to `tests/e2e/screenshots`. After a change of the view, copy `agent-*.png` from
there to `docs/images`.
"""

from __future__ import annotations

import time
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

import pytest
from playwright.sync_api import expect

from realtime_widgets import Sprint
from tests.waiting import PATIENCE_S

from .conftest import SCREENSHOTS
from .refund_run import refund_run
from .test_tabs import stream, violations_in_tab
from .widget_page import VIEW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

    from .jupyter import Jupyter

SECONDS = 40
"""How long ago a run began that is published at once."""

DESK = {"width": 1_100, "height": 860}
WIDE = {"width": 1_280, "height": 640}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("dark", "light")

MAX_BYTES = 300_000
"""Larger pictures load too slowly."""

RUNS = ("langgraph", "pydantic-ai", "refund-agent")
TABS = ("Timeline", "Chat", "Log", "State")

SET_THEME = """theme => window.jupyterapp.commands.execute(
    "apputils:change-theme", { theme: `JupyterLab ${theme}` })"""


def events_of(name: str) -> list[dict[str, Any]]:
    began = time.time() - SECONDS
    return refund_run(began) if name == "refund-agent" else stream(name, name, began)


@pytest.fixture
def publish() -> Iterator[Any]:
    """Publish a run to a server, and leave it open until the test has ended; then delete it."""
    opened: list[tuple[Jupyter, str, Sprint]] = []

    def to(jupyter: Jupyter, name: str, *, is_paced: bool = False) -> None:
        sprint = Sprint(name, server=f"{jupyter.url}?token={jupyter.token}")
        opened.append((jupyter, name, sprint))
        for event in events_of(name):
            if is_paced:
                time.sleep(max(0, event["time"] + SECONDS - time.time()))
                event["time"] += SECONDS
            sprint.emit(event)
        assert sprint.flush(PATIENCE_S) == 0

    yield to
    for jupyter, name, sprint in opened:
        sprint.status("succeeded")
        sprint.close()
        jupyter.request("DELETE", f"realtime/api/sprints/{name}")


def shoot_tabs(page: Page, view: Locator, name: str) -> list[Any]:
    """Photograph each tab that a view has; returns what axe finds in them."""
    found: list[Any] = []
    tabs = view.get_by_role("tablist").first
    for tab in TABS:
        button = tabs.get_by_role("tab", name=tab)
        if button.count() == 0:
            continue
        button.click()
        expect(view.get_by_role("tabpanel", name=tab, exact=True).first).to_be_visible()
        page.screenshot(path=SCREENSHOTS / f"{name}-{tab.lower()}.png")
        found += violations_in_tab(page)
    tabs.get_by_role("tab", name="Timeline").click()
    view.get_by_role("button", name="Waterfall").click()
    expect(view.get_by_role("tree", name="Waterfall")).to_be_visible()
    page.screenshot(path=SCREENSHOTS / f"{name}-waterfall.png")
    return found + violations_in_tab(page)


@pytest.mark.long  # makes the pictures of the docs
def test_the_docs_show_a_run_as_it_happened(lab: Jupyter, browser: Browser, publish: Any) -> None:
    publish(lab, "refund-agent", is_paced=True)
    url = f"{lab.url}realtime/sprints/refund-agent?token={lab.token}"
    desk = browser.new_page(viewport=DESK, reduced_motion="reduce")
    phone = browser.new_page(**PHONE, reduced_motion="reduce")
    for page in (desk, phone):
        page.goto(url)
        page.get_by_role("article", name="tool sql, failed").wait_for()
    phone.screenshot(path=SCREENSHOTS / "agent-phone.png")
    for scheme in SCHEMES:
        desk.emulate_media(color_scheme=scheme)
        desk.screenshot(path=SCREENSHOTS / f"agent-{scheme}.png")
    desk.set_viewport_size(WIDE)
    tabs = desk.get_by_role("tablist").nth(1)
    tabs.get_by_role("tab", name="State").click()
    desk.get_by_role("button", name="Waterfall").click()
    desk.get_by_role("tree", name="Waterfall").wait_for()
    desk.emulate_media(color_scheme="light")
    desk.screenshot(path=SCREENSHOTS / "agent-waterfall.png")

    pictures = list(SCREENSHOTS.glob("agent-*.png"))
    assert len(pictures) == 4
    assert max(path.stat().st_size for path in pictures) < MAX_BYTES
    desk.close()
    phone.close()


@pytest.mark.long  # makes pictures
@pytest.mark.parametrize("look", [*product((390, 1_100, 1_400), ("light", "dark"))], ids=str)
@pytest.mark.parametrize("name", RUNS)
def test_each_tab_on_the_page_of_a_run(
    lab: Jupyter, browser: Browser, publish: Any, name: str, look: tuple[int, Any]
) -> None:
    width, scheme = look
    publish(lab, name)
    context = browser.new_context(viewport={"width": width, "height": 760}, color_scheme=scheme)
    page = context.new_page()

    page.goto(f"{lab.url}realtime/sprints/{name}?token={lab.token}")
    view = page.locator(VIEW)
    view.get_by_role("article").first.wait_for()

    assert shoot_tabs(page, view, f"gallery-page-{name}-{width}-{scheme}") == []
    context.close()


@pytest.mark.long  # makes pictures
@pytest.mark.parametrize("look", [*product(("lab", "notebook7"), ("Light", "Dark"))], ids=str)
@pytest.mark.parametrize("name", RUNS)
def test_each_tab_in_a_cell(
    request: pytest.FixtureRequest, page: Page, publish: Any, name: str, look: tuple[str, str]
) -> None:
    kind, theme = look
    jupyter: Jupyter = request.getfixturevalue(kind)
    publish(jupyter, name)
    page.set_viewport_size({"width": 1_280, "height": 800})
    cell = f"from realtime_widgets import watch\n\nwatch({name!r})"
    jupyter.notebook(f"{name}-{theme}.ipynb", cells=[cell])
    jupyter.open(page, f"{name}-{theme}.ipynb")
    page.evaluate(SET_THEME, theme)
    jupyter.run_all(page)
    view = page.locator(f".jp-CodeCell {VIEW}")
    view.get_by_role("article").first.wait_for()

    assert shoot_tabs(page, view, f"gallery-{kind}-{name}-{theme.lower()}") == []
