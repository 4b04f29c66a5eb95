"""The colours of a view in hosts with themes of their own, read from the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.waiting import wait_until

from .widget_page import VIEW, show

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

LIGHT = "rgb(255, 255, 255)"
DARK = "rgb(22, 24, 28)"

VSCODE = """<style>
    body { --jp-layout-color0: white; --jp-ui-font-color1: black; background: #1f1f1f;
        --vscode-editor-background: #1f1f1f; --vscode-editor-foreground: #cccccc;
        --vscode-descriptionForeground: #9d9d9d; --vscode-editorWidget-background: #202020;
        --vscode-editorWidget-border: #313131; --vscode-charts-blue: #59a4f9; }
    .cell-output-ipywidget-background { background: white !important; padding: 10px; }
</style><body class="vscode-dark"><main class="cell-output-ipywidget-background"></main>"""

SHINY = """<html data-bs-theme="dark"><style>
    html { --jp-layout-color0: white; --jp-ui-font-color1: black;
        --bs-body-bg: #1d1f21; --bs-body-color: #e6e6e6; }
</style><main></main>"""

LAB = """<style>body { --jp-layout-color0: #123456; --jp-ui-font-color1: #abcdef; }</style>
    <body data-jp-theme-light="true" class="dark"><main></main>"""


def colour(page: Page, selector: str, name: str = "background-color") -> str:
    read = "(element, name) => getComputedStyle(element).getPropertyValue(name)"
    value: str = page.locator(selector).evaluate(read, name)
    return value


@pytest.mark.parametrize("system", ["light", pytest.param("dark", marks=pytest.mark.long)])
@pytest.mark.parametrize(
    ("document", "ground"),
    [
        ("<html><main></main>", LIGHT),  # no theme: the page is white
        ("<html style='color-scheme: light'><main></main>", LIGHT),
        ("<html style='color-scheme: dark'><main></main>", DARK),  # marimo
        ("<body class='dark'><main></main>", DARK),
        ("<body style='background: #222; color: #eee'><main></main>", DARK),  # Panel
        ("<body style='background: #eee; color: #222'><main></main>", LIGHT),
        ("<html style='color-scheme: light'><body style='color: #eee'><main></main>", LIGHT),
        ("<body class='light'><main></main>", LIGHT),
        ("<html data-bs-theme='dark'><main></main>", DARK),  # Bootstrap, Shiny
        ("<html data-bs-theme='light'><main></main>", LIGHT),
        ("<html theme='dark'><main></main>", DARK),  # Colab
        ("<html theme='light'><main></main>", LIGHT),
        ("<body data-jp-theme-light='false'><main></main>", DARK),
        ("<body class='vscode-light'><main></main>", LIGHT),
        ("<body class='vscode-dark'><main></main>", DARK),
        ("<body class='vscode-high-contrast'><main></main>", DARK),
        ("<body class='vscode-high-contrast vscode-high-contrast-light'><main></main>", LIGHT),
    ],
)
def test_d8_the_view_is_light_or_dark_as_its_host_regardless_of_the_system(
    page: Page, document: str, ground: str, system: str
) -> None:
    page.emulate_media(color_scheme=system)  # type: ignore[arg-type]
    show(page, f"<!doctype html>{document}")

    assert colour(page, ".rtw-view") == ground
    is_dark = ground == DARK
    assert (colour(page, VIEW, "color") == "rgb(230, 232, 235)") == is_dark


@pytest.mark.parametrize("system", ["light", "dark"])
def test_d8_a_page_that_follows_the_system_is_followed(page: Page, system: str) -> None:
    page.emulate_media(color_scheme=system)  # type: ignore[arg-type]
    show(page, "<!doctype html><html style='color-scheme: light dark'><main></main>")

    assert colour(page, ".rtw-view") == {"light": LIGHT, "dark": DARK}[system]


def test_d8_the_scheme_of_the_page_reaches_a_view_in_a_shadow_root(page: Page) -> None:
    show(page, "<!doctype html><html style='color-scheme: dark'><main></main>", is_shadow=True)

    assert colour(page, ".rtw-view") == DARK


def test_the_text_colour_of_a_page_that_comes_late_reaches_a_view_in_a_shadow_root(
    page: Page,
) -> None:
    show(page, "<!doctype html><body><main></main>", is_shadow=True)
    assert colour(page, ".rtw-view") == LIGHT

    page.add_style_tag(content="main { background: #222; color: #eee; padding: 10px }")

    wait_until(lambda: colour(page, ".rtw-view") == DARK, "the view is dark")
    assert colour(page, VIEW, "color") == "rgb(230, 232, 235)"


@pytest.mark.parametrize(
    "document", [VSCODE, SHINY, LAB, "<body style='color: #eee'><main></main>"]
)
def test_a_view_is_printed_dark_on_white_in_every_host(page: Page, document: str) -> None:
    show(page, f"<!doctype html>{document}")

    page.emulate_media(media="print")

    assert colour(page, ".rtw-view") == LIGHT
    assert colour(page, VIEW, "color") == "rgb(31, 35, 40)"


def test_d8_shiny_s_colours_win_over_those_that_its_widgets_have_for_a_light_page(
    page: Page,
) -> None:
    show(page, f"<!doctype html>{SHINY}")

    assert colour(page, ".rtw-view") == "rgb(29, 31, 33)"
    assert colour(page, VIEW, "color") == "rgb(230, 230, 230)"


def test_d8_jupyterlab_s_own_colours_win_in_jupyterlab(page: Page) -> None:
    show(page, f"<!doctype html>{LAB}")

    assert colour(page, ".rtw-view") == "rgb(18, 52, 86)"
    assert colour(page, VIEW, "color") == "rgb(171, 205, 239)"


def test_d8_vs_code_s_colours_win_over_those_of_its_widgets_and_its_white_ground_is_lifted(
    page: Page, screenshot: Callable[[str], Path]
) -> None:
    show(page, f"<!doctype html>{VSCODE}")

    assert colour(page, ".rtw-view") == "rgb(31, 31, 31)"
    assert colour(page, VIEW, "color") == "rgb(204, 204, 204)"
    assert colour(page, "main") == "rgba(0, 0, 0, 0)"
    screenshot("vs-code-dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_d9_what_the_link_cannot_do_is_behind_a_button(
    page: Page, scheme: str, screenshot: Callable[[str], Path]
) -> None:
    show(page, f"<!doctype html><html style='color-scheme: {scheme}'><main></main>")
    view = page.locator(VIEW)
    button = view.get_by_role("button", name="About this view")
    expect(view.get_by_role("note")).to_be_hidden()
    screenshot(f"limits-closed-{scheme}")

    button.click()

    expect(view.get_by_role("note")).to_contain_text("The run is in the kernel and ends with it.")
    expect(button).to_have_attribute("aria-expanded", "true")
    screenshot(f"limits-{scheme}")
    button.press("Enter")
    expect(view.get_by_role("note")).to_be_hidden()
