"""The pages of an app that is mounted in FastAPI, in a browser whose user has a cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from realtime_widgets import Sprint
from tests.faults.asgi_server import AsgiServer

from .parts import expect_drawn, publish_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.long


@pytest.fixture
def server(tmp_path: Path) -> Iterator[AsgiServer]:
    server = AsgiServer(tmp_path / "server")
    server.start_and_wait()
    yield server
    server.kill_now()


def test_the_pages_show_a_run_live_after_a_reload_and_after_a_restart(
    page: Page, server: AsgiServer
) -> None:
    url = f"http://127.0.0.1:{server.port}/"
    page.context.add_cookies([{"name": "login", "value": server.token, "url": url}])
    sprint = Sprint("nightly", server=f"{url}?token={server.token}", show=False)
    sprint.status("running")
    sprint.log("before the page")

    page.goto(f"{url}realtime/sprints/nightly")
    log = page.get_by_role("log")
    expect(log).to_contain_text("before the page")
    sprint.log("while it is shown")
    expect(log).to_contain_text("while it is shown")
    page.reload()
    expect(log).to_contain_text("while it is shown")
    expect(page.get_by_role("link", name="Jupyter")).to_have_count(0)

    server.kill_now()
    sprint.log("while the server is away")
    server.start_and_wait()
    expect(log).to_contain_text("while the server is away", timeout=60_000)
    sprint.status("succeeded")
    sprint.close()

    page.get_by_role("link", name="Runs").click()
    expect(page.get_by_role("link", name="nightly")).to_be_visible()


def test_tools_charts_and_files_are_drawn(
    page: Page, server: AsgiServer, screenshot: Callable[[str], Path]
) -> None:
    url = f"http://127.0.0.1:{server.port}/"
    page.context.add_cookies([{"name": "login", "value": server.token, "url": url}])
    with Sprint("drawn", server=f"{url}?token={server.token}", show=False) as sprint:
        publish_parts(sprint)

    page.goto(f"{url}realtime/sprints/drawn")

    expect_drawn(page.locator(".rtw-view"), lambda part: screenshot(f"fastapi-{part}"))
    sprint.close()


def test_a_browser_without_a_login_gets_the_reason(page: Page, server: AsgiServer) -> None:
    answer = page.goto(f"http://127.0.0.1:{server.port}/realtime/sprints/nightly")

    assert answer is not None
    assert answer.status == 401
    expect(page.get_by_role("heading", name="Not logged in")).to_be_visible()
