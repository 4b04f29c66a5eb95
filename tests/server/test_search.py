"""The search of a run over HTTP, from a real server."""

from __future__ import annotations

import json
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
from tornado.httpclient import HTTPClientError

from realtime_widgets.hub import log_pages
from realtime_widgets.protocol.search.batch_search import BatchSearch
from realtime_widgets.service import routes, slots
from realtime_widgets.service.slots import PER_USER
from realtime_widgets_server.api import Api
from tests.waiting import PATIENCE_S, until

from .conftest import on_both

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from realtime_widgets_server import RealtimeWidgets

    Search = Callable[..., Awaitable[list[dict[str, Any]]]]


@pytest.fixture
def search(jp_fetch: Any) -> Search:
    """Search the run `run`, and return the lines of the answer."""

    async def fetch(text: str, **arguments: str) -> list[dict[str, Any]]:
        answer = await jp_fetch(
            *("realtime", "api", "sprints", "run", "search"), params={"text": text, **arguments}
        )
        assert answer.headers["Content-Type"].startswith("application/x-ndjson")
        return [json.loads(line) for line in answer.body.splitlines()]

    return fetch


async def publish(extension: RealtimeWidgets, *lines: str) -> None:
    await extension.started()
    for line in lines:
        await extension.hub.broadcast("run", {"type": "log", "message": line})


@on_both
async def test_a_search_is_answered_with_lines_of_json(
    search: Search, extension: RealtimeWidgets
) -> None:
    await publish(extension, "\x1b[31mloss\x1b[0m 1", "none", "a\nthe LOSS is 2", "glossy")

    *_, plain = await search("loss")
    *_, word = await search("loss", word="true")
    *_, regex = await search(r"loss \d$", regex="true", case="true")
    *_, back = await search(" LOSS", before="4")

    assert plain["matches"] == [[1, 0, 0, 4], [3, 1, 4, 8], [4, 0, 1, 5]]
    assert [match[0] for match in word["matches"]] == [1, 3]
    assert [match[0] for match in regex["matches"]] == [1]
    assert [match[0] for match in back["matches"]] == [3]
    assert {line["end"] for line in (plain, word, regex, back)} == {"done"}


@on_both
async def test_a_search_that_cannot_be_is_refused_with_the_field_and_the_limit(
    search: Search, extension: RealtimeWidgets
) -> None:
    await publish(extension, "x")
    for arguments, field, words in (
        ({"text": ""}, "text", "is empty"),
        ({"text": "(", "regex": "true"}, "text", "missing )"),
        ({"text": "x", "limit": "0"}, "limit", "from 1 to 1,000"),
        ({"text": "x", "limit": str(10**9)}, "limit", "from 1 to 1,000"),
        ({"text": "x", "after": "1", "before": "2"}, "before", "not both"),
        ({"text": "x", "level": "loud"}, "level", "debug, info"),
    ):
        with pytest.raises(HTTPClientError) as refused:
            await search(**arguments)
        body = json.loads(refused.value.response.body)
        assert (refused.value.code, body["code"], body["field"]) == (400, "bad_field", field)
        assert words in body["message"]


@on_both
async def test_a_page_of_events_has_only_those_that_match(
    jp_fetch: Any, extension: RealtimeWidgets
) -> None:
    await publish(extension, "x", "a", "x", "x")
    route = ("realtime", "api", "sprints", "run", "events")

    first = await jp_fetch(*route, params={"text": "x", "limit": "2"})
    lines = await jp_fetch(
        *route, params={"text": "x", "after": "3"}, headers={"Accept": "application/x-ndjson"}
    )

    assert [event["seq"] for event in json.loads(first.body)["events"]] == [1, 3]
    link = '<?after=3&limit=2&text=x&level=debug>; rel="next"'
    assert first.headers["Link"] == link
    assert [json.loads(line)["seq"] for line in lines.body.splitlines()] == [4]


