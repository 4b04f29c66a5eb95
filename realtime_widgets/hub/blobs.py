"""Stores and reads the blobs of runs (protocol 4.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.errors import StoreFullError
from realtime_widgets.hub.stores.blobs import Blob
from realtime_widgets.protocol.ids import check_sprint_id
from realtime_widgets.protocol.outputs.blob import check_blob

if TYPE_CHECKING:
    from realtime_widgets.hub.stores.base import Store

__all__ = ["Blobs"]


class Blobs:
    """The blobs of all runs.

    Args:
        store: Where they are stored.
        limit_bytes: Size of all runs together beyond which no blob is stored. Events still are:
            retention then removes the oldest runs.
    """

    def __init__(self, store: Store, limit_bytes: int) -> None:
        self._store = store
        self._limit_bytes = limit_bytes

    async def put(self, sprint_id: str, sha256: str, media_type: str, data: bytes) -> bool:
        """Store a blob of a run; nothing changes where it is stored already.

        Returns:
            Whether the run exists.

        Raises:
            InvalidSprintIdError: The id breaks protocol 1.1.
            InvalidEventError: The blob breaks protocol 4.9.
            StoreFullError: The store or its disk is too full for blobs.
            StoreError: It was not stored.
        """
        check_sprint_id(sprint_id)
        check_blob(sha256, media_type, data)
        if await self._store.size_bytes() + len(data) > self._limit_bytes:
            raise StoreFullError(
                f"the store has all of its {self._limit_bytes:,} bytes; blobs are stored again "
                "when old runs are removed"
            )
        return await self._store.put_blob(sprint_id, sha256, Blob(media_type, data))

    async def get(self, sprint_id: str, sha256: str) -> Blob | None:
        """Return a blob of a run; None where there is none.

        Raises:
            InvalidSprintIdError: The id breaks protocol 1.1.
            StoreError: It cannot be read.
        """
        return await self._store.blob(check_sprint_id(sprint_id), sha256)
