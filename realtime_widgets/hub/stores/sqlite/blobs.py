"""Blobs in the file of the SQLite store: the statements, for its writer and its reader.

A blob needs no checksum: its name is one, and is compared when it is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.hub.stores.blobs import BLOB_BYTES, Blob, BlobRow, blobs_to_remove
from realtime_widgets.protocol.outputs.blob import sha256_of
from realtime_widgets.protocol.outputs.types import TYPES

if TYPE_CHECKING:
    import sqlite3

__all__ = ["blobs_bytes", "put_blob", "read_blob", "remove_blobs", "remove_some_blobs"]

PIECE_BLOBS = 4
"""Most blobs that are deleted in one transaction, so that appends do not wait long."""


def put_blob(db: sqlite3.Connection, channel: int, last: int, sha256: str, blob: Blob) -> None:
    """Write a blob, or note that one is kept until another event."""
    db.execute(
        "insert into blob(channel, sha256, last, bytes, type, data) values (?, ?, ?, ?, ?, ?)"
        " on conflict do update set last = excluded.last",
        (channel, sha256, last, len(blob.data), blob.media_type, blob.data),
    )


def remove_blobs(db: sqlite3.Connection, channel: int, first: int, limit_bytes: int) -> None:
    """Delete the blobs whose events are gone, and the oldest beyond a size."""
    rows = [
        BlobRow(*row)
        for row in db.execute("select last, sha256, bytes from blob where channel = ?", (channel,))
    ]
    db.executemany(
        "delete from blob where channel = ? and sha256 = ?",
        [(channel, row.sha256) for row in blobs_to_remove(rows, first, limit_bytes)],
    )


def remove_some_blobs(db: sqlite3.Connection, channel: int) -> bool:
    """Delete a few blobs of a removed channel; return whether those were all."""
    deleted = db.execute(
        "delete from blob where rowid in (select rowid from blob where channel = ? limit ?)",
        (channel, PIECE_BLOBS),
    ).rowcount
    return deleted < PIECE_BLOBS


def read_blob(db: sqlite3.Connection, channel: int, sha256: str) -> Blob | None:
    """Read a blob; None where there is none that is not damaged."""
    row = db.execute(
        "select type, data from blob where channel = ? and sha256 = ?", (channel, sha256)
    ).fetchone()
    if row is None or row[0] not in TYPES or sha256_of(row[1]) != sha256:
        return None
    return Blob(*row)


def blobs_bytes(db: sqlite3.Connection, channel: int) -> int:
    """Return what the blobs of a channel are counted for."""
    [size, count] = db.execute(
        "select coalesce(sum(bytes), 0), count(*) from blob where channel = ?", (channel,)
    ).fetchone()
    return int(size) + BLOB_BYTES * int(count)
