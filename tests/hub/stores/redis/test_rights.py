"""Logins that are wrong or lose their rights, and what other programs do to the same Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from realtime_widgets.errors import StoreUnavailableError
from realtime_widgets.hub.stores.redis.address import RedisAddress
from realtime_widgets.hub.stores.redis.store import RedisStore
from tests.hub.fakes import publisher, running, viewer
from tests.redis_server import new_address, shared_server
from tests.waiting import until

from .test_store import shows, store_event, store_of, two_hubs

if TYPE_CHECKING:
    from realtime_widgets.hub import Hub
    from tests.redis_server import RedisServer

PASSWORD = "of-the-server"  # noqa: S105 - of a test


async def test_a_wrong_password_is_reported_once_and_without_it(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.command("CONFIG", "SET", "requirepass", "right")
    async with running(store_of(RedisAddress(url=server.url, password=PASSWORD))) as hub:
        for _ in range(3):
            with pytest.raises(StoreUnavailableError, match="WRONGPASS"):
                await hub.store.bounds("run")
    assert caplog.text.count("WRONGPASS") == 1
    assert PASSWORD not in caplog.text


async def test_rights_that_are_revoked_during_a_run_are_reported_and_given_back_lose_nothing(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    all_rights = ("on", f">{PASSWORD}", "~*", "&*", "+@all")
    server.command("ACL", "SETUSER", "rwapp", *all_rights)
    address = RedisAddress(url=server.url, username="rwapp", password=PASSWORD)
    async with two_hubs(address) as (one, other):
        sender = await publisher(one)
        watching = await viewer(other)
        await sender.publish(1, "a")
        await shows(watching, "a")

        server.command("ACL", "SETUSER", "rwapp", "-evalsha")
        await sender.publish(2, "b")
        await until(lambda: one.storage_status is not None, "it is reported")
        assert one.storage_status is not None
        assert "may not write to Redis: NOPERM" in (one.storage_status.message or "")
        server.command("ACL", "SETUSER", "rwapp", "+evalsha")
        await until(lambda: one.storage_status is None, "it is over")
        await store_event(one, 2, "b")

        await shows(watching, "a", "b")
        reports = [each for each in caplog.records if "NOPERM" in each.getMessage()]
        assert 1 <= len(reports) <= 4  # one for each of two connections of two servers
        assert all("as user 'rwapp'" in each.getMessage() for each in reports)
        assert PASSWORD not in caplog.text


async def test_what_another_program_pushes_is_reported_and_changes_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    address = new_address()
    async with two_hubs(address) as (one, other):
        sender = await publisher(one)
        watching = await viewer(other)
        for message in ("hello", "R", "X a b c d e f g h", "B run e 1 one 1 b t {}", "\n"):
            shared_server("redis").command("PUBLISH", inbox(address, other), message)
        await sender.publish(1, "a")

        await shows(watching, "a")
        assert watching.transport.code is None
        assert caplog.text.count("a push of Redis cannot be read") == 5


def inbox(address: RedisAddress, hub: Hub) -> str:
    assert isinstance(hub.store, RedisStore)
    return f"{address.prefix}:to:{hub.store.server_id}"


async def test_servers_with_two_prefixes_see_nothing_of_each_other() -> None:
    async with running(store_of(new_address())) as one, running(store_of(new_address())) as other:
        await (await publisher(one)).publish(1, "a")
        watching = await viewer(one)
        await shows(watching, "a")

        assert await one.state("run") is not None
        assert await other.state("run") is None
        assert await other.runs.states() == []
