"""Files of other versions and of other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from realtime_widgets.hub.stores.blobs import Blob
from tests.hub.stores.batches import lines, new_batch
from tests.hub.stores.files import asides, content, execute, opened, refusal

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("version", [1, 2])
async def test_a_file_from_before_the_first_release_is_refused_and_left_alone(
    path: Path, version: int
) -> None:
    async with opened(path):
        pass
    execute(path, f"pragma user_version={version}")
    before = content(path)

    assert await refusal(path) == (
        f"cannot open {path}: it is from a version of realtime-widgets before its first release "
        f"(schema {version}): move the file away"
    )
    assert content(path) == before


async def test_a_file_of_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    """The refused store kept its lock, so moving the file away did not help."""
    async with opened(path):
        pass
    execute(path, "pragma user_version=99")
    before = content(path)

    reason = await refusal(path)

    assert reason == (
        f"cannot open {path}: it is from a newer version of realtime-widgets (schema 99, this one "
        "knows 4): upgrade, or move the file away"
    )
    assert content(path) == before
    execute(path, "pragma user_version=4")
    async with opened(path) as store:
        assert await store.channels() == []


async def test_a_file_of_the_version_without_blobs_keeps_its_runs(path: Path) -> None:
    async with opened(path) as store:
        await store.append(new_batch(["a"]))
    execute(path, "drop table blob")
    execute(path, "pragma user_version=3")

    async with opened(path) as store:
        assert lines(await store.read("run", 0, 1_000)) == [(1, "a")]
        assert await store.put_blob("run", "a" * 64, Blob("text/plain", b"b"))


@pytest.mark.parametrize("version", [0, 1, 2, 3, 75])
async def test_the_database_of_another_program_is_refused_and_left_alone(
    path: Path, version: int
) -> None:
    path.parent.mkdir()
    execute(path, "create table bookmark(url text)")
    execute(path, f"pragma user_version={version}")
    before = content(path)

    reason = await refusal(path)

    assert reason == f"cannot open {path}: it is the database of another program"
    assert content(path) == before


@pytest.mark.parametrize("version", [0, -7, 1_000_000])
async def test_a_version_that_cannot_be_is_damage(path: Path, version: int) -> None:
    async with opened(path) as store:
        await store.append(new_batch(["a"]))
    execute(path, f"pragma user_version={version}")

    async with opened(path) as store:
        assert await store.channels() == []
    assert len(asides(path)) == 1


@pytest.mark.parametrize(
    "damage", ["drop table snapshot", "alter table batch rename column raw to events"]
)
async def test_tables_that_are_not_as_they_were_made_are_damage(path: Path, damage: str) -> None:
    async with opened(path):
        pass
    execute(path, damage)

    async with opened(path) as store:
        assert (await store.append(new_batch(["a"]))).seq == 1
    assert len(asides(path)) == 1
