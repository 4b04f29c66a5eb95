"""A network that fails on command: a TCP proxy between clients and a server.

It listens on one port for its whole life and carries bytes to another. What goes wrong is set on
it while connections run: on `up` (to the server) and `down` (to the clients) what happens to
bytes, on the proxy itself what happens to connections.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

CHUNK = 65_536
QUEUED_CHUNKS = 64
"""How much is on its way in one direction before the sender is held up."""

PACE_S = 0.005
"""Bandwidth is kept over moments of this length, because timers are no finer."""

SLICE_S = 0.05
"""A narrow line gives at once what it carries in this time."""

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER of 0 s: closing sends RST in place of FIN."""


@dataclass
class Path:
    """What happens to the bytes of all connections in one direction."""

    latency_s: float = 0.0
    jitter_s: float = 0.0
    bytes_per_s: float = math.inf
    slice_bytes: int = CHUNK
    hold_s: float = 0.0
    """Bytes are gathered for so long and passed on together, as a buffering proxy does."""

    frame_cap: float = math.inf
    """A connection is cut at the first WebSocket frame with a larger payload."""

    is_black_hole: bool = False
    """Bytes vanish, and so does the news that an end closed.

    A connection that lost one byte never carries another, as when a NAT has forgotten it.
    """

    lost_bytes: int = 0
    """How many have vanished."""

    flows: asyncio.Event = field(default_factory=asyncio.Event)
    """Cleared: nothing more is read, and the sender's buffers fill."""

    def __post_init__(self) -> None:
        self.flows.set()


class FaultProxy:
    """A proxy to a port of this machine; an async context manager.

    Args:
        target: The port of the server.
        rng: Where jitter comes from.
        receive_bytes: Size of the buffer of the system for what comes from the server.
    """

    def __init__(self, target: int, rng: Random, *, receive_bytes: int | None = None) -> None:
        self.rng = rng
        self.up = Path()
        self.down = Path()
        self.refuses = False
        """New connections are reset at once."""

        self.idle_s = math.inf
        """A connection over which nothing went for so long is cut."""

        self.cut_after: Callable[[], float] = lambda: math.inf
        """Returns for each new connection after how many bytes to the client it is cut."""

        self.attempts: list[float] = []
        """When clients tried to connect, in monotonic seconds."""

        self.cuts = 0
        """How many connections this proxy has cut."""

        self.target = target
        self._receive_bytes = receive_bytes
        self._connections: dict[_Connection, asyncio.Task[None]] = {}

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=CHUNK)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        while self._connections:
            for connection in tuple(self._connections):
                connection.reset()
            await asyncio.wait(tuple(self._connections.values()))
        await self._server.wait_closed()

    @property
    def open_connections(self) -> int:
        return len(self._connections)

    def cut(self) -> None:
        """Reset all connections."""
        for connection in tuple(self._connections):
            connection.cut()

    async def connect_to_server(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        connected = socket.socket()
        try:
            connected.setblocking(False)  # noqa: FBT003 - the argument has no name
            if self._receive_bytes is not None:
                connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._receive_bytes)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(connected, ("127.0.0.1", self.target))
            return await asyncio.open_connection(sock=connected, limit=CHUNK)
        except BaseException:
            connected.close()
            raise

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.attempts.append(time.monotonic())
        if self.refuses:
            _reset(writer)
            return
        connection = _Connection(self, reader, writer)
        task = asyncio.current_task()
        assert task is not None
        self._connections[connection] = task
        try:
            await connection.run()
        finally:
            del self._connections[connection]


