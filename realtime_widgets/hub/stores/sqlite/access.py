"""The rows of access records: which users may use a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.errors import StoreDamagedError
from realtime_widgets.hub.stores.base import MAX_UNBEGUN
from realtime_widgets.hub.stores.sqlite.rows import checksum

if TYPE_CHECKING:
    import sqlite3

__all__ = ["delete_record", "read_record", "write_record"]


def read_record(db: sqlite3.Connection, name: str) -> bytes | None:
    """Return the access record of a channel, None where it has none.

    Raises:
        StoreDamagedError: The row is damaged: it could give rights that were not granted.
    """
    row = db.execute("select record, crc from access where name = ?", (name,)).fetchone()
    if row is None:
        return None
    record, crc = row
    if not isinstance(record, bytes) or crc != checksum(name.lower(), data=record):
        raise StoreDamagedError(f"the access record of {name!r} is damaged")
    return record


def write_record(db: sqlite3.Connection, name: str, record: bytes) -> None:
    """Write the access record of a channel, and delete the oldest of channels without events."""
    key = name.lower()
    db.execute("replace into access values (?, ?, ?)", (key, record, checksum(key, data=record)))
    db.execute(
        "delete from access where rowid in (select rowid from access"
        " where name not in (select name from channel) order by rowid desc limit -1 offset ?)",
        (MAX_UNBEGUN,),
    )


def delete_record(db: sqlite3.Connection, name: str) -> None:
    """Delete the access record of a channel, if it has one."""
    db.execute("delete from access where name = ?", (name,))
