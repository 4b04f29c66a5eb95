"""The rows of the SQLite store, and their checksums.

SQLite does not notice changed bytes in a page. So each row has a checksum over all of its columns
and the random epoch of its channel: a row of another log, or of an older one of this run, is never
taken for its own.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from realtime_widgets.errors import StoreDamagedError
from realtime_widgets.hub.stores.base import LastStored, SavedState, StoredBatch
from realtime_widgets.protocol.position import Bounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "BATCH_COLUMNS",
    "LOG_COLUMNS",
    "PUBLISHER_COLUMNS",
    "Log",
    "checksum",
    "read_batch",
    "read_log",
    "read_publisher",
    "read_publishers",
    "read_saved_state",
]

Row: TypeAlias = "Sequence[Any]"

LOG_COLUMNS = (
    "channel.id, channel.name, channel.epoch, channel.first, channel.head, channel.entry,"
    " channel.bytes, channel.numbers, channel.crc"
)
PUBLISHER_COLUMNS = "publisher_id, last_n, last_seq, crc"
BATCH_COLUMNS = "first, last, entry, timestamp, user, crc, raw"

_NUMBERS = 2**32


def checksum(*fields: str | int | None, data: bytes = b"") -> int:
    """Return the CRC-32 of a row: its small columns, and the large one."""
    text = "\0".join(["\1" if each is None else str(each) for each in fields])
    return zlib.crc32(data, zlib.crc32(text.encode()))


@dataclass(slots=True)
class Log:
    """The row of a channel, and those of its publishers."""

    id: int
    name: str
    epoch: str
    first: int = 1
    head: int = 0
    batch_id: str | None = None
    size_bytes: int = 0
    numbers: int = 0
    """Sum of the last publisher seqs, by which a missing row of a publisher is noticed."""

    last: dict[str, LastStored] = field(default_factory=dict)
    """Of each publisher that has an id."""

    @property
    def bounds(self) -> Bounds:
        """What the log holds."""
        return Bounds(epoch=self.epoch, first=self.first, head=self.head, batch_id=self.batch_id)

    @property
    def row(self) -> tuple[str | int | None, ...]:
        """Its row in the table of channels."""
        columns = (
            self.id, self.name, self.epoch, self.first, self.head, self.batch_id,
            self.size_bytes, self.numbers,
        )  # fmt: skip
        return *columns, checksum(*columns)

    def put_last(self, publisher_id: str, last: LastStored) -> None:
        """Set the last event of a publisher."""
        before = self.last.get(publisher_id)
        self.numbers = (
            self.numbers + last.publisher_seq - (before.publisher_seq if before else 0)
        ) % _NUMBERS
        self.last[publisher_id] = last


def read_log(row: Row) -> Log:
    """Return the channel in a row, without its publishers.

    Raises:
        StoreDamagedError: The checksum is wrong, so the name cannot be trusted either.
    """
    *columns, crc = row
    if checksum(*columns) != crc:
        raise StoreDamagedError("the row of a run is damaged")
    return Log(*columns)


def read_publisher(log: Log, row: Row) -> LastStored:
    """Return the last event in the row of a publisher (`PUBLISHER_COLUMNS`).

    Raises:
        StoreDamagedError: The checksum is wrong.
    """
    *columns, crc = row
    if checksum(log.epoch, *columns) != crc:
        raise StoreDamagedError(f"the row of a publisher of {log.name!r} is damaged")
    _, publisher_seq, seq = columns
    return LastStored(publisher_seq, seq)


def read_publishers(log: Log, rows: Iterable[Row]) -> None:
    """Read the rows of all publishers of a channel.

    Raises:
        StoreDamagedError: A checksum is wrong, or a row is missing.
    """
    log.last = {row[0]: read_publisher(log, row) for row in rows}
    if sum(last.publisher_seq for last in log.last.values()) % _NUMBERS != log.numbers:
        raise StoreDamagedError(f"the row of a publisher of {log.name!r} is missing")


def read_batch(epoch: str, row: Row) -> StoredBatch | None:
    """Return the batch in a row (`BATCH_COLUMNS`), None where it is damaged."""
    first, last, batch_id, timestamp, user, crc, raw = row
    if not isinstance(raw, bytes):
        return None
    if checksum(epoch, first, last, batch_id, timestamp, user, data=raw) != crc:
        return None
    return StoredBatch(first, last - first + 1, batch_id, timestamp, user, raw)


def read_saved_state(epoch: str, row: Row) -> SavedState | None:
    """Return the saved state in a row (seq, data, crc), None without one or a damaged one."""
    seq, data, crc = row
    if not isinstance(data, bytes) or checksum(epoch, seq, data=data) != crc:
        return None
    return SavedState(seq, data)
