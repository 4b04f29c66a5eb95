"""How much of a log is kept, in a store of each kind."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from realtime_widgets.hub import RunRetention
from realtime_widgets.hub.stores.run_retention import cut_back

from .batches import BOB, Announced, batch_id_at, new_batch, no_reset, whole_log

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from realtime_widgets.hub import Store

SIZE = len(new_batch(["x" * 100]).raw)
NO_BOUND = 2**60


@contextlib.asynccontextmanager
async def opened(
    new_store: Callable[[RunRetention], Store],
    *,
    events: int = NO_BOUND,
    size_bytes: int = NO_BOUND,
    announced: Announced | None = None,
) -> AsyncIterator[Store]:
    store = new_store(RunRetention(events=events, size_bytes=size_bytes))
    await store.open(announced or Announced(), no_reset)
    try:
        yield store
    finally:
        await store.close()


async def test_beyond_its_size_the_oldest_batches_are_forgotten(
    new_store: Callable[[RunRetention], Store],
) -> None:
    async with opened(new_store, size_bytes=3 * SIZE) as store:
        for n in range(1, 12):
            await store.append(new_batch(["x" * 100], n=n))
            bounds = await store.bounds("run")
            kept = [seq for seq, _ in await whole_log(store)]
            assert kept == list(range(bounds.first, n + 1))
            assert min(n, 2) <= len(kept) <= 3
            [summary] = await store.channels()
            assert summary.size_bytes == len(kept) * SIZE

        assert await batch_id_at(store, "run", 1) is None
        assert bounds.head == 11


async def test_beyond_its_number_of_events_whole_batches_are_forgotten(
    new_store: Callable[[RunRetention], Store],
) -> None:
    async with opened(new_store, events=10) as store:
        for n in range(1, 40, 3):
            await store.append(new_batch(["a", "b", "c"], n=n))
            bounds = await store.bounds("run")
            assert bounds.head - bounds.first + 1 <= 10
            assert (bounds.first - 1) % 3 == 0

        assert [seq for seq, _ in await whole_log(store)] == list(range(bounds.first, 40))


async def test_the_newest_batch_is_kept_however_large(
    new_store: Callable[[RunRetention], Store],
) -> None:
    async with opened(new_store, size_bytes=SIZE, events=2) as store:
        await store.append(new_batch(["small"]))
        await store.append(new_batch(["x" * 10_000] * 5, n=2))

        bounds = await store.bounds("run")
        assert (bounds.first, bounds.head) == (2, 6)
        assert len(await whole_log(store)) == 5


async def test_each_channel_has_its_own_room(new_store: Callable[[RunRetention], Store]) -> None:
    async with opened(new_store, size_bytes=SIZE) as store:
        await store.append(new_batch(["x" * 100], channel="one"))
        await store.append(new_batch(["x" * 100], channel="two"))
        await store.append(new_batch(["x" * 100], channel="two", n=2))

        assert [seq for seq, _ in await whole_log(store, "one")] == [1]
        assert [seq for seq, _ in await whole_log(store, "two")] == [2]


async def test_trimming_makes_room(new_store: Callable[[RunRetention], Store]) -> None:
    async with opened(new_store, size_bytes=2 * SIZE) as store:
        for n in (1, 2):
            await store.append(new_batch(["x" * 100], n=n))
        await store.trim("run", 2)

        await store.append(new_batch(["x" * 100], n=3))

        assert [seq for seq, _ in await whole_log(store)] == [2, 3]


async def test_a_commit_is_announced_with_the_start_of_the_log_after_it(
    new_store: Callable[[RunRetention], Store],
) -> None:
    """Also within one transaction, and though some of it is forgotten in the same."""
    announced = Announced()
    async with opened(new_store, events=5, announced=announced) as store:
        await asyncio.gather(*(store.append(new_batch([f"{n}"], n=n)) for n in range(1, 13)))

        bounds = [bounds for _, bounds, _ in announced.batches]
        assert [each.head for each in bounds] == list(range(1, 13))
        assert all(each.first <= each.head < each.first + 5 for each in bounds)
        assert bounds == sorted(bounds, key=lambda each: each.first)
        assert bounds[-1] == await store.bounds("run")


async def test_what_is_forgotten_is_not_stored_again(
    new_store: Callable[[RunRetention], Store],
) -> None:
    async with opened(new_store, events=3) as store:
        for n in range(1, 10):
            await store.append(new_batch([f"{n}"], n=n))

        again = await store.append(new_batch(["1"], n=1))

        assert (again.seq, again.up_to) == (9, 9)
        assert (await store.append(new_batch(["x"], publisher=BOB))).seq == 10


def batches(count: int, *, events: int = 1, size: int = 1) -> list[tuple[int, int, int]]:
    return [(n * events + 1, (n + 1) * events, size) for n in range(count)]


def test_a_log_within_its_bounds_is_not_looked_at() -> None:
    oldest = iter(batches(100))

    assert cut_back(1, 100, 100, oldest, RunRetention(events=100, size_bytes=100)) == (1, 100)
    assert len(list(oldest)) == 100


def test_a_log_is_cut_back_a_little_further_than_it_has_to_be() -> None:
    assert cut_back(1, 1_001, 1_001, batches(1_001), RunRetention(events=1_000)) == (12, 990)
    retention = RunRetention(size_bytes=1_000)
    assert cut_back(1, 1_001, 1_001, batches(1_001), retention) == (12, 990)


def test_after_damage_the_size_of_a_log_is_counted_again() -> None:
    """The sums had batches that were not there any more, so each append looked for them."""
    assert cut_back(1, 50, 10_000, [(41, 50, 7)], RunRetention(size_bytes=100)) == (41, 7)
