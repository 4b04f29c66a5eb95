"""Writes frames to WebSockets, straight to the socket where that can be.

Tornado's `write_message` starts a task for each frame and viewer, and builds each frame anew: with
100 viewers that is most of what fan-out costs (benchmarks, `fanout`). Here the bytes of a message,
which are the same for all viewers, go to the kernel as they are, and a stream gets only what the
socket does not take at once.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING

from tornado.iostream import IOStream, StreamClosedError
from tornado.websocket import WebSocketClosedError

if TYPE_CHECKING:
    from tornado.websocket import WebSocketHandler

    from realtime_widgets.protocol.codes import CloseCode

__all__ = ["TornadoTransport"]

TEXT = 0x81
"""The first byte of a text frame that is not continued (RFC 6455, 5.2)."""

SHORT = 126
"""From this size on a frame's size takes 2 bytes of its own, and from the next on 8."""
MIDDLE = 65_536


class TornadoTransport:
    """Writes text frames to a WebSocket handler that is open."""

    def __init__(self, handler: WebSocketHandler) -> None:
        loop = asyncio.get_running_loop()
        self._handler = handler
        self._taken: asyncio.Future[None] = loop.create_future()
        self._taken.set_result(None)
        self._gone: asyncio.Future[None] = loop.create_future()
        self._gone.cancel()
        # TLS and compression are between a frame and the socket.
        self._is_direct = (
            type(getattr(handler.ws_connection, "stream", None)) is IOStream
            and handler.get_compression_options() is None
            and hasattr(socket.socket, "sendmsg")  # not on Windows
        )

    def write(self, message: bytes) -> asyncio.Future[None]:
        """See `realtime_widgets.hub.connection.Transport`."""
        connection = self._handler.ws_connection
        if connection is None or connection.is_closing():
            return self._gone
        try:
            # Not kept here: it holds what was read of a frame, and this outlives it.
            stream = connection.stream
            if self._is_direct and stream is not None:
                return self._write_to(stream, message)
            taken: asyncio.Future[None] = self._handler.write_message(message)
        except (WebSocketClosedError, StreamClosedError):
            return self._gone
        taken.add_done_callback(_retrieve)
        return taken

    def _write_to(self, stream: IOStream, message: bytes) -> asyncio.Future[None]:
        header = _header(len(message))
        sent = 0
        if not stream.writing():
            try:
                sent = stream.socket.sendmsg((header, message))
            except BlockingIOError:
                pass
            except OSError:
                stream.close(exc_info=True)
                return self._gone
        if sent == len(header) + len(message):
            return self._taken
        return stream.write(memoryview(header + message)[sent:])

    def close(self, code: CloseCode) -> None:
        """See `realtime_widgets.hub.connection.Transport`."""
        self._handler.close(int(code), code.reason)


def _header(size: int) -> bytes:
    if size < SHORT:
        return bytes((TEXT, size))
    if size < MIDDLE:
        return struct.pack("!BBH", TEXT, 126, size)
    return struct.pack("!BBQ", TEXT, 127, size)


def _retrieve(taken: asyncio.Future[None]) -> None:
    # A client that leaves in the middle of a frame is no news; unretrieved, asyncio would log it.
    if not taken.cancelled():
        taken.exception()
