"""The servers that are compared: how each is started, and how its clients connect."""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import socket
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.load import EVENT, Talk, Wire, upgrade
from benchmarks.machine import BUILD, HERE
from benchmarks.peers.jupyter_events_schema import SCHEMA_ID
from benchmarks.process import jupyter, ours, running, work_folder
from tests.environment import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from benchmarks.process import Server

PEERS = HERE / "peers"
SUBPROTOCOL = "Sec-WebSocket-Protocol: realtime-widgets.v1"


@dataclass(frozen=True)
class Target:
    """One server, and one way of publishing to it.

    Attributes:
        name: In tables and plots.
        start: Starts it.
        wire: How clients connect; called for each round, as each has a separate channel.
        batch: How many events the publisher joins in one message.
        is_limit: Whether it is the machine's limit, and no peer.
    """

    name: str
    start: Callable[[], AbstractContextManager[Server]]
    wire: Callable[[Server, int], Wire]
    batch: int = 1
    is_limit: bool = False

    def joined(self, batch: int = 64) -> Target:
        """The same, with so many events in a message."""
        return Target(
            f"{self.name}, {batch} a message", self.start, self.wire, batch, self.is_limit
        )


# The product.


def our_hello(sprint_id: str, **wants: Any) -> str:  # noqa: ANN401 - JSON
    """The first message of a client of the product."""
    return json.dumps({"type": "hello", "v": 1, "sprint_id": sprint_id, **wants})


def our_wire(server: Server, _batch: int, sprint_id: str | None = None) -> Wire:
    """Watch and publish one run."""
    sprint_id = sprint_id or f"round-{secrets.token_hex(4)}"
    head = upgrade(
        f"/realtime/ws/sprints/{sprint_id}", f"Authorization: token {server.token}", SUBPROTOCOL
    )
    publish = {"publisher_id": secrets.token_hex(16)}
    return Wire(
        Talk(head, (our_hello(sprint_id, watch={}),), '"welcome"'),
        Talk(head, (our_hello(sprint_id, publish=publish),), '"welcome"'),
        '{"type":"publish","first_n":%N,"events":[',
        ",",
        "]}",
    )


def _manager_wire(_server: Server, batch: int) -> Wire:
    """Watch and publish one run by the endpoints of `peers/fastapi_realtime.py`."""
    sprint_id = f"round-{secrets.token_hex(4)}"
    viewer, publisher = (Talk(upgrade(f"/{name}/{sprint_id}")) for name in ("watch", "publish"))
    return Wire(viewer, publisher, *_joined(batch))


# Peers with two addresses of their own.


def _paths(query: str = "", *headers: str) -> Callable[[Server, int], Wire]:
    def wire(server: Server, batch: int) -> Wire:
        own = [header.format(token=server.token) for header in headers]
        return Wire(
            Talk(upgrade(f"/watch{query}", *own)),
            Talk(upgrade("/publish", *own)),
            *_joined(batch),
        )

    return wire


def _joined(batch: int) -> tuple[str, str, str]:
    """What a user who joins events by hand writes around them."""
    return ("", "", "") if batch == 1 else ('{"type":"events","events":[', ",", "]}")


def _program(*command: str | Path) -> Callable[[], AbstractContextManager[Server]]:
    @contextlib.contextmanager
    def start() -> Iterator[Server]:
        with work_folder() as folder:
            port = free_port()
            words = [str(word).replace("PORT", str(port)) for word in command]
            with running(words, port=port, folder=folder) as server:
                yield server

    return start


def _node() -> str:
    return shutil.which("node") or "node"


def _raw_wire(_server: Server, _batch: int) -> Wire:
    viewer, publisher = (Talk(messages=(word,), ready="ok", is_framed=False) for word in "VP")
    return Wire(viewer, publisher, "", "\n", "\n")


# Jupyter Server's own bus.


def _start_events() -> AbstractContextManager[Server]:
    return jupyter(extensions=["benchmarks.peers.jupyter_events_schema"])


def _events_wire(server: Server, batch: int) -> Wire:
    viewer = Talk(upgrade("/api/events/subscribe", f"Authorization: token {server.token}"))
    start, between, end = _joined(batch)
    start = f'{{"schema_id":"{SCHEMA_ID}","version":"1","data":{start}'
    end += "}"
    length = len(start) + len(EVENT) * batch + len(between) * (batch - 1) + len(end)
    head = (
        "POST /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: token {server.token}\r\nContent-Length: {length}\r\n\r\n"
    )
    return Wire(viewer, Talk(is_framed=False), head + start, between, end)


# Socket.IO.


def _socketio_wire(query: str = "") -> Callable[[Server, int], Wire]:
    def wire(_server: Server, batch: int) -> Wire:
        path = "/socket.io/?EIO=4&transport=websocket"
        start, between, end = _joined(batch)
        return Wire(
            Talk(upgrade(path + query), ("40",), '40{"sid"'),
            Talk(upgrade(path + "&publish=1"), ("40",), '40{"sid"'),
            f'42["publish",{start}',
            between,
            f"{end}]",
        )

    return wire


# NATS.

