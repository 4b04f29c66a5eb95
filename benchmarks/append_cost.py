"""What an append costs Redis, by the number of other servers that have a viewer of the run."""

from __future__ import annotations

import re
import time
from asyncio import run, sleep
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from benchmarks.fleet import redis, redis_command
from realtime_widgets.hub.stores.base import NewBatch
from realtime_widgets.hub.stores.redis.address import RedisAddress
from realtime_widgets.hub.stores.redis.store import RedisStore
from realtime_widgets.protocol.ids import random_id
from realtime_widgets.protocol.validation import validate_batch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime_widgets.hub.stores.base import OnCommit

__all__ = ["FOLLOWERS", "append_cost", "slope"]

FOLLOWERS = (0, 1, 3, 10)
EVENTS = 64
EVENT = '{"type":"log","message":"%s"}' % ("x" * 78)
"""106 bytes, as a line of a training."""

WARM = 50


def append_cost(batches: int) -> dict[int, tuple[float, float]]:
    """Append so many batches with each number of followers.

    Returns:
        By number of followers the CPU time of Redis and that of all stores together for one
        batch, in microseconds.
    """
    with redis() as server:
        return {count: run(_append_cost(server.port, count, batches)) for count in FOLLOWERS}


def slope(costs: Mapping[int, float]) -> float:
    """Return by how much the cost grows with each follower: the line of least squares."""
    middle = sum(costs) / len(costs)
    cost = sum(costs.values()) / len(costs)
    spread = sum((count - middle) ** 2 for count in costs)
    return sum((count - middle) * (each - cost) for count, each in costs.items()) / spread


async def _append_cost(port: int, followers: int, batches: int) -> tuple[float, float]:
    heads = [0] * (followers + 1)
    address = RedisAddress(url=f"redis://127.0.0.1:{port}/0", prefix=f"cost-{followers}")

    def counting(index: int) -> OnCommit:
        def on_commit(_: str, bounds: object, *__: object) -> None:
            heads[index] = bounds.head  # type: ignore[attr-defined]

        return on_commit

    async def append(store: RedisStore, first: int, count: int) -> None:
        for number in range(first, first + count):
            await store.append(_batch(number))
        while min(heads) < (first + count) * EVENTS:  # noqa: ASYNC110 - each push counts there
            await sleep(0.001)

    async with AsyncExitStack() as stack:
        stores = [RedisStore(address) for _ in heads]
        for index, store in enumerate(stores):
            await store.open(counting(index), lambda _: None)
            stack.push_async_callback(store.close)
            await store.follow("run")
        await append(stores[0], 0, WARM)
        before, own = _redis_cpu_s(port), time.process_time()
        await append(stores[0], WARM, batches)
        own_s, redis_s = time.process_time() - own, _redis_cpu_s(port) - before
        return redis_s / batches * 1e6, own_s / batches * 1e6


def _batch(number: int) -> NewBatch:
    valid = validate_batch(f"[{','.join([EVENT] * EVENTS)}]".encode())
    first = number * EVENTS + 1
    return NewBatch(
        channel="run",
        publisher_id="a1" * 16,
        publisher_seq=first,
        start_publisher_seq=first,
        events=valid.events,
        raw=valid.raw,
        user="alice",
        timestamp="2026-11-30T12:00:00.000Z",
        batch_id=random_id(48),
    )


def _redis_cpu_s(port: int) -> float:
    info = redis_command(port, "INFO", "cpu")
    return sum(float(used) for used in re.findall(r"used_cpu_(?:sys|user):([\d.]+)", info))
