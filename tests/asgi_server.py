"""A `RealtimeApp` in the test process, mounted below a path and served by uvicorn."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import uvicorn
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

from realtime_widgets.asgi import RealtimeApp, User
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable
    from pathlib import Path

    from tornado.httpclient import HTTPResponse
    from tornado.websocket import WebSocketClientConnection

    from realtime_widgets.asgi import Connection
    from realtime_widgets.asgi.request import Receive, Scope, Send
    from realtime_widgets.hub import Hub
    from realtime_widgets.service import Service

BASE_URL = "/a%40b/"
"""The URL above `realtime/`, with a character that is quoted, as in pytest-jupyter."""

TOKEN = "opens-the-app"  # noqa: S105 - of servers that live for one test


def find_user(connection: Connection) -> User | None:
    """The user of a token, or of the cookie `user`."""
    if connection.bearer_token:
        return User("alice") if connection.bearer_token == TOKEN else None
    name = connection.cookies.get("user")
    return User(name) if name else None


@contextlib.asynccontextmanager
async def uvicorn_of(app: Any, **settings: Any) -> AsyncIterator[int]:
    """Serve an ASGI application without waiting for the ticks of uvicorn; gives the port."""
    config = uvicorn.Config(app, port=0, log_level="info", log_config=None, **settings)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        for listening in server.servers:
            listening.close()
        for connection in list(server.server_state.connections):
            connection.shutdown()
        async with asyncio.timeout(PATIENCE_S):
            while server.server_state.tasks:
                await asyncio.wait(server.server_state.tasks)
        await server.lifespan.shutdown()


class AsgiServer:
    """A mounted app that is served, with the fetches of pytest-jupyter."""

    def __init__(self, app: RealtimeApp, port: int, store_path: Path) -> None:
        self.app = app
        self.port = port
        self.store_path = store_path

    @property
    def hub(self) -> Hub:
        return self.app.hub

    @property
    def service(self) -> Service:
        return self.app.host.service

    @property
    def sockets(self) -> Any:
        return self.app.host.sockets

    async def started(self) -> None:
        """Do nothing: it is."""

    def url(self, scheme: str, parts: tuple[str, ...], params: dict[str, str] | None) -> str:
        path = "/".join(quote(part, safe="%/") for part in parts)
        query = f"?{urlencode(params)}" if params else ""
        return f"{scheme}://127.0.0.1:{self.port}{BASE_URL}{path}{query}"

    def fetch(
        self,
        *parts: str,
        headers: dict[str, str] | None = None,
        params: dict[str, str] | None = None,
        raise_error: bool = True,
        **options: Any,
    ) -> Awaitable[HTTPResponse]:
        sent = {"Authorization": f"token {TOKEN}", **(headers or {})}
        request = HTTPRequest(self.url("http", parts, params), headers=sent, **options)
        return AsyncHTTPClient().fetch(request, raise_error=raise_error)

    def ws_fetch(
        self,
        *parts: str,
        headers: dict[str, str] | None = None,
        params: dict[str, str] | None = None,
    ) -> Awaitable[WebSocketClientConnection]:
        sent = {"Authorization": f"token {TOKEN}", **(headers or {})}
        return websocket_connect(HTTPRequest(self.url("ws", parts, params), headers=sent))


@contextlib.asynccontextmanager
async def serving(folder: Path, **settings: Any) -> AsyncIterator[AsgiServer]:
    """Serve an app that keeps its runs in a file."""
    path = folder / "runs.db"
    given = {"authenticate": find_user, "store": path, **settings}
    app = RealtimeApp(**given)

    async def mounted(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            scope["root_path"] = "/a@b"  # in the scope itself, as Starlette does
        await app(scope, receive, send)

    async with uvicorn_of(mounted) as port:
        yield AsgiServer(app, port, path)