_NATS_CONNECT = 'CONNECT {"verbose":false,"pedantic":false}\r\n'


def _nats_program() -> str:
    return str(Path(sysconfig.get_path("scripts")) / "nats-server")


def _nats_wire(_server: Server, batch: int) -> Wire:
    start, between, end = _joined(batch)
    length = len(start) + len(EVENT) * batch + len(between) * (batch - 1) + len(end)
    return Wire(
        Talk(messages=(f"{_NATS_CONNECT}SUB events 1\r\nPING\r\n",), ready="PONG", is_framed=False),
        Talk(messages=(f"{_NATS_CONNECT}PING\r\n",), ready="PONG", is_framed=False),
        f"PUB events {length}\r\n{start}",
        between,
        f"{end}\r\n",
    )


@contextlib.contextmanager
def _start_jetstream() -> Iterator[Server]:
    with work_folder() as folder:
        port = free_port()
        command = [_nats_program(), "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(folder)]
        with running(command, port=port, folder=folder) as server:
            _nats_request(
                port, "$JS.API.STREAM.CREATE.LOG", {"name": "LOG", "subjects": ["events"]}
            )
            yield server


def _nats_request(port: int, subject: str, body: dict[str, Any]) -> None:
    text = json.dumps(body)
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        ask = f"PUB {subject} answer {len(text)}\r\n{text}\r\n"
        connection.sendall(f"{_NATS_CONNECT}SUB answer 1\r\n{ask}".encode())
        answer = b""
        while b'"did_create":true' not in answer:
            more = connection.recv(65_536)
            if not more or b'"error"' in answer:
                raise RuntimeError(f"JetStream refuses: {answer.decode(errors='replace')}")
            answer += more


def _jetstream_wire(server: Server, batch: int) -> Wire:
    """A separate consumer for each viewer, which is pushed the stream from its beginning."""
    config = {
        "stream_name": "LOG",
        "config": {
            "deliver_subject": "to.000000",
            "deliver_policy": "all",
            "ack_policy": "none",
            "replay_policy": "instant",
            "inactive_threshold": 30_000_000_000,
        },
    }
    text = json.dumps(config)
    create = f"PUB $JS.API.CONSUMER.CREATE.LOG answer.%I {len(text)}\r\n"
    start = f"{_NATS_CONNECT}SUB to.%I 1\r\n{create}{text.replace('000000', '%I', 1)}\r\nPING\r\n"
    wire = _nats_wire(server, batch)
    viewer = Talk(messages=(start,), ready="PONG", is_framed=False)
    return Wire(viewer, wire.publisher, wire.before, wire.between, wire.after)


_python = sys.executable
_auth = "Authorization: token {token}"
_nats = _program(_nats_program(), "-a", "127.0.0.1", "-p", "PORT")


def _start_tornado() -> AbstractContextManager[Server]:
    return jupyter(extensions=["benchmarks.peers.tornado_handler"])


RAW_EACH = Target(
    "C, one send an event", _program(BUILD / "raw", "PORT", "each"), _raw_wire, is_limit=True
)
RAW_CHUNK = Target(
    "C, one send a read", _program(BUILD / "raw", "PORT", "chunk"), _raw_wire, is_limit=True
)
OURS = Target("realtime-widgets", ours, our_wire)
NATS = Target("nats-server", _nats, _nats_wire)
PICOWS = Target("picows", _program(_python, PEERS / "picows_server.py", "PORT"), _paths())
NODE = Target("Node ws", _program(_node(), HERE / "node" / "ws_server.js", "PORT"), _paths())
WEBSOCKETS = Target(
    "websockets.broadcast", _program(_python, PEERS / "websockets_broadcast.py", "PORT"), _paths()
)
FASTAPI = Target(
    "FastAPI manager", _program(_python, PEERS / "fastapi_manager.py", "PORT"), _paths()
)
_realtime = _program(_python, PEERS / "fastapi_realtime.py", "PORT")
ASGI_MANAGER = Target("our manager, each awaited", _realtime, _manager_wire)
ASGI_APP = Target("our app, published", _realtime, our_wire)
TORNADO = Target("naive tornado handler", _start_tornado, _paths("", _auth))
SOCKETIO = Target(
    "python-socketio", _program(_python, PEERS / "socketio_server.py", "PORT"), _socketio_wire()
)
EVENTS = Target("jupyter events", _start_events, _events_wire)
JETSTREAM = Target("nats JetStream", _start_jetstream, _jetstream_wire)

PEERS_LIVE = (NATS, PICOWS, NODE, WEBSOCKETS, FASTAPI, TORNADO, SOCKETIO, EVENTS)
"""Those that fan out."""


def with_history(target: Target) -> Target:
    """The same, with viewers that request the history."""
    wires = {
        FASTAPI.name: _paths("?history=1"),
        NODE.name: _paths("?history=1"),
        PICOWS.name: _paths("?history=1"),
        WEBSOCKETS.name: _paths("?history=1"),
        TORNADO.name: _paths("?history=1", _auth),
        SOCKETIO.name: _socketio_wire("&history=1"),
    }
    return Target(target.name, target.start, wires.get(target.name, target.wire), target.batch)
