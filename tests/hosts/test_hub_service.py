"""On a real JupyterHub users share runs through the service, and get nothing else of each other."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from playwright.sync_api import expect

from realtime_widgets import Sprint, follow
from tests.e2e.jupyter import READY, START_ALL
from tests.environment import free_port
from tests.waiting import PATIENCE_S, until, wait_until

from .hub_viewers import HubViewers
from .jupyterhub import JupyterHub

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.long

COMMAND = Path(sys.executable).with_name("realtime-widgets-hub")
ACCESS = "access:services!service=realtime"
ROLES = [
    # Jupyterhub's own roles, with the right to use the service.
    {"name": "user", "scopes": ["self", ACCESS]},
    {"name": "server", "scopes": ["users:activity!user", "access:servers!server", ACCESS]},
    {
        "name": "realtime",
        "services": ["realtime"],
        "scopes": ["read:users:name", "read:users:groups"],
    },
]
ARGUMENTS = (
    "--allow-root",
    "--RealtimeWidgets.hub_service={url}services/realtime/",
    "--LabApp.expose_app_in_browser=True",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--ServerApp.jpserver_extensions=jupyter_lsp=False",
    "--ServerApp.jpserver_extensions=jupyter_server_terminals=False",
    "--ServerApp.jpserver_extensions=notebook=False",
    "--ServerApp.jpserver_extensions=voila.server_extension=False",
)
VIEWERS = 200
"""Of each of two users."""

PUBLISH = """
from realtime_widgets import Sprint, doctor
sprint = Sprint("nightly")
sprint.status("running")
sprint.log("hello from alice")
assert sprint.flush(180) == 0
print(sprint.share("group:lab"))
print(doctor())
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterHub]:
    """A JupyterHub with the service; alice has a server, and has shared a run with the group."""
    folder = tmp_path_factory.mktemp("shared-hub")
    service = {
        "name": "realtime",
        "url": f"http://127.0.0.1:{free_port()}",
        "command": [
            str(COMMAND),
            f"--HubService.store=sqlite:///{folder / 'runs.db'}",
            "--HubService.recheck_s=1",
            f"--HubService.max_connections_per_user={2 * VIEWERS}",
        ],
        "oauth_no_confirm": True,
    }
    with JupyterHub(
        folder,
        users=["alice", "bob", "carol"],
        with_servers=["alice"],
        arguments=ARGUMENTS,
        services=[service],
        roles=ROLES,
        groups={"lab": {"users": ["bob"]}},
    ) as hub:
        wait_until(lambda: is_up(hub), "the service answers")
        printed = hub.run("alice", PUBLISH)
        assert f"{service_of(hub)}realtime/sprints/nightly" in printed
        assert "All is well." in printed
        yield hub


def service_of(hub: JupyterHub) -> str:
    return f"{hub.url}services/realtime/"


def is_up(hub: JupyterHub) -> bool:
    try:
        return hub.ask("GET", f"{service_of(hub)}api/health", "none") == {"status": "ok"}
    except OSError:  # as long as the Hub and its proxy start
        return False


def ask(hub: JupyterHub, user: str, method: str, path: str, **body: Any) -> Any:
    """Send a request to the service with a token of the user."""
    return hub.ask(method, f"{service_of(hub)}api/{path}", hub.token(user), body or None)


def names(hub: JupyterHub, user: str) -> list[str]:
    return [run["sprint_id"] for run in ask(hub, user, "GET", "sprints")["sprints"]]


@pytest.fixture
def pages(browser: Browser) -> Iterator[dict[str, Page]]:
    """A browser for each user."""
    contexts = {user: browser.new_context() for user in ("alice", "bob", "carol")}
    for context in contexts.values():
        context.set_default_timeout(PATIENCE_S * 1_000)
    yield {user: context.new_page() for user, context in contexts.items()}
    for context in contexts.values():
        context.close()


