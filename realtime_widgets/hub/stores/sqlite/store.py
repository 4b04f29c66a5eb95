"""Persistent event log storage: one SQLite file, one row per batch.

One thread writes, so appends that arrive while it commits share its next transaction (group
commit); another reads. The file is locked for one process, because each process reports only the
batches that it has committed itself.

A damaged batch is left out, and only that. A file with damaged epochs, heads or publisher seqs
could show wrong events, or store some twice: it is moved aside and a new one is created, at the
start or later (`recreate`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from realtime_widgets.errors import (
    RealtimeWidgetsError,
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreInUseError,
    StoreUnavailableError,
)
from realtime_widgets.hub.stores.base import Appended, NewBatch, Retention
from realtime_widgets.hub.stores.private import make_private, make_private_if_there
from realtime_widgets.hub.stores.sqlite.mounts import network_file_system
from realtime_widgets.hub.stores.sqlite.quarantine import COMPANIONS, move_aside
from realtime_widgets.hub.stores.sqlite.reader import Reader
from realtime_widgets.hub.stores.sqlite.schema import prepare
from realtime_widgets.hub.stores.sqlite.writer import Writer, free_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from realtime_widgets.hub.stores.base import (
        ChannelSummary,
        OnCommit,
        Snapshot,
        StoredBatch,
    )
    from realtime_widgets.hub.stores.sqlite.writer import Outcome
    from realtime_widgets.protocol.position import Bounds

__all__ = ["RESERVE_BYTES", "SQLiteStore"]

_log = logging.getLogger(__name__)

_MIB = 1024 * 1024

GROUP_BATCHES = 200
"""Most batches in one transaction, so that the first ack of a flood does not wait for its end."""

GROUP_BYTES = 8 * _MIB
"""Most bytes in one transaction, so that the write-ahead log stays small."""

BUSY_TIMEOUT_MS = 10_000
"""How long a write waits for another program that uses the file."""

RESERVE_BYTES = 64 * _MIB
"""What is left free on the disk: on a full disk not even deleting works."""

EARLY_WARNING = 1.25
"""Multiple of the reserve below which old channels are removed."""

WAL_BYTES = 16 * _MIB
"""How large the write-ahead log may stay."""

CHECK_BYTES = 256 * _MIB
"""Largest file that is checked as a whole when it was not closed: about a second."""

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_TOOBIG})
_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE})
_TAKEN = frozenset(
    {
        sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
        sqlite3.SQLITE_CONSTRAINT_ROWID,
        sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    }
)
"""A row exists where by the rows of its channel there is none."""

_RETENTION = Retention()

_T = TypeVar("_T")
_Waiting: TypeAlias = "tuple[NewBatch, asyncio.Future[Appended]]"


class SQLiteStore:
    """Keeps all channels in one file.

    Args:
        path: The file; it and its folder are created if they do not exist. The file is made
            readable by the user only; a symbolic link is refused.
        durability: `full` survives power loss, `normal` survives the death of the process
            and may lose the last moments at power loss.
        retention: How much of each channel is kept.
        reserve_bytes: How much of the disk is left free.
    """

    name = "sqlite"

    def __init__(
        self,
        path: Path,
        *,
        durability: Literal["full", "normal"] = "full",
        retention: Retention = _RETENTION,
        reserve_bytes: int = RESERVE_BYTES,
    ) -> None:
        self.path = path
        self._wal = path.with_name(path.name + "-wal")
        self._durability = durability
        self._retention = retention
        self._reserve_bytes = reserve_bytes
        self._waiting: list[_Waiting] = []
        self._committing: asyncio.Task[None] | None = None
        self._cleaning: asyncio.Task[None] | None = None
        self._recreating: asyncio.Task[str] | None = None
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix="realtime-widgets-write")
        self._read_thread = ThreadPoolExecutor(1, thread_name_prefix="realtime-widgets-read")
        self._reading_lock = threading.Lock()
        """Held while something is read, and while nothing may be."""
        self._lock: sqlite3.Connection | None = None
        self._connections: list[sqlite3.Connection] = []
        self._writer: Writer | None = None
        self._reader: Reader | None = None
        self._damage: str | None = None
        """What is damaged; from then on the file is not used any more."""

    # Opening and closing.

    async def open(self, on_commit: OnCommit) -> None:
        """Open or create the file; a damaged one is moved aside.

        Raises:
            StoreInUseError: Another server has it.
            StoreError: It cannot be used, and is as it was: it is from a newer version, it is
                another program's, or it cannot be written.
        """
        self._on_commit = on_commit
        try:
            await self._in(self._write_thread, self._open)
        except BaseException:
            await asyncio.to_thread(self._close)
            raise
        self._clean_up()

    def _open(self) -> None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Before SQLite creates it, so that its -wal and -shm copy these permissions.
            make_private(self.path)
            self._lock = self._lock_file()
            # Not while another store has them open: closing a file drops the locks on it.
            for companion in COMPANIONS:
                make_private_if_there(self.path.with_name(self.path.name + companion))
            try:
                self._open_file()
            except StoreDamagedError as error:
                _log.warning("%s", self._replace_file(str(error)))
        except OSError as error:
            raise self._not_opened(error.strerror, f" ({error.filename})") from error
        except sqlite3.Error as error:
            raise self._not_opened(error) from error

    def _not_opened(self, why: object, detail: str = "") -> StoreError:
        message = f"cannot open {self.path}: {why}{detail}"
        return StoreError(message, reason=f"cannot open the file: {why}")

    def _lock_file(self) -> sqlite3.Connection:
        # A lock that SQLite holds on an empty file goes away with the process, on every system.
        path = self.path.with_name(self.path.name + ".lock")
        make_private(path)
        lock = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0)
        try:
            lock.execute("begin exclusive")
        except sqlite3.Error as error:
            lock.close()
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            message = f"another server uses {self.path}"
            raise StoreInUseError(message, reason="another server uses the file") from None
        return lock

    def _open_file(self) -> None:
        """Open the file.

        Raises:
            StoreDamagedError: It is damaged.
            StoreError: It cannot be used.
        """
        try:
            was_closed = self._was_closed()
            db = self._connect()
            if not self.path.stat().st_size:
                db.execute("pragma auto_vacuum=incremental")
            prepare(db)
            if not was_closed and self.path.stat().st_size <= CHECK_BYTES:
                self._check(db)
            self._set_journal(db)
            self._writer = Writer(db, self.path, self._retention, self._reserve_bytes)
            db = self._connect()
            db.execute("pragma query_only=1")
            self._reader = Reader(db)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            # It was opened for writing before, and the statements are constants: if they fail, the
            # header is damaged.
            if _code(error) in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_ERROR} or _is_damage(error):
                raise StoreDamagedError(str(error)) from error
            raise
        except StoreDamagedError:
            raise
        except StoreError as error:
            raise self._not_opened(error) from None

    def _was_closed(self) -> bool:
        """Return whether the last server that had the file closed it.

        Raises:
            StoreDamagedError: Only the journal is left of it.
        """
        journal = self.path.with_name(self.path.name + "-journal")
        left = [each for each in (self._wal, journal) if each.exists() and each.stat().st_size]
        was_closed = not left
        if not was_closed and not self.path.stat().st_size:
            raise StoreDamagedError("it is empty, and was not")
        return was_closed

    @staticmethod
    def _check(db: sqlite3.Connection) -> None:
        [result] = db.execute("pragma quick_check(1)").fetchone()
        if result != "ok":
            raise StoreDamagedError(result)

    def _connect(self) -> sqlite3.Connection:
        # Each connection is used by one thread at a time, but closed from another.
        db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        self._connections.append(db)
        # Damaged text must not raise here: its checksum is wrong.
        db.text_factory = lambda text: text.decode(errors="replace")
        db.execute(f"pragma busy_timeout={BUSY_TIMEOUT_MS}")
        return db

    def _set_journal(self, db: sqlite3.Connection) -> None:
        network = network_file_system(self.path)
        if network:
            _log.warning(
                "%s is on a network file system (%s): storing is slower there, and as safe as its "
                "locks are; put store_path on a local disk",
                self.path,
                network,
            )
        db.execute(f"pragma journal_mode={'delete' if network else 'wal'}")
        db.execute(f"pragma journal_size_limit={WAL_BYTES}")
        db.execute(f"pragma synchronous={self._durability}")
        db.execute("pragma secure_delete=fast")  # else deleting writes as much as storing did

    async def close(self) -> None:
        """Finish what was appended, then close the file. Safe to call twice."""
        for task in (self._recreating, self._committing):
            if task is not None:
                await asyncio.wait([task])
        if self._cleaning is not None:
            self._cleaning.cancel()
            await asyncio.wait([self._cleaning])
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._write_thread.shutdown()
        self._read_thread.shutdown()
        self._close_file()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _close_file(self) -> None:
        self._reader = self._writer = None
        while self._connections:
            self._connections.pop().close()

    # Damage.

    async def recreate(self) -> str:
        """Move a damaged file aside and create a new one.

        Pending appends fail as unavailable, so that publishers send them again. Without damage
        nothing is done.
        """
        if self._recreating is None:
            for _, future in self._waiting:
                _settle(future, StoreUnavailableError(_IN_RECREATION))
            self._waiting.clear()
            self._recreating = asyncio.create_task(self._recreate_once(), name="sqlite recreate")
        return await asyncio.shield(self._recreating)

    async def _recreate_once(self) -> str:
        try:
            return await self._in(self._write_thread, self._recreate)
        except (OSError, RuntimeError, sqlite3.Error) as error:
            reason = f"the store cannot be re-created: {getattr(error, 'strerror', error)}"
            raise StoreError(f"the store cannot be re-created: {error}", reason=reason) from error
        finally:
            self._recreating = None

    def _recreate(self) -> str:
        with self._reading_lock:
            if self._damage is None:
                return f"{self.path} is not damaged"
            return self._replace_file(self._damage)

    def _replace_file(self, damage: str) -> str:
        self._damage = damage = " ".join(
            damage.split()
        )  # SQLite reports some damage in several lines
        self._close_file()
        try:
            aside = move_aside(self.path, datetime.now(UTC))
        except OSError as error:
            what = f"is damaged ({damage}) and stays: {error.strerror}"
            raise StoreError(f"{self.path} {what}", reason=f"the file {what}") from error
        make_private(self.path)
        self._open_file()
        self._damage = None
        return (
            f"{self.path} was damaged ({damage}) and was moved to {aside}; a new file was created, "
            f"so its runs are not shown; `sqlite3 {aside} .recover` prints what is left of them"
        )

    # Appending.

    def append(self, new: NewBatch) -> asyncio.Future[Appended]:
        """Store events with the next transaction."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Appended] = loop.create_future()
        if self._recreating is not None:
            _settle(future, StoreUnavailableError(_IN_RECREATION))
            return future
        self._waiting.append((new, future))
        if self._committing is None:
            self._committing = loop.create_task(self._commit_waiting(), name="sqlite group commit")
        return future

    async def _commit_waiting(self) -> None:
        try:
            while self._waiting:
                count = _group(self._waiting)
                group = self._waiting[:count]
                del self._waiting[:count]
                await self._commit_group(group)
        finally:
            self._committing = None

    async def _commit_group(self, group: list[_Waiting]) -> None:
        try:
            await self._commit(group)
        except Exception:  # noqa: BLE001 - it is logged, and the futures fail
            _log.exception("cannot report the results of %d batches", len(group))
        finally:
            # No future is left pending; events that were stored are recognized when they are sent
            # again.
            for _, future in group:
                _settle(future, StoreUnavailableError("the store failed"))

    async def _commit(self, group: list[_Waiting]) -> None:
        try:
            new_batches = [new for new, _ in group]
            outcomes = await self._writing(lambda writer: self._append(writer, new_batches))
        except (StoreUnavailableError, StoreDamagedError) as error:
            for _, future in group:
                _settle(future, type(error)(str(error)))
        except Exception as error:  # noqa: BLE001 - whatever it is, the futures need a result
            if len(group) == 1:
                _settle(group[0][1], StoreError(f"cannot write the events: {error}"))
                return
            # One batch can never be written; the others of the group must not be lost with it.
            for alone in group:
                await self._commit_group([alone])
        else:
            for (new, future), (outcome, committed) in zip(group, outcomes, strict=True):
                if committed is not None:
                    self._on_commit(new.channel, *committed)
                _settle(future, outcome)

    def _append(self, writer: Writer, group: list[NewBatch]) -> list[Outcome]:
        outcomes = writer.append(group)
        with contextlib.suppress(OSError):
            # SQLite empties it when there is no reader, which may be never.
            if self._wal.stat().st_size > 2 * WAL_BYTES:
                self._checkpoint(writer)
        return outcomes

    def _checkpoint(self, writer: Writer) -> None:
        with self._reading_lock:
            writer.checkpoint()

    # Reading.

    async def bounds(self, channel: str) -> Bounds:
        """Return what the log holds."""
        return await self._reading(lambda reader: reader.bounds(channel))

    async def batch_id_at(self, channel: str, seq: int) -> str | None:
        """Return the id of the batch that ends at this seq."""
        return await self._reading(lambda reader: reader.batch_id_at(channel, seq))

    async def last_publisher_seq(self, channel: str, publisher_id: str) -> int | None:
        """Return the number of the last event stored from this publisher."""
        return await self._reading(lambda reader: reader.last_publisher_seq(channel, publisher_id))

    async def read(self, channel: str, after: int, limit_bytes: int) -> list[StoredBatch]:
        """Return the next whole batches after a seq, without those that are damaged."""
        return await self._reading(lambda reader: reader.read(channel, after, limit_bytes))

    async def read_back(self, channel: str, before: int, limit_bytes: int) -> list[StoredBatch]:
        """Return the whole batches that lead up to a seq, without those that are damaged."""
        return await self._reading(lambda reader: reader.read_back(channel, before, limit_bytes))

    async def channels(
        self, before: int | None = None, limit_bytes: int | None = None
    ) -> list[ChannelSummary]:
        """Return channels, the one created last first."""
        return await self._reading(lambda reader: reader.channels(before, limit_bytes))

    async def names_near(self, name: str, limit: int) -> list[str]:
        """Return names that are near in alphabetical order, and those created last."""
        return await self._reading(lambda reader: reader.names_near(name, limit))

    async def snapshot(self, channel: str) -> Snapshot | None:
        """Return the snapshot kept last, None if it is damaged."""
        return await self._reading(lambda reader: reader.snapshot(channel))

    # Snapshots, trimming, removing.

    async def save_snapshot(self, channel: str, snapshot: Snapshot) -> None:
        """Keep a snapshot in place of the one before."""
        await self._writing(lambda writer: writer.save_snapshot(channel, snapshot))

    async def trim(self, channel: str, first: int) -> None:
        """Remove whole batches before a seq; if cancelled, some of them."""
        while await self._writing(lambda writer: writer.trim(channel, first)):
            pass

    async def remove(self, channel: str) -> None:
        """Remove a channel; if cancelled, its space is given back with the next one."""
        await self._writing(lambda writer: writer.remove(channel))
        with contextlib.suppress(StoreUnavailableError):  # given back with the next one
            await self._give_back()

    async def _give_back(self) -> None:
        while await self._writing(lambda writer: writer.remove_orphans()):
            pass
        while await self._writing(lambda writer: writer.give_back()):
            pass
        await self._writing(self._checkpoint)

    def _clean_up(self) -> None:
        """Finish removing channels after a crash."""
        if self._writer is not None and self._writer.has_orphans:
            self._cleaning = asyncio.create_task(self._clean(), name="sqlite clean up")

    async def _clean(self) -> None:
        with contextlib.suppress(StoreError):
            await self._give_back()

    # Disk space.

    async def size_bytes(self) -> int:
        """Return how much of the file is in use."""
        return await self._reading(lambda reader: reader.size_bytes())

    async def missing_bytes(self) -> int:
        """Return how much has to be removed before the disk is too full to store more."""
        return await self._reading(self._missing_bytes)

    def _missing_bytes(self, reader: Reader) -> int:
        free = free_bytes(self.path) + reader.free_bytes()
        return max(0, int(EARLY_WARNING * self._reserve_bytes) - free)

    # Threads.

    async def _reading(self, call: Callable[[Reader], _T]) -> _T:
        try:
            return await self._in(self._read_thread, self._read, call)
        except RuntimeError as error:  # of a thread that is closed
            raise StoreError(f"the store cannot read: {error}") from error

    def _read(self, call: Callable[[Reader], _T]) -> _T:
        with self._reading_lock:
            try:
                return call(self._usable(self._reader))
            except _FAILURES as error:
                raise self._failure(error, "read") from error

    async def _writing(self, call: Callable[[Writer], _T]) -> _T:
        try:
            return await self._in(self._write_thread, self._write, call)
        except RuntimeError as error:  # of a thread that is closed
            raise StoreUnavailableError(f"the store cannot write: {error}") from error

    def _write(self, call: Callable[[Writer], _T]) -> _T:
        try:
            return call(self._usable(self._writer))
        except _FAILURES as error:
            raise self._failure(error, "write") from error

    def _usable(self, side: _T | None) -> _T:
        if self._damage is not None:
            raise StoreDamagedError(self._damage)
        if side is None:
            raise sqlite3.ProgrammingError("the store is closed")
        return side

    def _failure(self, error: Exception, doing: str) -> StoreError:
        # On the thread of the call, so that damage is never blamed on the next file.
        # The message is sent to clients, so it has no paths.
        message = f"the store cannot {doing}: {getattr(error, 'strerror', error)}"
        if isinstance(error, StoreDamagedError) or _is_damage(error):
            self._damage = self._damage or str(error)
            return StoreDamagedError(message)
        if doing == "read":
            return StoreError(message)
        if isinstance(error, StoreFullError) or _code(error) in _FULL:
            return StoreFullError(message)
        return StoreUnavailableError(message)

    @staticmethod
    async def _in(thread: ThreadPoolExecutor, call: Callable[..., _T], *args: object) -> _T:
        return await asyncio.get_running_loop().run_in_executor(thread, call, *args)


_IN_RECREATION = "the store cannot write: it is being re-created"

_FAILURES = (sqlite3.Error, OSError, StoreError, UnicodeDecodeError)
"""Errors of a call on one of the threads; the last where SQLite quotes damaged text."""


def _code(error: Exception) -> int:
    return getattr(error, "sqlite_errorcode", None) or 0


def _is_damage(error: Exception) -> bool:
    code = _code(error)
    is_lost = code == sqlite3.SQLITE_ERROR and str(error).startswith("no such ")
    is_garbled = isinstance(error, UnicodeDecodeError)
    return code & 0xFF in _DAMAGED or code in _TAKEN or is_lost or is_garbled


def _group(waiting: Iterable[_Waiting]) -> int:
    """Return how many pending batches the next transaction takes: at least one."""
    count = size = 0
    for new, _ in waiting:
        size += len(new.raw)
        if count == GROUP_BATCHES or (count and size > GROUP_BYTES):
            break
        count += 1
    return count


def _settle(future: asyncio.Future[Appended], outcome: Appended | RealtimeWidgetsError) -> None:
    """Set the result, unless the caller has cancelled the future: that does not undo the append."""
    if future.done():
        return
    if isinstance(outcome, RealtimeWidgetsError):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
