"""Clients that speak the protocol by hand, with a plain logic of their own.

What they take in is written down before they judge it. They share no code with the product, so
that a mistake of the product's sessions is seen, and not shared.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import secrets
import struct
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from tests.waiting import PATIENCE_S, until

from .history import (
    Applied,
    Batch,
    Disconnected,
    Gap,
    Reset,
    State,
    Trouble,
    Watcher,
    Welcome,
    body_of,
)

if TYPE_CHECKING:
    from random import Random

    from websockets.asyncio.client import ClientConnection

    from .case import Patience

INSUFFICIENT_STATE = 4002
MAX_PAUSE_S = 0.3

SHORT = 100
"""Characters; no message with events is so short."""


class Address:
    """Where a sprint is to be reached, and the token that opens it."""

    def __init__(self, port: int, token: str, sprint_id: str) -> None:
        self.port = port
        self.token = token
        self.sprint_id = sprint_id

    def connect(self, open_timeout: float = PATIENCE_S) -> connect:
        return connect(
            f"ws://127.0.0.1:{self.port}/realtime/ws/sprints/{self.sprint_id}",
            additional_headers={"Authorization": f"token {self.token}"},
            subprotocols=[Subprotocol("realtime-widgets.v1")],
            compression=None,
            proxy=None,
            max_size=None,
            ping_interval=None,
            open_timeout=open_timeout,
            close_timeout=0.5,
        )

    def hello(self, **wants: Any) -> str:
        return json.dumps({"type": "hello", "v": 1, "sprint_id": self.sprint_id, **wants})


class RawWatcher:
    """Watches from seq 1, over any number of connections, until it is cancelled.

    Args:
        address: The sprint.
        seen: Where to write down what came.
        rng: How long it pauses before it connects again.
        patience: How soon it takes silence for the end of a connection.
    """

    def __init__(self, address: Address, seen: Watcher, rng: Random, patience: Patience) -> None:
        self.seen = seen
        self.connections = 0
        self.applied_at: dict[str, float] = {}
        """Monotonic seconds, by body."""

        self.is_open = False
        self.position: dict[str, Any] | None = None
        self.is_mindful = True
        """Whether it resumes with the id of the batch, and not only with epoch and seq."""

        self._address = address
        self._rng = rng
        self._patience = patience
        self._socket: ClientConnection | None = None

    @property
    def seq(self) -> int:
        return self.position["seq"] if self.position else 0

    @property
    def epoch(self) -> str | None:
        return self.position["epoch"] if self.position else None

    async def run(self) -> None:
        while True:
            with contextlib.suppress(OSError, InvalidHandshake, EOFError):
                async with self._address.connect(self._patience.connect_s) as self._socket:
                    try:
                        await self._talk(self._socket)
                    except (ConnectionClosed, TimeoutError):
                        self.seen.records.append(Disconnected(self._socket.close_code))
                    finally:
                        self.is_open = False
                        if self._socket.close_code is None:
                            self._socket.transport.abort()
            await asyncio.sleep(self._rng.uniform(0, MAX_PAUSE_S))

    async def reconnect(self) -> None:
        """Close the connection, as a page that is loaded again."""
        if self._socket is not None:
            await self._socket.close()

    async def _talk(self, socket: ClientConnection) -> None:
        asked = self.position
        if asked is not None and not self.is_mindful:
            asked = {**asked, "entry": None}
        await socket.send(self._address.hello(watch={"after": asked} if asked else {}))
        self.connections += 1
        while True:
            message = await self._receive(socket)
            match message["type"]:
                case "welcome":
                    self._greet(message, asked)
                    self.is_open = True
                case "events":
                    for batch in message["batches"]:
                        if not self._take(message["epoch"], batch):
                            await socket.close(INSUFFICIENT_STATE)
                case "ping":
                    await socket.send('{"type":"pong"}')
                case _:
                    self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        """Take in what is about the log, and no event of it."""
        match message["type"]:
            case "gap":
                self._skip(message["from"], message["to"])
            case "reset":
                self.seen.records.append(Reset(message["reason"]))
                self._begin(message["epoch"], message["first"])
            case "trouble":
                self.seen.records.append(Trouble(message["code"]))
            case "state":
                self.seen.records.append(State(message["state"]["head"]))
            case _:
                pass

    async def _receive(self, socket: ClientConnection) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self._patience.ping_s):
                return json.loads(await socket.recv())
        except TimeoutError:
            pass
        async with asyncio.timeout(self._patience.pong_s):
            await socket.send('{"type":"ping"}')
            return json.loads(await socket.recv())

    def _greet(self, message: dict[str, Any], asked: dict[str, Any] | None) -> None:
        self.seen.records.append(
            Welcome(
                epoch=message["epoch"],
                first=message["first"],
                head=message["head"],
                recovered=message["recovered"],
                asked_epoch=asked["epoch"] if asked else None,
                asked_seq=asked["seq"] if asked else 0,
            )
        )
        if asked is None:
            self._begin(message["epoch"], message["first"])

    def _begin(self, epoch: str | None, first: int) -> None:
        self.position = None if epoch is None else {"epoch": epoch, "seq": 0, "entry": None}
        if first > 1:
            self._skip(1, first - 1)

    def _skip(self, first: int, last: int) -> None:
        self.seen.records.append(Gap(first, last))
        if self.position is not None:
            self.position = {**self.position, "seq": max(self.seq, last), "entry": None}

    def _take(self, epoch: str, batch: dict[str, Any]) -> bool:
        """Apply what is new; False where it does not continue from here."""
        bodies = tuple(body_of(event) for event in batch["events"])
        came = Batch(epoch, batch["first"], batch["entry"], bodies)
        self.seen.records.append(came)
        if self.position is None:
            self.position = {"epoch": epoch, "seq": 0, "entry": None}
        if epoch != self.position["epoch"] or came.first > self.seq + 1:
            return False
        if came.last <= self.seq:
            return True
        for seq, body in enumerate(bodies, came.first):
            if seq > self.seq:
                self.seen.records.append(Applied(epoch, seq, body))
                self.applied_at[body] = time.monotonic()
        self.position = {"epoch": epoch, "seq": came.last, "entry": came.entry}
        return True


async def round_trips(address: Address, *, for_s: float) -> list[float]:
    """Ask the server whether it is there, one time after the other; how long each answer took."""
    ends_at = time.monotonic() + for_s
    took = []
    async with address.connect() as socket:
        await socket.send(address.hello(watch={}))
        while time.monotonic() < ends_at:
            began = time.monotonic()
            await socket.send('{"type":"ping"}')
            while json.loads(await socket.recv())["type"] != "pong":
                pass
            took.append(time.monotonic() - began)
            await asyncio.sleep(0.02)
    return took


async def answer_to(address: Address, event: dict[str, Any]) -> dict[str, Any]:
    """Publish one event by hand, as an unknown publisher; return the `ack` or `nack`."""
    async with address.connect() as socket:
        await socket.send(address.hello(publish={"publisher_id": secrets.token_hex(16)}))
        await socket.send(json.dumps({"type": "publish", "first_n": 1, "events": [event]}))
        while True:
            message: dict[str, Any] = json.loads(await socket.recv())
            if message["type"] in {"ack", "nack"}:
                return message


async def flood(address: Address, *, for_s: float, least_bytes: float) -> int:
    """Publish as much as goes, without a look at the answers; return how many bytes were sent."""
    ends_at = time.monotonic() + for_s
    event = json.dumps({"type": "log", "message": "x" * 60_000})
    sent = 0
    while time.monotonic() < ends_at or sent < least_bytes:
        publisher_id = secrets.token_hex(16)
        try:
            # The time is up inside: a task interrupted while it closes leaves a socket open.
            left_s = max(1.0, ends_at - time.monotonic())
            async with address.connect() as socket, asyncio.timeout(left_s):
                await socket.send(address.hello(publish={"publisher_id": publisher_id}))
                for first_n in itertools.count(1, 10):
                    events = ",".join([event] * 10)
                    message = f'{{"type":"publish","first_n":{first_n},"events":[{events}]}}'
                    await socket.send(message)
                    sent += len(message)
        except (OSError, InvalidHandshake, EOFError, ConnectionClosed, TimeoutError):
            await asyncio.sleep(0.1)  # it was cut off, which is what it deserves
    return sent


async def leave_in_a_frame(address: Address, times: int) -> None:
    """Connect again and again, and close each connection in the middle of a large message."""
    beginning = struct.pack("!BBQ", 0x81, 0x80 | 127, 1_000_000) + bytes(900_000)
    for _ in range(times):
        async with address.connect() as socket:
            socket.transport.write(beginning)
            socket.transport.close()


class Crowd:
    """Many viewers that connect and stay.

    Attributes:
        answers: How many got which answer: `welcome`, an HTTP status, or the name of an error.
    """

    def __init__(self, address: Address) -> None:
        self.answers: Counter[str] = Counter()
        self._address = address
        self._tasks: list[asyncio.Task[None]] = []

    async def connect(self, count: int) -> None:
        """Connect all at once, and return when each has its answer."""
        self._tasks = [asyncio.create_task(self._connect()) for _ in range(count)]
        await until(lambda: self.answers.total() == count, "each has an answer")

    async def leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connect(self) -> None:
        try:
            async with self._address.connect() as socket:
                await socket.send(self._address.hello(watch={}))
                self.answers[json.loads(await socket.recv())["type"]] += 1
                async for message in socket:
                    # Reading all would take the time in which others are measured.
                    if len(message) < SHORT and json.loads(message)["type"] == "ping":
                        await socket.send('{"type":"pong"}')
        except InvalidStatus as error:
            self.answers[f"HTTP {error.response.status_code}"] += 1
        except (OSError, InvalidHandshake, EOFError, ConnectionClosed) as error:
            self.answers[type(error).__name__] += 1
