"""Many viewers of one run at the JupyterHub service, each with a token of its user."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

AT_ONCE = 20
"""Handshakes that are under way at a time."""


class HubViewers:
    """Viewers of one user.

    Args:
        url: The WebSocket of the run.
        token: Of the user.

    Attributes:
        lines: What each viewer was sent, in its order.
        closed: The close codes of those that the server has closed.
    """

    def __init__(self, url: str, token: str) -> None:
        self.lines: list[list[str]] = []
        self.closed: list[int] = []
        self._url = url
        self._token = token
        self._tasks: list[asyncio.Task[None]] = []

    async def connect(self, count: int) -> None:
        """Connect so many, and return when each is served."""
        slots = asyncio.Semaphore(AT_ONCE)
        sockets = await asyncio.gather(*(self._connect(slots) for _ in range(count)))
        for socket in sockets:
            self.lines.append([])
            self._tasks.append(asyncio.create_task(self._read(socket, self.lines[-1])))

    async def leave(self) -> None:
        """Close all connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connect(self, slots: asyncio.Semaphore) -> ClientConnection:
        async with slots:
            socket = await connect(
                self._url,
                additional_headers={"Authorization": f"token {self._token}"},
                subprotocols=[Subprotocol("realtime-widgets.v1")],
                proxy=None,
                open_timeout=PATIENCE_S,
                ping_interval=None,
            )
            sprint_id = self._url.rpartition("/")[2]
            hello = {"type": "hello", "v": 1, "sprint_id": sprint_id, "watch": {}}
            await socket.send(json.dumps(hello))
            welcome = json.loads(await socket.recv())
            assert welcome["type"] == "welcome", welcome
            return socket

    async def _read(self, socket: ClientConnection, lines: list[str]) -> None:
        try:
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "ping":
                    await socket.send(json.dumps({"type": "pong"}))
                for batch in message.get("batches", ()):
                    lines += [each["message"] for each in batch["events"] if each["type"] == "log"]
        except ConnectionClosed:
            pass
        finally:
            await socket.close()
        if socket.close_code is not None:
            self.closed.append(socket.close_code)
