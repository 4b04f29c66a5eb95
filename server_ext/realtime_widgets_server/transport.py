"""Writes frames to WebSockets, directly to the socket if possible.

Tornado's `write_message` starts a task and builds a frame for each message and viewer: with 100
viewers that is most of the cost of fan-out (benchmarks, `fanout`). Here the frame of a message is
built once for all viewers and sent on the socket; only what the socket does not accept at once goes
to tornado's stream.
"""

from __future__ import annotations

import asyncio
import struct
from typing import TYPE_CHECKING

from tornado.iostream import IOStream, StreamClosedError
from tornado.websocket import WebSocketClosedError

from realtime_widgets_server.read_ahead import ReadAhead

if TYPE_CHECKING:
    from tornado.websocket import WebSocketHandler, WebSocketProtocol

    from realtime_widgets.protocol.codes import CloseCode

__all__ = ["TornadoTransport"]

TEXT = 0x81
"""The first byte of a text frame that is not continued (RFC 6455, 5.2)."""

SHORT = 126
"""From this size on a frame's size takes 2 more bytes, and from the next on 8."""
MIDDLE = 65_536


class _Framing:
    """Puts a header before messages; the next viewer's is mostly the same as the last one's."""

    def __init__(self) -> None:
        self._message = self._framed = b""

    def frame(self, message: bytes) -> bytes:
        """Return a text frame (RFC 6455, 5.2)."""
        if message is not self._message:
            self._message = message
            self._framed = _header(len(message)) + message
        return self._framed


_framing = _Framing()


class TornadoTransport:
    """Writes text frames to an open WebSocket handler; implements the hub's `Transport`."""

    def __init__(self, handler: WebSocketHandler) -> None:
        self._handler = handler
        # TLS and compression are between a frame and the socket.
        self._is_direct = (
            type(_stream_of(handler.ws_connection)) is IOStream
            and handler.get_compression_options() is None
        )

    def write(self, message: bytes) -> asyncio.Future[None] | None:
        connection = self._handler.ws_connection
        if connection is None or connection.is_closing():
            return _gone()
        try:
            # Not kept here: it holds what was read of a frame, and this outlives it.
            stream = _stream_of(connection)
            if self._is_direct and stream is not None:
                return _write(stream, _framing.frame(message))
            taken: asyncio.Future[None] = self._handler.write_message(message)
        except (WebSocketClosedError, StreamClosedError):
            return _gone()
        taken.add_done_callback(_retrieve)
        return taken

    def close(self, code: CloseCode) -> None:
        self._handler.close(int(code), code.reason)


def _stream_of(connection: WebSocketProtocol | None) -> IOStream | None:
    stream: IOStream | ReadAhead | None = connection.stream if connection else None
    return stream.stream if isinstance(stream, ReadAhead) else stream


def _write(stream: IOStream, frame: bytes) -> asyncio.Future[None] | None:
    sent = 0
    if not stream.writing():
        try:
            sent = stream.socket.send(frame)
        except BlockingIOError:
            pass
        except OSError:
            stream.close(exc_info=True)
            return _gone()
    if sent == len(frame):
        return None
    return stream.write(memoryview(frame)[sent:])


def _gone() -> asyncio.Future[None]:
    gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    gone.cancel()
    return gone


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
