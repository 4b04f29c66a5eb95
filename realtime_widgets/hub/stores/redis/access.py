"""The access records in Redis: which users may use a run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from realtime_widgets.hub.stores.redis.scripts import evalsha

if TYPE_CHECKING:
    from collections.abc import Sequence

    from realtime_widgets.hub.stores.redis.connection import RedisConnection

__all__ = ["AccessRecords"]


class AccessRecords:
    """The part of the store that has them."""

    _main: RedisConnection
    _reads: RedisConnection
    _prefix: str

    async def access_records(self, channels: Sequence[str]) -> dict[str, bytes]:
        """Return the access records of these channels, by name."""
        found = await asyncio.gather(
            *(self._reads.command("GET", self._key(name, "access")) for name in channels)
        )
        return {name: record for name, record in zip(channels, found, strict=True) if record}

    async def replace_access_record(
        self, channel: str, record: bytes, expected: bytes | None
    ) -> bool:
        """Write which users may use a channel, if nothing else was written meanwhile."""
        keys = [self._key(channel, "access"), self._key(channel, "meta")]
        is_written = await self._main.command(*evalsha("access", keys, expected or b"", record))
        return bool(is_written)

    def _key(self, name: str, part: str) -> str:
        return f"{self._prefix}:{{{name.lower()}}}:{part}"
