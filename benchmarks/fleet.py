"""Several servers on one Redis: the product in uvicorn, and Socket.IO with its Redis adapter."""

from __future__ import annotations

import contextlib
import shutil
import socket
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.load import load
from benchmarks.machine import HERE
from benchmarks.process import running, work_folder
from benchmarks.targets import SOCKETIO, our_wire
from tests.environment import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.load import Wire
    from benchmarks.process import Server
    from benchmarks.rounds import Sample

__all__ = ["FLEETS", "OURS", "PEER", "Fleet", "FleetKind", "redis", "redis_command"]

REDIS_ARGUMENTS = ("--save", "", "--appendonly", "yes", "--appendfsync", "everysec")


@dataclass(frozen=True)
class FleetKind:
    """How the servers of a fleet are started, and how its clients talk.

    Attributes:
        name: In tables.
        command: The words that start a server; `PORT` and `REDIS` are replaced by the two ports.
        wire: See `Target.wire`.
    """

    name: str
    command: Sequence[str]
    wire: Callable[[Server, int], Wire]

    @contextlib.contextmanager
    def start(self, count: int) -> Iterator[Fleet]:
        """Start a Redis, and so many servers on it."""
        with contextlib.ExitStack() as stack:
            broker = stack.enter_context(redis())
            servers = []
            for _ in range(count):
                folder, port = stack.enter_context(work_folder()), free_port()
                ports = {"PORT": str(port), "REDIS": str(broker.port)}
                command = [_filled(word, ports) for word in self.command]
                servers.append(stack.enter_context(running(command, port=port, folder=folder)))
            yield Fleet(self, broker, servers)


def _filled(word: str, ports: dict[str, str]) -> str:
    for name, port in ports.items():
        word = word.replace(name, port)
    return word


@dataclass(frozen=True)
class Fleet:
    """Servers that run, and their Redis."""

    kind: FleetKind
    broker: Server
    servers: list[Server]

    def wire(self, batch: int) -> Wire:
        """Return how clients talk to one run, or one room, for all servers."""
        return self.kind.wire(self.servers[0], batch)

    @property
    def words(self) -> list[str]:
        """What the load client is given beside the first server: the others, and Redis."""
        others = self.servers[1:]
        return [
            *(f"--viewer-port={server.port}" for server in others),
            *(f"--pid={server.pid}" for server in [*others, self.broker]),
        ]

    def load(self, mode: str, wire: Wire, **options: float) -> Sample:
        """Run the load client: its viewers take the servers in turn."""
        return load(mode, self.servers[0], wire, *self.words, **options)


@contextlib.contextmanager
def redis() -> Iterator[Server]:
    """Start a Redis of version 7 or newer that writes to its append-only file once a second."""
    program = shutil.which("redis-server")
    if program is None:
        raise RuntimeError("redis-server is not installed (Debian: redis-server)")
    with work_folder() as folder:
        port = free_port()
        command = [program, "--port", str(port), "--bind", "127.0.0.1", *REDIS_ARGUMENTS]
        with running([*command, "--dir", str(folder)], port=port, folder=folder) as server:
            yield server


def redis_command(port: int, *words: str) -> str:
    """Send a command, and return the beginning of the answer."""
    body = "".join(f"${len(word.encode())}\r\n{word}\r\n" for word in words)
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(f"*{len(words)}\r\n{body}".encode())
        return connection.recv(65_536).decode()


OURS = FleetKind(
    "realtime-widgets",
    (
        sys.executable,
        str(HERE / "peers" / "fastapi_realtime.py"),
        "PORT",
        "redis://127.0.0.1:REDIS/0",
    ),
    our_wire,
)
PEER = FleetKind(
    "Socket.IO, Redis adapter",
    (shutil.which("node") or "node", str(HERE / "node" / "socketio_server.js"), "PORT", "REDIS"),
    SOCKETIO.wire,
)
FLEETS = (OURS, PEER)
