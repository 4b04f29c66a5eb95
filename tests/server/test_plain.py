"""The plain mode: what clients of the original service rely on."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import on_both

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from realtime_widgets_server import RealtimeWidgets
    from tests.server.conftest import Client

    Connect = Callable[..., Awaitable[Client]]

pytestmark = on_both


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


async def test_l11_the_store_remembers_nothing_of_connections(
    extension: RealtimeWidgets, connect: Connect
) -> None:
    """Each left the number of its last event there, for as long as the run was kept."""
    for text in ("a", "b", "c"):
        client = await connect(plain=True)
        await client.send({"type": "log", "message": text})
        while (await client.receive())["message"] != text:
            pass
    await extension.hub.broadcast("run", {"type": "log", "message": "the server's own"})

    with contextlib.closing(sqlite3.connect(extension.store_path)) as file:
        assert file.execute("select head from channel").fetchall() == [(4,)]
        assert file.execute("select count(*) from publisher").fetchall() == [(0,)]


@pytest.mark.parametrize("text", ["nonsense", "[]", '{"type": "log"}'])
async def test_l11_bad_messages_are_not_answered_for_ever(connect: Connect, text: str) -> None:
    client = await connect(plain=True)
    for _ in range(5):
        await client.send(text)

    assert await client.close_code() == (4509, "too_many_errors")
