"""Writing to an ASGI `send`: at once where it can be, in order where it cannot."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from realtime_widgets.asgi import transport as module
from realtime_widgets.asgi.transport import AsgiTransport
from realtime_widgets.protocol.codes import CloseCode
from tests.hub.loop import until


class Server:
    """A `send` that waits while it is full, as uvicorn's."""

    def __init__(self) -> None:
        self.has_room = asyncio.Event()
        self.has_room.set()
        self.is_gone = False
        self.sent: list[Any] = []

    async def send(self, message: Any) -> None:
        await self.has_room.wait()
        if self.is_gone:
            raise OSError("the client is gone")
        self.sent.append(message.get("text") or message["code"])


async def test_what_the_socket_takes_at_once_needs_no_task() -> None:
    server = Server()
    transport = AsgiTransport(server.send)
    tasks = asyncio.all_tasks()

    assert [transport.write(text) for text in (b"a", "é".encode())] == [None, None]

    assert server.sent == ["a", "é"]
    assert asyncio.all_tasks() == tasks


async def test_what_has_to_wait_is_sent_in_order_with_the_close_last() -> None:
    server = Server()
    transport = AsgiTransport(server.send)
    server.has_room.clear()

    waiting = [transport.write(str(n).encode()) for n in range(5)]
    transport.close(CloseCode.GOING_AWAY)
    await asyncio.sleep(0)
    assert (server.sent, transport.ended.done()) == ([], False)
    server.has_room.set()
    await transport.ended

    assert server.sent == ["0", "1", "2", "3", "4", 1001]
    assert all(each is not None and each.done() and not each.cancelled() for each in waiting)


async def test_a_server_may_return_any_awaitable() -> None:
    sent: list[Any] = []
    full = asyncio.get_running_loop().create_future()

    def send(message: Any) -> asyncio.Future[None]:
        sent.append(message.get("text") or message["code"])
        if len(sent) == 2:
            return full
        done = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    transport = AsgiTransport(send)
    waiting = [transport.write(text) for text in (b"1", b"2", b"3")]
    transport.close(CloseCode.NORMAL)
    full.set_result(None)
    await transport.ended

    assert sent == ["1", "2", "3", 1000]
    assert waiting[0] is None
    assert all(each is not None and not each.cancelled() for each in waiting[1:])


@pytest.mark.parametrize("is_full", [True, False])
async def test_a_client_that_is_gone_is_reported_by_a_cancelled_future(*, is_full: bool) -> None:
    server = Server()
    transport = AsgiTransport(server.send)
    if is_full:
        server.has_room.clear()
    else:
        server.is_gone = True

    taking = transport.write(b"a")
    server.is_gone = True
    server.has_room.set()

    assert taking is not None
    await asyncio.wait([taking])
    assert taking.cancelled()


async def test_what_waits_for_a_client_that_left_is_dropped() -> None:
    server = Server()
    transport = AsgiTransport(server.send)
    server.has_room.clear()
    waiting = [transport.write(b"a"), transport.write(b"b")]

    transport.gone()

    for each in waiting:
        assert each is not None
        await asyncio.wait([each])
        assert each.cancelled()
    server.has_room.set()
    await asyncio.sleep(0)
    assert server.sent == []


async def test_the_close_of_a_client_that_takes_nothing_ends_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "CLOSE_S", 0.0)
    server = Server()
    transport = AsgiTransport(server.send)
    server.has_room.clear()

    transport.close(CloseCode.SLOW_READER)
    await until(transport.ended.done)

    assert server.sent == []
    transport.gone()
