"""What happens to a Redis that two servers share, and what is kept all the same (R1 to R8).

The short rounds of R1 to R6 are in tests/hub/stores/redis, with two hubs in place of two servers.
"""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import contextmanager
from pathlib import Path
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
async def test_r2_after_redis_has_lost_all_every_view_is_reset_and_publishers_go_on(
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
