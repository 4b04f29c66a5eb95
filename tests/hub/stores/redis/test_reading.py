"""Reads that are cancelled do not shift the answers of others (R6)."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.hub.fakes import publisher, running
from tests.redis_server import new_address
from tests.waiting import until

from .test_store import store_of

RUNS = ("even", "odd")
AT_ONCE = 50


@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.long)])
async def test_r6_of_reads_of_which_some_are_cancelled_each_has_the_events_of_its_run(
    count: int,
) -> None:
    rng = random.Random(6)  # noqa: S311 - no secret
    cancelled = 0
    async with running(store_of(new_address())) as hub:
        for run in RUNS:
            await (await publisher(hub, sprint_id=run)).publish(1, f"of {run}")
            await until(lambda run=run: hub.channels[run].bounds.head == 1, "it is stored")

        async def read(run: str) -> None:
            [batch] = await hub.store.read(run, 0, 10_000)
            assert f"of {run}" in batch.raw.decode()
            assert (await hub.store.bounds(run)).batch_id == batch.batch_id

        for _ in range(count // AT_ONCE):
            reads = [asyncio.create_task(read(rng.choice(RUNS))) for _ in range(AT_ONCE)]
            for each in rng.sample(reads, 3):
                for _ in range(rng.randrange(4)):
                    await asyncio.sleep(0)  # so that it ends before, during and after its command
                each.cancel()
            for outcome in await asyncio.gather(*reads, return_exceptions=True):
                cancelled += isinstance(outcome, asyncio.CancelledError)
                assert outcome is None or isinstance(outcome, asyncio.CancelledError)
    assert cancelled > count // AT_ONCE
