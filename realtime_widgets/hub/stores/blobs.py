"""Blobs beside a log: what is stored of one, and which are removed (protocol 4.9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["BLOB_BYTES", "RESERVES", "Blob", "BlobRow", "blobs_to_remove"]

BLOB_BYTES = 16 * 1024
"""What a blob is counted for beside its bytes, so that small ones are bounded in number, too."""

RESERVES = 2
"""Multiple of the free space that is kept for events below which no blob is stored."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A value of an output."""

    media_type: str
    data: bytes


class BlobRow(NamedTuple):
    """A stored blob, as far as it matters for what is removed."""

    last: int
    """Seq of the event that was the newest when it was uploaded last: it is kept as long."""

    sha256: str
    data_bytes: int

    @property
    def size_bytes(self) -> int:
        """What it is counted for."""
        return self.data_bytes + BLOB_BYTES


def blobs_to_remove(rows: Iterable[BlobRow], first: int, limit_bytes: int) -> Iterator[BlobRow]:
    """Yield the blobs of a run that are removed: their events are gone, or there are too many.

    Args:
        rows: All of them.
        first: Seq of the first event that is stored.
        limit_bytes: How much of them is kept: the newest, and the last one in any case.
    """
    rows = sorted(rows)
    left = sum(row.size_bytes for row in rows)
    for row in rows:
        if row.last >= first and (left <= limit_bytes or row is rows[-1]):
            return
        left -= row.size_bytes
        yield row
