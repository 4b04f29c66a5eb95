"""Files of runs beside each other, for servers that run at the same time and share a folder.

A server that runs alone uses the first file, such as `sprints.db`, whichever folder it serves. A
server that finds it locked uses `sprints-2.db` or a later one. Each writes the folder that it
serves into an `.owner` file beside its file: a numbered file is found again by it, and the first
file names the folder that used it last. Only the lock of the store decides which file is in use.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from realtime_widgets.errors import StoreError
from realtime_widgets.hub.stores.private import make_private

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MAX_FILES", "candidates", "claim", "owner_of"]

MAX_FILES = 16
"""How many servers can share a folder."""

MAX_BYTES = 8_192
"""Of an `.owner` file: more than the longest path."""


def candidates(path: Path, owner: str) -> list[Path]:
    """Return the files that a server may use, in the order in which it tries them.

    Args:
        path: The first file.
        owner: The folder that the server serves.

    Returns:
        Its own files, then the first file, then files without an owner.
    """
    numbered = [path.with_stem(f"{path.stem}-{number}") for number in range(2, MAX_FILES + 1)]
    files = [path, *numbered]
    owners = {file: owner_of(file) for file in files}
    own = [file for file in files if owners[file] == owner]
    free = [file for file in numbered if owners[file] is None]
    return list(dict.fromkeys([*own, path, *free]))


def claim(path: Path, owner: str) -> None:
    """Write the owner of a file; call it while the store is open.

    If that cannot be written, the file is not found again, and nothing else changes.
    """
    if owner_of(path) == owner:
        return
    beside = _beside(path)
    with contextlib.suppress(OSError, StoreError):
        make_private(beside)
        beside.write_bytes(owner.encode("utf-8", "surrogateescape"))


def owner_of(path: Path) -> str | None:
    """Return the folder of the server that used a file last, None if that is not known."""
    beside = _beside(path)
    with contextlib.suppress(OSError):
        if beside.is_file() and not beside.is_symlink():
            with beside.open("rb") as file:
                return file.read(MAX_BYTES).decode("utf-8", "surrogateescape") or None
    return None


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".owner")