class _Connection:
    def __init__(
        self, proxy: FaultProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._proxy = proxy
        self._client = reader, writer
        self._writers = [writer]
        self._moved_at = time.monotonic()
        self._bytes_left = proxy.cut_after()
        self._ended = asyncio.Event()

    async def run(self) -> None:
        reader, writer = self._client
        try:
            server_reader, server_writer = await self._proxy.connect_to_server()
        except OSError:
            self.reset()
            return
        self._writers.append(server_writer)
        tasks = [
            asyncio.create_task(self._carry(self._proxy.up, reader, server_writer)),
            asyncio.create_task(self._carry(self._proxy.down, server_reader, writer)),
            asyncio.create_task(self._cut_when_idle()),
        ]
        await self._ended.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for each in self._writers:
            each.close()
            with contextlib.suppress(OSError):
                await each.wait_closed()

    def cut(self) -> None:
        if not self._ended.is_set():
            self._proxy.cuts += 1
        self.reset()

    def reset(self) -> None:
        for writer in self._writers:
            _reset(writer)
        self._ended.set()

    async def _carry(
        self, path: Path, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        on_its_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(QUEUED_CHUNKS)
        giving = asyncio.create_task(self._give(path, on_its_way, writer))
        try:
            await self._take(path, reader, on_its_way)
            await giving
        except OSError:
            if not path.is_black_hole:
                self.reset()
        finally:
            giving.cancel()

    async def _take(
        self,
        path: Path,
        reader: asyncio.StreamReader,
        on_its_way: asyncio.Queue[tuple[float, bytes]],
    ) -> None:
        due = 0.0
        is_lost = False
        frames = _FrameSizes()
        while True:
            await path.flows.wait()
            data = await reader.read(CHUNK)
            await path.flows.wait()
            is_lost = is_lost or path.is_black_hole
            if is_lost:
                path.lost_bytes += len(data)
                if not data:
                    await asyncio.Event().wait()  # neither side notices the end
                continue
            if path.hold_s:
                await asyncio.sleep(path.hold_s)
            if path.frame_cap < math.inf and frames.largest(data) > path.frame_cap:
                self.cut()
                return
            jitter = self._proxy.rng.uniform(-path.jitter_s, path.jitter_s)
            due = max(due, time.monotonic() + path.latency_s + jitter)
            await on_its_way.put((due, data))
            if not data:
                return

    async def _give(
        self,
        path: Path,
        on_its_way: asyncio.Queue[tuple[float, bytes]],
        writer: asyncio.StreamWriter,
    ) -> None:
        free_at = 0.0
        while True:
            due, data = await on_its_way.get()
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if not data:
                self._ended.set()
                return
            if path is self._proxy.down:
                data = data[: int(min(self._bytes_left, len(data)))]
                self._bytes_left -= len(data)
            size = int(min(path.slice_bytes, max(1, path.bytes_per_s * SLICE_S)))
            for begin in range(0, len(data), size):
                part = data[begin : begin + size]
                writer.write(part)
                await writer.drain()
                self._moved_at = now = time.monotonic()
                free_at = max(free_at, now) + len(part) / path.bytes_per_s
                if free_at - now > PACE_S:
                    await asyncio.sleep(free_at - now)
            if self._bytes_left == 0:
                self.cut()
                return

    async def _cut_when_idle(self) -> None:
        while True:
            left = self._moved_at + self._proxy.idle_s - time.monotonic()
            if left <= 0:
                self.cut()
                return
            await asyncio.sleep(min(left, 1.0))


class _FrameSizes:
    """Reads the sizes of WebSocket frames off a stream that begins with an HTTP head."""

    def __init__(self) -> None:
        self._rest = b""
        self._skip = 0
        self._is_upgraded = False

    def largest(self, data: bytes) -> int:
        """The largest payload of the frames that begin in this data, as far as it is known."""
        self._rest += data
        found = 0
        while self._rest:
            if not self._is_upgraded:
                _, blank, rest = self._rest.partition(b"\r\n\r\n")
                if not blank:
                    break
                self._is_upgraded, self._rest = True, rest
            elif self._skip:
                skipped = min(self._skip, len(self._rest))
                self._rest = self._rest[skipped:]
                self._skip -= skipped
            else:
                size = self._begin_frame()
                if size is None:
                    break
                found = max(found, size)
        return found

    def _begin_frame(self) -> int | None:
        """Take the head of a frame off the rest, and return the size of its payload."""
        if len(self._rest) < 2:
            return None
        mask_bytes = 4 if self._rest[1] & 0x80 else 0
        size = self._rest[1] & 0x7F
        extended = {126: 2, 127: 8}.get(size, 0)
        head = 2 + extended + mask_bytes
        if len(self._rest) < head:
            return None
        if extended:
            size = int.from_bytes(self._rest[2 : 2 + extended])
        self._rest = self._rest[head:]
        self._skip = size
        return size


def _reset(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE
        )
    writer.transport.abort()
