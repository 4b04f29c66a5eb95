"""A client of the socket that reads only on request, and sends any bytes that it is given."""

from __future__ import annotations

import base64
import json
import os
import select
import socket
import struct
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from realtime_widgets.protocol.messages import SUBPROTOCOL
from tests.serving import PATIENCE_S

if TYPE_CHECKING:
    from tests.serving import Jupyter

TEXT, BINARY, CLOSE = 1, 2, 8

PIECE_BYTES = 65_536

FULL_S = 1.0
"""How long a server that continues to read may leave a socket full."""


class Peer:
    """One WebSocket, of the protocol or of the plain mode; to the index where there is no id."""

    def __init__(self, server: Jupyter, sprint_id: str | None, *, plain: bool = False) -> None:
        url = urlsplit(server.url)
        channel = "index" if sprint_id is None else f"sprints/{sprint_id}"
        assert url.hostname is not None
        self._sprint_id = sprint_id
        self._socket = socket.socket()
        # What is in the buffers of the system is not the server's.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        self._socket.settimeout(PATIENCE_S)
        self._socket.connect((url.hostname, url.port))
        self._stream = self._socket.makefile("rb")
        headers = [
            f"GET {url.path}realtime/ws/{channel} HTTP/1.1",
            f"Host: {url.netloc}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            f"Authorization: token {server.info['token']}",
            *([] if plain else [f"Sec-WebSocket-Protocol: {SUBPROTOCOL}"]),
        ]
        self._socket.sendall("\r\n".join([*headers, "", ""]).encode())
        assert b" 101 " in self._stream.readline()
        while self._stream.readline().strip():
            pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._socket.close()

    def hello(self, **fields: Any) -> None:
        """Send hello, and do not wait for the answer."""
        run = {} if self._sprint_id is None else {"sprint_id": self._sprint_id}
        self.send(json.dumps({"type": "hello", "v": 1, **run, **fields}))

    def send(self, message: str | bytes) -> None:
        kind = TEXT if isinstance(message, str) else BINARY
        self._socket.sendall(frame(message, kind))

    def send_until_full(self, message: str, most: int) -> None:
        """Send the same so many times, or until the server reads no more."""
        one = frame(message, TEXT)
        together = max(1, PIECE_BYTES // len(one))
        for _ in range(0, most, together):
            rest = memoryview(one * together)
            while rest:
                if not select.select([], [self._socket], [], FULL_S)[1]:
                    return
                rest = rest[self._socket.send(rest[:PIECE_BYTES]) :]

    def receive(self) -> tuple[int, bytes]:
        """The next frame: its kind, and what is in it."""
        kind, size = self._stream.read(2)
        if size == 126:
            [size] = struct.unpack("!H", self._stream.read(2))
        elif size == 127:
            [size] = struct.unpack("!Q", self._stream.read(8))
        return kind & 0x0F, self._stream.read(size)

    def until(self, *kinds: str) -> int:
        """Read up to a message of one of these types, or the end, and return the size of all."""
        size = 0
        while True:
            kind, payload = self.receive()
            size += len(payload)
            if kind == CLOSE:
                assert "close" in kinds, payload
                return size
            if json.loads(payload)["type"] in kinds:
                return size


def frame(message: str | bytes, kind: int) -> bytes:
    """A frame from a client; with a mask of zeros, which changes nothing."""
    payload = message.encode() if isinstance(message, str) else message
    if len(payload) < 126:
        size = bytes([0x80 | len(payload)])
    elif len(payload) < 65_536:
        size = struct.pack("!BH", 0x80 | 126, len(payload))
    else:
        size = struct.pack("!BQ", 0x80 | 127, len(payload))
    return bytes([0x80 | kind]) + size + bytes(4) + payload
