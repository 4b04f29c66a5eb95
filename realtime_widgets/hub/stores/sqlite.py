"""The durable store: one SQLite file, one row per batch.

One thread writes, so appends that come while it commits share its next transaction (group
commit); another reads. The file is locked for one process, because each process announces only
what it has committed itself.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from realtime_widgets.errors import RealtimeWidgetsError, StoreError, StoreUnavailableError
from realtime_widgets.hub.stores.base import (
    EPOCH_BITS,
    Appended,
    ChannelSummary,
    IdCaseError,
    NewBatch,
    OnCommit,
    Snapshot,
    StoredBatch,
    place,
)
from realtime_widgets.protocol.ids import random_id
from realtime_widgets.protocol.position import Bounds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from realtime_widgets.protocol.events import Event

__all__ = ["SQLiteStore"]

SCHEMA_VERSION = 1
GROUP_BATCHES = 200
"""Most batches in one transaction, so that the first ack of a flood does not wait for its end."""

BUSY_TIMEOUT_MS = 10_000
"""How long a write waits for another program that looks into the file."""

_SCHEMA = """
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
"""

_FAILURES = (sqlite3.Error, RuntimeError)
"""What a call on one of the threads raises; `RuntimeError` when the store is closed."""

_T = TypeVar("_T")
_Committed: TypeAlias = "tuple[str, StoredBatch, Sequence[Event]]"
_Waiting: TypeAlias = "tuple[NewBatch, asyncio.Future[Appended]]"


class SQLiteStore:
    """Keeps all channels in one file.

    Args:
        path: The file; its folder is made, both readable by the user only.
        durability: `full` survives power loss, `normal` survives the death of the process
            and may lose the last moments at power loss.
    """

    name = "sqlite"

    def __init__(self, path: Path, *, durability: Literal["full", "normal"] = "full") -> None:
        self.path = path
        self._durability = durability
        self._waiting: list[_Waiting] = []
        self._committing: asyncio.Task[None] | None = None
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix="realtime-widgets-write")
        self._read_thread = ThreadPoolExecutor(1, thread_name_prefix="realtime-widgets-read")
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._lock: sqlite3.Connection | None = None

    async def open(self, on_commit: OnCommit) -> None:
        """Open or make the file.

        Raises:
            StoreError: Another server has it, it is no database, or it is from a newer version.
        """
        self._on_commit = on_commit
        try:
            await self._in(self._write_thread, self._open)
        except StoreError:
            self._close()
            raise
        except (OSError, sqlite3.Error) as error:
            self._close()
            raise StoreError(f"cannot open {self.path}: {error}") from error

    def _open(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made before SQLite does, so that its -wal and -shm copy these permissions.
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        self._lock = self._lock_file()
        self._writer = self._connect()
        version = self._writer.execute("pragma user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"{self.path} is from a newer version of realtime-widgets (schema {version}, "
                f"this one knows {SCHEMA_VERSION}): upgrade, or move the file away"
            )
        self._writer.execute("pragma journal_mode=wal")
        self._writer.execute(f"pragma synchronous={self._durability}")
        if version < SCHEMA_VERSION:
            self._writer.executescript(
                f"begin; {_SCHEMA} pragma user_version={SCHEMA_VERSION}; commit;"
            )
        self._reader = self._connect()
        self._reader.execute("pragma query_only=1")

    def _connect(self) -> sqlite3.Connection:
        # Each connection is used by one thread at a time, but closed from another.
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        connection.execute(f"pragma busy_timeout={BUSY_TIMEOUT_MS}")
        return connection

    def _lock_file(self) -> sqlite3.Connection:
        # A lock that SQLite holds on an empty file goes away with the process, on every system.
        path = self.path.with_name(self.path.name + ".lock")
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        lock = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0)
        try:
            lock.execute("begin exclusive")
        except sqlite3.Error as error:
            lock.close()
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            raise StoreError(f"another server uses {self.path}") from None
        return lock

    async def close(self) -> None:
        """Finish what was appended, then close the file. Safe to call twice."""
        if self._committing is not None:
            await self._committing
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._write_thread.shutdown()
        self._read_thread.shutdown()
        for connection in (self._reader, self._writer, self._lock):
            if connection is not None:
                connection.close()
        self._reader = self._writer = self._lock = None

    def append(self, new: NewBatch) -> asyncio.Future[Appended]:
        """Store events with the next transaction."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Appended] = loop.create_future()
        self._waiting.append((new, future))
        if self._committing is None:
            self._committing = loop.create_task(self._commit_waiting(), name="sqlite group commit")
        return future

    async def _commit_waiting(self) -> None:
        try:
            while self._waiting:
                group = self._waiting[:GROUP_BATCHES]
                del self._waiting[:GROUP_BATCHES]
                await self._commit_group(group)
        finally:
            self._committing = None

    async def _commit_group(self, group: list[_Waiting]) -> None:
        try:
            outcomes = await self._writing(self._write, [new for new, _ in group])
        except StoreUnavailableError as error:
            for _, future in group:
                _settle(future, StoreUnavailableError(str(error)))
        except Exception as error:  # noqa: BLE001 - whatever it is, somebody waits for an answer
            if len(group) == 1:
                _settle(group[0][1], StoreError(f"the events cannot be written: {error}"))
                return
            # One of them can never be written; that must not be its neighbours' loss.
            for alone in group:
                await self._commit_group([alone])
        else:
            for (new, future), (outcome, committed) in zip(group, outcomes, strict=True):
                if committed is not None:
                    self._on_commit(new.channel, *committed)
                _settle(future, outcome)

    def _write(
        self, group: list[NewBatch]
    ) -> list[tuple[Appended | RealtimeWidgetsError, _Committed | None]]:
        db = self._db(self._writer)
        db.execute("begin immediate")
        try:
            outcomes = [self._write_one(db, new) for new in group]
            db.execute("commit")
        except BaseException:
            self._roll_back(db)
            raise
        return outcomes

    def _write_one(
        self, db: sqlite3.Connection, new: NewBatch
    ) -> tuple[Appended | RealtimeWidgetsError, _Committed | None]:
        found = db.execute(
            "select id, name, epoch, head from channel where name = ?", (new.channel,)
        ).fetchone()
        channel, name, epoch, head = found or (None, new.channel, random_id(EPOCH_BITS), 0)
        if name != new.channel:
            return IdCaseError(new.channel, name), None
        last_n = self._last_n(db, channel, new.publisher_id)
        try:
            placed = place(new, head=head, last_n=last_n)
        except RealtimeWidgetsError as error:
            return error, None
        if placed is None:
            return Appended(epoch, head, last_n or 0), None
        batch, events = placed
        if channel is None:
            channel = db.execute(
                "insert into channel(name, epoch, first, head) values (?, ?, 1, 0)", (name, epoch)
            ).lastrowid
        db.execute(
            "insert into batch values (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                channel, batch.last, batch.first, batch.entry, batch.timestamp, batch.user,
                zlib.crc32(batch.raw), batch.raw,
            ),
        )  # fmt: skip
        db.execute(
            "update channel set head = ?, entry = ? where id = ?",
            (batch.last, batch.entry, channel),
        )
        db.execute(
            "insert into publisher values (?, ?, ?)"
            " on conflict(channel, publisher_id) do update set last_n = excluded.last_n",
            (channel, new.publisher_id, new.last_n),
        )
        return Appended(epoch, batch.last, new.last_n), (epoch, batch, events)

    @staticmethod
    def _roll_back(db: sqlite3.Connection) -> None:
        # On a full disk SQLite has done it already, and would say so instead of why.
        if db.in_transaction:
            db.execute("rollback")

    @staticmethod
    def _last_n(db: sqlite3.Connection, channel: int | None, publisher_id: str) -> int | None:
        found = db.execute(
            "select last_n from publisher where channel = ? and publisher_id = ?",
            (channel, publisher_id),
        ).fetchone()
        return found[0] if found else None

    async def bounds(self, channel: str) -> Bounds:
        """Return what the log holds."""
        row = await self._one(
            "select epoch, first, head, entry from channel where name = ? collate binary", channel
        )
        return Bounds(epoch=row[0], first=row[1], head=row[2], entry=row[3]) if row else Bounds()

    async def entry_at(self, channel: str, seq: int) -> str | None:
        """Return the id of the batch that ends at this seq."""
        row = await self._one(
            "select entry from batch where channel ="
            " (select id from channel where name = ? collate binary) and last = ?",
            channel,
            seq,
        )
        return row[0] if row else None

    async def last_n(self, channel: str, publisher_id: str) -> int | None:
        """Return the number of the last event stored from this publisher."""
        row = await self._one(
            "select last_n from publisher where channel ="
            " (select id from channel where name = ? collate binary) and publisher_id = ?",
            channel,
            publisher_id,
        )
        return row[0] if row else None

    async def read(self, channel: str, after: int, limit_bytes: int) -> list[StoredBatch]:
        """Return the next whole batches after a seq.

        Raises:
            StoreError: A batch is damaged.
        """
        return await self._reading(self._read, channel, after, limit_bytes)

    def _read(self, channel: str, after: int, limit_bytes: int) -> list[StoredBatch]:
        cursor = self._db(self._reader).execute(
            "select first, last, entry, timestamp, user, crc, raw from batch where channel ="
            " (select id from channel where name = ? collate binary) and last > ? order by last",
            (channel, after),
        )
        batches: list[StoredBatch] = []
        size = 0
        with closing(cursor):
            for first, last, entry, timestamp, user, crc, raw in cursor:
                size += len(raw)
                if batches and size > limit_bytes:
                    break
                if zlib.crc32(raw) != crc:
                    raise StoreError(f"events {first} to {last} of {channel!r} are damaged")
                batches.append(StoredBatch(first, last - first + 1, entry, timestamp, user, raw))
        return batches

    async def channels(self) -> list[ChannelSummary]:
        """Return all channels, the one created last first."""
        rows = await self._reading(
            lambda: (
                self._db(self._reader)
                .execute(
                    "select name, epoch, first, head, entry, seq, data from channel"
                    " left join snapshot on snapshot.channel = channel.id order by channel.id desc"
                )
                .fetchall()
            )
        )
        return [
            ChannelSummary(
                name,
                Bounds(epoch=epoch, first=first, head=head, entry=entry),
                None if data is None else Snapshot(seq, data),
            )
            for name, epoch, first, head, entry, seq, data in rows
        ]

    async def snapshot(self, channel: str) -> Snapshot | None:
        """Return the snapshot kept last."""
        row = await self._one(
            "select seq, data from snapshot where channel ="
            " (select id from channel where name = ? collate binary)",
            channel,
        )
        return Snapshot(*row) if row else None

    async def save_snapshot(self, channel: str, snapshot: Snapshot) -> None:
        """Keep a snapshot in place of the one before."""
        await self._writing(
            lambda: self._db(self._writer).execute(
                "insert into snapshot select id, ?, ? from channel where name = ? collate binary"
                " on conflict(channel) do update set seq = excluded.seq, data = excluded.data",
                (snapshot.seq, snapshot.data, channel),
            )
        )

    async def trim(self, channel: str, first: int) -> None:
        """Forget whole batches before a seq."""
        await self._writing(self._trim, channel, first)

    def _trim(self, channel: str, first: int) -> None:
        db = self._db(self._writer)
        db.execute("begin immediate")
        try:
            db.execute(
                "delete from batch where channel ="
                " (select id from channel where name = ? collate binary) and last < ?",
                (channel, first),
            )
            db.execute(
                "update channel set first = coalesce("
                "(select min(first) from batch where channel = channel.id), head + 1)"
                " where name = ? collate binary",
                (channel,),
            )
            db.execute("commit")
        except BaseException:
            self._roll_back(db)
            raise

    async def _one(self, sql: str, *values: object) -> Any:  # noqa: ANN401 - a row is what the query says
        return await self._reading(lambda: self._db(self._reader).execute(sql, values).fetchone())

    async def _reading(self, call: Callable[..., _T], *args: object) -> _T:
        try:
            return await self._in(self._read_thread, call, *args)
        except _FAILURES as error:
            raise StoreError(f"the store cannot read: {error}") from error

    async def _writing(self, call: Callable[..., _T], *args: object) -> _T:
        try:
            return await self._in(self._write_thread, call, *args)
        except _FAILURES as error:
            raise StoreUnavailableError(f"the store cannot write: {error}") from error

    @staticmethod
    async def _in(thread: ThreadPoolExecutor, call: Callable[..., _T], *args: object) -> _T:
        return await asyncio.get_running_loop().run_in_executor(thread, call, *args)

    @staticmethod
    def _db(connection: sqlite3.Connection | None) -> sqlite3.Connection:
        if connection is None:
            raise sqlite3.ProgrammingError("the store is closed")
        return connection


def _settle(future: asyncio.Future[Appended], outcome: Appended | RealtimeWidgetsError) -> None:
    """Tell who waits; whoever gave up waiting did not undo the append."""
    if future.done():
        return
    if isinstance(outcome, RealtimeWidgetsError):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
