"""Reads the logs in Redis, over another connection than appends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from realtime_widgets.hub.stores.base import (
    SUMMARY_BYTES,
    ChannelSummary,
    Look,
    SavedState,
    StoredBatch,
)
from realtime_widgets.hub.stores.blobs import Blob
from realtime_widgets.hub.stores.redis.scripts import evalsha
from realtime_widgets.protocol.position import Bounds

if TYPE_CHECKING:
    from realtime_widgets.hub.stores.redis.connection import RedisConnection

__all__ = ["LogReader", "bounds_of", "memory_of"]

FULL = 0.8
"""Share of Redis' memory above which old runs are removed."""

_ANY_BYTES = 2**53


class LogReader:
    """The reading half of the store.

    Args:
        reads: The connection for reads.
        prefix: What the names of all keys begin with.
    """

    def __init__(self, reads: RedisConnection, prefix: str) -> None:
        self._reads = reads
        self._prefix = prefix

    async def bounds(self, channel: str) -> Bounds:
        """Return what the log holds."""
        return (await self._look(self._reads, channel)).bounds

    async def _look(
        self,
        connection: RedisConnection,
        channel: str,
        seq: int | None = None,
        publisher_id: str | None = None,
        *,
        is_ack: bool = False,
    ) -> Look:
        reply = await connection.command(
            *evalsha(
                "look",
                self._keys(channel, "meta", "log", "pub"),
                channel,
                "" if seq is None else seq,
                publisher_id or "",
                int(is_ack),
            )
        )
        there, last = reply[4:6]
        return Look(bounds_of(reply), there and there.decode(), int(last) if last else None)

    async def read(self, channel: str, after: int, limit_bytes: int) -> list[StoredBatch]:
        """Return the next whole batches after a seq."""
        return await self._read(channel, after, limit_bytes, "after")

    async def read_back(self, channel: str, before: int, limit_bytes: int) -> list[StoredBatch]:
        """Return the whole batches that lead up to a seq, the newest first."""
        return await self._read(channel, before, limit_bytes, "before")

    async def _read(self, name: str, seq: int, limit: int, direction: str) -> list[StoredBatch]:
        keys = self._keys(name, "meta", "log")
        reply = await self._reads.command(*evalsha("read", keys, name, seq, limit, direction))
        return [_batch(*entry) for entry in reply]

    async def channels(
        self, before: int | None = None, limit_bytes: int | None = None
    ) -> list[ChannelSummary]:
        """Return channels, the one created last first."""
        limit = _ANY_BYTES if limit_bytes is None else limit_bytes
        at = "inf" if before is None else before
        keys = [f"{self._prefix}:index"]
        reply = await self._reads.command(
            *evalsha("channels", keys, self._prefix, limit, SUMMARY_BYTES, at)
        )
        return [
            ChannelSummary(
                int(number),
                name.decode(),
                bounds_of(meta),
                int(meta[4]) + int(meta[5] or 0),
                _saved_state(state),
            )
            for number, name, meta, state in reply
        ]

    async def names_near(self, name: str, limit: int) -> list[str]:
        """Return a name that differs only in case, and those of the channels created last."""
        [meta] = self._keys(name, "meta")
        same = await self._reads.command("HGET", meta, "name")
        newest = await self._reads.command("ZREVRANGE", f"{self._prefix}:index", 0, limit - 1)
        found = [*([same] if same else []), *newest]
        return list(dict.fromkeys(each.decode() for each in found))[:limit]

    async def saved_state(self, channel: str) -> SavedState | None:
        """Return the state that was saved last of this epoch."""
        meta, state = self._keys(channel, "meta", "state")
        name, epoch = await self._reads.command("HMGET", meta, "name", "epoch")
        saved = await self._reads.command("HMGET", state, "epoch", "seq", "data")
        is_current = name == channel.encode() and saved[0] == epoch
        return _saved_state(saved) if is_current else None

    async def blob(self, channel: str, sha256: str) -> Blob | None:
        """Return a blob."""
        meta, blobs = self._keys(channel, "meta", "blobs")
        if await self._reads.command("HGET", meta, "name") != channel.encode():
            return None
        found = await self._reads.command("HGET", blobs, sha256)
        if found is None:
            return None
        media_type, _, data = found.partition(b"\n")
        return Blob(media_type.decode(), data)

    async def size_bytes(self) -> int:
        """Return the size of the events and blobs of all channels."""
        return int(await self._reads.command("GET", f"{self._prefix}:bytes") or 0)

    async def missing_bytes(self) -> int:
        """Return by how much Redis' memory is fuller than it should be."""
        used, most = memory_of((await self._reads.command("INFO", "memory")).decode())
        return max(0, used - int(FULL * most)) if most else 0

    # Keys.

    def _keys(self, name: str, *parts: str) -> list[str]:
        # In lower case, so that names that differ only in case meet in one key.
        return [f"{self._prefix}:{{{name.lower()}}}:{part}" for part in parts]

    def _common(self) -> list[str]:
        return [f"{self._prefix}:{part}" for part in ("index", "bytes", "number", "changes")]


def memory_of(info: str) -> tuple[int, int]:
    """Return how much memory Redis uses, and its limit, 0 for none, from `INFO memory`."""
    numbers = dict(re.findall(r"(used_memory|maxmemory):(\d+)", info))
    return int(numbers["used_memory"]), int(numbers.get("maxmemory", 0))


def bounds_of(reply: Any) -> Bounds:
    """Return the bounds that the first four values of a reply are."""
    epoch, first, head, batch_id = reply[:4]
    if not epoch:
        return Bounds()
    return Bounds(
        epoch=epoch.decode(),
        first=int(first),
        head=int(head),
        batch_id=batch_id and batch_id.decode(),
    )


def _batch(entry_id: bytes, fields: list[bytes]) -> StoredBatch:
    last = int(entry_id.split(b"-")[0])
    values = dict(zip(fields[::2], fields[1::2], strict=True))
    first = int(values[b"f"])
    return StoredBatch(
        first=first,
        count=last - first + 1,
        batch_id=values[b"e"].decode(),
        timestamp=values[b"t"].decode(),
        user=from_json(values[b"u"]),
        raw=values[b"r"],
    )


def _saved_state(reply: Any) -> SavedState | None:
    return SavedState(int(reply[1]), reply[2]) if reply and reply[1] else None
