"""picows, a WebSocket library in Cython: hand the same bytes to each transport."""

from __future__ import annotations

import sys
from collections import deque

import uvloop
from picows import (
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    ws_create_server,
)

viewers: set[WSTransport] = set()
history: deque[bytes] = deque(maxlen=1_000)


class Publisher(WSListener):
    """Passes on what comes."""

    def on_ws_frame(self, _transport: WSTransport, frame: WSFrame) -> None:
        """Send a message to all clients."""
        if frame.msg_type == WSMsgType.TEXT:
            message = frame.get_payload_as_bytes()
            history.append(message)
            for viewer in viewers:
                viewer.send(WSMsgType.TEXT, message)


class Viewer(WSListener):
    """Watches."""

    def __init__(self, *, wants_history: bool) -> None:
        super().__init__()
        self._wants_history = wants_history

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Take it in, and send it the history if it requests that."""
        if self._wants_history:
            for message in history:
                transport.send(WSMsgType.TEXT, message)
        viewers.add(transport)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Forget it."""
        viewers.discard(transport)


def listen(request: WSUpgradeRequest) -> WSListener:
    """Choose by the path."""
    if request.path.startswith(b"/publish"):
        return Publisher()
    return Viewer(wants_history=b"history" in request.path)


async def main() -> None:
    """Serve for ever."""
    server = await ws_create_server(listen, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
