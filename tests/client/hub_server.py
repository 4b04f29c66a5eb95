"""A real WebSocket server around a real hub, which can be stopped, started and cut off."""

from __future__ import annotations

import asyncio
import contextlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self, TypeVar

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from realtime_widgets.errors import StoreFullError
from realtime_widgets.hub import Hub, MemoryStore, RunRetention
from realtime_widgets.hub.stores.memory import MEMORY_RETENTION
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.messages import SUBPROTOCOL
from tests.environment import free_port
from tests.hub.fakes import all_events, taken
from tests.loop_thread import LoopThread
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from websockets.asyncio.server import Server, ServerConnection
    from websockets.http11 import Request, Response

    from realtime_widgets.hub.stores.base import Appended, NewBatch
    from realtime_widgets.protocol.codes import CloseCode

TOKEN = "the-token-of-the-test-server"  # noqa: S105 - of no other server

Result = TypeVar("Result")


class _Transport:
    def __init__(self, socket: ServerConnection) -> None:
        self._socket = socket
        self._queue: asyncio.Queue[tuple[bytes, asyncio.Future[None]] | CloseCode] = asyncio.Queue()

    def write(self, message: bytes) -> asyncio.Future[None]:
        taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((message, taken))
        return taken

    def close(self, code: CloseCode) -> None:
        self._queue.put_nowait(code)

    async def pump(self) -> None:
        while isinstance(item := await self._queue.get(), tuple):
            message, taken = item
            await self._socket.send(message.decode())
            if not taken.done():
                taken.set_result(None)
        await self._socket.close(item, item.reason)


class _Store(MemoryStore):
    """Has no room for a while."""

    full_appends = 0

    def append(self, new: NewBatch) -> asyncio.Future[Appended]:
        if self.full_appends == 0:
            return super().append(new)
        self.full_appends -= 1
        appending: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()
        appending.set_exception(StoreFullError("no room"))
        return appending


class HubServer:
    """The hub in a separate thread, on one port until `start_elsewhere`."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._loop = LoopThread("hub server")
        self._server: Server | None = None
        self._port = free_port()
        self.refuse_with: CloseCode | None = None
        """Close every connection with this code after its first message."""
        self.deaf_connections = 0
        """So many connections get a `welcome` and are read no more, as over a dead network."""
        self.connections = 0
        """How many were ever made."""
        self.token = TOKEN
        self.credentials: list[str | None] = []
        """What each request came with, also those that were refused."""

    def __enter__(self) -> Self:
        self._loop.start()
        self.store = _Store()
        self.hub = Hub(self.store, limits=self._limits)
        self.do(self.hub.start())
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.do(self.hub.stop())
        self.do(self._finish())
        self._loop.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/user/alice/"

    @property
    def argument(self) -> str:
        """What to give as `server`."""
        return f"{self.url}?token={self.token}"

    def do(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        return self._loop.do(coroutine, PATIENCE_S)

    def start(self) -> None:
        self.do(self._start())

    def stop(self) -> None:
        """Stop listening and drop all connections, as a killed server does."""
        self.do(self._stop())

    def start_elsewhere(self, token: str) -> None:
        """Start at another port, with the same logs and another token."""
        old, self._port = self._port, 0
        while self._port in {0, old}:
            self.stop()
            self._port = 0
            self.start()
        self.token = token
        self.credentials.clear()

    def cut(self) -> None:
        """Drop all connections and continue to listen."""
        self.do(self._cut())

    def forget_everything(self, retention: RunRetention = MEMORY_RETENTION) -> None:
        """Lose the logs, as a store that was deleted."""
        self.stop()
        self.do(self.hub.stop())
        self.hub = Hub(MemoryStore(retention=retention), limits=self._limits)
        self.do(self.hub.start())
        self.start()

    def events(self, sprint_id: str) -> list[dict[str, Any]]:
        return list(self.do(all_events(self.hub, sprint_id)))

    async def _start(self) -> None:
        self._server = await serve(
            self._talk,
            "127.0.0.1",
            self._port,
            subprotocols=[SUBPROTOCOL],  # type: ignore[list-item] # a NewType of str
            process_request=self._authorize,
            close_timeout=0.1,
            ping_interval=None,
        )
        self._port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        if self._server is not None:
            await self._cut()
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def _cut(self) -> None:
        assert self._server is not None
        for socket in tuple(self._server.connections):
            socket.transport.abort()

    @staticmethod
    async def _finish() -> None:
        # A connection that was just accepted has its task, and one that is closed lets go of its
        # socket, only some turns of the loop later.
        for _ in range(5):
            rest = asyncio.all_tasks() - {asyncio.current_task()}
            if rest:
                await asyncio.wait(rest, timeout=PATIENCE_S)
            await asyncio.sleep(0)

    def _authorize(self, socket: ServerConnection, request: Request) -> Response | None:
        self.credentials.append(request.headers.get("Authorization"))
        if self.credentials[-1] != f"token {self.token}":
            return socket.respond(HTTPStatus.FORBIDDEN, "")
        if not request.path.startswith("/user/alice/realtime/ws/sprints/"):
            return socket.respond(HTTPStatus.NOT_FOUND, "")
        return None

    async def _talk(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        self.connections += 1
        transport = _Transport(socket)
        sprint_id = socket.request.path.rpartition("/")[2]
        connection = self.hub.connect(sprint_id, transport)
        writing = asyncio.create_task(transport.pump())
        try:
            async for message in socket:
                assert isinstance(message, str)
                if self.refuse_with is not None:
                    connection.close(self.refuse_with)
                    continue
                await taken(connection.receive(message))
                if self.connections <= self.deaf_connections:
                    socket.transport.pause_reading()
        except ConnectionClosed:
            pass
        finally:
            writing.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionClosed):
                await writing
            self.hub.disconnect(connection)
