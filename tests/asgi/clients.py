"""Clients of an app that a test serves: one WebSocket, and one HTTP client."""

from __future__ import annotations

import contextlib
import json
import socket
from typing import TYPE_CHECKING, Any

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from realtime_widgets.protocol.messages import SUBPROTOCOL
from tests.asgi_server import TOKEN
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from websockets.asyncio.client import ClientConnection

BEARER = {"Authorization": f"Bearer {TOKEN}"}


class Viewer:
    """One WebSocket, in messages."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def send(self, message: dict[str, Any] | str) -> None:
        await self._connection.send(message if isinstance(message, str) else json.dumps(message))

    async def receive(self) -> dict[str, Any]:
        return json.loads(await self._connection.recv())

    async def hello(self, ticket: str | None = None, **fields: Any) -> None:
        wanted = fields or {"watch": {}}
        await self.send({"type": "hello", "v": 1, "sprint_id": "run", "ticket": ticket, **wanted})

    async def close_code(self) -> int:
        """Read until the server closes, and return the code."""
        try:
            while True:
                await self._connection.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006


@contextlib.asynccontextmanager
async def viewer(
    port: int,
    path: str = "/a@b/realtime/ws/sprints/run",
    *,
    subprotocols: tuple[str, ...] = (SUBPROTOCOL,),
    receive_bytes: int | None = None,
    **headers: str,
) -> AsyncIterator[Viewer]:
    """Open a WebSocket; without a token but for the one in the path or the headers.

    With `receive_bytes` nothing is read ahead of `receive` but what the system keeps.
    """
    own = socket.socket()
    if receive_bytes is not None:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    own.connect(("127.0.0.1", port))
    own.settimeout(0)
    async with connect(
        f"ws://127.0.0.1:{port}{path}",
        subprotocols=list(subprotocols) or None,  # type: ignore[arg-type]  # they are texts
        additional_headers=headers,
        sock=own,
        max_queue=16 if receive_bytes is None else 1,
        compression=None,
        proxy=None,
        open_timeout=PATIENCE_S,
    ) as connection:
        yield Viewer(connection)


async def refusal(port: int, path: str, **how: Any) -> tuple[int, str]:
    """The status and the code with which an upgrade is refused."""
    try:
        async with viewer(port, path, **how):
            raise AssertionError("it was not refused")
    except InvalidStatus as refused:
        return refused.response.status_code, json.loads(refused.response.body or b"{}").get("code")


@contextlib.asynccontextmanager
async def client(port: int, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client below the app of `serving`."""
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}/a@b/realtime/",
        headers=headers,
        timeout=PATIENCE_S,
        trust_env=False,
    ) as requests:
        yield requests


async def ticket(port: int, path: str = "sprints/run", **headers: str) -> str:
    """A ticket for the user of these headers."""
    async with client(port, **(headers or BEARER)) as requests:
        answer = await requests.post(f"api/{path}/ticket")
        assert answer.status_code == 200, answer.text
        return answer.json()["ticket"]
