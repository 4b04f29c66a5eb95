"""A read-ahead buffer for tornado's WebSocket protocol.

Tornado reads each WebSocket frame in four pieces: two bytes, its size, its mask, its body. Each
read costs as much as the validation of a short event, a quarter of the throughput of a publisher
that sends one event per message (benchmarks, `fanout`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from tornado.iostream import IOStream
    from tornado.websocket import WebSocketHandler

__all__ = ["ReadAhead", "read_ahead"]

AHEAD_BYTES = 65_536
"""Size of one read, the same as tornado's for a socket."""


def read_ahead(handler: WebSocketHandler) -> None:
    """Install a read-ahead buffer in a handler that was just opened."""
    connection = handler.ws_connection
    if connection is not None and connection.stream is not None:
        connection.stream = cast("IOStream", ReadAhead(connection.stream))


class ReadAhead:
    """A stream with read-ahead; everything else is delegated to the stream."""

    __slots__ = ("_ahead", "_at", "closed", "stream")

    def __init__(self, stream: IOStream) -> None:
        self.stream = stream
        self.closed = stream.closed  # called before each frame that is written
        self._ahead = b""
        self._at = 0
        """Index of the next unread byte in `_ahead`."""

    async def read_bytes(self, size: int) -> bytes:
        """Return the next bytes.

        Raises:
            StreamClosedError: The stream ended first.
        """
        end = self._at + size
        if end <= len(self._ahead):
            piece = self._ahead[self._at : end]
            self._at = end
            return piece
        piece, self._ahead, self._at = self._ahead[self._at :], b"", 0
        missing = size - len(piece)
        if missing > AHEAD_BYTES:
            return piece + await self.stream.read_bytes(missing)
        self._ahead = piece
        while len(self._ahead) < size:
            self._ahead += await self.stream.read_bytes(AHEAD_BYTES, partial=True)
        self._at = size
        return self._ahead[:size]

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - of the stream
        return getattr(self.stream, name)
