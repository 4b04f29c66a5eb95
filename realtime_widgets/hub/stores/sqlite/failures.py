"""Errors of SQLite and of the file system, as errors of a store."""

from __future__ import annotations

import sqlite3

from realtime_widgets.errors import (
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
)

__all__ = ["FAILURES", "is_damage", "is_damaged_header", "read_failure", "write_failure"]

FAILURES = (sqlite3.Error, OSError, StoreError, UnicodeDecodeError)
"""Errors of a call to the database; the last where SQLite quotes damaged text."""

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


def _code(error: Exception) -> int:
    return getattr(error, "sqlite_errorcode", None) or 0


def is_damage(error: Exception) -> bool:
    """Return whether an error means that the file is damaged."""
    code = _code(error)
    is_lost = code == sqlite3.SQLITE_ERROR and str(error).startswith("no such ")
    is_garbled = isinstance(error, (StoreDamagedError, UnicodeDecodeError))
    return code & 0xFF in _DAMAGED or code in _TAKEN or is_lost or is_garbled


def is_damaged_header(error: Exception) -> bool:
    """Return whether an error while opening means that the file is damaged.

    The file was opened for writing before, and the statements are constants: if they fail, the
    header is damaged.
    """
    return _code(error) in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_ERROR} or is_damage(error)


def read_failure(error: Exception) -> StoreError:
    """Return the error of a store for a call that failed to read."""
    message = _message("read", error)
    return StoreDamagedError(message) if is_damage(error) else StoreError(message)


def write_failure(error: Exception) -> StoreError:
    """Return the error of a store for a call that failed to write."""
    message = _message("write", error)
    if is_damage(error):
        return StoreDamagedError(message)
    if isinstance(error, StoreFullError) or _code(error) in _FULL:
        return StoreFullError(message)
    return StoreUnavailableError(message)


def _message(doing: str, error: Exception) -> str:
    # It is sent to clients, so it has no paths.
    return f"the store cannot {doing}: {getattr(error, 'strerror', error)}"
