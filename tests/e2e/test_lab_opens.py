"""The pages that our views live in open here, and run a cell: the ground of all browser tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from .jupyter import Jupyter


@pytest.mark.parametrize(
    "kind", ["lab", pytest.param("lab_below_prefix", marks=pytest.mark.long), "notebook7"]
)
def test_a_cell_runs_and_shows_its_output(
    kind: str, request: pytest.FixtureRequest, page: Page, screenshot: Callable[[str], Path]
) -> None:
    jupyter: Jupyter = request.getfixturevalue(kind)
    jupyter.notebook("sum.ipynb", cells=["print('the sum is', 20 + 22)"])

    jupyter.open(page, "sum.ipynb")
    jupyter.run_all(page)

    expect(page.locator(".jp-OutputArea-output")).to_have_text("the sum is 42")
    assert screenshot(f"a-cell-ran-in-{kind}").stat().st_size > 0


@pytest.mark.long
def test_a_cell_that_raises_fails_the_run(lab: Jupyter, page: Page) -> None:
    lab.notebook("broken.ipynb", cells=["1 / 0", "print('never')"])
    lab.open(page, "broken.ipynb")

    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        lab.run_all(page)


@pytest.mark.long
def test_a_server_comes_back_at_the_same_address(lab_alone: Jupyter, page: Page) -> None:
    lab_alone.notebook("again.ipynb", cells=["print('again')"])

    lab_alone.stop()
    lab_alone.start()
    lab_alone.open(page, "again.ipynb")
    lab_alone.run_all(page)

    expect(page.locator(".jp-OutputArea-output")).to_have_text("again")
