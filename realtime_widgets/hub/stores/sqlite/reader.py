"""Queries of the SQLite store, on its read thread."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from realtime_widgets.hub.stores.base import ChannelSummary
from realtime_widgets.hub.stores.sqlite.access import read_record
from realtime_widgets.hub.stores.sqlite.blobs import blobs_bytes, read_blob
from realtime_widgets.hub.stores.sqlite.rows import (
    BATCH_COLUMNS,
    LOG_COLUMNS,
    PUBLISHER_COLUMNS,
    Log,
    read_batch,
    read_log,
    read_publisher,
    read_saved_state,
)
from realtime_widgets.protocol.position import Bounds

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from realtime_widgets.hub.stores.base import SavedState, StoredBatch
    from realtime_widgets.hub.stores.blobs import Blob

__all__ = ["Reader"]


class Reader:
    """Reads from a database. Methods raise `StoreDamagedError` if a row of a channel is damaged.

    Args:
        db: A separate connection.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def _log(self, name: str) -> Log | None:
        row = self._db.execute(
            f"select {LOG_COLUMNS} from channel where name = ? collate binary",  # noqa: S608 - a constant
            (name,),
        ).fetchone()
        return read_log(row) if row else None

    def bounds(self, channel: str) -> Bounds:
        """Return what the log holds."""
        log = self._log(channel)
        return log.bounds if log else Bounds()

    def batch_id_at(self, channel: str, seq: int) -> str | None:
        """Return the id of the batch that ends at this seq."""
        log = self._log(channel)
        if log is None:
            return None
        row = self._db.execute(
            f"select {BATCH_COLUMNS} from batch where channel = ? and last = ?",  # noqa: S608 - a constant
            (log.id, seq),
        ).fetchone()
        batch = read_batch(log.epoch, row) if row else None
        return batch.batch_id if batch else None

    def last_publisher_seq(self, channel: str, publisher_id: str) -> int | None:
        """Return the publisher seq of the last event stored from this publisher."""
        log = self._log(channel)
        if log is None:
            return None
        row = self._db.execute(
            f"select {PUBLISHER_COLUMNS} from publisher where channel = ? and publisher_id = ?",  # noqa: S608 - a constant
            (log.id, publisher_id),
        ).fetchone()
        return read_publisher(log, row).publisher_seq if row else None

    def access_records(self, channels: Sequence[str]) -> dict[str, bytes]:
        """Return the access records of these channels, by name."""
        found = ((name, read_record(self._db, name)) for name in channels)
        return {name: record for name, record in found if record is not None}

    def read(self, channel: str, after: int, limit_bytes: int) -> list[StoredBatch]:
        """Return the next whole batches after a seq, up to the next one that is damaged."""
        log = self._log(channel)
        if log is None:
            return []
        cursor = self._db.execute(
            f"select {BATCH_COLUMNS} from batch where channel = ? and last > ? order by last",  # noqa: S608 - a constant
            (log.id, after),
        )
        # With a damaged index the rows can be right and their order wrong.
        return _sound_run(
            log,
            cursor,
            limit_bytes,
            is_asked_for=lambda batch: after < batch.last <= log.head,
            follows=lambda batch, last: batch.first == last.last + 1,
        )

    def read_back(self, channel: str, before: int, limit_bytes: int) -> list[StoredBatch]:
        """Return the whole batches that lead up to a seq, down to the next one that is damaged."""
        log = self._log(channel)
        if log is None:
            return []
        cursor = self._db.execute(
            f"select {BATCH_COLUMNS} from batch where channel = ?1 and last <= coalesce("  # noqa: S608 - a constant
            "(select min(last) from batch where channel = ?1 and last >= ?2), ?2)"
            " order by last desc",
            (log.id, before - 1),
        )
        return _sound_run(
            log,
            cursor,
            limit_bytes,
            is_asked_for=lambda batch: batch.first < before and batch.last <= log.head,
            follows=lambda batch, last: batch.last == last.first - 1,
        )

    def channels(
        self, before: int | None = None, limit_bytes: int | None = None
    ) -> list[ChannelSummary]:
        """Return channels, the one created last first."""
        cursor = self._db.execute(
            f"select {LOG_COLUMNS}, snapshot.seq, snapshot.data, snapshot.crc from channel"  # noqa: S608 - a constant
            " left join snapshot on snapshot.channel = channel.id"
            " where ?1 is null or channel.id < ?1 order by channel.id desc",
            (before,),
        )
        found: list[ChannelSummary] = []
        size = 0
        with closing(cursor):
            for *row, seq, data, crc in cursor:
                log = read_log(row)
                saved = read_saved_state(log.epoch, (seq, data, crc))
                size_bytes = log.size_bytes + blobs_bytes(self._db, log.id)
                one = ChannelSummary(log.id, log.name, log.bounds, size_bytes, saved)
                size += one.memory_bytes
                if found and limit_bytes is not None and size > limit_bytes:
                    break
                found.append(one)
        return found

    def names_near(self, name: str, limit: int) -> list[str]:
        """Return names that are near in alphabetical order without case, and those created last."""
        third = max(limit // 3, 1)
        rows = self._db.execute(
            # Each part reads at most `third` rows, in the order of an index.
            "select name from channel where name = ?1 union all"
            " select * from (select name from channel where name > ?1 order by name limit ?2)"
            " union all"
            " select * from (select name from channel where name < ?1 order by name desc limit ?2)"
            " union all"
            " select * from (select name from channel order by id desc limit ?2)",
            (name, third),
        )
        return list(dict.fromkeys(found for (found,) in rows))[:limit]

    def saved_state(self, channel: str) -> SavedState | None:
        """Return the state that was saved last."""
        log = self._log(channel)
        if log is None:
            return None
        row = self._db.execute(
            "select seq, data, crc from snapshot where channel = ?", (log.id,)
        ).fetchone()
        return read_saved_state(log.epoch, row) if row else None

    def blob(self, channel: str, sha256: str) -> Blob | None:
        """Return a blob."""
        log = self._log(channel)
        return read_blob(self._db, log.id, sha256) if log else None

    def size_bytes(self) -> int:
        """Return how much of the file is in use."""
        return (self._pragma("page_count") - self._pragma("freelist_count")) * self._pragma(
            "page_size"
        )

    def free_bytes(self) -> int:
        """Return how much of the file can be used again."""
        return self._pragma("freelist_count") * self._pragma("page_size")

    def _pragma(self, name: str) -> int:
        return int(self._db.execute(f"pragma {name}").fetchone()[0])


def _sound_run(
    log: Log,
    cursor: sqlite3.Cursor,
    limit_bytes: int,
    *,
    is_asked_for: Callable[[StoredBatch], bool],
    follows: Callable[[StoredBatch, StoredBatch], bool],
) -> list[StoredBatch]:
    """Return the first batches that are not damaged, up to a size or to the next damaged one."""
    batches: list[StoredBatch] = []
    size = 0
    with closing(cursor):
        for row in cursor:
            batch = read_batch(log.epoch, row)
            if batch is None or not is_asked_for(batch):
                if batches:
                    break
                continue
            size += len(batch.raw)
            if batches and (size > limit_bytes or not follows(batch, batches[-1])):
                break
            batches.append(batch)
    return batches
