"""Files of runs beside each other, for servers that run at the same time and share a folder.

The first file, such as `sprints.db`, is for a server that runs alone, whatever it serves. A server
that finds it locked takes `sprints-2.db` or a later one, and writes into an `.owner` file beside it
what it serves, so that it finds the file again. Which file is in use is decided by the lock of the
store alone.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from realtime_widgets.errors import StoreError
from realtime_widgets.hub.stores.private import make_private

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MOST_FILES", "candidates", "claim"]

MOST_FILES = 16
"""How many servers can share a folder."""

MOST_BYTES = 8_192
"""Of an `.owner` file: more than the longest path."""


def candidates(path: Path, owner: str) -> list[Path]:
    """Return the files that a server may use, in the order in which it tries them.

    Args:
        path: The first file.
        owner: What the server serves.

    Returns:
        Those that are its own, then the first file, then those that are nobody's.
    """
    numbered = [path.with_stem(f"{path.stem}-{number}") for number in range(2, MOST_FILES + 1)]
    files = [path, *numbered]
    owners = {file: _owner_of(file) for file in files}
    own = [file for file in files if owners[file] == owner]
    free = [file for file in numbered if owners[file] is None]
    return list(dict.fromkeys([*own, path, *free]))


def claim(path: Path, owner: str) -> None:
    """Write down whose file it is, unless it is somebody's; call it while the store is open.

    Where that cannot be written, the file is not found again, and nothing else changes.
    """
    if _owner_of(path) is not None:
        return
    beside = _beside(path)
    with contextlib.suppress(OSError, StoreError):
        make_private(beside)
        beside.write_bytes(owner.encode("utf-8", "surrogateescape"))


def _owner_of(path: Path) -> str | None:
    beside = _beside(path)
    with contextlib.suppress(OSError):
        if beside.is_file() and not beside.is_symlink():
            with beside.open("rb") as file:
                return file.read(MOST_BYTES).decode("utf-8", "surrogateescape") or None
    return None


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".owner")
