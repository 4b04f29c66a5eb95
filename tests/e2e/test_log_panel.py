"""The log panel in a real browser: what only a page with a layout can show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from .find import find
from .jupyter import save

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from .jupyter import Jupyter

VIEW = ".jp-OutputArea .realtime-widgets"
LINES = 20_000

START = "from realtime_widgets import Sprint\nsprint = Sprint('burst')\nsprint"
BURST = f"for n in range(1, {LINES + 1}): sprint.log(f'line {{n}} of the burst')\nsprint.flush(30)"
MORE = "for n in range(7): sprint.log(f'fresh {n}')\nsprint.flush()"

RUN_IN_KERNEL = """code => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel
    .requestExecute({ code }); }"""


def test_a_burst_is_shown_whole_and_followed_with_few_rows_in_the_page(
    lab: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    lab.notebook("burst.ipynb", cells=[START, BURST])
    lab.run_all(lab.open(page, "burst.ipynb"))
    view, rows = page.locator(VIEW), page.locator(f"{VIEW} [role=log]")

    expect(view).to_contain_text(f"{LINES:,} lines")
    expect(rows).to_contain_text(f"line {LINES} of the burst")
    assert rows.locator("xpath=.//*").count() < 300 * 5  # a row is at most five elements
    screenshot("burst")


def test_a_reader_who_scrolled_up_is_left_alone_and_finds_the_way_back(
    lab: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    lab.notebook("burst.ipynb", cells=[START.replace("burst", "scrolled"), BURST])
    lab.run_all(lab.open(page, "burst.ipynb"))
    rows = page.locator(f"{VIEW} [role=log]")
    expect(rows).to_contain_text(f"line {LINES} of the burst")

    rows.evaluate("element => { element.scrollTop = 0; }")
    expect(rows).to_contain_text("line 1 of the burst")
    page.evaluate(RUN_IN_KERNEL, MORE)
    jump = page.get_by_role("button", name=re.compile("7 new"))
    expect(jump).to_be_visible()
    expect(rows).to_contain_text("line 1 of the burst")
    screenshot("scrolled-up")
    jump.click()

    expect(rows).to_contain_text("fresh 6")


def test_find_scrolls_to_the_line_with_the_text_and_hides_no_other(
    lab: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    lab.notebook("burst.ipynb", cells=[START.replace("burst", "found"), BURST])
    lab.run_all(lab.open(page, "burst.ipynb"))
    view = page.locator(VIEW)
    expect(view).to_contain_text(f"{LINES:,} lines")

    find(view, "line 1234 of", count=1)

    for n in (1233, 1234, 1235):
        expect(view.get_by_text(f"line {n} of the burst")).to_be_in_viewport()
    expect(view).to_contain_text(f"{LINES:,} lines")
    screenshot("found")


@pytest.mark.long  # a reload while the cell is busy: test_renderer.py
def test_a_reloaded_page_shows_the_run_whole_again(lab: Jupyter, page: Page) -> None:
    path = lab.notebook("burst.ipynb", cells=[START.replace("burst", "reloaded"), BURST])
    lab.run_all(lab.open(page, "burst.ipynb"))
    expect(page.locator(VIEW)).to_contain_text(f"{LINES:,} lines")
    save(page)

    lab.open(page, path.name)

    expect(page.locator(VIEW)).to_contain_text(f"{LINES:,} lines")
    expect(page.locator(f"{VIEW} [role=log]")).to_contain_text(f"line {LINES} of the burst")
