"""What happens to a Redis that two servers share, and what is kept all the same (R1 to R8).

The short rounds of R1 to R6 are in tests/hub/stores/redis, with two hubs in place of two servers.
"""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.redis_server import RedisServer, SentinelGroup
from tests.waiting import until, wait_until

from .page import Page
from .proxy import FaultProxy
from .shared_stage import HOPPING, shared_stage
from .test_clock_faults import FAKETIME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .case import Case
    from .shared_stage import SharedStage

AT_ONCE = ("--repl-diskless-sync-delay", "0")
"""A full copy for a replica begins at once in place of 5 s later."""

DURABLE = ("--appendonly", "yes", "--appendfsync")


@contextmanager
def redis_server(*options: str) -> Iterator[RedisServer]:
    server = RedisServer("redis", *options).start()
    try:
        yield server
    finally:
        server.remove()


def note(case: Case, stage: SharedStage) -> None:
    """Write how much was published and seen into the report."""
    case.figure("events", stage.summary()["published"])
    case.figure("resets", sum(len(each.resets()) for each in stage.history.watchers.values()))


@pytest.mark.long
@pytest.mark.parametrize("fsync", ["everysec", "always"])
async def test_r1_a_redis_that_is_killed_again_and_again_loses_nothing_acknowledged(
    case: Case, fsync: str
) -> None:
    kills, recoveries = case.pick(short=2, long=10), []
    with redis_server(*DURABLE, fsync) as redis:
        async with shared_stage(case, redis.url) as stage:
            for _ in range(kills):
                await asyncio.sleep(case.rng.uniform(0, case.pick(short=0.5, long=4.0)))
                redis.kill()
                await asyncio.sleep(case.rng.uniform(0, 1.0))
                await asyncio.to_thread(redis.start)
                recoveries.append(await stage.recovered())
            case.figure("kills", kills)
            case.figure("longest_recovery_s", max(recoveries))

            assert await stage.verdict() == []
            note(case, stage)


@pytest.mark.long
@pytest.mark.parametrize("fault", ["restart", "FLUSHALL"])
async def test_r2_after_redis_has_lost_all_every_view_is_reset_and_publishers_continue(
    case: Case, fault: str
) -> None:
    with redis_server() as redis:
        async with shared_stage(case, redis.url) as stage:
            await asyncio.sleep(case.pick(short=0.5, long=10.0))
            epoch, _ = await stage.server.bounds("run")
            if fault == "restart":
                redis.kill()
                await stage.take_away()
                await asyncio.to_thread(redis.start)
            else:
                stage.history.may_reset = True
                redis.command("FLUSHALL")
                await stage.take_away()
            await until(lambda: epochs(stage).isdisjoint({epoch}), "all views are reset")
            case.figure("recovery_s", await stage.recovered())

            assert await stage.verdict() == []
            note(case, stage)


def epochs(stage: SharedStage) -> set[str | None]:
    stage.update()
    return {watcher.epoch for watcher in stage.watchers.values()}


@pytest.mark.long
@pytest.mark.parametrize("replicas", [0, 1])
async def test_r3_a_replica_without_the_newest_events_resets_every_view_that_has_seen_them(
    case: Case, replicas: int
) -> None:
    with (
        redis_server(*AT_ONCE) as primary,
        redis_server(*AT_ONCE, "--replicaof", "127.0.0.1", f"{primary.port}") as replica,
    ):
        wait_until(lambda: is_in_sync(replica), "the replica has what the primary has")
        async with (
            FaultProxy(primary.port, case.rng) as way,
            shared_stage(case, f"redis://127.0.0.1:{way.port}/0", redis_replicas=replicas) as stage,
        ):
            replica.command("REPLICAOF", "NO", "ONE")
            if not replicas:
                await stage.flows()  # which the replica does not have
            primary.kill()
            if not replicas:
                await stage.take_away()
            stage.history.may_reset = True
            way.target = replica.port
            with redis_server(*AT_ONCE, "--replicaof", "127.0.0.1", f"{replica.port}"):
                case.figure("recovery_s", await stage.recovered())

                assert await stage.verdict() == []
            note(case, stage)
            assert replicas or case.figures["resets"]


def is_in_sync(replica: RedisServer) -> bool:
    return "master_link_status:up" in replica.command("INFO", "replication")


@pytest.mark.long
async def test_a_primary_that_is_killed_is_replaced_by_sentinel_and_no_view_is_wrong(
    case: Case,
) -> None:
    with SentinelGroup(*AT_ONCE) as group:
        (case.folder / "password").write_text(group.PASSWORD)
        password = {"redis_sentinel_password_file": str(case.folder / "password")}
        async with shared_stage(case, group.sentinel.url, **password) as stage:
            group.primary.kill()
            await stage.take_away()  # what the replica may not have
            case.figure("recovery_s", await stage.recovered())

            assert await stage.verdict() == []
            note(case, stage)
            for server in (stage.server, stage.other):
                assert group.PASSWORD not in server.log()
                assert group.PASSWORD not in str(await server.get("health"))


