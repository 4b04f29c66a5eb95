"""WebSockets of the app: tickets, tokens, origins, limits; which are accepted, for which user."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets.asgi import RealtimeApp
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.service import tickets
from tests.asgi_server import TOKEN, find_user, serving, uvicorn_of
from tests.waiting import PATIENCE_S

from .clients import BEARER, client, refusal, ticket, viewer

if TYPE_CHECKING:
    from pathlib import Path

    from realtime_widgets.asgi import User
    from realtime_widgets.asgi.request import Message, Receive, Scope, Send

RUN = "/a@b/realtime/ws/sprints/run"
PUBLISHES = {"publish": {"publisher_id": "0f" * 16}}
FOREIGN = {"Origin": "https://elsewhere.example"}
ALICE, BOB = {"Cookie": "user=alice"}, {"Cookie": "user=bob"}


async def test_a_ticket_names_the_user_of_a_page_from_anywhere(tmp_path: Path) -> None:
    """The page has no cookie: the ticket was traded for a token by the page's own server."""
    async with serving(tmp_path) as server:
        async with viewer(server.port, **FOREIGN) as page:
            await page.hello(await ticket(server.port), **PUBLISHES)
            assert (await page.receive())["may_publish"] is True
            event = {"type": "log", "message": "hi"}
            await page.send({"type": "publish", "first_n": 1, "events": [event]})
            assert (await page.receive())["type"] == "ack"

        page = await server.hub.logs.page("run", limit=1)
        assert json.loads(page.events[0])["user"] == "alice"


async def test_a_ticket_has_the_rights_of_its_user(tmp_path: Path) -> None:
    def may(_: User, action: str, sprint_id: str | None) -> bool:
        return action == "read" and sprint_id == "run"

    async with serving(tmp_path, authorize=may) as server:
        await server.hub.broadcast("rum", {"type": "log", "message": "of another user"})
        async with viewer(server.port) as reader, viewer(server.port) as writer:
            await reader.hello(await ticket(server.port))
            await writer.hello(await ticket(server.port), **PUBLISHES)
            welcome = await reader.receive()

            assert await writer.close_code() == 4503
        assert (welcome["may_publish"], welcome["similar"]) == (False, [])
        async with client(server.port, **BEARER) as requests:
            position = (await requests.get("api/sprints/run/position")).json()
            statuses = [
                (await requests.get("api/sprints/rum")).status_code,
                (await requests.get("api/sprints")).status_code,
                (await requests.delete("api/sprints/run")).status_code,
                (await requests.post("api/sprints/rum/ticket")).status_code,
                (await requests.get("sprints/rum")).status_code,
                (await requests.get("")).status_code,
            ]
        assert position["similar"] == []
        assert statuses == [403] * 6


@pytest.mark.parametrize("wrong", [None, "x" * 43, "used", "other", "expired"])
async def test_a_ticket_that_is_not_good_closes_with_4501(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str | None
) -> None:
    async with serving(tmp_path) as server:
        given = wrong
        if wrong == "expired":
            monkeypatch.setattr(tickets, "TICKET_S", 0.0)
        if wrong in {"used", "expired"}:
            given = await ticket(server.port)
        if wrong == "other":
            given = await ticket(server.port, "sprints/other")
        async with viewer(server.port) as first, viewer(server.port) as second:
            if wrong == "used":
                await first.hello(given)
                await first.receive()
            await second.hello(given)

            assert await second.close_code() == 4501


@pytest.mark.parametrize(("cookie", "is_good"), [({}, True), (ALICE, True), (BOB, False)])
async def test_a_ticket_of_another_user_than_the_cookies_closes_with_4501(
    tmp_path: Path, cookie: dict[str, str], *, is_good: bool
) -> None:
    async with serving(tmp_path) as server:
        given = await ticket(server.port, **ALICE)
        async with viewer(server.port, **cookie) as page:
            await page.hello(given)
            if is_good:
                assert (await page.receive())["type"] == "welcome"
            else:
                assert await page.close_code() == 4501


