"""The plain mode: what clients of the original service rely on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets_server import socket as module

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from realtime_widgets_server import RealtimeWidgets
    from tests.server.conftest import Client

    Connect = Callable[..., Awaitable[Client]]


async def test_each_frame_is_one_flat_event_from_the_first_on_and_then_live(
    extension: RealtimeWidgets, connect: Connect
) -> None:
    await extension.started()
    await extension.hub.broadcast("run", {"type": "status_update", "status": "running"})
    client = await connect(plain=True)
    before = await client.receive()
    await extension.hub.broadcast("run", {"type": "log", "message": "hi"})
    after = await client.receive()

    assert (before["type"], before["status"], before["seq"]) == ("status_update", "running", 1)
    assert (after["type"], after["message"], after["sprint_id"]) == ("log", "hi", "run")
    assert after["timestamp"].endswith("Z")


async def test_a_client_may_start_after_a_seq(extension: RealtimeWidgets, connect: Connect) -> None:
    await extension.started()
    for message in ("a", "b", "c"):
        await extension.hub.broadcast("run", {"type": "log", "message": message})

    client = await connect(plain=True, since="2")

    assert (await client.receive())["message"] == "c"


async def test_ping_is_answered_with_pong(connect: Connect) -> None:
    client = await connect(plain=True)
    await client.send({"type": "ping"})

    assert await client.receive() == {"type": "pong"}


async def test_what_a_client_sends_is_published(connect: Connect) -> None:
    sender, viewer = await connect(plain=True), await connect(plain=True)
    await sender.send({"type": "user_reply", "text": "go on"})

    event = await viewer.receive()

    assert (event["type"], event["text"]) == ("user_reply", "go on")


async def test_what_cannot_be_published_is_answered_with_an_error(connect: Connect) -> None:
    client = await connect(plain=True)
    wrong: list[tuple[Any, str]] = [
        ("nonsense", "bad_json"),
        ({"type": "log"}, "bad_field"),
    ]
    for message, code in wrong:
        await client.send(message)
        error = await client.receive()
        while error["type"] == "dropped":  # its place in the log, which everyone sees
            error = await client.receive()
        assert (error["type"], error["code"]) == ("error", code)


@pytest.mark.usefixtures("http_server")
async def test_a_client_that_answers_no_ping_of_its_websocket_is_let_go(
    extension: RealtimeWidgets,
    jp_http_port: int,
    jp_base_url: str,
    jp_auth_header: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The interval that Jupyter Server sets is eight hours: it takes milliseconds for seconds."""
    monkeypatch.setattr(module, "PLAIN_PING_S", 0.1)
    await extension.started()
    head = (
        f"GET {jp_base_url}realtime/ws/sprints/run HTTP/1.1\r\nHost: 127.0.0.1:{jp_http_port}\r\n"
        f"Authorization: {jp_auth_header['Authorization']}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", jp_http_port)
    writer.write(head.encode())

    said = await reader.read()  # until the server ends it

    assert said.startswith(b"HTTP/1.1 101")
    assert extension.hub.connections == {}
    writer.close()
