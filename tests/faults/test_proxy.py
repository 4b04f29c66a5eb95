"""The proxy does to connections what its settings name, and nothing else."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.waiting import until

from .proxy import FaultProxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MEGABYTE = bytes(range(256)) * 4096


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass  # it was cut
    finally:
        writer.close()


class Line:
    """One connection through a proxy to a server that sends back what it gets."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def exchange(self, data: bytes) -> bytes:
        self.writer.write(data)
        return await self.reader.readexactly(len(data))


@asynccontextmanager
async def a_proxy() -> AsyncIterator[FaultProxy]:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, FaultProxy(port, Random(1)) as proxy:  # noqa: S311 - no secret
        yield proxy


@asynccontextmanager
async def a_line(proxy: FaultProxy) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        yield Line(reader, writer)
    finally:
        writer.transport.abort()
        await asyncio.sleep(0)


async def test_without_a_fault_bytes_pass_unchanged() -> None:
    async with a_proxy() as proxy, a_line(proxy) as line:
        assert await line.exchange(MEGABYTE) == MEGABYTE
        assert proxy.cuts == 0


async def test_slices_and_latency_delay_bytes_and_keep_their_order() -> None:
    async with a_proxy() as proxy, a_line(proxy) as line:
        proxy.down.slice_bytes, proxy.down.latency_s, proxy.down.jitter_s = 1, 0.1, 0.05
        began = time.monotonic()

        assert await line.exchange(MEGABYTE[:1_000]) == MEGABYTE[:1_000]
        assert time.monotonic() - began >= 0.05


async def test_bandwidth_is_kept() -> None:
    async with a_proxy() as proxy, a_line(proxy) as line:
        proxy.up.bytes_per_s = 100_000
        began = time.monotonic()
        await line.exchange(MEGABYTE[:50_000])

        assert time.monotonic() - began >= 0.4


async def test_a_cut_resets_the_client() -> None:
    async with a_proxy() as proxy, a_line(proxy) as line:
        await line.exchange(b"hello")
        proxy.cut()

        with pytest.raises(ConnectionResetError):
            await line.reader.read(1)
        assert proxy.cuts == 1


async def test_the_way_down_is_cut_after_exactly_so_many_bytes() -> None:
    async with a_proxy() as proxy:
        proxy.cut_after = lambda: 3
        async with a_line(proxy) as line:
            line.writer.write(b"hello")
            with pytest.raises(ConnectionResetError):
                await line.reader.readexactly(4)

        assert proxy.cuts == 1


async def test_a_refused_connection_is_counted_and_reset() -> None:
    async with a_proxy() as proxy:
        proxy.refuses = True
        async with a_line(proxy) as line:
            with pytest.raises(ConnectionResetError):
                await line.reader.readexactly(1)

        assert len(proxy.attempts) == 1


async def test_a_black_hole_swallows_bytes_and_the_connection_stays_dead_after_it() -> None:
    async with a_proxy() as proxy, a_line(proxy) as old:
        proxy.up.is_black_hole = True
        old.writer.write(b"lost")
        await until(lambda: proxy.up.lost_bytes == 4, "it is lost")
        proxy.up.is_black_hole = False
        old.writer.write(b"lost, too")
        async with a_line(proxy) as new:
            assert await new.exchange(b"hello") == b"hello"

        await until(lambda: proxy.up.lost_bytes == 4 + 9, "all of it is lost")


async def test_a_client_that_stops_reading_holds_the_sender_up_and_loses_nothing() -> None:
    async with a_proxy() as proxy, a_line(proxy) as line:
        proxy.down.flows.clear()
        exchange = asyncio.create_task(line.exchange(MEGABYTE))
        await asyncio.sleep(0.05)
        assert not exchange.done()

        proxy.down.flows.set()
        assert await exchange == MEGABYTE


async def test_an_idle_connection_is_cut() -> None:
    async with a_proxy() as proxy:
        proxy.idle_s = 0.05
        async with a_line(proxy):
            await until(lambda: proxy.cuts == 1, "it is cut")


@pytest.mark.parametrize("size", [10, 200, 70_000])
async def test_a_frame_above_the_cap_is_cut_and_one_at_the_cap_passes(size: int) -> None:
    head = {10: bytes([10]), 200: bytes([126, 0, 200]), 70_000: b"\x7f" + (70_000).to_bytes(8)}
    frame = b"\x81" + head[size] + bytes(size)
    async with a_proxy() as proxy:
        proxy.down.frame_cap = size
        async with a_line(proxy) as line:
            await line.exchange(b"HTTP/1.1 101 Switching\r\n\r\n" + frame + frame)
            proxy.down.frame_cap = size - 1
            line.writer.write(frame)
            await until(lambda: proxy.cuts == 1, "it is cut")
