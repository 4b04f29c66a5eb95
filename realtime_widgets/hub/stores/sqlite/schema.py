"""The tables of the SQLite store: made, brought up to date, and checked before they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.errors import StoreDamagedError, StoreError
from realtime_widgets.hub.stores.sqlite.rows import (
    LOG_COLUMNS,
    PUBLISHER_COLUMNS,
    checksum,
    read_log,
    read_publishers,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

__all__ = ["SCHEMA_VERSION", "prepare"]

SCHEMA_VERSION = 3

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
_PUBLISHER_2 = """create table publisher(
    channel integer not null,
    publisher_id text not null,
    last_n integer not null,
    crc integer not null,
    primary key(channel, publisher_id)
) without rowid"""
_PUBLISHER = """create table publisher(
    channel integer not null,
    publisher_id text not null,
    last_n integer not null,
    last_seq integer not null,
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
_SNAPSHOT = """create table snapshot(
    channel integer primary key,
    seq integer not null,
    data blob not null,
    crc integer not null
)"""

_TABLES = {
    2: (_CHANNEL, _PUBLISHER_2, _BATCH, _SNAPSHOT),
    3: (_CHANNEL, _PUBLISHER, _BATCH, _SNAPSHOT),
}
_NAMES = ("channel", "publisher", "batch", "snapshot")

_VERSIONS = range(1_000)
"""What can be a version at all; anything else stands there by damage."""


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
    if 0 < version < min(_TABLES):
        raise StoreError(
            f"it is from a version of realtime-widgets before its first release (schema {version}):"
            " move the file away"
        )
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
    publishers: dict[int, list[Sequence[str | int]]] = {channel: [] for channel in logs}
    for channel, *row in db.execute(f"select channel, {PUBLISHER_COLUMNS} from publisher"):  # noqa: S608 - a constant
        if channel not in publishers:
            raise StoreDamagedError("the number of a publisher is damaged")
        publishers[channel].append(row)
    for channel, log in logs.items():
        read_publishers(log, publishers[channel])


def _migrate(db: sqlite3.Connection) -> None:
    """Bring schema 2 up to date: it knew the last numbers of publishers, and not their seqs."""
    logs = {row[0]: read_log(row) for row in db.execute(f"select {LOG_COLUMNS} from channel")}  # noqa: S608 - a constant
    db.execute("alter table publisher rename to publisher_2")
    db.execute(_PUBLISHER)
    rows = db.execute("select channel, publisher_id, last_n, crc from publisher_2").fetchall()
    for channel, publisher_id, last_n, crc in rows:
        log = logs.get(channel)
        if log is None or checksum(log.epoch, publisher_id, last_n) != crc:
            raise StoreDamagedError("the number of a publisher is damaged")
        # The seq of a duplicate was answered as the head before; it is not known better.
        columns = (publisher_id, last_n, log.head)
        row = (channel, *columns, checksum(log.epoch, *columns))
        db.execute("insert into publisher values (?, ?, ?, ?, ?)", row)
    db.execute("drop table publisher_2")
