"""On a real JupyterHub each user has their own runs, live through the hub's proxy."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from playwright.sync_api import expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from realtime_widgets import Sprint, follow
from tests.e2e.jupyter import CODE_CELLS, READY, START_ALL, save
from tests.waiting import PATIENCE_S

from .parts import expect_drawn, publish_parts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import APIResponse, BrowserContext, Page

    from .jupyterhub import JupyterHub

VIEW = ".jp-OutputArea .realtime-widgets"

PUBLISH = """
from realtime_widgets import Sprint, doctor
with Sprint("run-of-{user}") as sprint:
    sprint.log("hello from {user}")
assert sprint.close(180) == 0
print(doctor())
"""

DOCTOR_BESIDE = """
import os, subprocess, sys
kept = {k: v for k, v in os.environ.items() if not k.startswith(("REALTIME_WIDGETS_", "JPY_"))}
command = [sys.executable, "-c", "from realtime_widgets import doctor; doctor()"]
# Printed here: what a process writes by itself may come after the cell has ended.
print(subprocess.run(command, env=kept, capture_output=True, text=True).stdout)
"""


@pytest.fixture(scope="module")
def reports(hub: JupyterHub) -> dict[str, str]:
    """Each user publishes a run from a kernel of their own; what `doctor` printed."""
    return {user: hub.run(user, PUBLISH.format(user=user)) for user in hub.users}


def log_in(page: Page, hub: JupyterHub, user: str) -> None:
    page.goto(f"{hub.url}hub/login?next=/user/{user}/realtime/")
    page.get_by_label("Username:").fill(user)
    page.get_by_label("Password:").fill(hub.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**/user/{user}/realtime/")


def runs(answer: Any) -> list[str]:
    """Those of `PUBLISH`; other tests may have published others."""
    ids = [run["sprint_id"] for run in answer["sprints"]]
    return [sprint_id for sprint_id in ids if sprint_id.startswith("run-of-")]


@pytest.mark.long
def test_each_user_publishes_and_sees_their_own_runs_only(
    hub: JupyterHub, reports: dict[str, str]
) -> None:
    for user in hub.users:
        api = f"{hub.server(user)}realtime/api/"

        assert "All is well." in reports[user]
        assert f"/user/{user}/\n" in reports[user]
        assert runs(hub.ask("GET", f"{api}sprints", hub.token(user))) == [f"run-of-{user}"]


@pytest.mark.usefixtures("reports")
def test_the_token_of_another_user_opens_nothing(hub: JupyterHub) -> None:
    token = hub.token("alice")
    headers = {"Authorization": f"token {token}"}
    socket = f"{hub.server('bob')}realtime/ws/sprints/run-of-bob".replace("http", "ws", 1)

    for path in ("sprints", "sprints/run-of-bob", "sprints/run-of-bob/events", "health"):
        with pytest.raises(OSError, match="HTTP Error 403"):
            hub.ask("GET", f"{hub.server('bob')}realtime/api/{path}", token)
    with (
        pytest.raises(InvalidStatus, match="403"),
        connect(socket, additional_headers=headers, proxy=None, open_timeout=PATIENCE_S),
    ):
        pass


@pytest.mark.long
@pytest.mark.usefixtures("reports")
def test_the_cookie_of_another_user_opens_nothing(
    hub: JupyterHub, page: Page, context: BrowserContext
) -> None:
    log_in(page, hub, "alice")
    own = context.request.get(f"{hub.server('alice')}realtime/api/sprints")
    assert runs(own.json()) == ["run-of-alice"]

    bobs = f"{hub.server('bob')}realtime/"
    answers: list[APIResponse] = [
        context.request.get(f"{bobs}api/sprints"),
        context.request.get(f"{bobs}ws/sprints/run-of-bob"),
        context.request.post(f"{bobs}api/sprints/run-of-bob/ticket"),
    ]

    assert {answer.status for answer in answers} == {HTTPStatus.FORBIDDEN}


@pytest.mark.long
@pytest.mark.usefixtures("reports")
def test_the_pages_without_a_notebook_show_the_runs_of_the_logged_in_user(
    hub: JupyterHub, page: Page
) -> None:
    log_in(page, hub, "alice")
    expect(page.get_by_text("run-of-alice").first).to_be_visible()

    page.goto(f"{hub.server('alice')}realtime/sprints/run-of-alice")
    expect(page.locator("body")).to_contain_text("hello from alice")
    page.reload()
    expect(page.locator("body")).to_contain_text("hello from alice")
    expect(page.locator("body")).to_contain_text("Connected")

    refused = page.goto(f"{hub.server('bob')}realtime/sprints/run-of-bob")
    assert refused is not None
    assert refused.status == HTTPStatus.FORBIDDEN
    expect(page.locator("body")).not_to_contain_text("hello from bob")


@pytest.mark.long
def test_the_page_of_a_run_draws_its_tools_charts_and_files(
    hub: JupyterHub, page: Page, screenshot: Callable[[str], Path]
) -> None:
    server = f"{hub.server('alice')}?token={hub.token('alice')}"
    with Sprint("drawn", server=server) as sprint:
        publish_parts(sprint)
    assert sprint.close(PATIENCE_S) == 0
    log_in(page, hub, "alice")

    page.goto(f"{hub.server('alice')}realtime/sprints/drawn")

    expect_drawn(page.locator(".rtw-view"), lambda part: screenshot(f"jupyterhub-{part}"))


@pytest.mark.long
def test_a_process_with_nothing_but_jupyterhubs_variables_finds_its_server(
    hub: JupyterHub,
) -> None:
    printed = hub.run("alice", DOCTOR_BESIDE)

    assert "JUPYTERHUB_SERVICE_URL, which JupyterHub sets for a user's server: It is" in printed
    assert "All is well." in printed


@pytest.mark.long
def test_a_script_elsewhere_publishes_and_follows_through_the_proxy(hub: JupyterHub) -> None:
    server = f"{hub.server('bob')}lab?token={hub.token('bob')}"

    with Sprint("run-from-elsewhere", server=server) as sprint:
        sprint.log("hello")

    assert sprint.close(PATIENCE_S) == 0
    events = follow("run-from-elsewhere", server=server, until_end=True)
    assert [event.type for event in events] == ["status_update", "log", "status_update"]


def test_a_page_shows_a_run_live_without_its_kernel_and_again_until_its_user_logs_out(
    hub: JupyterHub, page: Page, context: BrowserContext
) -> None:
    cells = [
        (
            "from realtime_widgets import Sprint\n"
            "sprint = Sprint('seen-on-the-hub', show=False)\n"
            "sprint"
        ),
        "with sprint: sprint.log('a line for alice')",
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, hub.home("alice") / "live.ipynb")
    log_in(page, hub, "alice")

    page.goto(f"{hub.server('alice')}lab/tree/live.ipynb?reset")
    page.wait_for_function(READY)
    page.evaluate(START_ALL)
    page.wait_for_function("() => window.ranAll !== undefined")
    view = page.locator(VIEW)
    expect(view, json.dumps(page.evaluate(CODE_CELLS))).to_contain_text("a line for alice")
    expect(view).to_contain_text("Connected")

    save(page)
    token = hub.token("alice")
    for session in hub.ask("GET", f"{hub.server('alice')}api/sessions", token):
        hub.ask("DELETE", f"{hub.server('alice')}api/sessions/{session['id']}", token)
    sprint = Sprint("seen-on-the-hub", server=f"{hub.server('alice')}?token={token}")
    sprint.log("a line from elsewhere")
    assert sprint.close(PATIENCE_S) == 0
    expect(view).to_contain_text("a line from elsewhere")

    page.reload()
    expect(view).to_contain_text("a line from elsewhere")
    expect(view).to_contain_text("Connected")

    other = context.new_page()
    other.goto(f"{hub.url}hub/logout")

    expect(view).to_contain_text("not logged in")
