"""Blobs are refused before events are: where the store or its disk is nearly full."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from realtime_widgets.errors import StoreFullError
from realtime_widgets.hub import MemoryStore, SQLiteStore
from realtime_widgets.hub.blobs import Blobs
from realtime_widgets.hub.stores.sqlite import disk_space
from realtime_widgets.protocol.outputs.blob import sha256_of

from .stores.batches import Announced, new_batch, no_reset

if TYPE_CHECKING:
    from pathlib import Path

DATA = bytes(200_000)
NAME = sha256_of(DATA)


async def test_a_store_that_has_all_of_its_bytes_takes_events_and_no_blobs() -> None:
    store = MemoryStore()
    await store.open(Announced(), no_reset)
    await store.append(new_batch(["a"]))
    blobs = Blobs(store, limit_bytes=300_000)
    assert await blobs.put("run", NAME, "image/png", DATA)

    other = DATA + b"x"
    with pytest.raises(StoreFullError, match="300,000 bytes"):
        await blobs.put("run", sha256_of(other), "image/png", other)

    assert (await store.append(new_batch(["b"], n=2))).seq == 2
    await store.remove("run")
    await store.append(new_batch(["a"]))
    assert await blobs.put("run", sha256_of(other), "image/png", other)


async def test_a_disk_with_room_for_events_only_takes_no_blobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SQLiteStore(tmp_path / "runs.db", durability="normal", reserve_bytes=1_000_000)
    await store.open(Announced(), no_reset)
    blobs = Blobs(store, limit_bytes=10**9)
    try:
        await store.append(new_batch(["a"]))
        monkeypatch.setattr(disk_space, "free_bytes", lambda _: 1_500_000)
        with pytest.raises(StoreFullError, match="kept free"):
            await blobs.put("run", NAME, "image/png", DATA)
        assert (await store.append(new_batch(["b"], n=2))).seq == 2

        monkeypatch.setattr(disk_space, "free_bytes", lambda _: 2_500_000)
        assert await blobs.put("run", NAME, "image/png", DATA)
    finally:
        await store.close()
