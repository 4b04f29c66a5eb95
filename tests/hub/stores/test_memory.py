"""What is particular to the store in memory: it keeps the newest part only."""

from __future__ import annotations

from realtime_widgets.hub import MemoryStore

from .batches import Announced, new_batch, whole_log

SIZE = len(new_batch(["x" * 100]).raw)


async def test_beyond_its_size_the_oldest_batches_are_forgotten() -> None:
    store = MemoryStore(channel_bytes=3 * SIZE)
    await store.open(Announced())

    for n in range(1, 11):
        await store.append(new_batch(["x" * 100], n=n))

    bounds = await store.bounds("run")
    assert (bounds.first, bounds.head) == (8, 10)
    assert [seq for seq, _ in await whole_log(store)] == [8, 9, 10]
    assert await store.entry_at("run", 7) is None


async def test_the_newest_batch_is_kept_however_large() -> None:
    store = MemoryStore(channel_bytes=SIZE)
    await store.open(Announced())
    await store.append(new_batch(["small"]))

    await store.append(new_batch(["x" * 10_000], n=2))

    bounds = await store.bounds("run")
    assert (bounds.first, bounds.head) == (2, 2)


async def test_each_channel_has_its_own_room() -> None:
    store = MemoryStore(channel_bytes=SIZE)
    await store.open(Announced())

    await store.append(new_batch(["x" * 100], channel="one"))
    await store.append(new_batch(["x" * 100], channel="two"))
    await store.append(new_batch(["x" * 100], channel="two", n=2))

    assert [seq for seq, _ in await whole_log(store, "one")] == [1]
    assert [seq for seq, _ in await whole_log(store, "two")] == [2]


async def test_trimming_makes_room() -> None:
    store = MemoryStore(channel_bytes=2 * SIZE)
    await store.open(Announced())
    for n in (1, 2):
        await store.append(new_batch(["x" * 100], n=n))
    await store.trim("run", 2)

    await store.append(new_batch(["x" * 100], n=3))

    assert [seq for seq, _ in await whole_log(store)] == [2, 3]
