"""Runs the load client, which is in C (load.c)."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.machine import BUILD, CLIENT_CORE, pin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.process import Server

EVENT_BYTES = 200
_EVENT = '{"type":"log","message":"@n000000000 %s","level":"info","time":1795400000.123456}'
EVENT = _EVENT % ("x" * (EVENT_BYTES - len(_EVENT) + 2))
"""What every publisher sends; the load client puts the number in."""


@dataclass(frozen=True)
class Talk:
    """How a client of a server begins.

    Attributes:
        request: The HTTP upgrade; empty where there is none.
        messages: What it sends then.
        ready: What it receives when it is served; empty: at once.
        is_framed: Whether its messages are WebSocket frames.
        port: Where it connects, if not to the server's port.
    """

    request: str = ""
    messages: tuple[str, ...] = ()
    ready: str = ""
    is_framed: bool = True


@dataclass(frozen=True)
class Wire:
    """What the load client has to know of a server.

    Attributes:
        viewer: How a viewer begins.
        publisher: How the publisher begins.
        before: What stands before the events of a message; `%N` is the number of the first.
        between: What stands between two.
        after: What stands after the last.
    """

    viewer: Talk
    publisher: Talk
    before: str = ""
    between: str = ","
    after: str = ""


def upgrade(path: str, *headers: str) -> str:
    """The head of a WebSocket upgrade. No compression is offered, so no server compresses."""
    lines = (
        f"GET {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        *headers,
    )
    return "\r\n".join(lines) + "\r\n\r\n"


class LoadError(Exception):
    """The load client gave up."""


def start(
    mode: str, server: Server, wire: Wire, *words: str, **options: float
) -> subprocess.Popen[str]:
    """Start the load client."""
    command = [str(BUILD / "load"), mode, f"--pid={server.pid}"]
    for name, talk in (("viewer", wire.viewer), ("publisher", wire.publisher)):
        command += [
            f"--{name}-port={server.port}",
            f"--{name}-request={talk.request}",
            f"--{name}-ready={talk.ready}",
            *(f"--{name}-message={text}" for text in talk.messages),
            *([f"--{name}-framed"] if talk.is_framed else []),
        ]
    command += [
        f"--event={EVENT}",
        f"--before={wire.before}",
        f"--between={wire.between}",
        f"--after={wire.after}",
        *(f"--{name.replace('_', '-')}={value}" for name, value in options.items()),
        *words,
    ]
    process = subprocess.Popen(  # noqa: S603 - our own program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    pin(process.pid, CLIENT_CORE)
    return process


def finish(process: subprocess.Popen[str], *, timeout: float = 180) -> dict[str, Any]:
    """Wait for its output.

    Raises:
        LoadError: It gave up, or took too long.
    """
    try:
        printed, wrong = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise LoadError("the load client did not end") from None
    if process.returncode:
        raise LoadError(wrong.strip())
    result: dict[str, Any] = json.loads(printed)
    return result


def load(
    mode: str, server: Server, wire: Wire, *words: str, timeout: float = 180, **options: float
) -> dict[str, Any]:
    """Run the load client, and return what it measured."""
    return finish(start(mode, server, wire, *words, **options), timeout=timeout)


def wrong_of(
    result: dict[str, Any], *, keys: Sequence[str] = ("gaps", "duplicates", "missing", "closed")
) -> int:
    """How many deliveries were not as they should be."""
    return sum(int(result.get(key, 0)) for key in keys)
