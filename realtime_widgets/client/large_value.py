"""A value that is too large for an event, on its way to be a blob (protocol 4.9)."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from realtime_widgets.protocol.outputs.blob import sha256_of

__all__ = ["LargeValue"]


class LargeValue:
    """The bytes of a value.

    Args:
        media_type: Its media type.
        data: Its bytes, at most `MAX_BLOB`.
    """

    def __init__(self, media_type: str, data: bytes) -> None:
        self.media_type = media_type
        self.data = data

    @cached_property
    def sha256(self) -> str:
        """The name of the blob."""
        return sha256_of(self.data)

    @property
    def reference(self) -> dict[str, Any]:
        """What the event of an output has in its place."""
        return {"type": self.media_type, "sha256": self.sha256, "bytes": len(self.data)}
