"""The tables of the SQLite store: created, and checked before they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.errors import StoreDamagedError, StoreError
from realtime_widgets.hub.stores.sqlite.rows import (
    LOG_COLUMNS,
    PUBLISHER_COLUMNS,
    read_log,
    read_publishers,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

__all__ = ["SCHEMA_VERSION", "prepare"]

SCHEMA_VERSION = 4

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
_SAVED_STATE = """create table snapshot(
    channel integer primary key,
    seq integer not null,
    data blob not null,
    crc integer not null
)"""
_BLOB = """create table blob(
    channel integer not null,
    sha256 text not null,
    last integer not null,
    bytes integer not null,
    type text not null,
    data blob not null,
    primary key(channel, sha256)
)"""

_ACCESS = """create table if not exists access(
    name text primary key collate nocase,
    record blob not null,
    crc integer not null
)"""

_WITHOUT_BLOBS = 3
"""The version before that with blobs."""

_TABLES = (_CHANNEL, _PUBLISHER, _BATCH, _SAVED_STATE, _BLOB)
_NAMES = ("channel", "publisher", "batch", "snapshot", "blob")

_INDEX_OF_BLOBS = "create index blob_sizes on blob(channel, last, sha256, bytes)"
"""All that is necessary to know which of them are removed, without their pages."""

_VERSIONS = range(1_000)
"""Possible versions; any other number is damage."""


def prepare(db: sqlite3.Connection) -> None:
    """Create the tables in an empty file, and check them.

    Raises:
        StoreError: The file is of another program or of another version.
        StoreDamagedError: It is of this version, and damaged.
    """
    # For writing, though there may be nothing to write: it fails if that is not possible.
    db.execute("begin immediate")
    try:
        version = _version(db)
        if version < SCHEMA_VERSION:
            _create(db, _TABLES if version == 0 else (_BLOB,))
        db.execute(_ACCESS)
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
    if 0 < version < _WITHOUT_BLOBS:
        raise StoreError(
            f"it is from a version of realtime-widgets before its first release (schema {version}):"
            " move the file away"
        )
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"it is from a newer version of realtime-widgets (schema {version}, "
            f"this one knows {SCHEMA_VERSION}): upgrade, or move the file away"
        )
    tables = _TABLES if version == SCHEMA_VERSION else _TABLES[:-1]
    if version and ours != [_as_kept(sql) for sql in tables]:
        raise StoreDamagedError("its tables are damaged")
    return int(version)


def _as_kept(sql: str) -> str:
    return "CREATE TABLE " + sql.removeprefix("create table ")


def _create(db: sqlite3.Connection, tables: Sequence[str]) -> None:
    for table in tables:
        db.execute(table)
    db.execute(_INDEX_OF_BLOBS)
    db.execute(f"pragma user_version={SCHEMA_VERSION}")


def _check(db: sqlite3.Connection) -> None:
    """Check the epochs, the heads and the publisher seqs.

    The batches are many, and each is checked when it is read.
    """
    for table in ("channel", "publisher"):
        [result] = db.execute(f"pragma integrity_check({table})").fetchone()
        if result != "ok":
            raise StoreDamagedError(f"the table of the {table}s is damaged: {result}")
    logs = {row[0]: read_log(row) for row in db.execute(f"select {LOG_COLUMNS} from channel")}  # noqa: S608 - a constant
    publishers: dict[int, list[Sequence[str | int]]] = {channel: [] for channel in logs}
    for channel, *row in db.execute(f"select channel, {PUBLISHER_COLUMNS} from publisher"):  # noqa: S608 - a constant
        if channel not in publishers:
            raise StoreDamagedError("the row of a publisher is damaged")
        publishers[channel].append(row)
    for channel, log in logs.items():
        read_publishers(log, publishers[channel])
