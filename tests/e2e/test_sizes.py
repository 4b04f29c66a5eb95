"""How much room a view takes: in layouts of JupyterLab, and where there is little of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from .widget_page import A_RUN, VIEW, show

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import FloatRect, Locator, Page

    from .jupyter import Jupyter

LAYOUTS = {
    "HBox": "HBox([view(), view()])",
    "HBox with a label": "HBox([Label('beside it'), view()])",
    "VBox": "VBox([view(), view()])",
    "HBox in VBox": "VBox([HBox([view(), view()]), view()])",
    "GridBox": "GridBox([view(), view()], layout=Layout(grid_template_columns='1fr 1fr'))",
    "GridspecLayout": "grid()",
    "AppLayout": "AppLayout(left_sidebar=view(), center=view(), right_sidebar=view())",
    "TwoByTwoLayout": "TwoByTwoLayout(top_left=view(), top_right=view(), bottom_left=view())",
    "Tab": "Tab([view(), view()])",
    "Accordion": "Accordion([view()], selected_index=0)",
    "a fixed width": "HBox([watch('sizes', height='20em'), Label('beside it')], "
    "layout=Layout(width='400px'))",
}

PUBLISH = """
from ipywidgets import *
from realtime_widgets import Sprint, watch

with Sprint("sizes", show=False) as sprint:
    sprint.progress("train", 3, 10)
    for n in range(40):
        sprint.log(f"epoch {n}")

def view():
    return watch("sizes")

def grid():
    made = GridspecLayout(2, 2)
    made[0, 0], made[0, 1], made[1, :] = view(), view(), view()
    return made
