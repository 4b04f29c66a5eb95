"""The primary is looked up at Sentinel at each connection, so a run continues at the next one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from realtime_widgets.errors import StoreUnavailableError
from realtime_widgets.hub.stores.redis.address import RedisAddress
from realtime_widgets.hub.stores.redis.sentinel import find_primary
from tests.hub.fakes import publisher, running, viewer
from tests.redis_server import SentinelGroup
from tests.tls import self_signed
from tests.waiting import PATIENCE_S, until, wait_until

from .test_store import shows, store_event, store_of, two_hubs, viewer_when_accepted

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.xdist_group("sentinel")


@pytest.fixture(scope="module", params=["plain", "tls"])
def group(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SentinelGroup]:
    tls = None
    if request.param == "tls":
        tls = self_signed(tmp_path_factory.mktemp("tls"), "127.0.0.1")
    # A full copy begins at once in place of 5 s later.
    with SentinelGroup("--repl-diskless-sync-delay", "0", tls=tls) as group:
        yield group


def address_of(group: SentinelGroup, url: str = "") -> RedisAddress:
    return RedisAddress(
        url=url or group.sentinel.url,
        sentinel_password=group.PASSWORD,
        ca_file=str(group.primary.tls.certificate) if group.primary.tls else "",
    )


async def test_the_primary_is_found_though_one_sentinel_is_down(group: SentinelGroup) -> None:
    found = await find_primary(address_of(group), timeout_s=PATIENCE_S)

    assert found == ("127.0.0.1", group.primary.port)


async def test_why_no_sentinel_has_an_answer_is_reported_without_a_password(
    group: SentinelGroup,
) -> None:
    right = address_of(group)
    unknown = replace(right, url=right.url.replace("/runs/", "/walks/"))
    for wrong, words in (
        (unknown, "it has no service 'walks'"),
        (replace(right, sentinel_password="wrong-one"), "WRONGPASS"),  # noqa: S106 - of a test
        (replace(right, sentinel_password=""), "NOAUTH"),
        (replace(right, url="redis+sentinel://127.0.0.1:1/runs"), "Connect call failed"),
    ):
        with pytest.raises(StoreUnavailableError, match=words) as caught:
            await find_primary(wrong, timeout_s=PATIENCE_S)
        assert "no Sentinel knows the primary" in str(caught.value)
        assert not any(each in str(caught.value) for each in ("wrong-one", group.PASSWORD))


async def test_a_replica_is_refused_until_it_is_the_primary(
    group: SentinelGroup, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(store_of(address_of(group, group.replica.url))) as hub:
        with pytest.raises(StoreUnavailableError, match="it is a replica"):
            await hub.store.bounds("run")
    assert "it is a replica, which cannot be written to" in caplog.text


async def test_a_run_continues_whole_at_the_replica_that_sentinel_has_promoted(
    group: SentinelGroup, caplog: pytest.LogCaptureFixture
) -> None:
    async with two_hubs(address_of(group)) as (one, other):
        sender = await publisher(one)
        watching = await viewer(other)
        await sender.publish(1, "a")
        await shows(watching, "a")
        wait_until(lambda: has_run(group), "the replica has the event")

        group.primary.kill()
        await until(lambda: one.storage_status is not None, "the status is degraded")
        await until(lambda: one.storage_status is None, "the new primary is in use")
        await store_event(one, 2, "b")

        again = await viewer_when_accepted(other)
        await shows(again, "a", "b")
        assert not watching.of_type("reset")
        assert group.PASSWORD not in caplog.text


def has_run(group: SentinelGroup) -> bool:
    return group.replica.command("EXISTS", "rw:{run}:log") == ":1\r\n"
