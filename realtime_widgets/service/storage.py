"""Which store a server keeps its runs in: the first free file or else memory, or Redis."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from realtime_widgets.errors import StoreError, StoreInUseError
from realtime_widgets.hub import MemoryStore, RunRetention, SQLiteStore
from realtime_widgets.hub.stores.memory import MEMORY_RETENTION
from realtime_widgets.hub.stores.siblings import candidates, claim, owner_of
from realtime_widgets.hub.stores.sqlite.store import RESERVE_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable
    from logging import Logger
    from pathlib import Path

    from realtime_widgets.hub import Hub, Store
    from realtime_widgets.hub.stores.redis.address import RedisAddress
    from realtime_widgets.hub.stores.redis.settings import RedisSettings

__all__ = ["Storage"]

LOCKED_S = 5.0
"""Default of `Storage.locked_s`. A killed server keeps its locks until the system has finished its
last write, which takes seconds on a slow disk."""

RETRY_S = 0.1
"""Delay between two attempts to lock a file."""


@dataclass(frozen=True)
class Storage:
    """The settings of the store, and how it is opened.

    Attributes:
        path: The SQLite file; None keeps runs in memory only.
        served_folder: The folder that the server serves. Servers that share `path` find their own
            file again by it.
        durability: `full` survives power loss; `normal` may lose the last moments then.
        retention: What is kept of one run.
        reserve_bytes: Free space on the disk below which nothing new is stored.
        is_exclusive: Whether nothing else will do where `path` cannot be used: neither a file
            beside it nor memory.
        locked_s: How long to wait, in seconds, for a file that another server of the same folder
            has locked: it may be about to end, and the file holds the runs of this folder.
        redis: The settings of Redis, where that keeps the runs in place of a file.
        redis_address: Where it is, with the password.
    """

    path: Path | None
    served_folder: str = ""
    durability: Literal["full", "normal"] = "full"
    retention: RunRetention = field(default_factory=RunRetention)
    reserve_bytes: int = RESERVE_BYTES
    is_exclusive: bool = False
    locked_s: float = LOCKED_S
    redis: RedisSettings | None = None
    redis_address: RedisAddress | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        if self.redis is not None:
            # Now, before a kernel is started with the environment of this process.
            object.__setattr__(self, "redis_address", self.redis.address())

    def memory(self) -> Store:
        """Return a store that lives as long as the process."""
        retention = self.retention
        return MemoryStore(
            retention=RunRetention(
                events=retention.events,
                size_bytes=min(retention.size_bytes, MEMORY_RETENTION.size_bytes),
                blobs_bytes=min(retention.blobs_bytes, MEMORY_RETENTION.blobs_bytes),
            )
        )

    async def start(self, new_hub: Callable[..., Hub], log: Logger) -> Hub:
        """Start a hub with this store, or in memory where it cannot be used.

        Args:
            new_hub: Makes a hub from a store and `kept_in_memory_because`.
            log: Where that is logged.

        Returns:
            The hub that was started.

        Raises:
            StoreError: The file cannot be used, and nothing else will do.
        """
        if self.redis is not None and self.redis_address is not None:
            # Never memory in its place: two servers would have two logs of one run.
            hub = new_hub(self.redis.new_store(self.redis_address, self.retention))
            await hub.start()
            return hub
        if self.path is not None and self.is_exclusive:
            try:
                return await self._start_when_unlocked(self.path, new_hub, log, self.locked_s)
            except StoreInUseError as error:
                words = "a file is for one process: start one worker, or give each app its own file"
                raise StoreInUseError(f"{error}; {words}", reason=error.reason) from None
        if self.path is None:
            why = "the setting `store` is `memory`"
        else:
            try:
                return await self._start_with_file(self.path, new_hub, log)
            except StoreError as error:
                log.warning("realtime-widgets: %s; runs of this server are in memory only", error)
                why = error.reason
        hub = new_hub(self.memory(), kept_in_memory_because=why)
        await hub.start()
        return hub

    async def _start_with_file(self, first: Path, new_hub: Callable[..., Hub], log: Logger) -> Hub:
        """Start a hub with the first file that no other server uses.

        Raises:
            StoreError: It cannot be used, or others use all of them.
        """
        in_use: StoreInUseError | None = None
        for path in candidates(first, self.served_folder):
            may_end = in_use is None and owner_of(path) == self.served_folder
            try:
                hub = await self._start_when_unlocked(
                    path, new_hub, log, self.locked_s if may_end else 0
                )
            except StoreInUseError as error:
                in_use = in_use or error
                continue
            claim(path, self.served_folder)
            if path != first:
                log.info(
                    "realtime-widgets: runs of this server are stored in %s, because another "
                    "server used %s at the first start; later starts find it by the served folder",
                    path,
                    first.name,
                )
            return hub
        assert in_use is not None, "the first file is always tried"  # noqa: S101 - narrows the type
        raise in_use

    async def _start_when_unlocked(
        self, path: Path, new_hub: Callable[..., Hub], log: Logger, wait_s: float
    ) -> Hub:
        """Start a hub; retry for `wait_s` seconds while another server has its file locked.

        Raises:
            StoreInUseError: It is locked still.
            StoreError: The file cannot be used.
        """
        clock = asyncio.get_running_loop()
        deadline = clock.time() + wait_s
        is_logged = False
        while True:
            hub = new_hub(self._file(path))
            try:
                await hub.start()
            except StoreInUseError as error:
                if clock.time() >= deadline:
                    raise
                if not is_logged:
                    log.info("realtime-widgets: %s; waiting up to %g s for its end", error, wait_s)
                is_logged = True
            else:
                return hub
            await asyncio.sleep(RETRY_S)

    def _file(self, path: Path) -> Store:
        return SQLiteStore(
            path,
            durability=self.durability,
            retention=self.retention,
            reserve_bytes=self.reserve_bytes,
        )
