"""Transactions of the SQLite store, on its write thread.

The channels that are written to are cached, checked once. A transaction writes the rows of its
batches, and at its end one row for each channel and publisher that changed. When it fails, the
cache is cleared, and the rows are read again.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Final, TypeAlias

from realtime_widgets.errors import RealtimeWidgetsError, StoreDamagedError
from realtime_widgets.hub.stores.base import (
    EPOCH_BITS,
    Appended,
    IdCaseError,
    LastStored,
    place,
)
from realtime_widgets.hub.stores.blobs import RESERVES
from realtime_widgets.hub.stores.run_retention import cut_back
from realtime_widgets.hub.stores.sqlite.access import delete_record, replace_record
from realtime_widgets.hub.stores.sqlite.blobs import put_blob, remove_blobs, remove_some_blobs
from realtime_widgets.hub.stores.sqlite.disk_space import DiskSpace
from realtime_widgets.hub.stores.sqlite.rows import (
    LOG_COLUMNS,
    PUBLISHER_COLUMNS,
    Log,
    checksum,
    read_log,
    read_publishers,
)
from realtime_widgets.protocol.ids import random_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from realtime_widgets.hub.stores.base import NewBatch, SavedState, StoredBatch
    from realtime_widgets.hub.stores.blobs import Blob
    from realtime_widgets.hub.stores.run_retention import RunRetention
    from realtime_widgets.protocol.events import Event
    from realtime_widgets.protocol.position import Bounds

__all__ = ["Committed", "Outcome", "Writer"]

_LOGS = 1_000
"""Most channels that are cached between two transactions."""

_PIECE_BATCHES = 1_000
_PIECE_BYTES = 8 * 1024 * 1024
"""Most that is deleted in one transaction, so that appends do not wait long."""

_ROW_BYTES = 16 * 1024
"""Size of a row beside its large column: pages of indexes, and other rows."""

_NO_ID = 0

Committed: TypeAlias = "tuple[Bounds, StoredBatch, Sequence[Event]]"
Outcome: TypeAlias = "tuple[Appended | RealtimeWidgetsError, Committed | None]"


class Writer:
    """Writes to a database.

    Args:
        db: A separate connection, to a database with tables.
        path: Its file.
        retention: How much of each channel is kept.
        reserve_bytes: How much of the disk is left free.
    """

    def __init__(
        self, db: sqlite3.Connection, path: Path, retention: RunRetention, reserve_bytes: int
    ) -> None:
        self._db = db
        self._retention = retention
        self.space: Final = DiskSpace(db, path, reserve_bytes)
        self._logs: dict[str, Log] = {}
        """By name in lower case."""
        self._changed: dict[int, tuple[Log, set[str]]] = {}
        """Channels and publishers whose rows are written at the end of the transaction."""
        self._orphans = self._find_orphans()
        """Channels that are removed, and whose batches are not yet."""

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        if len(self._logs) > _LOGS:
            self._logs.clear()
        self._db.execute("begin immediate")
        try:
            yield
            self._write_changed()
            self._db.execute("commit")
        except BaseException:
            self._logs.clear()
            # On a full disk SQLite has done it already, and this would hide the reason.
            if self._db.in_transaction:
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("rollback")
            raise
        finally:
            self._changed.clear()

    # Appending.

    def append(self, group: Sequence[NewBatch]) -> list[Outcome]:
        """Store what is new, in one transaction.

        Raises:
            StoreFullError: The disk is too full.
        """
        self.space.check(sum(len(new.raw) + _ROW_BYTES for new in group))
        with self._transaction():
            return [self._append(new) for new in group]

    def _append(self, new: NewBatch) -> Outcome:
        log = self._log(new.channel) or Log(_NO_ID, new.channel, random_id(EPOCH_BITS))
        if log.name != new.channel:
            return IdCaseError(new.channel, log.name), None
        last = log.last.get(new.publisher_id) if new.publisher_id else None
        try:
            placed = place(
                new, head=log.head, last_publisher_seq=last.publisher_seq if last else None
            )
        except RealtimeWidgetsError as error:
            # With its frames it would keep the whole group in memory, in a cycle.
            return error.with_traceback(None), None
        if placed is None:
            assert last is not None, "a duplicate has been stored"  # noqa: S101 - narrows the type
            return Appended(log.epoch, last.seq, last.publisher_seq, duplicate=True), None
        batch, events = placed
        if log.id == _NO_ID:
            self._insert_log(log)
        self._insert_batch(log, batch)
        changed = self._change(log)
        if new.publisher_id:
            log.put_last(new.publisher_id, LastStored(new.last_publisher_seq, batch.last))
            changed.add(new.publisher_id)
        self._cut_back(log)
        return Appended(log.epoch, batch.last, new.last_publisher_seq), (log.bounds, batch, events)

    def _log(self, name: str) -> Log | None:
        """Return a channel by its name in any case."""
        key = name.lower()
        if key not in self._logs:
            row = self._db.execute(
                f"select {LOG_COLUMNS} from channel where name = ?",  # noqa: S608 - a constant
                (name,),
            ).fetchone()
            if row is None:
                return None
            log = read_log(row)
            read_publishers(
                log,
                self._db.execute(
                    f"select {PUBLISHER_COLUMNS} from publisher where channel = ?",  # noqa: S608 - a constant
                    (log.id,),
                ),
            )
            [last] = self._db.execute(
                "select max(last) from batch where channel = ?", (log.id,)
            ).fetchone()
            if last is not None and last > log.head:
                raise StoreDamagedError(f"the log of {log.name!r} has events after its head")
            self._logs[key] = log
        return self._logs[key]

    def _insert_log(self, log: Log) -> None:
        # Not the id of a removed channel, whose batches may still exist.
        [log.id] = self._db.execute(
            "select 1 + max(coalesce((select max(id) from channel), 0),"
            " coalesce((select max(channel) from batch), 0),"
            " coalesce((select max(channel) from blob), 0))"
        ).fetchone()
        self._db.execute("insert into channel values (?, ?, ?, ?, ?, ?, ?, ?, ?)", log.row)
        self._logs[log.name.lower()] = log

    def _insert_batch(self, log: Log, batch: StoredBatch) -> None:
        fields = (batch.batch_id, batch.timestamp, batch.user)
        crc = checksum(log.epoch, batch.first, batch.last, *fields, data=batch.raw)
        self._db.execute(
            "insert into batch(channel, last, first, entry, timestamp, user, crc, raw)"
            " values (?, ?, ?, ?, ?, ?, ?, ?)",
            (log.id, batch.last, batch.first, *fields, crc, batch.raw),
        )
        log.head, log.batch_id = batch.last, batch.batch_id
        log.size_bytes += len(batch.raw)

    def _change(self, log: Log) -> set[str]:
        return self._changed.setdefault(log.id, (log, set()))[1]

    def _write_changed(self) -> None:
        for log, publishers in self._changed.values():
            _, _, _, *changing = log.row
            self._db.execute(
                "update channel set first = ?, head = ?, entry = ?, bytes = ?, numbers = ?, crc = ?"
                " where id = ?",
                (*changing, log.id),
            )
            for publisher_id in publishers:
                columns = (publisher_id, *log.last[publisher_id])
                self._db.execute(
                    "replace into publisher values (?, ?, ?, ?, ?)",
                    (log.id, *columns, checksum(log.epoch, *columns)),
                )

    # Trimming and removing.

    def _cut_back(self, log: Log) -> None:
        first, log.size_bytes = cut_back(
            log.first, log.head, log.size_bytes, self._oldest(log.id), self._retention
        )
        if first > log.first:
            self._delete_before(log, first)

    def _oldest(self, channel: int) -> Iterator[tuple[int, int, int]]:
        """First seq, last seq and size of the batches of a channel, the oldest first."""
        yield from self._db.execute(
            "select first, last, length(raw) from batch where channel = ? order by last", (channel,)
        )

    def _delete_before(self, log: Log, first: int) -> None:
        self._db.execute("delete from batch where channel = ? and last < ?", (log.id, first))
        log.first = first
        self._change(log)
        remove_blobs(self._db, log.id, first, self._retention.blobs_bytes)

    def trim(self, name: str, first: int) -> bool:
        """Remove some batches before a seq, in one transaction; return whether more are left."""
        with self._transaction():
            log = self._log(name)
            if log is None or log.name != name:
                return False
            last, size, is_done = self._piece(log.id, first)
            if last:
                log.size_bytes -= size
                self._delete_before(log, last + 1)
            return not is_done

    def _piece(self, channel: int, first: int) -> tuple[int, int, bool]:
        """Last seq and size of what is deleted at once of the batches before a seq."""
        last = size = 0
        for number, (_, batch_last, batch_size) in enumerate(self._oldest(channel)):
            if batch_last >= first:
                return last, size, True
            if number == _PIECE_BATCHES or (number and size + batch_size > _PIECE_BYTES):
                return last, size, False
            last, size = batch_last, size + batch_size
        return last, size, True

    def remove(self, name: str) -> None:
        """Remove a channel; `remove_orphans` removes its batches."""
        with self._transaction():
            log = self._log(name)
            if log is None or log.name != name:
                return
            self._db.execute("delete from channel where id = ?", (log.id,))
            for table in ("publisher", "snapshot"):
                self._db.execute(f"delete from {table} where channel = ?", (log.id,))  # noqa: S608 - constants
            delete_record(self._db, name)
            del self._logs[name.lower()]
        self._orphans.append(log.id)

    def remove_orphans(self) -> bool:
        """Delete some batches of removed channels; return whether more are left."""
        if not self._orphans:
            return False
        channel = self._orphans[0]
        with self._transaction():
            last, _, is_done = self._piece(channel, 2**63 - 1)
            self._db.execute("delete from batch where channel = ? and last <= ?", (channel, last))
            is_done = remove_some_blobs(self._db, channel) and is_done
        if is_done:
            self._orphans.remove(channel)
        return bool(self._orphans)

    @property
    def has_orphans(self) -> bool:
        """Whether batches of removed channels are left."""
        return bool(self._orphans)

    def _find_orphans(self) -> list[int]:
        # One index lookup for each channel.
        return list(
            {
                channel
                for table in ("batch", "blob")
                for (channel,) in self._db.execute(
                    "with recursive there(id) as ("  # noqa: S608 - constants
                    f"select min(channel) from {table} union all"
                    f" select (select min(channel) from {table} where channel > id) from there"
                    " where id is not null"
                    ") select id from there"
                    " where id is not null and id not in (select id from channel)"
                )
            }
        )

    # Access records and saved states.

    def replace_access_record(self, name: str, record: bytes, expected: bytes | None) -> bool:
        """Write an access record if there is none but `expected`; return whether it was written."""
        self.space.check(len(record) + _ROW_BYTES)
        with self._transaction():
            return replace_record(self._db, name, record, expected)

    def save_state(self, name: str, saved: SavedState) -> None:
        """Replace the saved state."""
        self.space.check(len(saved.data) + _ROW_BYTES)
        with self._transaction():
            log = self._log(name)
            if log is None or log.name != name:
                return
            crc = checksum(log.epoch, saved.seq, data=saved.data)
            self._db.execute(
                "replace into snapshot values (?, ?, ?, ?)",
                (log.id, saved.seq, saved.data, crc),
            )

    # Blobs.

    def put_blob(self, name: str, sha256: str, blob: Blob) -> bool:
        """Store a blob; return whether there is such a channel."""
        self.space.check(len(blob.data) + _ROW_BYTES, RESERVES)
        with self._transaction():
            log = self._log(name)
            if log is None or log.name != name:
                return False
            put_blob(self._db, log.id, log.head, sha256, blob)
            remove_blobs(self._db, log.id, log.first, self._retention.blobs_bytes)
        return True
