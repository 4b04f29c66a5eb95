"""`<realtime-sprint>` in a page without a framework, with the files of the package as they are."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from realtime_widgets import Sprint
from tests.environment import free_port
from tests.faults.asgi_server import PROGRAM

from .environments import CHECKOUT
from .parts import expect_drawn, publish_parts
from .served import Served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.long

FRONTEND = CHECKOUT / "frontend"

TOKEN = "of-the-test"  # noqa: S105 - of a server that lives for one test

PAGE = """<!doctype html>
<meta charset="utf-8">
<style>:root { color-scheme: light dark }</style>
<link rel="stylesheet" href="package/styles.css">
<script type="module" src="package/element.js"></script>
<h1>A page without a framework</h1>
<realtime-sprint sprint-id="plain" url="/realtime" max-height="420px"></realtime-sprint>
"""

APP = """
from pathlib import Path
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from serve_asgi import make_app

app = make_app({token!r}, Path("runs.db"), {{}})
app.mount("/package", StaticFiles(directory={package!r}))

@app.get("/", response_class=HTMLResponse)
def page():
    return {page!r}
"""


@pytest.fixture(scope="module")
def package() -> Path:
    """The built package."""
    build = ["npm", "run", "build", "--workspace", "react"]
    subprocess.run(build, cwd=FRONTEND, check=True, capture_output=True)
    return FRONTEND / "react/dist"


@pytest.fixture
def server(package: Path, tmp_path: Path) -> Iterator[Served]:
    """FastAPI with the page, the files of the package, and the channels."""
    source = APP.format(token=TOKEN, package=str(package), page=PAGE)
    (tmp_path / "service.py").write_text(source)
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "service:app", f"--port={port}"]
    url = f"http://127.0.0.1:{port}/"
    variables = {"PYTHONPATH": str(PROGRAM.parent)}
    with Served(command, tmp_path, url, environment=variables) as server:
        yield server


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_run_is_live_and_its_tools_charts_and_files_are_drawn(
    page: Page, server: Served, scheme: str, screenshot: Callable[[str], Path]
) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.context.add_cookies([{"name": "login", "value": TOKEN, "url": server.url}])
    view = page.locator("realtime-sprint")
    with Sprint("plain", server=f"{server.url}?token={TOKEN}", show=False) as sprint:
        page.goto(server.url)
        expect(view.locator(".rtw-badge")).to_have_text("Running")
        sprint.log("while it is shown")
        expect(view.get_by_role("log")).to_contain_text("while it is shown")
        publish_parts(sprint)
        expect_drawn(view, lambda part: screenshot(f"element-{part}-{scheme}"))
    sprint.close()
    expect(view.locator(".rtw-badge")).to_have_text("Succeeded")
