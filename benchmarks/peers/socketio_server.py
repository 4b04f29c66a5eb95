"""python-socketio under uvicorn: `emit` to all clients."""

from __future__ import annotations

import sys
from collections import deque
from typing import Any
from urllib.parse import parse_qs

import socketio
import uvicorn

server = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*")
history: deque[Any] = deque(maxlen=1_000)


@server.event
async def connect(sid: str, environ: dict[str, Any], _auth: object = None) -> None:
    """Take a viewer into the room, and send it the history if it requests that."""
    query = parse_qs(environ.get("QUERY_STRING", ""))
    if "publish" in query:
        return
    if "history" in query:
        for message in list(history):
            await server.emit("events", message, to=sid)
    await server.enter_room(sid, "viewers")


@server.event
async def publish(_sid: str, message: Any) -> None:  # noqa: ANN401 - any JSON
    """Send a message to all clients."""
    history.append(message)
    await server.emit("events", message, room="viewers")


if __name__ == "__main__":
    uvicorn.run(
        socketio.ASGIApp(server),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_level="error",
        access_log=False,
    )
