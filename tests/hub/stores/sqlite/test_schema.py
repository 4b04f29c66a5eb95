"""Files of other versions and of other programs."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import zlib
from typing import TYPE_CHECKING

import pytest

from realtime_widgets.hub.stores.base import Snapshot
from tests.hub.stores.batches import ALICE, BOB, new_batch, whole_log
from tests.hub.stores.files import asides, content, execute, opened, refusal

if TYPE_CHECKING:
    from pathlib import Path

PUBLISHERS_2 = """
alter table publisher rename to publisher_3;
create table publisher(
    channel integer not null,
    publisher_id text not null,
    last_n integer not null,
    crc integer not null,
    primary key(channel, publisher_id)
) without rowid;
insert into publisher select channel, publisher_id, last_n,
    crc32(epoch || char(0) || publisher_id || char(0) || last_n)
    from publisher_3 join channel on channel.id = channel;
drop table publisher_3;
pragma user_version=2;
"""


@pytest.fixture
def file_2(path: Path) -> Path:
    """A file as the version before left it."""

    async def fill() -> None:
        async with opened(path) as store:
            for n, message in enumerate("abc", 1):
                await store.append(new_batch([message], n=n, channel="Nightly"))
            await store.append(new_batch(["d"], n=2**53 - 1, publisher=BOB, channel="Nightly"))
            await store.append(new_batch(["x"], channel="other"))
            await store.save_snapshot("Nightly", Snapshot(4, b"state"))

    asyncio.run(fill())
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.create_function("crc32", 1, lambda text: zlib.crc32(text.encode()))
        db.executescript(PUBLISHERS_2)
    return path


async def test_a_file_of_the_version_before_is_brought_up_to_date(file_2: Path) -> None:
    async with opened(file_2) as store:
        assert await whole_log(store, "Nightly") == list(enumerate("abcd", 1))
        assert await store.last_n("Nightly", ALICE) == 3
        assert await store.last_n("Nightly", BOB) == 2**53 - 1
        assert await store.last_n("other", ALICE) == 1
        assert await store.snapshot("Nightly") == Snapshot(4, b"state")

        again = await store.append(new_batch(["c"], n=3, channel="Nightly"))
        more = await store.append(new_batch(["c", "e"], n=3, channel="Nightly"))
        assert (again.up_to, again.duplicate) == (3, True)
        assert (more.seq, more.up_to, more.duplicate) == (5, 4, False)

    async with opened(file_2) as store:
        assert await whole_log(store, "Nightly") == list(enumerate("abcde", 1))
    assert asides(file_2) == []


async def test_it_is_then_as_if_it_had_been_made_by_this_version(
    file_2: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new.db"
    for path in (file_2, new):
        async with opened(path):
            pass

    tables = "select name, sql from sqlite_master where sql is not null order by name"
    assert execute(file_2, tables) == execute(new, tables)
    assert execute(file_2, "pragma user_version") == execute(new, "pragma user_version")
    assert execute(file_2, "pragma integrity_check") == [("ok",)]


@pytest.mark.parametrize(
    "damage",
    [
        "update publisher set last_n = 4 where last_n = 3",
        "delete from publisher where last_n = 3",
        "delete from channel where name = 'other'",
    ],
)
async def test_what_was_damaged_before_is_not_made_right(file_2: Path, damage: str) -> None:
    execute(file_2, damage)

    async with opened(file_2) as store:
        assert await store.channels() == []
    assert len(asides(file_2)) == 1


async def test_a_file_that_cannot_be_brought_up_to_date_stays_as_it_was(
    file_2: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class FullConnection(sqlite3.Connection):
        def execute(self, sql: str, *args: object) -> sqlite3.Cursor:
            if sql.startswith("insert into publisher"):
                raise sqlite3.OperationalError("database or disk is full")
            return super().execute(sql, *args)  # type: ignore[arg-type]  # handed on

    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3,
        "connect",
        lambda *args, **options: connect(*args, factory=FullConnection, **options),
    )

    assert await refusal(file_2) == f"cannot open {file_2}: database or disk is full"

    monkeypatch.undo()
    assert execute(file_2, "pragma user_version") == [(2,)]
    async with opened(file_2) as store:
        assert await whole_log(store, "Nightly") == list(enumerate("abcd", 1))


async def test_a_file_from_before_the_first_release_is_refused_and_left_alone(path: Path) -> None:
    async with opened(path):
        pass
    execute(path, "pragma user_version=1")
    before = content(path)

    assert await refusal(path) == (
        f"cannot open {path}: it is from a version of realtime-widgets before its first release "
        "(schema 1): move the file away"
    )
    assert content(path) == before


async def test_a_file_of_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    """The refused store kept its lock, so moving the file away did not help."""
    async with opened(path):
        pass
    execute(path, "pragma user_version=99")
    before = content(path)

    said = await refusal(path)

    assert said == (
        f"cannot open {path}: it is from a newer version of realtime-widgets (schema 99, this one "
        "knows 3): upgrade, or move the file away"
    )
    assert content(path) == before
    execute(path, "pragma user_version=3")
    async with opened(path) as store:
        assert await store.channels() == []


@pytest.mark.parametrize("version", [0, 1, 2, 3, 75])
async def test_the_database_of_another_program_is_refused_and_left_alone(
    path: Path, version: int
) -> None:
    path.parent.mkdir()
    execute(path, "create table bookmark(url text)")
    execute(path, f"pragma user_version={version}")
    before = content(path)

    said = await refusal(path)

    assert said == f"cannot open {path}: it is the database of another program"
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
