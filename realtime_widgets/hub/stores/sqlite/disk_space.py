"""How much of the disk a database may take, and what it gives back."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from typing import TYPE_CHECKING

from realtime_widgets.errors import StoreFullError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["DiskSpace", "free_bytes"]

_PIECE_PAGES = 1_000
"""Most pages that are given back to the file system in one transaction."""

_MIB = 1024 * 1024


def free_bytes(path: Path) -> int:
    """Return how much the file system of a file has free for this user."""
    return shutil.disk_usage(path.parent).free


class DiskSpace:
    """The disk under a database.

    Args:
        db: A connection that may write.
        path: The file of the database.
        reserve_bytes: How much of the disk is left free.
    """

    def __init__(self, db: sqlite3.Connection, path: Path, reserve_bytes: int) -> None:
        self._db = db
        self._path = path
        self._reserve_bytes = reserve_bytes

    def check(self, size_bytes: int, reserves: int = 1) -> None:
        """Refuse to grow the file into the reserve; free pages in it may be used.

        Deleting and checkpointing need some space as well: on a full disk neither works.

        Args:
            size_bytes: How much is to be written.
            reserves: How many times the reserve has to be left.

        Raises:
            StoreFullError: The disk is too full.
        """
        free, reserve = free_bytes(self._path), reserves * self._reserve_bytes
        if free >= reserve:
            return
        [page_size] = self._db.execute("pragma page_size").fetchone()
        if self._free_pages() * page_size < size_bytes:
            raise StoreFullError(
                f"the disk has {free // _MIB:,} MiB left, of which {reserve // _MIB:,} MiB are kept"
                " free"
            )

    def _free_pages(self) -> int:
        return int(self._db.execute("pragma freelist_count").fetchone()[0])

    def give_back(self) -> bool:
        """Give some free pages back to the file system; return whether more are left.

        A file without auto-vacuum keeps its pages, and uses them again.
        """
        [auto_vacuum] = self._db.execute("pragma auto_vacuum").fetchone()
        # As a script: `execute` takes one step of it, which is one page.
        self._db.executescript(f"pragma incremental_vacuum({_PIECE_PAGES})")
        return bool(auto_vacuum) and self._free_pages() > 0

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file, unless another program reads it."""
        [timeout_ms] = self._db.execute("pragma busy_timeout").fetchone()
        self._db.execute("pragma busy_timeout=0")
        with contextlib.suppress(sqlite3.Error):  # the next one does it
            self._db.execute("pragma wal_checkpoint(truncate)").fetchone()
        self._db.execute(f"pragma busy_timeout={timeout_ms}")
