"""Reads from a stream what came together at once, for who asks for it in small pieces.

Tornado reads each WebSocket frame in four pieces: two bytes, its size, its mask, its body. Each
costs as much as to check a short event, so a publisher that joins nothing would be slowed down by
a quarter (benchmarks, `fanout`, one event a message).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from tornado.iostream import IOStream
    from tornado.websocket import WebSocketHandler

__all__ = ["ReadAhead", "read_ahead"]

AHEAD_BYTES = 65_536
"""What is read at once, as much as tornado takes from a socket."""


def read_ahead(handler: WebSocketHandler) -> None:
    """Have the frames of a handler that was opened just now read this way."""
    connection = handler.ws_connection
    if connection is not None and connection.stream is not None:
        connection.stream = cast("IOStream", ReadAhead(connection.stream))


class ReadAhead:
    """A stream that is read ahead, and everything else as it is."""

    __slots__ = ("_ahead", "_at", "closed", "stream")

    def __init__(self, stream: IOStream) -> None:
        self.stream = stream
        self.closed = stream.closed  # asked before each frame that is written
        self._ahead = b""
        self._at = 0
        """Where in it the next piece begins."""

    async def read_bytes(self, size: int) -> bytes:
        """Return the next bytes.

        Raises:
            StreamClosedError: It ended before.
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
