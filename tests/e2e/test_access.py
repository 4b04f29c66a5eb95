"""What views are for people who see, press or hear in another way, and on paper."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from realtime_widgets import Sprint

from .widget_page import A_RUN, VIEW, show

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from .jupyter import Jupyter

AXE = Path(__file__).parents[2] / "frontend/node_modules/axe-core/axe.min.js"

CHECK = """async selector => {
    const standards = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"];
    const { violations } = await axe.run(selector, {
        runOnly: standards,
        rules: { "target-size": { enabled: true } },
    });
    return violations.map(({ id, nodes }) =>
        [id, nodes.map(({ html, failureSummary }) => [html, failureSummary])]);
}"""


def agui(kind: str, **fields: object) -> dict[str, Any]:
    return {"type": "agent_message", "agent": "planner", "event": {"type": kind, **fields}}


def message(number: str, role: str, text: str) -> list[dict[str, Any]]:
    return [
        agui("TEXT_MESSAGE_START", messageId=number, role=role),
        agui("TEXT_MESSAGE_CONTENT", messageId=number, delta=text),
        agui("TEXT_MESSAGE_END", messageId=number),
    ]


AGENTS = [
    *message("1", "system", "Answer briefly."),
    *message("2", "user", "Why did it fail?"),
    *message("3", "assistant", "\x1b[31mred\x1b[0m, \x1b[33myellow\x1b[0m and \u202e"),
    *message("4", "tool", "rows: 7043"),
    agui("TOOL_CALL_START", toolCallId="1", toolCallName="sql"),
    agui("TOOL_CALL_RESULT", toolCallId="1", content="", error="no such table"),
    agui("TOOL_CALL_START", toolCallId="2", toolCallName="sql"),
    agui("TOOL_CALL_RESULT", toolCallId="2", content="\x1b[32mgreen\x1b[0m\n" * 40),
    agui("TOOL_CALL_START", toolCallId="3", toolCallName="sql"),
    agui("RUN_ERROR", message="out of tokens"),
]
COLOURS = "".join(f"\x1b[{30 + n}m{n} \x1b[{90 + n}m{n + 8} " for n in range(8))
EVENTS = [
    {"type": "status_update", "status": "needs_input", "message": "Go on?\n" * 60},
    {"type": "log", "message": COLOURS, "level": "warning"},
    {"type": "log", "message": COLOURS, "level": "error"},
    {"type": "dropped", "count": 2, "reason": "buffer_full"},
    *AGENTS,
    *A_RUN,
]
PAGE = "<!doctype html><html lang='en'><title>x</title><meta name='viewport' \
content='width=device-width'><body><main></main>"


def violations(page: Page, selector: str) -> list[Any]:
    page.evaluate(AXE.read_text())
    found: list[Any] = page.evaluate(CHECK, selector)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_view_of_all_that_there_is_violates_nothing(page: Page, scheme: str) -> None:
    document = PAGE.replace("<html", f"<html style='color-scheme: {scheme}; background: canvas'")
    show(page, document, events=EVENTS)
    # From below: a call that unfolds moves what follows it out of what is drawn.
    for summary in reversed(page.locator("summary").all()):
        summary.click()
    page.get_by_role("button", name="About this view").click()

    assert violations(page, VIEW) == []


@pytest.mark.parametrize("theme", [pytest.param("Light", marks=pytest.mark.long), "Dark"])
def test_the_cell_and_the_panel_violate_nothing(lab: Jupyter, page: Page, theme: str) -> None:
    name = f"access-{theme.lower()}"
    cell = f"from realtime_widgets import Sprint\nwith Sprint({name!r}) as s:\n    s.log('a')"
    lab.notebook(f"{name}.ipynb", cells=[cell])
    lab.open(page, f"{name}.ipynb")
    page.evaluate(
        "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })",
        f"JupyterLab {theme}",
    )
    lab.run_all(page)
    page.evaluate("() => window.jupyterapp.shell.activateById('realtime-widgets:runs')")
    expect(page.locator(f".jp-CodeCell {VIEW}")).to_contain_text("Succeeded")
    panel = page.locator(f".rtw-panel {VIEW}")
    expect(panel).to_contain_text(name)

    assert violations(page, f".jp-CodeCell {VIEW}") == []
    assert violations(page, f".rtw-panel {VIEW}") == []


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=pytest.mark.long), "dark"])
def test_the_pages_violate_nothing(lab: Jupyter, browser: Browser, scheme: Any) -> None:
    name = f"access-page-{scheme}"
    with Sprint(name, server=f"{lab.url}?token={lab.token}", show=False) as sprint:
        sprint.log(COLOURS, level="error")
        sprint.progress("train", 3, 10)
        for event in AGENTS:
            sprint.agent_event(event["agent"], event["event"])
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()

    page.goto(f"{lab.url}realtime/sprints/{name}?token={lab.token}")
    expect(page.locator(".rtw-view")).to_contain_text("Succeeded")
    assert violations(page, "html") == []

    page.goto(f"{lab.url}realtime/")
    expect(page.locator(".rtw-run-open").first).to_be_visible()
    assert violations(page, "html") == []
    context.close()


def test_with_forced_colours_bars_and_levels_are_seen(browser: Browser) -> None:
    context = browser.new_context(forced_colors="active")
    page = context.new_page()
    show(page, PAGE, events=EVENTS)
    bar, fill = page.locator(".rtw-bar").first, page.locator(".rtw-bar-fill").first
    style = "(element, name) => getComputedStyle(element)[name]"

    assert bar.evaluate(style, "borderTopStyle") == "solid"
    assert fill.evaluate(style, "backgroundColor") != bar.evaluate(style, "backgroundColor")
    for selector in (".rtw-badge", ".rtw-role", ".rtw-level-error"):
        assert page.locator(selector).first.evaluate(style, "borderLeftStyle") != "none"
    context.close()


def test_a_finger_has_44_pixels_and_a_mouse_24(browser: Browser) -> None:
    for is_touch, least in ((True, 44), (False, 24)):
        context = browser.new_context(
            has_touch=is_touch, is_mobile=is_touch, viewport={"width": 390, "height": 800}
        )
        page = context.new_page()
        show(page, PAGE, events=EVENTS)
        page.locator(".rtw-find").fill("e")  # which brings the options of finding
        page.get_by_title("Next match (Enter)").wait_for()

        for target in page.locator(f"{VIEW} :is(button, select, input, summary):visible").all():
            box = target.bounding_box()
            assert box is not None
            assert box["height"] >= least, target.evaluate("element => element.outerHTML")
            assert box["width"] >= least, target.evaluate("element => element.outerHTML")
        context.close()


def test_on_paper_all_lines_stand_dark_on_white_without_anything_to_press(page: Page) -> None:
    document = PAGE.replace("<html", "<html style='color-scheme: dark'")
    lines = [{"type": "log", "message": f"line {n}"} for n in range(400)]
    show(page, document, events=[*lines, *EVENTS])
    rows = page.locator(".rtw-line")
    before = rows.count()
    assert before < 300

    page.emulate_media(media="print")

    expect(rows).to_have_count(400 + 40 + 3)
    expect(page.get_by_text("line 17", exact=True)).to_be_visible()
    view = page.locator(".rtw-view")
    style = view.evaluate("e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]")
    assert style == ["rgb(31, 35, 40)", "rgb(255, 255, 255)"]
    assert view.evaluate("e => e.scrollHeight <= e.clientHeight + 1")
    for selector in (".rtw-button", ".rtw-field", ".rtw-jump"):
        for each in page.locator(selector).all():
            expect(each).to_be_hidden()

    page.emulate_media(media="screen")

    expect(rows).to_have_count(before)
    expect(page.get_by_text("epoch 39")).to_be_visible()


def test_what_is_folded_is_printed_and_folded_again_after(page: Page) -> None:
    show(page, PAGE, events=EVENTS)
    folds = page.locator("details")
    folded = folds.count()
    assert folded > 1
    folds.first.locator("summary").click()
    expect(page.locator(".rtw-folded")).to_have_count(1)

    page.emulate_media(media="print")

    expect(page.locator(".rtw-folded:visible")).to_have_count(folded)
    page.emulate_media(media="screen")
    expect(page.locator(".rtw-folded")).to_have_count(1)
    expect(page.locator("details[open]")).to_have_count(1)


def test_what_is_loaded_is_drawn_before_it_is_printed(page: Page) -> None:
    show(
        page, PAGE, events=[*[{"type": "log", "message": f"line {n}"} for n in range(400)], *A_RUN]
    )

    page.evaluate(
        "() => addEventListener('beforeprint', () => queueMicrotask(() => queueMicrotask(() => {"
        " window.printed = document.querySelectorAll('.rtw-line').length; })))"
    )
    page.pdf()

    page.wait_for_function("() => window.printed !== undefined")
    assert page.evaluate("() => window.printed") == 440