@on_both
@pytest.mark.parametrize("route", ["search", "events"])
async def test_a_search_too_many_is_asked_to_come_later(
    jp_fetch: Any, extension: RealtimeWidgets, monkeypatch: pytest.MonkeyPatch, route: str
) -> None:
    await publish(extension, "x")
    monkeypatch.setattr(slots, "WAIT_S", 0.0)
    monkeypatch.setattr(slots, "AT_ONCE", 0)

    with pytest.raises(HTTPClientError) as refused:
        await jp_fetch("realtime", "api", "sprints", "run", route, params={"text": "x"})

    assert refused.value.code == 503
    assert refused.value.response.headers["Retry-After"] == "5"
    assert json.loads(refused.value.response.body)["code"] == "too_many_searches"
    assert (await jp_fetch("realtime", "api", "sprints", "run", "events")).code == 200


@pytest.fixture
def ask(
    http_server_port: Any,
    jp_serverapp: Any,
    http_server: Any,  # noqa: ARG001 - is running
) -> Iterator[Callable[[], socket.socket]]:
    """Send a request for a search over a separate socket."""
    _, port = http_server_port
    sockets: list[socket.socket] = []
    token, base = jp_serverapp.identity_provider.token, jp_serverapp.base_url

    def send() -> socket.socket:
        client = socket.socket()
        sockets.append(client)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.connect(("127.0.0.1", port))
        head = f"GET {base}realtime/api/sprints/run/search?text=x HTTP/1.1\r\nHost: localhost\r\n"
        client.sendall(f"{head}Authorization: token {token}\r\n\r\n".encode())
        return client

    yield send
    for each in sockets:
        each.close()


class Gate:
    """Holds a search up at its third batch, and counts the batches that it looks at."""

    def __init__(self) -> None:
        self.batches = 0
        self.threads: set[threading.Thread] = set()
        self.is_open = threading.Event()

    @property
    def is_reached(self) -> bool:
        return self.batches == 3

    def pass_by(self) -> None:
        self.batches += 1
        self.threads.add(threading.current_thread())
        if self.is_reached:
            assert self.is_open.wait(PATIENCE_S)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    made, find = Gate(), BatchSearch.find

    def held_up(self: BatchSearch, *where: Any) -> Any:
        made.pass_by()
        return find(self, *where)

    monkeypatch.setattr(BatchSearch, "find", held_up)
    monkeypatch.setattr(log_pages, "READ_BYTES", 1)
    yield made
    made.is_open.set()


async def test_the_server_answers_while_a_thread_searches(
    ask: Callable[[], socket.socket], gate: Gate, jp_fetch: Any, extension: RealtimeWidgets
) -> None:
    await publish(extension, *"xxxxx")
    ask()
    await until(lambda: gate.is_reached, "the search is held up")

    health = await jp_fetch("realtime", "api", "health")

    assert health.code == 200
    assert threading.main_thread() not in gate.threads
    assert extension.service.search_slots.running == 1


async def test_a_search_ends_with_the_batch_at_which_its_client_leaves(
    ask: Callable[[], socket.socket],
    gate: Gate,
    extension: RealtimeWidgets,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left: list[Api] = []
    on_close = Api.on_connection_close

    def recorded(self: Api) -> None:
        on_close(self)
        left.append(self)

    monkeypatch.setattr(Api, "on_connection_close", recorded)
    await publish(extension, *"x" * 50)
    client = ask()
    await until(lambda: gate.is_reached, "the search is held up")
    client.close()
    await until(lambda: bool(left), "the server notices that the client has left")
    gate.is_open.set()

    await until(lambda: extension.service.search_slots.running == 0, "the search has ended")
    assert gate.batches == 3


async def test_a_client_that_does_not_receive_its_answer_is_disconnected(
    ask: Callable[[], socket.socket],
    http_server_port: Any,
    extension: RealtimeWidgets,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(routes, "RECEIVE_S", 1.0)
    listening, _ = http_server_port
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
    await publish(extension, "x\n" * 30_000)  # an answer of some hundred KB
    ask()
    await until(lambda: extension.service.search_slots.running == 1, "it searches")

    await until(lambda: extension.service.search_slots.running == 0, "it is disconnected")


@on_both
async def test_searches_of_a_user_are_counted_until_they_end(
    search: Search, extension: RealtimeWidgets
) -> None:
    await publish(extension, "x")

    for _ in range(PER_USER + 1):
        await search("x")

    assert extension.service.search_slots.running == 0
