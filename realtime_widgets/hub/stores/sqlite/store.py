"""Persistent event log storage: one SQLite file, one row per batch.

One thread writes, so appends that arrive while it commits share its next transaction
(`group_commit.py`); another reads (`threads.py`). The file is locked for one process (`file.py`).

A damaged batch is left out, and only that. A file with damaged epochs, heads or publisher seqs
could show wrong events, or store some twice: it is moved aside and a new one is created, at the
start or later (`recreate`).
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from typing import TYPE_CHECKING, Literal

from realtime_widgets.errors import StoreError, StoreUnavailableError
from realtime_widgets.hub.stores.base import Look
from realtime_widgets.hub.stores.run_retention import RunRetention
from realtime_widgets.hub.stores.sqlite.disk_space import free_bytes
from realtime_widgets.hub.stores.sqlite.file import DatabaseFile
from realtime_widgets.hub.stores.sqlite.group_commit import GroupCommit
from realtime_widgets.hub.stores.sqlite.threads import Threads

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from realtime_widgets.hub.stores.base import (
        Appended,
        ChannelSummary,
        NewBatch,
        OnCommit,
        OnReset,
        SavedState,
        StoredBatch,
    )
    from realtime_widgets.hub.stores.blobs import Blob
    from realtime_widgets.hub.stores.sqlite.reader import Reader
    from realtime_widgets.hub.stores.sqlite.writer import Outcome, Writer
    from realtime_widgets.protocol.position import Bounds

__all__ = ["RESERVE_BYTES", "SQLiteStore"]

RESERVE_BYTES = 64 * 1024 * 1024
"""What is left free on the disk: on a full disk not even deleting works."""

EARLY_WARNING = 1.25
"""Multiple of the reserve below which old channels are removed."""

_RETENTION = RunRetention()
_IN_RECREATION = "the store cannot write: it is being re-created"


class SQLiteStore:
    """Keeps all channels in one file.

    Args:
        path: The file; it and its folder are created if they do not exist. The file is made
            readable by the user only; a symbolic link is refused.
        durability: `full` survives power loss, `normal` survives the death of the process
            and may lose the last moments at power loss.
        retention: How much of each channel is kept.
        reserve_bytes: How much of the disk is left free.
    """

    name = "sqlite"
    shared = None

    def __init__(
        self,
        path: Path,
        *,
        durability: Literal["full", "normal"] = "full",
        retention: RunRetention = _RETENTION,
        reserve_bytes: int = RESERVE_BYTES,
    ) -> None:
        self.path = path
        self._reserve_bytes = reserve_bytes
        self._file = DatabaseFile(
            path, durability=durability, retention=retention, reserve_bytes=reserve_bytes
        )
        self._threads = Threads(self._file)
        self._commits = GroupCommit(self._write_group)
        self._cleaning: asyncio.Task[None] | None = None
        self._recreating: asyncio.Task[str] | None = None

    async def open(self, on_commit: OnCommit, on_reset: OnReset) -> None:  # noqa: ARG002 - no other server writes
        """Open or create the file; a damaged one is moved aside.

        Raises:
            StoreInUseError: Another server has it.
            StoreError: It cannot be used, and is as it was: it is from a newer version, it is
                another program's, or it cannot be written.
        """
        self._commits.on_commit = on_commit
        try:
            await self._threads.open()
        except BaseException:
            await self._threads.close()
            raise
        # Of channels whose removal a crash has interrupted.
        if self._file.writer.has_orphans:
            self._cleaning = asyncio.create_task(self._clean_up(), name="sqlite clean up")

    async def close(self) -> None:
        """Finish what was appended, then close the file. Safe to call twice."""
        if self._recreating is not None:
            await asyncio.wait([self._recreating])
        await self._commits.finished()
        if self._cleaning is not None:
            self._cleaning.cancel()
            await asyncio.wait([self._cleaning])
        await self._threads.close()

    async def recreate(self) -> str:
        """Move a damaged file aside and create a new one.

        Pending appends fail as unavailable, so that publishers send them again. Without damage
        nothing is done.
        """
        if self._recreating is None:
            self._commits.reject(_IN_RECREATION)
            self._recreating = asyncio.create_task(self._recreate_once(), name="sqlite recreate")
        return await asyncio.shield(self._recreating)

    async def _recreate_once(self) -> str:
        try:
            return await self._threads.replace_damaged()
        except (OSError, RuntimeError, sqlite3.Error) as error:
            reason = f"the store cannot be re-created: {getattr(error, 'strerror', error)}"
            raise StoreError(f"the store cannot be re-created: {error}", reason=reason) from error
        finally:
            self._recreating = None
            self._commits.accept()

    # Appending.

    def append(self, new: NewBatch) -> asyncio.Future[Appended]:
        """Store events with the next transaction."""
        return self._commits.append(new)

    async def _write_group(self, group: list[NewBatch]) -> list[Outcome]:
        return await self._threads.write(lambda writer: self._append(writer, group))

    def _append(self, writer: Writer, group: list[NewBatch]) -> list[Outcome]:
        outcomes = writer.append(group)
        # SQLite empties it when there is no reader, which may be never.
        if self._file.has_large_wal:
            self._threads.checkpoint(writer)
        return outcomes

    # Reading.

    async def follow(self, channel: str) -> Bounds:
        """Return what the log holds: every batch is announced."""
        return await self.bounds(channel)

    def unfollow(self, channel: str) -> None:
        """Do nothing: every batch is announced."""

    async def bounds(self, channel: str) -> Bounds:
        """Return what the log holds."""
        return await self._threads.read(lambda reader: reader.bounds(channel))

    async def look(
        self, channel: str, seq: int | None = None, publisher_id: str | None = None
    ) -> Look:
        """Return what a client that connects has to know."""
        return await self._threads.read(lambda reader: _look(reader, channel, seq, publisher_id))

    async def read(self, channel: str, after: int, limit_bytes: int) -> list[StoredBatch]:
        """Return the next whole batches after a seq, without those that are damaged."""
        return await self._threads.read(lambda reader: reader.read(channel, after, limit_bytes))

    async def read_back(self, channel: str, before: int, limit_bytes: int) -> list[StoredBatch]:
        """Return the whole batches that lead up to a seq, without those that are damaged."""
        return await self._threads.read(
            lambda reader: reader.read_back(channel, before, limit_bytes)
        )

    async def channels(
        self, before: int | None = None, limit_bytes: int | None = None
    ) -> list[ChannelSummary]:
        """Return channels, the one created last first."""
        return await self._threads.read(lambda reader: reader.channels(before, limit_bytes))

    async def names_near(self, name: str, limit: int) -> list[str]:
        """Return names that are near in alphabetical order, and those created last."""
        return await self._threads.read(lambda reader: reader.names_near(name, limit))

    async def saved_state(self, channel: str) -> SavedState | None:
        """Return the state that was saved last, None if it is damaged."""
        return await self._threads.read(lambda reader: reader.saved_state(channel))

    # Saved states, trimming, removing.

    async def save_state(self, channel: str, saved: SavedState) -> None:
        """Replace the saved state."""
        await self._threads.write(lambda writer: writer.save_state(channel, saved))

    async def access_records(self, channels: Sequence[str]) -> dict[str, bytes]:
        """Return the access records of these channels."""
        return await self._threads.read(lambda reader: reader.access_records(channels))

    async def replace_access_record(
        self, channel: str, record: bytes, expected: bytes | None
    ) -> bool:
        """Write which users may use a channel, if nothing else was written meanwhile."""
        return await self._threads.write(
            lambda writer: writer.replace_access_record(channel, record, expected)
        )

    async def put_blob(self, channel: str, sha256: str, blob: Blob) -> bool:
        """Store a blob in a transaction."""
        return await self._threads.write(
            lambda writer: self._put_blob(writer, channel, sha256, blob)
        )

    def _put_blob(self, writer: Writer, channel: str, sha256: str, blob: Blob) -> bool:
        has_channel = writer.put_blob(channel, sha256, blob)
        if self._file.has_large_wal:
            self._threads.checkpoint(writer)
        return has_channel

    async def blob(self, channel: str, sha256: str) -> Blob | None:
        """Return a blob, None where it is damaged."""
        return await self._threads.read(lambda reader: reader.blob(channel, sha256))

    async def trim(self, channel: str, first: int) -> None:
        """Remove whole batches before a seq; if cancelled, some of them."""
        while await self._threads.write(lambda writer: writer.trim(channel, first)):
            pass

    async def remove(self, channel: str) -> None:
        """Remove a channel; if cancelled, its space is given back with the next one."""
        await self._threads.write(lambda writer: writer.remove(channel))
        with contextlib.suppress(StoreUnavailableError):  # given back with the next one
            await self._give_back()

    async def _give_back(self) -> None:
        while await self._threads.write(lambda writer: writer.remove_orphans()):
            pass
        while await self._threads.write(lambda writer: writer.space.give_back()):
            pass
        await self._threads.write(self._threads.checkpoint)

    async def _clean_up(self) -> None:
        with contextlib.suppress(StoreError):
            await self._give_back()

    # Disk space.

    async def size_bytes(self) -> int:
        """Return how much of the file is in use."""
        return await self._threads.read(lambda reader: reader.size_bytes())

    async def missing_bytes(self) -> int:
        """Return how much has to be removed before the disk is too full to store more."""
        return await self._threads.read(self._missing_bytes)

    def _missing_bytes(self, reader: Reader) -> int:
        free = free_bytes(self.path) + reader.free_bytes()
        return max(0, int(EARLY_WARNING * self._reserve_bytes) - free)


def _look(reader: Reader, channel: str, seq: int | None, publisher_id: str | None) -> Look:
    # The log may grow between these: batches never change, so each is right for the bounds.
    batch_id_there = None if seq is None else reader.batch_id_at(channel, seq)
    last = None if publisher_id is None else reader.last_publisher_seq(channel, publisher_id)
    return Look(reader.bounds(channel), batch_id_there, last)
