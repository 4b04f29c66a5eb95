"""`<realtime-sprint>` in a page without a framework, with the files of the package as they are."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from realtime_widgets import Sprint
from tests.faults.asgi_server import AsgiServer

from .environments import CHECKOUT
from .parts import expect_drawn, publish_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page, Route

pytestmark = pytest.mark.long

FRONTEND = CHECKOUT / "frontend"
DIST = FRONTEND / "react/dist"

PAGE = """<!doctype html>
<meta charset="utf-8">
<style>:root {{ color-scheme: {scheme} }}</style>
<link rel="stylesheet" href="package/styles.css">
<script type="module" src="package/element.js"></script>
<h1>A page of its own</h1>
<realtime-sprint sprint-id="plain" url="/realtime" max-height="420px"></realtime-sprint>
"""


@pytest.fixture(scope="module")
def package() -> Path:
    """The built package."""
    build = ["npm", "run", "build", "--workspace", "react"]
    subprocess.run(build, cwd=FRONTEND, check=True, capture_output=True)
    return DIST


@pytest.fixture
def server(tmp_path: Path) -> Iterator[AsgiServer]:
    server = AsgiServer(tmp_path / "server")
    server.start_and_wait()
    yield server
    server.kill_now()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_run_is_live_and_its_tools_charts_and_files_are_drawn(
    page: Page,
    server: AsgiServer,
    package: Path,
    *,
    scheme: Any,
    screenshot: Callable[[str], Path],
) -> None:
    url = f"http://127.0.0.1:{server.port}/"

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix(f"{url}package/")
        if name == f"{url}plain":
            route.fulfill(body=PAGE.format(scheme=scheme), content_type="text/html")
        else:
            route.fulfill(path=package / name)

    page.route(f"{url}plain", answer)
    page.route(f"{url}package/**", answer)
    page.context.add_cookies([{"name": "login", "value": server.token, "url": url}])
    with Sprint("plain", server=f"{url}?token={server.token}", show=False) as sprint:
        page.goto(f"{url}plain")
        view = page.locator("realtime-sprint")
        expect(view.locator(".rtw-badge")).to_have_text("Running")
        sprint.log("while it is shown")
        expect(view.get_by_role("log")).to_contain_text("while it is shown")
        publish_parts(sprint)
        expect_drawn(view, lambda part: screenshot(f"element-{part}-{scheme}"))
    sprint.close()
    expect(view.locator(".rtw-badge")).to_have_text("Succeeded")
