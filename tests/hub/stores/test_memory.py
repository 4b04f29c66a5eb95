"""What is particular to the store in memory."""

from __future__ import annotations

from realtime_widgets.hub import MemoryStore

from .batches import Announced, new_batch, no_reset


async def test_it_is_never_short_of_room() -> None:
    assert not await MemoryStore().missing_bytes()


async def test_recreating_it_removes_everything() -> None:
    store = MemoryStore()
    await store.open(Announced(), no_reset)
    before = await store.append(new_batch(["a"]))

    assert await store.recreate() == "all runs in memory were removed"

    assert await store.channels() == []
    after = await store.append(new_batch(["b"], n=2))
    assert after.seq == 1
    assert after.epoch != before.epoch
