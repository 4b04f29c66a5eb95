"""Connections to Redis with TLS: the certificate is always checked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from realtime_widgets.errors import StoreUnavailableError
from realtime_widgets.hub.stores.redis.address import RedisAddress
from tests.hub.fakes import publisher, running, viewer
from tests.redis_server import RedisServer, new_address
from tests.tls import self_signed

from .test_store import shows, store_of, two_hubs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[RedisServer]:
    server = RedisServer("redis", tls=self_signed(folder, "127.0.0.1")).start()
    yield server
    server.remove()


def address_of(server: RedisServer) -> RedisAddress:
    assert server.tls is not None
    return RedisAddress(url=server.url, ca_file=str(server.tls.certificate))


async def test_a_run_is_published_and_watched_over_tls(server: RedisServer) -> None:
    async with two_hubs(address_of(server)) as (one, other):
        watching = await viewer(other)
        await (await publisher(one)).publish(1, "a")

        await shows(watching, "a")


async def test_a_connection_without_trust_in_the_certificate_is_refused_with_the_reason(
    server: RedisServer, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "other").mkdir()
    other = self_signed(folder / "other", "127.0.0.1")
    right = address_of(server)
    for wrong, words in (
        (replace(right, ca_file=str(other.certificate)), "its TLS certificate is refused: self-s"),
        (replace(right, ca_file=""), "its TLS certificate is refused: self-s"),
        (
            replace(right, url=right.url.replace("127.0.0.1", "localhost")),
            "its TLS certificate is refused: Hostname mismatch",
        ),
        (replace(right, url=right.url.replace("rediss", "redis")), "the connection to Redis is"),
        (
            replace(right, url=new_address().url.replace("redis:", "rediss:")),
            "no answer within 2 s",
        ),
    ):
        caplog.clear()
        async with running(store_of(wrong)) as hub:
            with pytest.raises(StoreUnavailableError, match=words):
                await hub.store.bounds("run")
        assert words in caplog.text
        assert "Traceback" not in caplog.text
