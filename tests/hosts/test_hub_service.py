"""On a real JupyterHub users share runs through the service, and get nothing else of each other."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from realtime_widgets import Sprint
from tests.environment import free_port
from tests.waiting import PATIENCE_S, wait_until

from .jupyterhub import JupyterHub

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

pytestmark = pytest.mark.long

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
COMMAND = Path(sys.executable).with_name("realtime-widgets-hub")


@pytest.fixture(scope="module")
def shared_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterHub]:
    """A JupyterHub with the service: alice has a server, bob is in a group, carol in none."""
    folder = tmp_path_factory.mktemp("shared-hub")
    service = {
        "name": "realtime",
        "url": f"http://127.0.0.1:{free_port()}",
        "command": [
            str(COMMAND),
            f"--HubService.store=sqlite:///{folder / 'runs.db'}",
            "--HubService.recheck_s=1",
        ],
        "oauth_no_confirm": True,
    }
    with JupyterHub(
        folder,
        users=["alice", "bob", "carol"],
        with_servers=[],
        arguments=["--allow-root"],
        services=[service],
        roles=ROLES,
        groups={"lab": {"users": ["bob"]}},
    ) as hub:
        url = f"{hub.url}services/realtime/api/health"
        wait_until(lambda: is_up(hub, url), "the service answers")
        yield hub


def is_up(hub: JupyterHub, url: str) -> bool:
    try:
        return hub.ask("GET", url, "none") == {"status": "ok"}
    except OSError:  # as long as the Hub and its proxy start
        return False


def log_in(page: Page, hub: JupyterHub, user: str, path: str) -> None:
    """Open a page of the service as a user of the Hub who is not logged in."""
    page.goto(f"{hub.url}services/realtime/{path}")
    page.get_by_label("Username:").fill(user)
    page.get_by_label("Password:").fill(hub.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**/services/realtime/{path}")


def test_bob_watches(shared_hub: JupyterHub, page: Page) -> None:
    hub = shared_hub
    service = f"{hub.url}services/realtime/"
    sprint = Sprint("nightly", server=f"{service}?token={hub.token('alice')}")
    sprint.log("hello from alice")
    assert sprint.close(PATIENCE_S) == 0
    log_in(page, hub, "bob", "sprints/nightly")
    expect(page.locator("body")).to_contain_text("belongs to alice")
    page.get_by_role("button", name="Request access").click()
    expect(page.locator("body")).to_contain_text("You have requested access")
    token = hub.token("alice")
    access = hub.ask("GET", f"{service}api/sprints/nightly/access", token)
    assert [each["user"] for each in access["requests"]] == ["bob"]
    hub.ask("POST", f"{service}api/sprints/nightly/access", token, {"viewers": ["group:lab"]})
    expect(page.locator("body")).to_contain_text("hello from alice", timeout=30_000)
    expect(page.locator("body")).to_contain_text("Connected")
    hub.administer("DELETE", "groups/lab/users", {"users": ["bob"]})
    expect(page.locator("body")).to_contain_text("not allowed")