async def test_a_cookie_alone_opens_no_socket(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        async with viewer(server.port, **ALICE) as page:
            await page.hello()
            assert await page.close_code() == 4501
        assert await refusal(server.port, RUN, subprotocols=(), **ALICE) == (403, "forbidden")


@pytest.mark.parametrize(
    ("path", "how", "expected"),
    [
        (f"{RUN}?token=wrong", {}, (403, "forbidden")),
        (f"{RUN}?token=wrong", {"subprotocols": ()}, (403, "forbidden")),
        (f"{RUN}?token={TOKEN}", FOREIGN, (403, "foreign_origin")),
        (f"{RUN}?token={TOKEN}", {"Origin": "null"}, (403, "foreign_origin")),
        (RUN, {"subprotocols": ("other.v9",)}, (400, "bad_field")),
        (f"{RUN}-", {"subprotocols": ("other.v9",)}, (400, "bad_field")),
        ("/a@b/realtime/ws/sprints/-bad", {}, (400, "bad_field")),
        ("/a@b/realtime/ws/index", {"subprotocols": ()}, (400, "bad_field")),
        ("/a@b/realtime/ws/other", {}, (404, "not_found")),
        (f"{RUN}?{'a=1&' * 101}", {}, (400, "bad_field")),
        (f"{RUN}?a=%ff", {}, (400, "bad_field")),
    ],
)
async def test_what_may_not_connect_is_refused_before_the_upgrade(
    tmp_path: Path, path: str, how: dict[str, Any], expected: tuple[int, str]
) -> None:
    async with serving(tmp_path) as server:
        assert await refusal(server.port, path, **how) == expected


async def test_a_token_is_taken_from_pages_of_an_allowed_origin(tmp_path: Path) -> None:
    async with serving(tmp_path, allowed_origins=[FOREIGN["Origin"]]) as server:
        own = {"Origin": f"http://127.0.0.1:{server.port}"}
        for origin in (FOREIGN, own, {}):
            path = f"{RUN}?token={TOKEN}"
            async with viewer(server.port, path, subprotocols=(), **origin) as page:
                await page.send({"type": "ping"})
                assert await page.receive() == {"type": "pong"}


async def test_connections_are_counted_for_their_users_once_these_are_known(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path, max_connections_per_user=1, max_connections=4) as server:
        given = [await ticket(server.port) for _ in range(2)]
        async with viewer(server.port) as first:
            await first.hello(given[0])
            assert (await first.receive())["type"] == "welcome"
            async with viewer(server.port) as second:
                assert await refusal(server.port, RUN) == (503, "connection_limit")
                await second.hello(given[1])
                assert await second.close_code() == 1013
            path = f"{RUN}?token={TOKEN}"
            assert await refusal(server.port, path) == (503, "connection_limit")


async def test_a_message_above_the_limit_closes_with_1009(tmp_path: Path) -> None:
    async with serving(tmp_path, limits=Limits(message_bytes=2_000)) as server:
        for text, code in (("é" * 1_000, None), ("é" * 1_001, 1009)):
            async with viewer(server.port, f"{RUN}?token={TOKEN}", subprotocols=()) as page:
                await page.send(text)
                if code is None:
                    assert (await page.receive())["code"] == "bad_json"
                else:
                    assert await page.close_code() == code


@pytest.mark.parametrize(("allowed", "code"), [("nothing", 4503), ("read", 4000)])
async def test_a_user_who_may_do_less_than_before_is_closed(
    tmp_path: Path, allowed: str, code: int
) -> None:
    rights = {"read", "write"}

    async def may(_: User, action: str, __: str | None) -> bool:
        return action in rights

    rechecking = serving(tmp_path, authorize=may, recheck_s=0.1)
    async with rechecking as server, viewer(server.port) as page:
        await page.hello(await ticket(server.port))
        await page.receive()
        rights.intersection_update({allowed})

        assert await page.close_code() == code


async def test_a_viewer_that_reads_nothing_costs_one_frame_and_gets_all_when_it_reads_again() -> (
    None
):
    """What its socket holds is the system's: 4 MiB at most."""
    realtime = RealtimeApp(store="memory", authenticate=find_user)
    handed: list[int] = []
    waiting: list[int] = [0]

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: Message) -> None:
            handed.append(len(message.get("text", "")))
            waiting.append(waiting[-1] + 1)
            await send(message)
            waiting.append(waiting[-1] - 1)

        await realtime(scope, receive, counted if scope["type"] == "websocket" else send)

    lines = 200
    async with (
        uvicorn_of(watched) as port,
        viewer(port, f"/ws/sprints/run?token={TOKEN}", receive_bytes=4_096) as slow,
    ):
        await slow.hello()
        await slow.receive()
        sprint = realtime.sprint("run")
        for _ in range(lines):
            sprint.log("x" * 60_000)
        assert await sprint.aflush(PATIENCE_S) == 0

        assert sum(handed) < 6 * 2**20 < lines * 60_000
        assert max(waiting) == 1
        seen = 0
        while seen < lines:
            message = await slow.receive()
            seen += sum(len(batch["events"]) for batch in message["batches"])
        assert seen == lines
