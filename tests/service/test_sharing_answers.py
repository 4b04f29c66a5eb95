"""Sharing over HTTP and WebSockets: an app with users who are known by tokens and cookies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from realtime_widgets.asgi import Connection, User, http
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.service.sharing.access import SharingRules
from tests.asgi.clients import client, refusal, viewer
from tests.asgi_server import serving

if TYPE_CHECKING:
    from pathlib import Path

USERS = {name: User(name) for name in ("alice", "carol")} | {
    "bob": User("bob", groups=frozenset({"lab"})),
    "root": User("root", is_admin=True),
}
RUN = "/a@b/realtime/ws/sprints/run"
INDEX = "/a@b/realtime/ws/index"
PUBLISH = {"publish": {"publisher_id": "0f" * 16}}


def user_of(request: Connection) -> User | None:
    return USERS.get(request.bearer_token or request.cookies.get("user", ""))


SHARED = {"sharing": SharingRules(), "authenticate": user_of}


def bearer(user: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {user}"}


async def ask(port: int, user: str, method: str, path: str, **body: Any) -> httpx.Response:
    async with client(port, **bearer(user)) as requests:
        content = json.dumps(body) if body else None
        return await requests.request(method, f"api/{path}", content=content)


async def publish(port: int, user: str, run: str = "run", line: str = "a line") -> int:
    event = json.dumps({"type": "log", "message": line})
    async with client(port, **bearer(user)) as requests:
        return (await requests.post(f"api/sprints/{run}/events", content=event)).status_code


async def names(port: int, user: str) -> list[str]:
    answer = await ask(port, user, "GET", "sprints")
    return [run["sprint_id"] for run in answer.json()["sprints"]]


async def test_another_user_finds_nothing_of_a_run_until_it_is_shared(tmp_path: Path) -> None:
    paths = ["", "/events", "/position", "/search?text=line", "/download?format=text", "/series"]
    async with serving(tmp_path, **SHARED) as server:
        assert await publish(server.port, "alice") == 200
        before = [
            (await ask(server.port, "bob", "GET", f"sprints/run{path}")).status_code
            for path in paths
        ]
        refused = await ask(server.port, "bob", "POST", "sprints/run/ticket")
        shared = await ask(
            server.port, "alice", "POST", "sprints/run/access", viewers=["group:lab"]
        )
        after = [
            (await ask(server.port, "bob", "GET", f"sprints/run{path}")).status_code
            for path in paths
        ]

        assert set(before) == {403}
        assert refused.json()["code"] == "not_shared"
        assert refused.json()["message"] == "the run 'run' belongs to alice: request access"
        assert shared.json()["viewers"] == ["group:lab"]
        assert set(after) == {200}
        assert await publish(server.port, "bob") == 403
        assert (await ask(server.port, "bob", "DELETE", "sprints/run")).status_code == 403
        assert (await ask(server.port, "carol", "GET", "sprints/run")).status_code == 403


async def test_the_list_and_the_names_in_it_are_those_that_a_user_may_read(tmp_path: Path) -> None:
    async with serving(tmp_path, **SHARED) as server:
        for user, run in (("alice", "hers"), ("carol", "carols"), ("alice", "for-the-lab")):
            assert await publish(server.port, user, run) == 200
        await ask(server.port, "alice", "POST", "sprints/for-the-lab/access", viewers=["group:lab"])

        assert await names(server.port, "alice") == ["for-the-lab", "hers"]
        assert await names(server.port, "bob") == ["for-the-lab"]
        assert await names(server.port, "root") == ["for-the-lab", "carols", "hers"]
        similar = await ask(server.port, "bob", "GET", "sprints/hers-2/position")
        assert similar.json()["similar"] == []


async def test_the_index_sends_a_user_the_changes_of_their_runs_only(tmp_path: Path) -> None:
    async with (
        serving(tmp_path, **SHARED) as server,
        viewer(server.port, INDEX, **bearer("bob")) as index,
    ):
        await index.send({"type": "hello", "v": 1})
        assert (await index.receive())["type"] == "welcome"
        await publish(server.port, "alice", "hers")
        await publish(server.port, "bob", "his")
        message = await index.receive()
        assert [run["sprint_id"] for run in message["changed"]] == ["his"]
        assert message["removed"] == []

        await ask(server.port, "alice", "DELETE", "sprints/hers")
        assert (await index.receive())["type"] == "reset"  # and no name


async def test_a_viewer_of_a_run_without_an_owner_sees_nothing_of_its_first_event(
    tmp_path: Path,
) -> None:
    async with (
        serving(tmp_path, **SHARED) as server,
        viewer(server.port, RUN, **bearer("carol")) as carol,
    ):
        await carol.hello()
        assert (await carol.receive())["head"] == 0
        assert await publish(server.port, "alice") == 200

        assert await carol.close_code() == CloseCode.RECONNECT
        assert await refusal(server.port, RUN, **bearer("carol")) == (403, "not_shared")


async def test_a_publisher_of_another_users_run_is_refused_before_the_first_event(
    tmp_path: Path,
) -> None:
    async with (
        serving(tmp_path, **SHARED) as server,
        viewer(server.port, RUN, **bearer("bob")) as bob,
    ):
        await bob.hello(**PUBLISH)
        assert (await bob.receive())["may_publish"] is True  # the run has no owner yet
        assert await publish(server.port, "alice") == 200
        await bob.send(
            {"type": "publish", "first_n": 1, "events": [{"type": "log", "message": "a line"}]}
        )

        assert await bob.close_code() == CloseCode.FORBIDDEN
        assert (await ask(server.port, "alice", "GET", "sprints/run")).json()["head"] == 1


async def test_an_editor_publishes_and_the_owner_is_still_the_first(tmp_path: Path) -> None:
    async with serving(tmp_path, **SHARED) as server:
        await publish(server.port, "alice")
        await ask(server.port, "alice", "POST", "sprints/run/access", editors=["bob"])

        assert await publish(server.port, "bob") == 200
        assert (await ask(server.port, "root", "GET", "sprints/run/access")).json() == {
            "owner": "alice",
            "viewers": [],
            "editors": ["bob"],
            "requests": [],
        }


async def test_revoking_closes_the_open_socket_before_it_is_answered(tmp_path: Path) -> None:
    async with serving(tmp_path, **SHARED) as server:
        await publish(server.port, "alice")
        await ask(server.port, "alice", "POST", "sprints/run/access", viewers=["bob"])
        async with viewer(server.port, RUN, **bearer("bob")) as bob:
            await bob.hello()
            assert (await bob.receive())["head"] == 1
            await ask(server.port, "alice", "POST", "sprints/run/access", remove=["bob"])

            assert await bob.close_code() == CloseCode.FORBIDDEN


async def test_a_ticket_of_a_user_whose_rights_were_taken_back_opens_nothing(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path, **SHARED) as server:
        await publish(server.port, "alice")
        await ask(server.port, "alice", "POST", "sprints/run/access", viewers=["bob"])
        ticket = (await ask(server.port, "bob", "POST", "sprints/run/ticket")).json()["ticket"]
        await ask(server.port, "alice", "POST", "sprints/run/access", remove=["bob"])
        async with viewer(server.port, RUN) as bob:
            await bob.hello(ticket)

            assert await bob.close_code() == CloseCode.FORBIDDEN


async def test_a_viewer_by_ticket_loses_the_rights_of_a_group_that_they_left(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path, refresh=lambda user: User(user.name), **SHARED) as server:
        await publish(server.port, "alice")
        await ask(server.port, "alice", "POST", "sprints/run/access", viewers=["group:lab"])
        ticket = (await ask(server.port, "bob", "POST", "sprints/run/ticket")).json()["ticket"]
        async with viewer(server.port, RUN) as bob:
            await bob.hello(ticket)
            assert (await bob.receive())["head"] == 1
            await server.sockets.recheck("run")

            assert await bob.close_code() == CloseCode.FORBIDDEN


async def test_the_page_of_a_run_offers_to_request_access_and_the_owner_finds_the_request(
    tmp_path: Path,
) -> None:
    cookie, origin = {"Cookie": "user=bob"}, "http://127.0.0.1:{}"
    async with serving(tmp_path, **SHARED) as server:
        await publish(server.port, "alice")
        async with client(server.port, Accept="text/html", **cookie) as browser:
            page = await browser.get("sprints/run")
            path = "api/sprints/run/access/requests"
            foreign = await browser.post(path, headers={"Origin": "https://evil.example"})
            own = await browser.post(path, headers={"Origin": origin.format(server.port)})
            after = await browser.get(f"{own.url.join(own.headers['Location'])}")
        access = (await ask(server.port, "alice", "GET", "sprints/run/access")).json()

    assert page.status_code == 403
    assert "the run &#x27;run&#x27; belongs to alice" in page.text
    assert f'action="../../realtime/{path}"' in page.text
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    assert foreign.status_code == 403
    assert own.status_code == 303
    assert "You have requested access" in after.text
    assert [each["user"] for each in access["requests"]] == ["bob"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"viewers": [""]}, "viewers.0"),
        ({"viewers": "bob"}, "viewers"),
        ({"owner": "bob"}, "owner"),
        ({"editors": ["x"] * 101}, "editors"),
        ({"viewers": [7]}, "viewers.0"),
    ],
)
async def test_a_change_that_breaks_a_rule_is_refused_with_its_field(
    tmp_path: Path, body: dict[str, Any], field: str
) -> None:
    async with serving(tmp_path, **SHARED) as server:
        await publish(server.port, "alice")
        answer = await ask(server.port, "alice", "POST", "sprints/run/access", **body)

        assert (answer.status_code, answer.json()["field"]) == (400, field)


async def test_a_server_that_does_not_share_has_no_such_routes(tmp_path: Path) -> None:
    async with serving(tmp_path, authenticate=user_of) as server:
        await publish(server.port, "alice")
        answers = [
            await ask(server.port, "alice", "GET", "sprints/run/access"),
            await ask(server.port, "alice", "POST", "sprints/run/access", viewers=["bob"]),
            await ask(server.port, "bob", "POST", "sprints/run/access/requests"),
        ]

        assert [(each.status_code, each.json()["code"]) for each in answers] == [
            (404, "not_found")
        ] * 3
        assert await publish(server.port, "bob") == 200


async def test_a_stream_of_events_ends_when_its_user_may_not_have_it_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "RECHECK_S", 0.0)
    async with serving(tmp_path, **SHARED) as server:
        await publish(server.port, "alice")
        await ask(server.port, "alice", "POST", "sprints/run/access", viewers=["bob"])
        async with (
            client(server.port, **bearer("bob")) as requests,
            requests.stream("GET", "api/sprints/run/events/stream") as stream,
        ):
            lines = stream.aiter_lines()
            while "a line" not in await anext(lines):
                pass
            await ask(server.port, "alice", "POST", "sprints/run/access", remove=["bob"])
            await publish(server.port, "alice", line="second")
            with pytest.raises(httpx.RemoteProtocolError):  # without its end
                await anext(line async for line in lines if "second" in line)
