"""The WebSocket itself (RFC 6455, RFC 7692): the Autobahn suite, as kosoku runs it.

Its cases want an echo, so the product's handler is tested with another `on_message`. A handler of
plain tornado stands beside it: what tornado does wrong is not ours to mend, and is all that may be.
"""

from __future__ import annotations

import asyncio
import struct
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from kosoku import FailureError, run_fuzzingclient
from tornado.websocket import WebSocketHandler

from realtime_widgets_server.socket import SprintSocket

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from realtime_widgets_server import RealtimeWidgets
    from tests.server.conftest import Client

    Connect = Callable[..., Awaitable[Client]]
    Fuzz = Callable[..., Awaitable[dict[str, str]]]

CASES = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"]
"""All but those of compression and 9: messages of up to 16 MiB, which the product refuses."""

COMPRESSED = ["12.1.1", "12.2.3", "12.3.5", "13.1.1", "13.3.5", "13.7.12"]
"""A thousand messages each, of several kinds and parameters; all 216 cases would take minutes."""

MIB = 1024 * 1024


async def echo(handler: WebSocketHandler, message: str | bytes) -> None:
    await handler.write_message(message, binary=isinstance(message, bytes))


class PlainEcho(WebSocketHandler):
    on_message = echo


class ProductEcho(SprintSocket):
    on_message = echo


@pytest.fixture
def address(http_server: Any, jp_serverapp: Any, jp_http_port: int, jp_base_url: str) -> str:  # noqa: ARG001 - it listens
    """The server's WebSocket address, to be filled with a path."""
    token = jp_serverapp.identity_provider.token
    return f"ws://127.0.0.1:{jp_http_port}{jp_base_url}{{}}?token={token}"


@pytest.fixture
def fuzz(jp_serverapp: Any, jp_base_url: str, address: str, extension: RealtimeWidgets) -> Fuzz:
    """Run cases against an echo; gives those that failed, with what is wrong."""
    product = (
        f"{jp_base_url}echo/(?P<sprint_id>product)",
        ProductEcho,
        {"context": extension.context},
    )
    jp_serverapp.web_app.add_handlers(".*$", [product, (f"{jp_base_url}echo/tornado", PlainEcho)])

    async def run(name: str, cases: list[str], *, at_least: int) -> dict[str, str]:
        try:
            results = await run_fuzzingclient(address.format(f"echo/{name}"), cases, concurrency=2)
        except FailureError as failure:
            results = failure.results
        assert len(results) >= at_least
        return {
            result.case_id: f"{result.result} {result.result_close}"
            for result in results
            if not result.passed
        }

    return run


@pytest.mark.long
async def test_the_handler_fails_in_no_case_in_which_tornado_does_not(fuzz: Fuzz) -> None:
    theirs = await fuzz("tornado", CASES, at_least=240)
    ours = await fuzz("product", CASES, at_least=240)

    assert {case: why for case, why in ours.items() if case not in theirs} == {}
    # It sends close codes back that no peer may send; more would mean that nothing was tested.
    assert all(case.startswith("7.9.") for case in theirs)


async def test_a_message_of_the_largest_size_is_taken(connect: Connect) -> None:
    client = await connect(plain=True)

    await client.send("x" * MIB)

    assert (await client.receive())["code"] == "bad_json"


async def test_a_longer_message_closes_with_1009_before_it_has_come(address: str) -> None:
    whole = await RawSocket.open(address.format("realtime/ws/sprints/run"))
    await whole.send(header(MIB + 1))

    assert await whole.close_code() == 1009


async def test_the_parts_of_a_message_count_together(address: str) -> None:
    parts = await RawSocket.open(address.format("realtime/ws/sprints/run"))
    await parts.send(header(MIB, opcode=TEXT) + bytes(MIB))
    await parts.send(header(1, opcode=FINAL))

    assert await parts.close_code() == 1009


@pytest.mark.long
class TestWithCompression:
    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any]) -> dict[str, Any]:
        jp_server_config["ServerApp"]["websocket_compression_options"] = {"compression_level": 1}
        return jp_server_config

    # The suite leaves its own samples open.
    @pytest.mark.filterwarnings(
        "ignore:Exception ignored in.*kosoku:pytest.PytestUnraisableExceptionWarning"
    )
    async def test_the_handler_fails_in_no_case(self, fuzz: Fuzz) -> None:
        assert await fuzz("product", COMPRESSED, at_least=len(COMPRESSED)) == {}

    async def test_a_message_counts_with_the_size_that_it_unfolds_to(self, address: str) -> None:
        deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        bomb = deflate.compress(bytes(64 * MIB)) + deflate.flush(zlib.Z_SYNC_FLUSH)[:-4]
        client = await RawSocket.open(
            address.format("realtime/ws/sprints/run"),
            "Sec-WebSocket-Extensions: permessage-deflate\r\n",
        )

        assert len(bomb) < MIB
        await client.send(header(len(bomb), opcode=FINAL | COMPRESSED_BIT | TEXT) + bomb)

        assert await client.close_code() == 1009


# A client that may lie.

FINAL, COMPRESSED_BIT, TEXT = 0x80, 0x40, 0x01


def header(length: int, *, opcode: int = FINAL | TEXT) -> bytes:
    """The beginning of a frame of that length; its mask changes nothing."""
    return struct.pack("!BBQ4x", opcode, 0x80 | 127, length)


class RawSocket:
    """A WebSocket that sends any bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, url: str, more: str = "") -> RawSocket:
        _, _, host, path = url.split("/", 3)
        name, port = host.split(":")
        reader, writer = await asyncio.open_connection(name, int(port))
        writer.write(
            f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {'A' * 22}==\r\n{more}\r\n".encode()
        )
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 101")
        assert ("deflate" in more) == (b"deflate" in answer)
        return cls(reader, writer)

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def close_code(self) -> int:
        """The code in the frame with which the server closes; nothing comes before it."""
        opcode, _ = await self._reader.readexactly(2)
        assert opcode == 0x88
        (code,) = struct.unpack("!H", await self._reader.readexactly(2))
        self._writer.close()
        await self._writer.wait_closed()
        return code
