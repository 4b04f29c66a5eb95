"""Where an app keeps its runs, from one text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from realtime_widgets.hub.stores.redis.address import SCHEMES
from realtime_widgets.hub.stores.redis.settings import RedisSettings
from realtime_widgets.service import Storage

if TYPE_CHECKING:
    from realtime_widgets.hub import RunRetention

__all__ = ["storage_of"]

SQLITE = "sqlite:///"
MEMORY = "memory"


def storage_of(
    store: str | Path, retention: RunRetention, redis: RedisSettings | None = None
) -> Storage:
    """Return the storage that a setting names.

    Args:
        store: `"memory"`, `"sqlite:///"` and a path, a path, or the URL of Redis.
        retention: How much is kept of one run.
        redis: Further settings of Redis.

    Raises:
        ValueError: It is none of them.
        StoreError: A setting of Redis is wrong.
    """
    if isinstance(store, str) and urlsplit(store).scheme in SCHEMES:
        return Storage(
            None, retention=retention, redis=replace(redis or RedisSettings(), url=store)
        )
    if isinstance(store, Path):
        return Storage(store, retention=retention, is_exclusive=True)
    if store == MEMORY:
        return Storage(None, retention=retention)
    path = store.removeprefix(SQLITE)
    if not store.startswith(SQLITE) or not path:
        raise ValueError(
            f'store={store!r}: it is "memory", "sqlite:///" and a path, such as '
            '"sqlite:///runs.db", or the URL of Redis, such as "redis://127.0.0.1:6379/0"'
        )
    return storage_of(Path(path), retention)
