"""`Sprint.share` against a served app whose users share runs, and against servers without."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

import pytest

from realtime_widgets import Sprint
from realtime_widgets.asgi import Connection, SharingRules, User
from realtime_widgets.client.waiting import in_thread
from realtime_widgets.errors import ServerNotFoundError
from tests.asgi_server import AsgiServer, serving
from tests.hub.loop import run
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path


def in_loop(test: Callable[[Path], Awaitable[None]]) -> Callable[[Path], None]:
    @wraps(test)
    def run_test(tmp_path: Path) -> None:
        run(test(tmp_path))

    return run_test


def find(request: Connection) -> User | None:
    return User(request.bearer_token) if request.bearer_token else None


def sprint_of(server: AsgiServer, user: str) -> Sprint:
    return Sprint("run", server=f"{server.url('http', ('',), None)}?token={user}", show=False)


@in_loop
async def test_a_run_is_shared_before_it_begins_and_the_link_leads_to_its_page(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path, authenticate=find, sharing=SharingRules()) as server:
        alice = sprint_of(server, "alice")
        link = await in_thread(lambda: alice.share("group:lab", "bob", timeout=PATIENCE_S))
        await in_thread(lambda: alice.share("carol", may_publish=True, timeout=PATIENCE_S))
        await in_thread(lambda: alice.unshare("bob", timeout=PATIENCE_S))
        record = (await server.hub.store.access_records(["run"]))["run"]

    assert link == f"http://127.0.0.1:{server.port}/a%40b/realtime/sprints/run"
    assert b'"owner":"alice","viewers":["group:lab"],"editors":["carol"]' in record


@in_loop
async def test_what_cannot_be_shared_is_refused_with_the_reason(tmp_path: Path) -> None:
    async with serving(tmp_path, authenticate=find, sharing=SharingRules()) as server:
        await in_thread(lambda: sprint_of(server, "alice").share(timeout=PATIENCE_S))
        for user, names, kind, words in [
            ("alice", ["group:"], ValueError, "viewers.0: "),
            ("bob", ["bob"], ServerNotFoundError, "you own no run 'run'"),
        ]:
            with pytest.raises(kind, match=words):
                await in_thread(
                    lambda user=user, names=names: sprint_of(server, user).share(
                        *names, timeout=PATIENCE_S
                    )
                )


@in_loop
async def test_a_server_whose_users_share_nothing_refuses_with_the_reason(tmp_path: Path) -> None:
    words = "the users of this server do not share runs"
    async with serving(tmp_path, authenticate=find) as server:
        with pytest.raises(ServerNotFoundError, match=words):
            await in_thread(lambda: sprint_of(server, "alice").share("bob", timeout=PATIENCE_S))
    with pytest.raises(ServerNotFoundError, match=words):
        Sprint("run", server="embedded", show=False).share("bob")
