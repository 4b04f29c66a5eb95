"""Quarantine of a damaged database file: beside the new one, with all that recovery needs."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

__all__ = ["COMPANIONS", "move_aside"]

COMPANIONS = ("-wal", "-shm", "-journal")
"""Suffixes of the files that SQLite creates beside a database."""


def move_aside(path: Path, now: datetime) -> Path:
    """Rename a file and its companions; nothing is ever overwritten.

    Returns:
        The new path.

    Raises:
        OSError: It cannot be renamed.
    """
    target = _free_name(path, f"damaged-{now:%Y%m%dT%H%M%SZ}")
    # The file itself last: if this is interrupted, the next start moves it.
    for companion in (*COMPANIONS, ""):
        part = _beside(path, companion)
        if part.exists():
            part.rename(_beside(target, companion))
    return target


def _free_name(path: Path, mark: str) -> Path:
    numbered = (f"-{number}" if number > 1 else "" for number in count(1))
    targets = (path.with_name(f"{path.name}.{mark}{number}") for number in numbered)
    return next(
        target
        for target in targets
        if not any(_beside(target, companion).exists() for companion in ("", *COMPANIONS))
    )


def _beside(path: Path, companion: str) -> Path:
    return path.with_name(path.name + companion)
