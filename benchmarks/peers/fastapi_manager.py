"""The connection manager of FastAPI's guide: parse a message, send it to one after the other."""

from __future__ import annotations

import sys
from collections import deque
from typing import Any

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
history: deque[Any] = deque(maxlen=1_000)


class ConnectionManager:
    """Keeps the viewers of the one channel."""

    def __init__(self) -> None:
        self.active: list[WebSocket] = []

    async def connect(self, websocket: WebSocket) -> None:
        """Take a viewer, and send it the history if it requests that."""
        await websocket.accept()
        if "history" in websocket.query_params:
            for message in list(history):
                await websocket.send_json(message)
        self.active.append(websocket)

    async def broadcast(self, message: Any) -> None:  # noqa: ANN401 - any JSON
        """Send a message to all clients."""
        history.append(message)
        for websocket in list(self.active):
            try:
                await websocket.send_json(message)
            except (WebSocketDisconnect, RuntimeError):
                self.active.remove(websocket)


manager = ConnectionManager()


@app.websocket("/watch")
async def watch(websocket: WebSocket) -> None:
    """Keep a viewer until it leaves."""
    await manager.connect(websocket)
    try:
        while True:
            await websocket.receive_text()
    except WebSocketDisconnect:
        if websocket in manager.active:
            manager.active.remove(websocket)


@app.websocket("/publish")
async def publish(websocket: WebSocket) -> None:
    """Pass on what comes."""
    await websocket.accept()
    try:
        while True:
            await manager.broadcast(await websocket.receive_json())
    except WebSocketDisconnect:
        pass


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)
