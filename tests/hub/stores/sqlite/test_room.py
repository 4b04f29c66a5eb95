"""Full disks: nothing that was acknowledged is lost, what is stored can be read, and it continues.

On a disk without any room not even deleting works, so some is left free.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import shutil
import subprocess
from collections import namedtuple
from typing import TYPE_CHECKING

import pytest

from realtime_widgets.errors import StoreError, StoreFullError
from realtime_widgets.hub.stores.base import SavedState
from realtime_widgets.hub.stores.sqlite import disk_space
from realtime_widgets.hub.stores.sqlite import file as file_module
from tests.hub.stores.batches import ALICE, Announced, last_publisher_seq, new_batch, whole_log
from tests.hub.stores.files import (
    asides,
    beside,
    contents,
    execute,
    opened,
    overwrite,
    refusal,
    size,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from realtime_widgets.hub.stores.sqlite.store import SQLiteStore

MIB = 1024 * 1024

Usage = namedtuple("Usage", "total used free")  # noqa: PYI024 - as shutil has it


class Disk:
    """How much room a disk has, as the store sees it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free = 2**40
        monkeypatch.setattr(
            shutil, "disk_usage", lambda _: Usage(2**40, 2**40 - self.free, self.free)
        )


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


@contextlib.contextmanager
def full_disk(limit_bytes: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """The folder of a real file system of 4 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a file system")
    if not system("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder):
        pytest.skip("no file system can be mounted here")
    yield folder
    assert system("umount", folder)


def remount(folder: Path, options: str) -> None:
    assert system("mount", "-o", f"remount,{options}", folder)


def system(*command: str | Path) -> bool:
    """Run a system command; return whether it succeeded."""
    return subprocess.run(command, check=False).returncode == 0


async def append_until_full(store: SQLiteStore, size: int, channel: str = "run") -> int:
    """Append batches from the next number on, and return the last that was acknowledged."""
    acked = await last_publisher_seq(store, channel, ALICE) or 0
    while True:
        try:
            appended = await store.append(new_batch(["x" * size], n=acked + 1, channel=channel))
        except StoreFullError:
            return acked
        acked = appended.up_to


# The reserve.


async def test_what_would_grow_into_the_reserve_is_refused_and_the_rest_continues(
    path: Path, disk: Disk
) -> None:
    announced = Announced()
    async with opened(path, announced, reserve_bytes=64 * MIB) as store:
        await store.append(new_batch(["a"]))
        disk.free = 63 * MIB

        with pytest.raises(StoreFullError, match="the disk has 63 MiB left, of which 64 MiB are"):
            await store.append(new_batch(["b"], n=2))
        with pytest.raises(StoreFullError):
            await store.save_state("run", SavedState(1, b"state"))

        assert announced.lines() == await whole_log(store) == [(1, "a")]
        await store.trim("run", 1)
        disk.free = 64 * MIB
        assert (await store.append(new_batch(["b"], n=2))).seq == 2


async def test_what_was_freed_in_the_file_may_be_used_though_the_disk_is_full(
    path: Path, disk: Disk
) -> None:
    async with opened(path) as store:
        await asyncio.gather(*(store.append(new_batch(["x" * 9_000], n=n)) for n in range(1, 101)))
        disk.free = 0
        await store.trim("run", 100)
        execute(path, "pragma wal_checkpoint(truncate)")
        before = size(path)

        for n in range(101, 131):
            await store.append(new_batch(["x" * 9_000], n=n))

        execute(path, "pragma wal_checkpoint(truncate)")
        assert size(path) == before
        assert 130 < await append_until_full(store, 9_000) < 200
        assert size(path) == before


async def test_missing_bytes_are_reported_before_the_disk_is_full(path: Path, disk: Disk) -> None:
    async with opened(path, reserve_bytes=64 * MIB) as store:
        await asyncio.gather(*(store.append(new_batch(["x" * 9_000], n=n)) for n in range(1, 501)))

        disk.free = 80 * MIB
        assert not await store.missing_bytes()
        disk.free = 79 * MIB
        assert await store.missing_bytes()
        assert (await store.append(new_batch(["x"], n=501))).seq == 501
        # What is free in the file counts.
        await store.trim("run", 501)
        assert not await store.missing_bytes()


async def test_the_disk_that_is_looked_at_is_that_of_the_file(path: Path) -> None:
    async with opened(path):
        assert disk_space.free_bytes(path) == shutil.disk_usage(path.parent).free


# Failures of the system.


async def test_on_a_full_disk_nothing_is_stored_or_announced_and_then_it_continues(
    path: Path,
) -> None:
    announced = Announced()
    async with opened(path, announced) as store:
        await store.append(new_batch(["a"]))
        with full_disk(100_000):
            outcomes = await asyncio.gather(
                store.append(new_batch(["x" * 65_000, "y" * 65_000], n=2)),
                store.append(new_batch(["b"], n=4)),
                store.save_state("run", SavedState(1, b"s" * 200_000)),
                return_exceptions=True,
            )
            assert await whole_log(store) == announced.lines() == [(1, "a")]

        assert [type(outcome) for outcome in outcomes] == [StoreFullError] * 3
        # The reason, and not that the transaction was over.
        assert "disk" in str(outcomes[0])
        assert (await store.append(new_batch(["b"], n=2))).seq == 2
        assert await store.saved_state("run") is None


async def test_a_trim_that_cannot_be_written_changes_nothing(path: Path) -> None:
    async with opened(path) as store:
        for n in (1, 2):
            await store.append(new_batch(["x" * 10_000], n=n))

        with full_disk(1), pytest.raises(StoreFullError, match="the store cannot write"):
            await store.trim("run", 2)

        assert [seq for seq, _ in await whole_log(store)] == [1, 2]
        await store.trim("run", 2)
        assert [seq for seq, _ in await whole_log(store)] == [2]


async def test_what_is_removed_on_a_full_disk_is_gone_and_its_room_comes_back_later(
    path: Path,
) -> None:
    async with opened(path) as store:
        for n in range(1, 11):
            await store.append(new_batch(["x" * 50_000], n=n, channel="old"))
        await store.append(new_batch(["a"], channel="new"))
        before = await store.size_bytes()
        with full_disk(size(beside(path, "-wal")) + 30_000):
            await store.remove("old")
            assert [each.name for each in await store.channels()] == ["new"]
            assert await store.size_bytes() > before / 2

        await store.remove("old")

        assert await store.size_bytes() < before / 2


@pytest.mark.parametrize("network", [None, "nfs4"])
async def test_a_real_disk_runs_full_and_continues_when_there_is_room(
    mounted: Path, monkeypatch: pytest.MonkeyPatch, network: str | None
) -> None:
    monkeypatch.setattr(file_module, "network_file_system", lambda _: network)
    path = mounted / "sprints.db"
    announced = Announced()
    async with opened(path, announced, reserve_bytes=0) as store:
        acked = await append_until_full(store, 30_000)
        assert acked > 20
        for _ in range(3):
            with pytest.raises(StoreFullError):
                await store.append(new_batch(["x" * 60_000] * 10, n=acked + 1))

        assert announced.lines() == await whole_log(store)
        assert await last_publisher_seq(store, "run", ALICE) == acked
        remount(mounted, "size=16m")
        appended = await store.append(new_batch(["y"], n=acked + 1))
        assert (appended.seq, appended.up_to) == (acked + 1, acked + 1)
    async with opened(path) as store:
        assert await whole_log(store) == announced.lines()


async def test_with_a_reserve_a_real_disk_never_runs_full_and_removing_makes_room(
    mounted: Path,
) -> None:
    path = mounted / "sprints.db"
    async with opened(path, reserve_bytes=2 * MIB) as store:
        await append_until_full(store, 30_000, "old")
        assert shutil.disk_usage(mounted).free > MIB
        assert await store.missing_bytes()

        await store.remove("old")

        for n in range(1, 11):
            await store.append(new_batch(["x" * 30_000], n=n, channel="new"))
        assert len(await whole_log(store, "new")) == 10


async def test_opening_on_a_full_disk_harms_nothing(mounted: Path) -> None:
    path = mounted / "sprints.db"
    async with opened(path, reserve_bytes=0) as store:
        await store.append(new_batch(["a"]))
    overwrite(mounted / "ballast", b"x" * shutil.disk_usage(mounted).free)

    with contextlib.suppress(StoreError):
        async with opened(path) as store:
            assert await whole_log(store) == [(1, "a")]

    overwrite(mounted / "ballast", b"")
    assert asides(path) == []
    async with opened(path, reserve_bytes=0) as store:
        assert await whole_log(store) == [(1, "a")]


async def test_a_read_only_disk_is_refused_and_left_alone(mounted: Path) -> None:
    path = mounted / "sprints.db"
    async with opened(path, reserve_bytes=0) as store:
        await store.append(new_batch(["a"]))
    before = contents(mounted)
    remount(mounted, "ro")

    reason = await refusal(path)

    assert reason == f"cannot open {path}: Read-only file system ({path})"
    assert contents(mounted) == before


# The log of transactions.


async def test_the_log_of_transactions_stays_small_while_another_always_reads(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_module, "WAL_BYTES", MIB)
    wal = beside(path, "-wal")
    largest = 0
    async with opened(path) as store:
        reading = asyncio.create_task(read_for_ever(store))
        for n in range(1, 1_001, 10):
            await store.append(new_batch(["x" * 20_000] * 10, n=n))
            largest = max(largest, size(wal))
        reading.cancel()
        await asyncio.wait([reading])

    assert largest < 8 * MIB


async def read_for_ever(store: SQLiteStore) -> None:
    while True:
        await asyncio.gather(*(store.read("run", 0, 10 * MIB) for _ in range(4)))
