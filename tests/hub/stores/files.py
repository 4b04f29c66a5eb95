"""Files that the tests open, damage and look into."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets.errors import StoreError
from realtime_widgets.hub import SQLiteStore

from .batches import Announced, no_reset

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@contextlib.asynccontextmanager
async def opened(
    path: Path, announced: Announced | None = None, **options: Any
) -> AsyncIterator[SQLiteStore]:
    store = SQLiteStore(path, durability="normal", **options)
    await store.open(announced or Announced(), no_reset)
    try:
        yield store
    finally:
        await store.close()


async def refusal(path: Path) -> str:
    """Why the file cannot be opened."""
    with pytest.raises(StoreError) as refused:
        await SQLiteStore(path).open(Announced(), no_reset)
    return str(refused.value)


def execute(path: Path, sql: str, *values: object) -> list[Any]:
    """Do something in a file that no store has open."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        return db.execute(sql, values).fetchall()


def content(path: Path) -> bytes:
    return path.read_bytes()


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def overwrite(path: Path, content: bytes | bytearray) -> None:
    path.write_bytes(content)


def permit(path: Path, mode: int) -> None:
    path.chmod(mode)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def size(path: Path) -> int:
    return path.stat().st_size


def beside(path: Path, companion: str) -> Path:
    """The file that SQLite has beside its own: `-wal`, `-shm`."""
    return path.with_name(path.name + companion)


def asides(path: Path) -> list[Path]:
    """Where damaged files went, without their companions."""
    return sorted(
        each
        for each in path.parent.glob(f"{path.name}.damaged-*")
        if not each.name.endswith(("-wal", "-shm", "-journal"))
    )
