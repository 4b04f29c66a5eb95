"""A Redis that cannot be used is refused with the reason, at each connection, and used once it can.

A server starts all the same: its answers have the reason, and its log has it once a minute.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from realtime_widgets.errors import StoreUnavailableError
from realtime_widgets.hub.stores.redis.address import RedisAddress
from tests.environment import free_port
from tests.hub.fakes import publisher, running
from tests.redis_server import RedisServer, new_address, shared_server
from tests.waiting import until

from .test_store import store_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def expect_refused(
    address: RedisAddress, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Start a hub there: it starts, each call has the reason, and so has one line of the log."""
    async with running(store_of(address)) as hub:
        for _ in range(3):
            with pytest.raises(StoreUnavailableError, match=words):
                await hub.store.bounds("run")
        with pytest.raises(StoreUnavailableError, match=words):
            await hub.broadcast("run", {"type": "log", "message": "a"})
        await until(lambda: hub.storage_status is not None, "the health has it")
        assert hub.storage_status is not None
        assert words in (hub.storage_status.message or "")
    lines = [each for each in caplog.records if each.name.endswith(".redis.connection")]
    assert [words in each.getMessage() for each in lines] == [True]
    assert "Traceback" not in caplog.text


async def test_a_cluster_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    # Without it the port is 10,000 above the server's, which may be none.
    port = ("--cluster-port", str(free_port()))
    cluster = RedisServer("redis", "--cluster-enabled", "yes", *port).start()
    try:
        await expect_refused(RedisAddress(url=cluster.url), "Cluster is not supported", caplog)
    finally:
        cluster.remove()


async def test_a_version_before_7_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    async with as_version_6() as port:
        address = RedisAddress(url=f"redis://127.0.0.1:{port}/0")
        await expect_refused(address, "too old: its version is 6", caplog)


@asynccontextmanager
async def as_version_6() -> AsyncIterator[int]:
    """A way to a Redis that changes the version in its answers; the other bytes are as they are."""

    async def carry(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool
    ) -> None:
        while data := await reader.read(65_536):
            writer.write(
                data.replace(b"redis_version:7", b"redis_version:6") if is_answer else data
            )
        writer.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, commands = await asyncio.open_connection("127.0.0.1", shared_server("redis").port)
        await asyncio.gather(
            carry(reader, commands, is_answer=False), carry(answers, writer, is_answer=True)
        )

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def test_runs_of_another_version_of_ours_are_refused_until_they_are_gone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    address = new_address()
    redis = shared_server("redis")
    redis.command("SET", f"{address.prefix}:format", "2")
    await expect_refused(address, "the runs in Redis have the format '2'", caplog)

    async with running(store_of(address)) as hub:
        await until(lambda: hub.storage_status is not None, "it is refused at first")
        redis.command("DEL", f"{address.prefix}:format")
        await until(lambda: hub.storage_status is None, "it is accepted then")
        await (await publisher(hub)).publish(1, "a")
        await until(lambda: hub.channels["run"].bounds.head == 1, "it is stored")
    assert redis.command("GET", f"{address.prefix}:format") == "$1\r\n1\r\n"
