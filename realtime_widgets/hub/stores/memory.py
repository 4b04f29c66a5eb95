"""Event log storage in memory: for the hub inside a kernel, and for tests."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from realtime_widgets.errors import RealtimeWidgetsError
from realtime_widgets.hub.stores.base import (
    EPOCH_BITS,
    MAX_UNBEGUN,
    Appended,
    ChannelSummary,
    IdCaseError,
    LastStored,
    Look,
    NewBatch,
    OnCommit,
    OnReset,
    SavedState,
    StoredBatch,
    place,
)
from realtime_widgets.hub.stores.blobs import Blob, BlobRow, blobs_to_remove
from realtime_widgets.hub.stores.run_retention import RunRetention, cut_back
from realtime_widgets.protocol.ids import random_id
from realtime_widgets.protocol.position import Bounds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["MEMORY_RETENTION", "MemoryStore"]

_T = TypeVar("_T")

MEMORY_RETENTION = RunRetention(size_bytes=64 * 1024 * 1024, blobs_bytes=64 * 1024 * 1024)


@dataclass(slots=True)
class _Log:
    epoch: str
    number: int
    batches: list[StoredBatch] = field(default_factory=list)
    last: dict[str, LastStored] = field(default_factory=dict)
    """Of each publisher that has an id."""
    size_bytes: int = 0
    blobs: dict[str, tuple[int, Blob]] = field(default_factory=dict)
    """By name, each with the seq of the event for which it is kept."""
    saved_state: SavedState | None = None
    first: int = 1
    head: int = 0
    batch_id: str | None = None

    @property
    def bounds(self) -> Bounds:
        return Bounds(epoch=self.epoch, first=self.first, head=self.head, batch_id=self.batch_id)

    def index_after(self, seq: int) -> int:
        """Index of the first batch that holds anything after this seq."""
        return bisect_left(self.batches, seq + 1, key=lambda batch: batch.last)

    def batch_id_at(self, seq: int) -> str | None:
        """Id of the batch that ends at this seq, None where none does."""
        index = self.index_after(seq - 1)
        found = index < len(self.batches) and self.batches[index].last == seq
        return self.batches[index].batch_id if found else None

    @property
    def blobs_bytes(self) -> int:
        return sum(row.size_bytes for row in self._blob_rows())

    def _blob_rows(self) -> Iterator[BlobRow]:
        for sha256, (last, blob) in self.blobs.items():
            yield BlobRow(last, sha256, len(blob.data))

    def remove_blobs(self, limit_bytes: int) -> None:
        """Remove the blobs whose events are gone, and the oldest beyond a size."""
        for row in list(blobs_to_remove(self._blob_rows(), self.first, limit_bytes)):
            del self.blobs[row.sha256]

    def trim(self, first: int) -> None:
        """Remove whole batches before a seq."""
        index = self.index_after(first - 1)
        if index:
            self.first = self.batches[index - 1].last + 1
            self.size_bytes -= sum(len(batch.raw) for batch in self.batches[:index])
            del self.batches[:index]


class MemoryStore:
    """Keeps the newest part of each channel in memory.

    Args:
        retention: How much of each channel is kept.
    """

    name = "memory"
    shared = None

    def __init__(self, *, retention: RunRetention = MEMORY_RETENTION) -> None:
        self._retention = retention
        self._logs: dict[str, _Log] = {}
        self._names: dict[str, str] = {}
        self._access_records: dict[str, bytes] = {}
        """By name in lower case."""
        self._next_number = 1

    async def open(self, on_commit: OnCommit, on_reset: OnReset) -> None:  # noqa: ARG002 - nothing resets it
        self._on_commit = on_commit

    async def close(self) -> None:
        """Do nothing: nothing is open."""

    def append(self, new: NewBatch) -> asyncio.Future[Appended]:
        """Store events at once."""
        future: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()
        try:
            future.set_result(self._append(new))
        except RealtimeWidgetsError as error:
            # With its frames it would keep the future, and the events, in a cycle.
            future.set_exception(error.with_traceback(None))
        return future

    def _append(self, new: NewBatch) -> Appended:
        existing = self._names.get(new.channel.lower(), new.channel)
        if existing != new.channel:
            raise IdCaseError(new.channel, existing)
        log = self._logs.get(new.channel) or _Log(random_id(EPOCH_BITS), self._next_number)
        last = log.last.get(new.publisher_id) if new.publisher_id else None
        placed = place(new, head=log.head, last_publisher_seq=last.publisher_seq if last else None)
        if placed is None:
            assert last is not None, "a duplicate has been stored"  # noqa: S101 - narrows the type
            return Appended(log.epoch, last.seq, last.publisher_seq, duplicate=True)
        batch, events = placed
        self._names[new.channel.lower()] = new.channel
        self._logs[new.channel] = log
        self._next_number = max(self._next_number, log.number + 1)
        log.batches.append(batch)
        log.head, log.batch_id = batch.last, batch.batch_id
        log.size_bytes += len(batch.raw)
        if new.publisher_id:
            log.last[new.publisher_id] = LastStored(new.last_publisher_seq, batch.last)
        sizes = ((each.first, each.last, len(each.raw)) for each in log.batches)
        first, _ = cut_back(log.first, log.head, log.size_bytes, sizes, self._retention)
        self._trim(log, first)
        self._on_commit(new.channel, log.bounds, batch, events)
        return Appended(log.epoch, batch.last, new.last_publisher_seq)

    async def follow(self, channel: str) -> Bounds:
        """Return what the log holds: every batch is announced."""
        return await self.bounds(channel)

    def unfollow(self, channel: str) -> None:
        """Do nothing: every batch is announced."""

    async def bounds(self, channel: str) -> Bounds:
        log = self._logs.get(channel)
        return log.bounds if log else Bounds()

    async def look(
        self, channel: str, seq: int | None = None, publisher_id: str | None = None
    ) -> Look:
        log = self._logs.get(channel)
        if log is None:
            return Look(Bounds())
        last = log.last.get(publisher_id or "")
        batch_id = None if seq is None else log.batch_id_at(seq)
        return Look(log.bounds, batch_id, last.publisher_seq if last else None)

    async def read(self, channel: str, after: int, limit_bytes: int) -> list[StoredBatch]:
        log = self._logs.get(channel)
        if log is None:
            return []
        start = log.index_after(after)
        following = (log.batches[index] for index in range(start, len(log.batches)))
        return _within(following, lambda batch: len(batch.raw), limit_bytes)

    async def read_back(self, channel: str, before: int, limit_bytes: int) -> list[StoredBatch]:
        log = self._logs.get(channel)
        if log is None or before <= log.first:
            return []
        last = min(log.index_after(before - 2), len(log.batches) - 1)
        leading = (log.batches[index] for index in range(last, -1, -1))
        return _within(leading, lambda batch: len(batch.raw), limit_bytes)

    async def channels(
        self, before: int | None = None, limit_bytes: int | None = None
    ) -> list[ChannelSummary]:
        summaries = (
            ChannelSummary(
                log.number, name, log.bounds, log.size_bytes + log.blobs_bytes, log.saved_state
            )
            for name, log in reversed(self._logs.items())
            if before is None or log.number < before
        )
        return _within(summaries, lambda summary: summary.memory_bytes, limit_bytes)

    async def names_near(self, name: str, limit: int) -> list[str]:
        """Return a name that differs only in case, and those of the channels created last."""
        same = self._names.get(name.lower())
        newest = islice(reversed(self._logs), limit)
        return list(dict.fromkeys([*([same] if same else []), *newest]))[:limit]

    async def saved_state(self, channel: str) -> SavedState | None:
        log = self._logs.get(channel)
        return log.saved_state if log else None

    async def save_state(self, channel: str, saved: SavedState) -> None:
        if channel in self._logs:
            self._logs[channel].saved_state = saved

    async def access_records(self, channels: Sequence[str]) -> dict[str, bytes]:
        records = self._access_records
        return {name: records[name.lower()] for name in channels if name.lower() in records}

    async def replace_access_record(
        self, channel: str, record: bytes, expected: bytes | None
    ) -> bool:
        if self._access_records.get(channel.lower()) != expected:
            return False
        self._access_records[channel.lower()] = record
        unbegun = [name for name in self._access_records if name not in self._names]
        for name in unbegun[:-MAX_UNBEGUN]:
            del self._access_records[name]
        return True

    async def put_blob(self, channel: str, sha256: str, blob: Blob) -> bool:
        log = self._logs.get(channel)
        if log is None:
            return False
        log.blobs[sha256] = (log.head, blob)
        log.remove_blobs(self._retention.blobs_bytes)
        return True

    async def blob(self, channel: str, sha256: str) -> Blob | None:
        log = self._logs.get(channel)
        found = log.blobs.get(sha256) if log else None
        return found[1] if found else None

    async def trim(self, channel: str, first: int) -> None:
        log = self._logs.get(channel)
        if log is not None:
            self._trim(log, first)

    def _trim(self, log: _Log, first: int) -> None:
        if first > log.first:
            log.trim(first)
            log.remove_blobs(self._retention.blobs_bytes)

    async def remove(self, channel: str) -> None:
        if self._logs.pop(channel, None) is not None:
            del self._names[channel.lower()]
            self._access_records.pop(channel.lower(), None)

    async def size_bytes(self) -> int:
        return sum(log.size_bytes + log.blobs_bytes for log in self._logs.values())

    async def missing_bytes(self) -> int:
        """Return 0: how much memory is free is not known."""
        return 0

    async def recreate(self) -> str:
        """Remove everything."""
        self._logs.clear()
        self._names.clear()
        self._access_records.clear()
        return "all runs in memory were removed"


def _within(items: Iterable[_T], size_of: Callable[[_T], int], limit: int | None) -> list[_T]:
    """Return the first items while their sizes are within the limit: at least one."""
    taken: list[_T] = []
    size = 0
    for item in items:
        size += size_of(item)
        if taken and limit is not None and size > limit:
            break
        taken.append(item)
    return taken
