"""Where a damaged file goes: beside the new one, with all that SQLite needs to recover it."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

__all__ = ["COMPANIONS", "move_aside"]

COMPANIONS = ("-wal", "-shm", "-journal")
"""What the names of the files that SQLite makes beside a database end with."""


def move_aside(path: Path, now: datetime) -> Path:
    """Rename a file and its companions; nothing is ever overwritten.

    Returns:
        The new path.

    Raises:
        OSError: It cannot be renamed.
    """
    target = _free_name(path, f"damaged-{now:%Y%m%dT%H%M%SZ}")
    # The file itself last: until then it is found again, and moved, by the next start.
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
