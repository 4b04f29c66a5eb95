"""Events as server-sent events, and those of agents as AG-UI: from any position on, in order."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from tornado.httpclient import HTTPClientError

from realtime_widgets.service import event_stream
from tests.asgi_server import BASE_URL, TOKEN
from tests.waiting import until

from .conftest import on_both

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    Open = Callable[..., Any]

STARTED = {"type": "RUN_STARTED", "threadId": "t", "runId": "r"}


class Received:
    """What a client has received of a stream."""

    def __init__(self) -> None:
        self.data = b""

    async def read(self, reader: asyncio.StreamReader) -> None:
        while chunk := await reader.read(65_536):
            self.data += chunk

    @property
    def events(self) -> list[dict[str, str]]:
        blocks = self.data.decode().split("\n\n")[:-1]
        fields = [
            dict(line.split(": ", 1) for line in block.split("\n"))
            for block in blocks
            if block != ":"
        ]
        return [found for found in fields if "retry" not in found]

    @property
    def messages(self) -> list[Any]:
        return [json.loads(found["data"]).get("message") for found in self.events if "id" in found]


@pytest.fixture
def broadcast(extension: Any) -> Any:
    async def send(**event: Any) -> int:
        await extension.started()
        return int(await extension.hub.broadcast("run", event))

    return send


@pytest.fixture(autouse=True)
def _short_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notice at once that a client has left."""
    monkeypatch.setattr(event_stream, "SILENCE_S", 0.02)


@pytest.fixture
def base(adapter: str, jp_fetch: Any, request: pytest.FixtureRequest) -> tuple[int, str, str]:  # noqa: ARG001 - it starts the server
    """The port of the server, its path, and the header with its token."""
    if adapter == "asgi":
        return request.getfixturevalue("asgi_server").port, BASE_URL, f"token {TOKEN}"
    header = request.getfixturevalue("jp_auth_header")["Authorization"]
    port, path = (request.getfixturevalue(name) for name in ("jp_http_port", "jp_base_url"))
    return port, path, header


@pytest.fixture
def stream(base: tuple[int, str, str], extension: Any) -> Open:
    port, root, token = base

    @asynccontextmanager
    async def opened(path: str, last_id: str = "") -> AsyncIterator[Received]:
        await extension.started()
        received = Received()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        resumed = f"Last-Event-ID: {last_id}\r\n" if last_id else ""
        head = f"GET {root}realtime/api/sprints/run/{path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n"
        writer.write(f"{head}Authorization: {token}\r\n{resumed}\r\n".encode())
        assert b" 200 " in await reader.readline()
        await reader.readuntil(b"\r\n\r\n")
        reading = asyncio.create_task(received.read(reader))
        try:
            yield received
        finally:
            reading.cancel()
            writer.close()

    return opened


async def get_messages(received: Received, count: int) -> list[Any]:
    await until(lambda: len(received.messages) >= count, "the events have come")
    return received.messages


@on_both
async def test_stored_events_come_first_and_new_ones_when_they_are_published(
    stream: Open, broadcast: Any
) -> None:
    await broadcast(type="log", message="a")
    async with stream("events/stream") as received:
        assert await get_messages(received, 1) == ["a"]
        await broadcast(type="log", message="b")

        assert await get_messages(received, 2) == ["a", "b"]


@on_both
async def test_a_stream_resumes_after_the_last_id_without_a_lost_or_doubled_event(
    stream: Open, broadcast: Any
) -> None:
    for message in "abc":
        await broadcast(type="log", message=message)
    async with stream("events/stream?after=1") as received:
        assert await get_messages(received, 2) == ["b", "c"]
        last = received.events[0]["id"]

    await broadcast(type="log", message="d")
    async with stream("events/stream", last_id=last) as received:
        assert await get_messages(received, 2) == ["c", "d"]


@on_both
async def test_an_id_of_another_log_begins_with_a_reset(stream: Open, broadcast: Any) -> None:
    await broadcast(type="log", message="a")
    async with stream("events/stream", last_id="0123456789abcdef:7") as received:
        assert await get_messages(received, 1) == ["a"]

        assert received.events[0] == {"event": "reset", "data": '{"reason":"epoch"}'}


async def test_events_that_are_not_kept_any_more_are_a_gap(
    stream: Open, broadcast: Any, extension: Any
) -> None:
    for message in "abcd":
        await broadcast(type="log", message=message)
    await extension.hub.store.trim("run", 4)
    async with stream("events/stream?after=1") as received:
        assert await get_messages(received, 1) == ["d"]

        assert received.events[0] == {"event": "gap", "data": '{"from":2,"to":3}'}


@on_both
async def test_agui_gives_the_events_of_an_agent_as_they_were_published(
    stream: Open, broadcast: Any
) -> None:
    await broadcast(type="log", message="no event of an agent")
    for agent in ("planner", "coder"):
        await broadcast(type="agent_message", agent=agent, event=STARTED | {"runId": agent})

    async with stream("agui?agent=coder") as received:
        await until(lambda: len(received.events) == 3, "three ids have come")

        data = [json.loads(found["data"]) for found in received.events if "data" in found]
    assert data == [STARTED | {"runId": "coder"}]


@on_both
@pytest.mark.parametrize(
    ("headers", "params", "field"),
    [({"Last-Event-ID": "7"}, {}, "Last-Event-ID"), ({}, {"after": "x"}, "after")],
)
async def test_a_bad_position_is_refused(
    jp_fetch: Any, headers: dict[str, str], params: dict[str, str], field: str
) -> None:
    path = ("realtime", "api", "sprints", "run", "events", "stream")
    with pytest.raises(HTTPClientError) as refused:
        await jp_fetch(*path, headers={**headers}, params=params)

    assert refused.value.code == 400
    assert json.loads(refused.value.response.body)["field"] == field


@on_both
async def test_a_stream_ends_after_its_time_and_is_counted_no_more(
    jp_fetch: Any, extension: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "STREAM_S", 0)
    await extension.started()

    answer = await jp_fetch("realtime", "api", "sprints", "run", "events", "stream")

    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.body == b"retry: 1000\n\n"
    assert not extension.hub.connections