def open_as(page: Page, hub: JupyterHub, user: str, url: str) -> None:
    """Open a page as a user of the Hub who is not logged in."""
    page.goto(url)
    page.get_by_label("Username:").fill(user)
    page.get_by_label("Password:").fill(hub.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(url)


def test_a_member_of_the_group_watches_live_and_gets_nothing_else(
    hub: JupyterHub, pages: dict[str, Page]
) -> None:
    page = pages["bob"]
    open_as(page, hub, "bob", f"{service_of(hub)}sprints/nightly")
    expect(page.locator("body")).to_contain_text("hello from alice")
    expect(page.locator("body")).to_contain_text("Connected")

    sprint = Sprint("nightly", server=f"{service_of(hub)}?token={hub.token('alice')}")
    sprint.log("a line while bob watches")
    assert sprint.close(PATIENCE_S) == 0
    expect(page.locator("body")).to_contain_text("a line while bob watches")

    assert (names(hub, "alice"), names(hub, "bob"), names(hub, "carol")) == (
        ["nightly"],
        ["nightly"],
        [],
    )
    for path in ("api/kernels", "api/contents", "api/sessions", "realtime/api/sprints"):
        with pytest.raises(OSError, match="HTTP Error 403"):
            hub.ask("GET", f"{hub.server('alice')}{path}", hub.token("bob"))
    for path in ("kernels", "contents", "terminals", "sessions"):
        with pytest.raises(OSError, match="HTTP Error 404"):
            ask(hub, "bob", "GET", path)
    for method, path in (("DELETE", "sprints/nightly"), ("POST", "sprints/nightly/events")):
        with pytest.raises(OSError, match="HTTP Error 403"):
            ask(hub, "bob", method, path)


def test_another_user_requests_access_and_sees_the_run_once_its_owner_allows_it(
    hub: JupyterHub, pages: dict[str, Page]
) -> None:
    alice, carol = pages["alice"], pages["carol"]
    url = f"{service_of(hub)}sprints/nightly"
    open_as(carol, hub, "carol", url)
    expect(carol.locator("body")).to_contain_text("the run 'nightly' belongs to alice")
    expect(carol.locator("body")).not_to_contain_text("hello from alice")
    carol.get_by_role("button", name="Request access").click()
    expect(carol.locator("body")).to_contain_text("You have requested access")

    open_as(alice, hub, "alice", url)
    alice.get_by_role("button", name="Share (1)").click()
    expect(alice.get_by_label("Link to this run")).to_have_value(url)
    alice.get_by_role("button", name="Allow").click()
    expect(alice.get_by_label("Users with access")).to_contain_text("carol")

    expect(carol.locator("body")).to_contain_text("hello from alice")
    expect(carol.locator("body")).to_contain_text("Connected")
    alice.get_by_role("button", name="Remove carol").click()
    expect(carol.locator("body")).to_contain_text("not allowed")


def test_a_cell_of_the_owner_shows_its_run_live_through_the_service(
    hub: JupyterHub, pages: dict[str, Page]
) -> None:
    page = pages["alice"]
    cells = [
        "from realtime_widgets import Sprint\nsprint = Sprint('in-a-cell', show=False)\nsprint",
        "with sprint: sprint.log('a line in a cell')",
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, hub.home("alice") / "live.ipynb")
    open_as(page, hub, "alice", f"{hub.server('alice')}lab/tree/live.ipynb?reset")
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.wait_for_function(READY)
    page.evaluate(START_ALL)
    page.wait_for_function("() => window.ranAll !== undefined")

    view = page.locator(".jp-OutputArea .realtime-widgets")
    expect(view).to_contain_text("a line in a cell")
    expect(view).to_contain_text("Connected")
    expect(view.get_by_role("button", name="Share")).to_be_visible()
    of_run = [url for url in sockets if url.endswith("/in-a-cell")]
    assert of_run
    assert all("/services/realtime/ws/" in url and "token" not in url for url in of_run)


def test_leaving_the_group_closes_what_the_user_watches(
    hub: JupyterHub, pages: dict[str, Page]
) -> None:
    page = pages["bob"]
    open_as(page, hub, "bob", f"{service_of(hub)}sprints/nightly")
    expect(page.locator("body")).to_contain_text("Connected")

    hub.administer("DELETE", "groups/lab/users", {"users": ["bob"]})

    expect(page.locator("body")).to_contain_text("not allowed")
    hub.administer("POST", "groups/lab/users", {"users": ["bob"]})


def test_nothing_is_lost_where_the_service_is_killed_and_the_hub_starts_it_again(
    hub: JupyterHub,
) -> None:
    server = f"{service_of(hub)}?token={hub.token('alice')}"
    sprint = Sprint("over-a-restart", server=server)
    for number in range(100):
        sprint.log(f"line {number}")
    assert sprint.flush(PATIENCE_S) == 0
    os.kill(hub.administer("GET", "services/realtime")["pid"], signal.SIGKILL)
    for number in range(100, 200):
        sprint.log(f"line {number}")

    assert sprint.close(PATIENCE_S) == 0
    events = follow("over-a-restart", server=server, timeout=PATIENCE_S)
    lines = [next(events).message for _ in range(200)]
    assert lines == [f"line {number}" for number in range(200)]


def test_two_users_with_200_viewers_each_get_all_and_viewers_without_access_are_closed(
    hub: JupyterHub,
) -> None:
    tokens = {user: hub.token(user) for user in ("alice", "bob")}
    sprint = Sprint("crowded", server=f"{service_of(hub)}?token={tokens['alice']}")
    sprint.log("line 0")
    assert sprint.flush(PATIENCE_S) == 0
    sprint.share("group:lab")
    url = f"{service_of(hub)}ws/sprints/crowded".replace("http", "ws", 1)
    expected = [f"line {number}" for number in range(100)]

    async def watch() -> None:
        alice, bob = (HubViewers(url, tokens[user]) for user in ("alice", "bob"))
        await alice.connect(VIEWERS)
        await bob.connect(VIEWERS)
        for line in expected[1:]:
            sprint.log(line)
        for each in (alice, bob):
            await until(
                lambda each=each: all(len(lines) >= len(expected) for lines in each.lines),
                "all viewers have all lines",
            )
            assert each.lines == [expected] * VIEWERS

        await asyncio.to_thread(hub.administer, "DELETE", "groups/lab/users", {"users": ["bob"]})
        await until(lambda: len(bob.closed) == VIEWERS, "the viewers of Bob are closed")
        sprint.log("a line for alice")
        await until(lambda: all(len(lines) == 101 for lines in alice.lines), "Alice has it")
        assert set(bob.closed) == {4503}
        assert not alice.closed
        assert all(lines == expected for lines in bob.lines)
        await alice.leave()

    try:
        # In a thread, as the browser of the other tests has the loop of this one.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, watch()).result()
    finally:
        hub.administer("POST", "groups/lab/users", {"users": ["bob"]})
    assert sprint.close(PATIENCE_S) == 0
