"""The file of the SQLite store: lock, permissions, journal, and the two connections to it.

Another process cannot open it meanwhile: each process reports only the batches that it has
committed itself. A damaged file is moved aside, and a new one takes its place.
"""

from __future__ import annotations

import logging
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, TypeVar

from realtime_widgets.errors import StoreDamagedError, StoreError, StoreInUseError
from realtime_widgets.hub.stores.private import make_private, make_private_if_there
from realtime_widgets.hub.stores.sqlite.failures import is_damaged_header
from realtime_widgets.hub.stores.sqlite.mounts import network_file_system
from realtime_widgets.hub.stores.sqlite.quarantine import COMPANIONS, move_aside
from realtime_widgets.hub.stores.sqlite.reader import Reader
from realtime_widgets.hub.stores.sqlite.schema import prepare
from realtime_widgets.hub.stores.sqlite.writer import Writer

if TYPE_CHECKING:
    from pathlib import Path

    from realtime_widgets.hub.stores.run_retention import RunRetention

__all__ = ["DatabaseFile"]

_log = logging.getLogger(__name__)

_MIB = 1024 * 1024

BUSY_TIMEOUT_MS = 10_000
"""How long a write waits for another program that uses the file."""

WAL_BYTES = 16 * _MIB
"""How large the write-ahead log may stay."""

CHECK_BYTES = 256 * _MIB
"""Largest file that is checked as a whole when it was not closed: about a second."""

CHECK_CLOSED_BYTES = 16 * _MIB
"""The same of a file that was closed, which is seldom damaged: some 60 ms of each start."""

_Side = TypeVar("_Side", Reader, Writer)


class DatabaseFile:
    """A database file of this process. Not safe for concurrent calls.

    Args:
        path: The file; it and its folder are created if they do not exist.
        durability: `full` survives power loss, `normal` only the death of the process.
        retention: How much of each channel is kept.
        reserve_bytes: How much of the disk is left free.
    """

    def __init__(
        self,
        path: Path,
        *,
        durability: Literal["full", "normal"],
        retention: RunRetention,
        reserve_bytes: int,
    ) -> None:
        self.path = path
        self._wal = path.with_name(path.name + "-wal")
        self._durability = durability
        self._retention = retention
        self._reserve_bytes = reserve_bytes
        self._lock: sqlite3.Connection | None = None
        self._connections: list[sqlite3.Connection] = []
        self._writer: Writer | None = None
        self._reader: Reader | None = None
        self._damage: str | None = None
        """What is damaged; from then on the file is not used any more."""

    @property
    def writer(self) -> Writer:
        """What writes to the file.

        Raises:
            StoreDamagedError: The file is damaged.
            sqlite3.ProgrammingError: It is closed.
        """
        return self._usable(self._writer)

    @property
    def reader(self) -> Reader:
        """What reads the file; raises as `writer` does."""
        return self._usable(self._reader)

    def _usable(self, side: _Side | None) -> _Side:
        if self._damage is not None:
            raise StoreDamagedError(self._damage)
        if side is None:
            raise sqlite3.ProgrammingError("the store is closed")
        return side

    @property
    def has_large_wal(self) -> bool:
        """Whether SQLite lets the write-ahead log grow, as it does while something is read."""
        try:
            return self._wal.stat().st_size > 2 * WAL_BYTES
        except OSError:
            return False

    def open(self) -> None:
        """Lock and open the file; a damaged one is moved aside.

        Raises:
            StoreInUseError: Another server has it.
            StoreError: It cannot be used, and is as it was.
        """
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Before SQLite creates it, so that its -wal and -shm copy these permissions.
            make_private(self.path)
            self._lock = self._lock_file()
            # Not while another store has them open: closing a file drops the locks on it.
            for companion in COMPANIONS:
                make_private_if_there(self.path.with_name(self.path.name + companion))
            try:
                self._connect_both()
            except StoreDamagedError as error:
                self.mark_damaged(error)
                _log.warning("%s", self.replace_damaged())
        except OSError as error:
            raise self._not_opened(error.strerror, f" ({error.filename})") from error
        except sqlite3.Error as error:
            raise self._not_opened(error) from error

    def close(self) -> None:
        """Close the file and release its lock."""
        self._disconnect()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def mark_damaged(self, error: Exception) -> None:
        """Stop using the file because of an error; the first one is kept as the reason."""
        # SQLite reports some damage in several lines.
        self._damage = self._damage or " ".join(str(error).split())

    def replace_damaged(self) -> str:
        """Move the file aside and create a new one, if it is damaged.

        Returns:
            What was done.

        Raises:
            StoreError: It cannot be moved.
            OSError, sqlite3.Error: A new file cannot be created.
        """
        damage = self._damage
        if damage is None:
            return f"{self.path} is not damaged"
        self._disconnect()
        try:
            aside = move_aside(self.path, datetime.now(UTC))
        except OSError as error:
            what = f"is damaged ({damage}) and stays: {error.strerror}"
            raise StoreError(f"{self.path} {what}", reason=f"the file {what}") from error
        make_private(self.path)
        self._connect_both()
        self._damage = None
        return (
            f"{self.path} was damaged ({damage}) and was moved to {aside}; a new file was created, "
            f"so its runs are not shown; `sqlite3 {aside} .recover` prints what is left of them"
        )

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

    def _connect_both(self) -> None:
        """Open the file for writing and for reading.

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
            most_bytes = CHECK_CLOSED_BYTES if was_closed else CHECK_BYTES
            if self.path.stat().st_size <= most_bytes:
                self._check(db)
            self._set_journal(db)
            self._writer = Writer(db, self.path, self._retention, self._reserve_bytes)
            db = self._connect()
            db.execute("pragma query_only=1")
            self._reader = Reader(db)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            if is_damaged_header(error):
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

    def _disconnect(self) -> None:
        self._reader = self._writer = None
        while self._connections:
            self._connections.pop().close()

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
