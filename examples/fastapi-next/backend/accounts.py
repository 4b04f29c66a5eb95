"""Users, their tokens and their runs, in SQLite."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    name TEXT PRIMARY KEY, salt BLOB NOT NULL, password BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS tokens (
    hash TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES users
);
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES users, question TEXT NOT NULL,
    status TEXT NOT NULL
);
"""


class Accounts:
    """The database of the service.

    Args:
        path: Its file, which is made where there is none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with closing(self._connect()) as database:
            database.executescript(SCHEMA)

    def add_user(self, name: str, password: str) -> None:
        """Add a user, unless there is one of this name."""
        salt = secrets.token_bytes(16)
        with closing(self._connect()) as database, database:
            database.execute(
                "INSERT OR IGNORE INTO users VALUES (?, ?, ?)", (name, salt, _hash(password, salt))
            )

    def log_in(self, name: str, password: str) -> str | None:
        """Return a new token of a user, None where name and password are wrong."""
        with closing(self._connect()) as database, database:
            row = database.execute(
                "SELECT salt, password FROM users WHERE name = ?", (name,)
            ).fetchone()
            salt, expected = row or (b"", b"")
            # Also for an unknown name, so that the time does not reveal which names exist.
            if not secrets.compare_digest(_hash(password, salt), expected):
                return None
            token = secrets.token_urlsafe(32)
            database.execute("INSERT INTO tokens VALUES (?, ?)", (_fingerprint(token), name))
        return token

    def user_of(self, token: str) -> str | None:
        """Return the name of a token's user."""
        with closing(self._connect()) as database:
            row = database.execute(
                "SELECT user FROM tokens WHERE hash = ?", (_fingerprint(token),)
            ).fetchone()
        return None if row is None else str(row[0])

    def add_run(self, run_id: str, user: str, question: str) -> None:
        """Add a run of a user."""
        with closing(self._connect()) as database, database:
            row = (run_id, user, question, "running")
            database.execute("INSERT INTO runs VALUES (?, ?, ?, ?)", row)

    def owner_of(self, run_id: str) -> str | None:
        """Return the user of a run."""
        with closing(self._connect()) as database:
            row = database.execute("SELECT user FROM runs WHERE id = ?", (run_id,)).fetchone()
        return None if row is None else str(row[0])

    def set_status(self, run_id: str, status: str) -> None:
        """Change the status of a run."""
        with closing(self._connect()) as database, database:
            database.execute("UPDATE runs SET status = ? WHERE id = ?", (status, run_id))

    def unfinished(self) -> list[str]:
        """Return the runs that were running when the service ended."""
        with closing(self._connect()) as database:
            rows = database.execute("SELECT id FROM runs WHERE status = 'running'").fetchall()
        return [str(run_id) for (run_id,) in rows]

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path)


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
