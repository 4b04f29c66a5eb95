"""What every store promises of blobs (protocol 4.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from realtime_widgets.hub.stores.blobs import BLOB_BYTES, Blob, BlobRow, blobs_to_remove
from realtime_widgets.hub.stores.run_retention import RunRetention
from realtime_widgets.protocol.outputs.blob import sha256_of

from .batches import new_batch, no_reset

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets.hub import Store

    from .batches import Announced

SMALL = Blob("image/png", b"\x89PNG\r\n\x00" * 10)
OTHER = Blob("text/html", "<b>ä</b>".encode())


async def put(store: Store, blob: Blob, channel: str = "run") -> str:
    """Store a blob, and return its name."""
    name = sha256_of(blob.data)
    assert await store.put_blob(channel, name, blob)
    return name


async def append(store: Store, message: str, n: int) -> None:
    await store.append(new_batch([message], n=n))


async def test_a_blob_is_read_as_it_was_stored(store: Store) -> None:
    await append(store, "a", 1)

    name = await put(store, SMALL)
    assert await put(store, SMALL) == name

    assert await store.blob("run", name) == SMALL
    assert await store.blob("run", sha256_of(b"other")) is None
    assert await store.blob("other", name) is None


async def test_a_run_without_events_has_no_blobs(store: Store) -> None:
    assert not await store.put_blob("run", sha256_of(SMALL.data), SMALL)
    assert await store.blob("run", sha256_of(SMALL.data)) is None


async def test_the_name_of_a_run_that_differs_only_in_case_is_another_one(store: Store) -> None:
    await append(store, "a", 1)
    name = await put(store, SMALL)

    assert not await store.put_blob("RUN", name, SMALL)
    assert await store.blob("RUN", name) is None


async def test_blobs_count_for_the_size_of_their_run_and_of_the_store(store: Store) -> None:
    await append(store, "a", 1)
    [before], size = await store.channels(), await store.size_bytes()
    blob = Blob("image/png", bytes(200_000))

    await put(store, blob)
    await put(store, blob)

    [after] = await store.channels()
    assert 0 <= after.size_bytes - before.size_bytes - len(blob.data) - BLOB_BYTES < 100
    assert await store.size_bytes() - size > 0.9 * len(blob.data)


async def test_blobs_are_gone_with_their_run_which_then_counts_nothing(store: Store) -> None:
    await append(store, "a", 1)
    name = await put(store, SMALL)

    await store.remove("run")
    assert await store.blob("run", name) is None

    await append(store, "a", 1)
    assert await store.blob("run", name) is None
    [summary] = await store.channels()
    assert summary.size_bytes < BLOB_BYTES


async def test_a_blob_is_gone_with_the_event_that_was_the_newest_when_it_was_put(
    store: Store,
) -> None:
    await append(store, "a", 1)
    first, both = await put(store, SMALL), await put(store, OTHER)
    await append(store, "b", 2)
    await put(store, OTHER)
    await append(store, "c", 3)

    await store.trim("run", 2)
    assert (await store.blob("run", first), await store.blob("run", both)) == (None, OTHER)

    await store.trim("run", 3)
    assert await store.blob("run", both) is None


async def test_a_log_that_grows_beyond_its_bound_loses_the_blobs_of_its_oldest_events(
    new_store: Callable[[RunRetention], Store], announced: Announced
) -> None:
    store = new_store(RunRetention(events=3))
    await store.open(announced, no_reset)
    try:
        await append(store, "a", 1)
        name = await put(store, SMALL)
        for n in range(2, 9):
            await append(store, "b", n)
        assert (await store.bounds("run")).first > 1
        assert await store.blob("run", name) is None
    finally:
        await store.close()


async def test_beyond_the_bound_of_a_run_the_oldest_blobs_are_removed(
    new_store: Callable[[RunRetention], Store], announced: Announced
) -> None:
    store = new_store(RunRetention(blobs_bytes=3 * BLOB_BYTES))
    await store.open(announced, no_reset)
    try:
        names = []
        for n in range(1, 5):
            await append(store, "a", n)
            names.append(await put(store, Blob("text/plain", b"%d" % n)))
        kept = [name for name in names if await store.blob("run", name)]
        assert kept == names[-2:]
        large = await put(store, Blob("text/plain", bytes(4 * BLOB_BYTES)))
        assert await store.blob("run", large), "the newest is kept in any case"
    finally:
        await store.close()


@pytest.mark.parametrize(
    ("first", "limit", "removed"),
    [(1, 10**6, ""), (2, 10**6, "a"), (4, 10**6, "abc"), (1, 3 * (BLOB_BYTES + 1) - 1, "a")],
)
def test_blobs_of_removed_events_and_the_oldest_beyond_the_bound_are_removed(
    first: int, limit: int, removed: str
) -> None:
    rows = [BlobRow(3, "c", 1), BlobRow(1, "a", 1), BlobRow(2, "b", 1)]
    assert "".join(row.sha256 for row in blobs_to_remove(rows, first, limit)) == removed
