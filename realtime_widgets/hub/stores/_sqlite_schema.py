"""The tables of the SQLite store: made, brought up to date, and checked before they are used."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from realtime_widgets.errors import StoreDamagedError, StoreError
from realtime_widgets.hub.stores._sqlite_rows import (
    BATCH_COLUMNS,
    LOG_COLUMNS,
    Log,
    checksum,
    read_log,
    read_numbers,
)

if TYPE_CHECKING:
    import sqlite3

__all__ = ["SCHEMA_VERSION", "prepare"]

SCHEMA_VERSION = 2

_CHANNEL_1 = """create table channel(
    id integer primary key,
    name text not null unique collate nocase,
    epoch text not null,
    first integer not null,
    head integer not null,
    entry text
)"""
_CHANNEL = """create table channel(
    id integer primary key,
    name text not null unique collate nocase,
    epoch text not null,
    first integer not null,
    head integer not null,
    entry text,
    bytes integer not null,
    numbers integer not null,
    crc integer not null
)"""
_PUBLISHER_1 = """create table publisher(
    channel integer not null,
    publisher_id text not null,
    last_n integer not null,
    primary key(channel, publisher_id)
) without rowid"""
_PUBLISHER = """create table publisher(
    channel integer not null,
    publisher_id text not null,
    last_n integer not null,
    crc integer not null,
    primary key(channel, publisher_id)
) without rowid"""
_BATCH = """create table batch(
    channel integer not null,
    last integer not null,
    first integer not null,
    entry text not null,
    timestamp text not null,
    user text,
    crc integer not null,
    raw blob not null,
    primary key(channel, last)
)"""
_SNAPSHOT_1 = """create table snapshot(
    channel integer primary key,
    seq integer not null,
    data blob not null
)"""
_SNAPSHOT = """create table snapshot(
    channel integer primary key,
    seq integer not null,
    data blob not null,
    crc integer not null
)"""

_TABLES = {
    1: (_CHANNEL_1, _PUBLISHER_1, _BATCH, _SNAPSHOT_1),
    2: (_CHANNEL, _PUBLISHER, _BATCH, _SNAPSHOT),
}
_NAMES = ("channel", "publisher", "batch", "snapshot")

_VERSIONS = range(1_000)
"""What can be a version at all; anything else stands there by damage."""

_MIGRATED_AT_ONCE = 50
"""How many batches a migration has in memory: at most some ten MiB."""


def prepare(db: sqlite3.Connection) -> None:
    """Make the tables where there are none, or bring them up to date, and check them.

    Raises:
        StoreError: The file is not ours, or of a newer version.
        StoreDamagedError: It is ours, and damaged.
    """
    # To write, though there may be nothing to: so it is known that one can.
    db.execute("begin immediate")
    try:
        version = _version(db)
        if version < SCHEMA_VERSION:
            _make(db) if version == 0 else _migrate(db)
            db.execute(f"pragma user_version={SCHEMA_VERSION}")
        _check(db)
        db.execute("commit")
    except BaseException:
        if db.in_transaction:
            db.execute("rollback")
        raise


def _version(db: sqlite3.Connection) -> int:
    [version] = db.execute("pragma user_version").fetchone()
    found = dict(db.execute("select name, sql from sqlite_master where type = 'table'"))
    ours = [found[name] for name in _NAMES if name in found]
    if found and not ours:
        raise StoreError("it is the database of another program")
    if version not in _VERSIONS or bool(version) != bool(ours):
        raise StoreDamagedError("its version is damaged")
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"it is from a newer version of realtime-widgets (schema {version}, "
            f"this one knows {SCHEMA_VERSION}): upgrade, or move the file away"
        )
    if version and ours != [_as_kept(sql) for sql in _TABLES[version]]:
        raise StoreDamagedError("its tables are damaged")
    return int(version)


def _as_kept(sql: str) -> str:
    return "CREATE TABLE " + sql.removeprefix("create table ")


def _make(db: sqlite3.Connection) -> None:
    for table in _TABLES[SCHEMA_VERSION]:
        db.execute(table)


def _check(db: sqlite3.Connection) -> None:
    """Check what may not be wrong: the epochs, the heads and the numbers.

    The batches are many, and each is checked when it is read.
    """
    for table in ("channel", "publisher"):
        [said] = db.execute(f"pragma integrity_check({table})").fetchone()
        if said != "ok":
            raise StoreDamagedError(f"the table of the {table}s is damaged: {said}")
    logs = {row[0]: read_log(row) for row in db.execute(f"select {LOG_COLUMNS} from channel")}  # noqa: S608 - a constant
    numbers: dict[int, list[tuple[str, int, int]]] = {channel: [] for channel in logs}
    for channel, *row in db.execute("select channel, publisher_id, last_n, crc from publisher"):
        if channel not in numbers:
            raise StoreDamagedError("the number of a publisher is damaged")
        numbers[channel].append(row)
    for channel, log in logs.items():
        read_numbers(log, numbers[channel])


def _migrate(db: sqlite3.Connection) -> None:
    """Bring schema 1 up to date: it had checksums over the events alone."""
    for table in ("channel", "publisher", "snapshot"):
        db.execute(f"alter table {table} rename to {table}_1")
    for sql in (_CHANNEL, _PUBLISHER, _SNAPSHOT):
        db.execute(sql)
    sizes = dict(db.execute("select channel, sum(length(raw)) from batch group by channel"))
    logs: dict[int, Log] = {}
    for row in db.execute("select id, name, epoch, first, head, entry from channel_1"):
        log = Log(*row)
        log.size_bytes = sizes.get(log.id, 0)
        logs[log.id] = log
    _migrate_publishers(db, logs)
    _migrate_snapshots(db, logs)
    _migrate_batches(db, logs)
    db.executemany(
        "insert into channel values (?, ?, ?, ?, ?, ?, ?, ?, ?)", [log.row for log in logs.values()]
    )
    for table in ("channel", "publisher", "snapshot"):
        db.execute(f"drop table {table}_1")


def _migrate_publishers(db: sqlite3.Connection, logs: dict[int, Log]) -> None:
    rows = db.execute("select channel, publisher_id, last_n from publisher_1").fetchall()
    for channel, publisher_id, last_n in rows:
        if channel in logs:
            log = logs[channel]
            log.put_number(publisher_id, last_n)
            crc = checksum(log.epoch, publisher_id, last_n)
            row = (channel, publisher_id, last_n, crc)
            db.execute("insert into publisher values (?, ?, ?, ?)", row)


def _migrate_snapshots(db: sqlite3.Connection, logs: dict[int, Log]) -> None:
    rows = db.execute("select channel, seq, data from snapshot_1").fetchall()
    for channel, seq, data in rows:
        if channel in logs:
            crc = checksum(logs[channel].epoch, seq, data=data)
            db.execute("insert into snapshot values (?, ?, ?, ?)", (channel, seq, data, crc))


def _migrate_batches(db: sqlite3.Connection, logs: dict[int, Log]) -> None:
    after = 0
    while rows := db.execute(
        f"select rowid, channel, {BATCH_COLUMNS} from batch where rowid > ?"  # noqa: S608 - a constant
        " order by rowid limit ?",
        (after, _MIGRATED_AT_ONCE),
    ).fetchall():
        for rowid, channel, *fields, crc, raw in rows:
            # What was damaged before keeps a checksum that does not fit.
            if channel in logs and zlib.crc32(raw) == crc:
                crc = checksum(logs[channel].epoch, *fields, data=raw)  # noqa: PLW2901 - the new one
                db.execute("update batch set crc = ? where rowid = ?", (crc, rowid))
        after = rows[-1][0]
