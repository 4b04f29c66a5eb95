"""Fixtures of the browser tests: Jupyter servers, the browser, and a camera.

def test_x(lab, page):
    lab.notebook("nb.ipynb", cells=["print('hello')"])
    lab.open(page, "nb.ipynb")
    lab.run_all(page)
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from playwright.sync_api import expect

from tests.browsers import BROWSER_FLAGS, BROWSERS
from tests.waiting import PATIENCE_MS

from .jupyter import Jupyter

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

    from .jupyter import AppName

    GetJupyter: TypeAlias = Callable[[AppName, str], Jupyter]

expect.set_options(timeout=PATIENCE_MS)

SCREENSHOTS = Path(__file__).with_name("screenshots")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium, where there is one, in place of a download of Playwright's."""
    installed = next(filter(None, map(shutil.which, BROWSERS)), None)
    return {**browser_type_launch_args, "executable_path": installed, "args": list(BROWSER_FLAGS)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Without animations, which cost a processor most of its time where no GPU draws them."""
    return {**browser_context_args, "reduced_motion": "reduce"}


@pytest.fixture(scope="session")
def browser(browser: Browser) -> Browser:
    """The browser, with the patience of all tests in each of its contexts."""
    new_context = browser.new_context

    def patient_context(**options: Any) -> BrowserContext:
        context = new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        return context

    browser.new_context = patient_context  # type: ignore[method-assign]
    return browser


@pytest.fixture(scope="session")
def get_jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GetJupyter]:
    """Start a server of each kind when it is first wanted, and keep it until the run ends."""
    with ExitStack() as running:

        @cache
        def get(app: AppName, base_url: str) -> Jupyter:
            folder = tmp_path_factory.mktemp("jupyter")
            return running.enter_context(Jupyter(folder, app=app, base_url=base_url))

        yield get


@pytest.fixture
def lab(get_jupyter: GetJupyter) -> Iterator[Jupyter]:
    """JupyterLab without what few tests need, and with no kernel of an earlier test."""
    jupyter = get_jupyter("lean lab", "/")
    yield jupyter
    jupyter.close_sessions()


@pytest.fixture
def lab_alone(tmp_path: Path) -> Iterator[Jupyter]:
    """JupyterLab for this test only, which may stop and start it."""
    with Jupyter(tmp_path) as jupyter:
        yield jupyter


@pytest.fixture
def lab_below_prefix(get_jupyter: GetJupyter) -> Iterator[Jupyter]:
    """JupyterLab as JupyterHub places it, below a path of the user's."""
    jupyter = get_jupyter("lab", "/user/alice/")
    yield jupyter
    jupyter.close_sessions()


@pytest.fixture
def notebook7(get_jupyter: GetJupyter) -> Iterator[Jupyter]:
    """Notebook 7, with no kernel of an earlier test."""
    jupyter = get_jupyter("notebook", "/")
    yield jupyter
    jupyter.close_sessions()


@pytest.fixture
def screenshot(page: Page) -> Callable[[str], Path]:
    """Photograph the page: `screenshot("name")` writes `tests/e2e/screenshots/name.png`."""

    def take(name: str) -> Path:
        # Two frames later, so that what was just scrolled to is drawn.
        page.evaluate(
            "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        path = SCREENSHOTS / f"{name}.png"
        page.screenshot(path=path)
        return path

    return take


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the server logged below a test that failed."""
    report = yield
    if report.failed:
        for name, value in item.funcargs.items():
            if hasattr(value, "log_tail"):
                report.sections.append((f"log of {name}", value.log_tail()))
    return report