"""

OTHERS = [
    {"type": "status_update", "status": "failed", "message": "line one\nline two\nline three"},
    {
        "type": "agent_message",
        "agent": "planner",
        "event": {"type": "TEXT_MESSAGE_CHUNK", "messageId": "m", "delta": "All is well. " * 40},
    },
]


SHINY = """<main style='height: 400px; overflow: hidden; display: flex; flex-direction: column'>
    </main>"""
"""How it places a widget."""


BOXES = """selectors => selectors.map(
    selector => document.querySelector(selector).getBoundingClientRect().toJSON())"""


def box(locator: Locator) -> FloatRect:
    found = locator.bounding_box()
    assert found is not None
    return found


@pytest.mark.long
def test_d4_views_share_the_room_of_every_layout(
    lab: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    lab.notebook("sizes.ipynb", cells=[PUBLISH, *LAYOUTS.values()])
    lab.run_all(lab.open(page, "sizes.ipynb"))

    for index, (name, _) in enumerate(LAYOUTS.items(), start=1):
        output = page.locator(".jp-CodeCell").nth(index).locator(".jp-OutputArea-output")
        output.scroll_into_view_if_needed()
        views = output.locator(f"{VIEW}:visible")
        expect(views.first).to_contain_text("epoch 39")
        room = box(output)
        for each in views.all():
            # The newest line and both edges are in sight.
            expect(each).to_contain_text("epoch 39")
            shown = box(each)
            assert shown["width"] >= 120, name
            assert shown["x"] + shown["width"] <= room["x"] + room["width"] + 1, name
            assert shown["height"] >= 100, name
            assert shown["height"] <= 545, name
        screenshot(f"layout-{name.replace(' ', '-')}")
    first, second = (box(view) for view in page.locator(".jp-CodeCell").nth(1).locator(VIEW).all())
    assert abs(first["width"] - second["width"]) <= 1
    label = page.locator(".jp-CodeCell").nth(2).locator(".widget-label")
    assert label.evaluate("element => element.scrollWidth <= element.clientWidth")


@pytest.mark.parametrize("look", [(390, "dark"), (1_000, "light")])
@pytest.mark.parametrize("events", [A_RUN, OTHERS + A_RUN], ids=["a bar", "all that there is"])
@pytest.mark.parametrize(
    "height",
    [
        "7.5em",
        "20em",
        *(pytest.param(each, marks=pytest.mark.long) for each in ("10em", "15em", "40em")),
    ],
)
def test_d4_at_every_height_the_newest_line_is_inside_the_view(
    page: Page,
    height: str,
    events: list[dict[str, object]],
    look: tuple[int, str],
    screenshot: Callable[[str], Path],
) -> None:
    width, scheme = look
    page.set_viewport_size({"width": width, "height": 700})
    document = f"<!doctype html><html style='color-scheme: {scheme}'><main></main>"
    show(page, document, height=height, events=events)

    is_inside(page)
    assert box(page.locator(VIEW))["height"] <= float(height.removesuffix("em")) * 13 + 3
    kind = "bar" if events is A_RUN else "all"
    screenshot(f"height-{height}-{kind}-{width}-{scheme}")


@pytest.mark.parametrize(
    "host",
    [
        "<main style='height: 400px; overflow: hidden'></main>",
        SHINY,
    ],
)
def test_d4_a_host_of_a_fixed_height_clips_nothing(page: Page, host: str) -> None:
    show(page, f"<!doctype html><style>main > div {{ max-height: 100% }}</style>{host}")

    is_inside(page)
    assert box(page.locator(VIEW))["height"] <= 400


@pytest.mark.parametrize("display", ["flex", "inline-block", "grid", "table-cell"])
def test_d4_a_container_that_asks_for_its_width_gets_one(page: Page, display: str) -> None:
    show(page, f"<!doctype html><main style='display: {display}'></main>", is_shadow=True)

    assert box(page.locator(VIEW))["width"] >= 500


@pytest.mark.parametrize("width", [390, 800, 1_000])
def test_a_long_log_leaves_room_for_the_messages_of_the_agent(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    show(page, "<!doctype html><main></main>", events=OTHERS + A_RUN)
    is_inside(page)
    assert box(page.locator(".rtw-rows"))["height"] >= 100

    page.get_by_role("tab", name="Timeline").click()

    assert box(page.locator(".rtw-timeline"))["height"] >= 100


def test_b32_the_last_row_can_be_read_above_the_button_that_leads_to_it(page: Page) -> None:
    show(page, "<!doctype html><main></main>", height="20em")
    rows = page.locator(".rtw-rows")

    # As far down as a reader can be who does not follow the end.
    rows.evaluate("rows => { rows.scrollTop = 0; }")
    button = page.get_by_role("button", name="Jump to latest")
    expect(button).to_be_visible()
    rows.evaluate("rows => { rows.scrollTop = rows.scrollHeight - rows.clientHeight - 4; }")
    last = page.locator(".rtw-line", has_text="epoch 39")
    expect(last).to_be_visible()

    expect(button).to_be_visible()
    assert box(last)["y"] + box(last)["height"] <= box(button)["y"]


def test_the_connection_status_in_the_header_stays_together(page: Page) -> None:
    attempts = [{"type": "status_update", "status": status} for status in ("failed", "running")]
    show(page, "<!doctype html><main></main>", events=attempts + A_RUN)

    for width in range(240, 420, 6):
        page.set_viewport_size({"width": width, "height": 700})
        # At one moment: the time that has passed grows longer, and the header may wrap for it.
        words, button = page.evaluate(BOXES, [".rtw-live-mark", ".rtw-limits-button"])
        assert button["y"] <= words["y"], width
        assert words["y"] + words["height"] <= button["y"] + button["height"], width


def is_inside(page: Page) -> None:
    """Assert that the last line of the log, and what is around it, is seen."""
    view = page.locator(".rtw-view")
    assert view.evaluate("view => view.scrollHeight <= view.clientHeight + 1")
    outer, line = box(view), box(view.get_by_text("epoch 39"))
    assert line["y"] + line["height"] <= outer["y"] + outer["height"] + 1
    rows = box(view.locator(".rtw-rows"))
    assert rows["y"] + rows["height"] <= outer["y"] + outer["height"] + 1
