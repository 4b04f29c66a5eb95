"""Files of other versions and of other programs."""

from __future__ import annotations

import contextlib
import sqlite3
import zlib
from typing import TYPE_CHECKING

import pytest

from realtime_widgets.hub.stores.base import Snapshot
from realtime_widgets.protocol.position import Bounds

from .batches import ALICE, BOB, TIMESTAMP, lines, log, new_batch, whole_log
from .files import asides, content, execute, opened, refusal

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA_1 = """
create table channel(
    id integer primary key,
    name text not null unique collate nocase,
    epoch text not null,
    first integer not null,
    head integer not null,
    entry text
);
create table publisher(
    channel integer not null,
    publisher_id text not null,
    last_n integer not null,
    primary key(channel, publisher_id)
) without rowid;
create table batch(
    channel integer not null,
    last integer not null,
    first integer not null,
    entry text not null,
    timestamp text not null,
    user text,
    crc integer not null,
    raw blob not null,
    primary key(channel, last)
);
create table snapshot(
    channel integer primary key,
    seq integer not null,
    data blob not null
);
pragma user_version=1;
"""


def batch_1(last: int, messages: list[str], entry: str) -> tuple[object, ...]:
    raw = log(messages)
    first = last - len(messages) + 1
    return 1, last, first, entry, TIMESTAMP, "alice", zlib.crc32(raw), raw


@pytest.fixture
def file_1(path: Path) -> Path:
    """A file as the first version left it."""
    path.parent.mkdir()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("pragma journal_mode=wal")
        db.executescript(SCHEMA_1)
        db.execute("begin")
        channels = [(1, "Nightly", "e1" * 8, 2, 6, "e-6"), (2, "empty", "e2" * 8, 4, 3, "e-3")]
        db.executemany("insert into channel values (?, ?, ?, ?, ?, ?)", channels)
        batches = [
            batch_1(3, ["b", "c"], "e-3"),
            batch_1(4, ["d"], "e-4"),
            batch_1(6, ["e", "f"], "e-6"),
        ]
        db.executemany("insert into batch values (?, ?, ?, ?, ?, ?, ?, ?)", batches)
        publishers = [(1, ALICE, 5), (1, BOB, 9_007_199_254_740_991), (2, ALICE, 3)]
        db.executemany("insert into publisher values (?, ?, ?)", publishers)
        db.execute("insert into snapshot values (1, 4, ?)", (b"state",))
        db.execute("commit")
    return path


async def test_a_file_of_the_first_version_is_brought_up_to_date(file_1: Path) -> None:
    async with opened(file_1) as store:
        assert await whole_log(store, "Nightly") == list(enumerate("bcdef", 2))
        bounds = Bounds(epoch="e1" * 8, first=2, head=6, entry="e-6")
        assert await store.bounds("Nightly") == bounds
        empty = Bounds(epoch="e2" * 8, first=4, head=3, entry="e-3")
        assert await store.bounds("empty") == empty
        assert await store.entry_at("Nightly", 4) == "e-4"
        assert await store.last_n("Nightly", ALICE) == 5
        assert await store.last_n("Nightly", BOB) == 9_007_199_254_740_991
        assert await store.snapshot("Nightly") == Snapshot(4, b"state")
        size = sum(len(batch.raw) for batch in await store.read("Nightly", 0, 1_000))
        assert [each.size_bytes for each in await store.channels()] == [0, size]

        more = await store.append(new_batch(["x", "g"], n=5, channel="Nightly"))
        assert (more.epoch, more.seq, more.up_to) == ("e1" * 8, 7, 6)

    async with opened(file_1) as store:
        assert await whole_log(store, "Nightly") == list(enumerate("bcdefg", 2))
    assert asides(file_1) == []


async def test_it_is_then_as_if_it_had_been_made_by_this_version(
    file_1: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new.db"
    for path in (file_1, new):
        async with opened(path):
            pass

    tables = "select name, sql from sqlite_master where sql is not null order by name"
    assert execute(file_1, tables) == execute(new, tables)
    assert execute(file_1, "pragma user_version") == execute(new, "pragma user_version")
    assert execute(file_1, "pragma integrity_check") == [("ok",)]


async def test_what_was_damaged_before_is_not_made_right(file_1: Path) -> None:
    execute(file_1, "update batch set raw = ? where last = 4", log(["D"]))

    async with opened(file_1) as store:
        found = [lines(await store.read("Nightly", after, 1_000)) for after in (0, 3)]

    assert found == [[(2, "b"), (3, "c")], [(5, "e"), (6, "f")]]


async def test_many_batches_are_brought_up_to_date(file_1: Path) -> None:
    with contextlib.closing(sqlite3.connect(file_1)) as db, db:
        rows = [batch_1(last, [f"{last}"], f"e-{last}") for last in range(7, 207)]
        db.executemany("insert into batch values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        db.execute("update channel set head = 206, entry = 'e-206' where id = 1")

    async with opened(file_1) as store:
        assert (await whole_log(store, "Nightly"))[-1] == (206, "206")


async def test_a_file_that_cannot_be_brought_up_to_date_stays_as_it_was(
    file_1: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class FullConnection(sqlite3.Connection):
        def execute(self, sql: str, *args: object) -> sqlite3.Cursor:
            if sql.startswith("update batch"):
                raise sqlite3.OperationalError("database or disk is full")
            return super().execute(sql, *args)  # type: ignore[arg-type]  # handed on

    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3,
        "connect",
        lambda *args, **options: connect(*args, factory=FullConnection, **options),
    )

    assert await refusal(file_1) == f"cannot open {file_1}: database or disk is full"

    monkeypatch.undo()
    assert execute(file_1, "pragma user_version") == [(1,)]
    async with opened(file_1) as store:
        assert await whole_log(store, "Nightly") == list(enumerate("bcdef", 2))


async def test_a_file_of_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    """The refused store kept its lock, so moving the file away did not help."""
    async with opened(path):
        pass
    execute(path, "pragma user_version=99")
    before = content(path)

    said = await refusal(path)

    assert said == (
        f"cannot open {path}: it is from a newer version of realtime-widgets (schema 99, this one "
        "knows 2): upgrade, or move the file away"
    )
    assert content(path) == before
    execute(path, "pragma user_version=2")
    async with opened(path) as store:
        assert await store.channels() == []


@pytest.mark.parametrize("version", [0, 1, 2, 75])
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
