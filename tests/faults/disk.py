"""Small disks, damaged files, and files that cannot be used."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from random import Random

    from .harness import Stage

ENOUGH = 100
"""Events that a file holds before it is damaged."""


class SmallDisk:
    """A separate file system, which another program fills."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, *, leave_bytes: int = 0) -> None:
        with self._ballast.open("ab") as ballast:
            while (size := shutil.disk_usage(self.folder).free - leave_bytes) > 0:
                # Others write meanwhile, so there may be less than was reported.
                with contextlib.suppress(OSError):
                    os.posix_fallocate(ballast.fileno(), self._ballast.stat().st_size, size)

    def free(self) -> None:
        self._ballast.unlink()


@contextlib.contextmanager
def small_disk(folder: Path, size_bytes: int) -> Iterator[SmallDisk]:
    """Mount one at a folder that is not there yet."""
    folder.mkdir(parents=True)
    with _mounted("-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", at=folder):
        yield SmallDisk(folder)


@contextlib.contextmanager
def read_only(path: Path) -> Iterator[None]:
    """Make a file read-only for all users."""
    if os.geteuid() != 0:
        path.chmod(0o400)
        yield
        return
    # Root may write into any file, but not where the file system is read-only.
    with _mounted("--bind", str(path), at=path):
        subprocess.run(["mount", "-o", "remount,ro,bind", path], check=True)  # noqa: S607 - as it is installed
        yield


@contextlib.contextmanager
def _mounted(*what: str, at: Path) -> Iterator[None]:
    if os.geteuid() != 0:
        pytest.skip("only root can mount a file system")
    if subprocess.run(["mount", *what, at], check=False).returncode:  # noqa: S607 - as it is installed
        pytest.skip("no file system can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", at], check=True)  # noqa: S607 - as it is installed


async def damage(stage: Stage, how: Callable[[Path], object]) -> None:
    """Stop the server, change its file, and start it."""
    await stage.server.stored(stage.sprint_id, ENOUGH)
    await stage.server.stop()
    await stage.take_away()
    how(stage.server.store_path)
    await stage.server.start()


def spoil(path: Path, rng: Random, begin: float, end: float) -> None:
    """Put other bytes into a part of a file, which is given in shares of its size."""
    content = bytearray(path.read_bytes())
    part = slice(int(len(content) * begin), int(len(content) * end))
    content[part] = rng.randbytes(len(content[part]))
    path.write_bytes(content)


def truncate(path: Path) -> None:
    """Leave half of a file."""
    os.truncate(path, path.stat().st_size // 2)


def make_newer(path: Path) -> None:
    """Mark a file as written by a later version."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("pragma user_version=99")


def empty_wal(path: Path) -> None:
    """Have all that is stored now be in the file itself, which a server uses."""
    with contextlib.closing(sqlite3.connect(path, timeout=PATIENCE_S)) as db:
        [is_busy, *_] = db.execute("pragma wal_checkpoint(truncate)").fetchone()
        assert not is_busy


def beside(path: Path, companion: str) -> Path:
    return path.with_name(path.name + companion)


def kept_aside(path: Path) -> list[Path]:
    """Where a damaged file went."""
    found = path.parent.glob(f"{path.name}.damaged-*")
    return [each for each in found if not each.name.endswith(("-wal", "-shm", "-journal"))]


def end_of_the_log(path: Path, sprint_id: str) -> tuple[str, int]:
    """Epoch and head of a sprint in a file, which stays unchanged by the reading."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as db:
        [found] = db.execute("select epoch, head from channel where name = ?", (sprint_id,))
        return found