@pytest.mark.long
@pytest.mark.parametrize("fault", ["SIGSTOP", "CLIENT PAUSE"])
async def test_r4_a_redis_that_hangs_delays_and_loses_nothing(case: Case, fault: str) -> None:
    silent_s = case.pick(short=3.0, long=8.0)
    with redis_server() as redis:
        async with shared_stage(case, redis.url, redis_timeout_s=1) as stage:
            if fault == "SIGSTOP":
                redis.signal(signal.SIGSTOP)
                await until(lambda: has_trouble(stage), "a view shows it")
                await asyncio.sleep(silent_s)
                redis.signal(signal.SIGCONT)
            else:
                redis.command("CLIENT", "PAUSE", f"{1000 * silent_s:.0f}")
                await asyncio.sleep(silent_s)
            case.figure("recovery_s", await stage.recovered())

            assert await stage.verdict() == []
            note(case, stage)
            assert not case.figures["resets"]


def has_trouble(stage: SharedStage) -> bool:
    stage.update()
    return any("storage_unavailable" in each.seen.troubles() for each in stage.watchers.values())


LOG = "rw:{run}:log"


@pytest.mark.long
@pytest.mark.parametrize(
    ("fault", "end"),
    [
        (["SCRIPT FLUSH"], []),
        (["CONFIG SET maxmemory 1"], ["CONFIG SET maxmemory 0"]),
        ([f"DEL {LOG}"], []),
        ([f"SET {LOG} x"], [f"DEL {LOG}"]),
        (
            ["CONFIG SET maxmemory-policy allkeys-random", "CONFIG SET maxmemory 1"],
            ["CONFIG SET maxmemory 0"],
        ),
    ],
    ids=["without scripts", "full", "without the log", "wrong type", "evicted"],
)
async def test_r5_a_fault_of_what_redis_keeps_ends_and_no_view_is_wrong(
    case: Case, fault: list[str], end: list[str]
) -> None:
    with redis_server() as redis:
        async with shared_stage(case, redis.url) as stage:
            is_lossy = LOG in fault[0] or len(fault) > 1
            stage.history.may_reset = is_lossy
            for command in fault:
                assert not redis.command(*command.split()).startswith("-")
            await asyncio.sleep(case.pick(short=2.0, long=4.0))
            for command in end:
                assert not redis.command(*command.split()).startswith("-")
            if is_lossy:
                await stage.take_away()
            case.figure("recovery_s", await stage.recovered())

            assert await stage.verdict() == []
            note(case, stage)
            assert is_lossy == bool(case.figures["resets"])
            for server in (stage.server, stage.other):
                assert "Traceback" not in server.log()
                case.figure(f"log_lines_{server.folder.name}", server.log().count("realtime-wid"))


async def test_r7_views_that_go_from_one_server_to_the_other_stay_whole(case: Case) -> None:
    with redis_server() as redis:
        async with shared_stage(case, redis.url) as stage:
            await asyncio.sleep(case.pick(short=2.0, long=120.0))
            hops = sum(stage.watchers[name].connections for name in HOPPING)

            assert await stage.verdict() == []
            note(case, stage)
            case.figure("connections_of_those_that_hop", hops)
            assert hops > len(HOPPING)
            assert not case.figures["resets"]


@pytest.mark.long
async def test_a_network_to_redis_that_is_cut_again_and_again_loses_and_repeats_nothing(
    case: Case,
) -> None:
    with redis_server() as redis:
        async with (
            FaultProxy(redis.port, case.rng) as way,
            shared_stage(case, f"redis://127.0.0.1:{way.port}/0") as stage,
        ):
            ends_at = time.monotonic() + case.pick(short=4, long=60)
            while time.monotonic() < ends_at:
                await asyncio.sleep(case.rng.uniform(0.1, 2.0))
                way.cut()
            case.figure("cuts", way.cuts)
            case.figure("recovery_s", await stage.recovered())

            assert await stage.verdict() == []
            note(case, stage)
            assert not case.figures["resets"]


@pytest.mark.long
@pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not installed (Debian: libfaketime)")
async def test_r8_servers_whose_clocks_differ_by_an_hour_have_one_log_one_lease_and_tickets(
    case: Case,
) -> None:
    an_hour_later = {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME": "+1h",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    lease_s = case.pick(short=3, long=40)
    with redis_server() as redis:
        async with shared_stage(
            case,
            redis.url,
            load={"status": "running"},
            environment=an_hour_later,
            lease_s=lease_s,
        ) as stage:
            for address in stage.addresses:
                page = Page(address)
                await page.open()
                assert await page.is_let_in_with(await page.ticket())
            await asyncio.sleep(1.5 * lease_s)
            await stage.flows()
            assert count_lost(stage) == 0

            for publisher in stage.publishers.values():
                await publisher.kill()
            await until(lambda: count_lost(stage) > 0, "the first is lost")
            await asyncio.sleep(lease_s)

            assert await stage.verdict() == []
            note(case, stage)
            assert count_lost(stage) == len(stage.publishers)


def count_lost(stage: SharedStage) -> int:
    """How many publishers were lost, as one view has it."""
    stage.update()
    return sum('"lost"' in each.body for each in stage.watchers["staying1"].seen.applied())
