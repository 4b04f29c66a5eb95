"""The product in FastAPI: the mounted app, and its connection manager in two endpoints."""

from __future__ import annotations

import sys

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

from realtime_widgets.asgi import ConnectionManager, RealtimeApp, open_to_all

MAX_CONNECTIONS = 20_000
"""Viewers of the one user that there is."""

_, port, *store = sys.argv

realtime = RealtimeApp(
    store=store[0] if store else "sqlite:///runs.db",
    authenticate=open_to_all,
    max_connections=MAX_CONNECTIONS,
    max_connections_per_user=MAX_CONNECTIONS,
    max_connections_per_sprint=MAX_CONNECTIONS,
)
manager = ConnectionManager(realtime)
app = FastAPI(lifespan=realtime.lifespan)


@app.websocket("/watch/{sprint_id}")
async def watch(websocket: WebSocket, sprint_id: str) -> None:
    """Keep a viewer until it leaves."""
    await manager.connect(websocket, f"sprint:{sprint_id}")
    try:
        while True:
            await websocket.receive_text()
    except WebSocketDisconnect:
        manager.disconnect(websocket)


@app.websocket("/publish/{sprint_id}")
async def publish(websocket: WebSocket, sprint_id: str) -> None:
    """Broadcast what comes, and wait for each."""
    await websocket.accept()
    try:
        while True:
            await manager.broadcast(f"sprint:{sprint_id}", await websocket.receive_json())
    except WebSocketDisconnect:
        pass


app.mount("/realtime", realtime)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="error", access_log=False)
