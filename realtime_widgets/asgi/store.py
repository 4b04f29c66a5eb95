"""Where an app keeps its runs, from one text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from realtime_widgets.service import Storage

if TYPE_CHECKING:
    from realtime_widgets.hub import RunRetention

__all__ = ["storage_of"]

LOCKED_S = 5.0
"""How long to wait, in seconds, for a file that a process which is about to end has locked."""

SQLITE = "sqlite:///"
MEMORY = "memory"


def storage_of(store: str | Path, retention: RunRetention) -> Storage:
    """Return the storage that a setting names.

    Args:
        store: `"memory"`, `"sqlite:///"` and a path, or a path.
        retention: How much is kept of one run.

    Raises:
        ValueError: It is none of them.
    """
    if isinstance(store, Path):
        return Storage(store, retention=retention, is_exclusive=True, locked_s=LOCKED_S)
    if store == MEMORY:
        return Storage(None, retention=retention)
    path = store.removeprefix(SQLITE)
    if not store.startswith(SQLITE) or not path:
        raise ValueError(
            f'store={store!r}: it is "memory", or "sqlite:///" and a path, such as '
            '"sqlite:///runs.db"'
        )
    return storage_of(Path(path), retention)
