"""Stand-ins that the tests of the hub own: a transport, and stores that wait or fail."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from itertools import takewhile
from typing import TYPE_CHECKING, Any, TypeVar

from realtime_widgets.hub import Hub, Login, MemoryStore, maintenance
from realtime_widgets.hub.parts import Tuning

from .loop import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from realtime_widgets.errors import StoreError
    from realtime_widgets.hub import Connection, Store
    from realtime_widgets.hub.clock import Clock
    from realtime_widgets.hub.leases import FindCause
    from realtime_widgets.hub.login import CheckTicket
    from realtime_widgets.hub.stores.base import (
        Appended,
        ChannelSummary,
        Look,
        NewBatch,
        SavedState,
        StoredBatch,
    )
    from realtime_widgets.protocol.codes import CloseCode
    from realtime_widgets.protocol.position import Bounds

PUBLISHER_ID = "0f" * 16

T = TypeVar("T")


async def all_events(hub: Hub, sprint_id: str = "run", after: int = 0) -> list[dict[str, Any]]:
    """Every event after a seq, page after page."""
    events: list[dict[str, Any]] = []
    following: int | None = after
    while following is not None:
        page = await hub.logs.page(sprint_id, after=following, limit=1_000)
        events += map(json.loads, page.events)
        following = page.next
    return events


async def taken(waiting: Awaitable[None] | None) -> None:
    """Wait, as a transport does, until a connection takes the next message."""
    if waiting is not None:
        await waiting


class FakeTransport:
    """A socket that takes every frame at once, or, while `is_slow`, one for each `take`."""

    def __init__(self) -> None:
        self.is_slow = False
        self.is_gone = False
        """The client left, and the hub has no notice of it."""
        self.fails_with: Exception | None = None
        self.frames: list[bytes] = []
        self.code: CloseCode | None = None
        self.waiting: list[asyncio.Future[None]] = []

    def write(self, message: bytes) -> asyncio.Future[None]:
        assert self.code is None, "nothing is written after the close"
        if self.fails_with is not None:
            raise self.fails_with
        taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.is_gone:
            taken.cancel()
            return taken
        self.frames.append(message)
        if self.is_slow:
            self.waiting.append(taken)
        else:
            taken.set_result(None)
        return taken

    def close(self, code: CloseCode) -> None:
        assert self.code is None, "it is closed once"
        self.code = code

    def take(self) -> None:
        self.waiting.pop(0).set_result(None)

    def take_all(self) -> None:
        """Be fast from now on."""
        self.is_slow = False
        while self.waiting:
            self.take()


class Client:
    """A connection to a hub, and all that it was sent."""

    def __init__(self, connection: Connection, transport: FakeTransport) -> None:
        self.connection = connection
        self.transport = transport

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(frame) for frame in self.transport.frames]

    @property
    def lines(self) -> list[tuple[int, str]]:
        """The log lines that it was sent, each with its seq."""
        return [
            (batch["first"] + index, event["message"])
            for message in self.of_type("events")
            for batch in message["batches"]
            for index, event in enumerate(batch["events"])
            if event["type"] == "log"
        ]

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]

    async def send(self, **message: Any) -> None:
        await taken(self.connection.receive(json.dumps(message)))

    async def publish_status(self, first_n: int, status: str, **fields: Any) -> None:
        """Publish a status."""
        event = {"type": "status_update", "status": status, **fields}
        await self._publish(first_n, [event])

    @property
    def statuses(self) -> list[dict[str, Any]]:
        """The statuses that it was sent, without what is null."""
        return [
            {key: value for key, value in event.items() if key != "type" and value is not None}
            for message in self.of_type("events")
            for batch in message["batches"]
            for event in batch["events"]
            if event["type"] == "status_update"
        ]

    @property
    def presence(self) -> list[float | None]:
        """Since when no publisher is connected, as often as it was sent."""
        return [message["disconnected_at"] for message in self.of_type("presence")]

    @property
    def status(self) -> str | None:
        """The status that it was sent last."""
        return self.statuses[-1]["status"] if self.statuses else None

    async def publish(self, first_n: int, *lines: str) -> None:
        await self._publish(first_n, [{"type": "log", "message": line} for line in lines])

    async def _publish(self, first_n: int, events: list[dict[str, Any]]) -> None:
        await self.send(type="publish", first_n=first_n, events=events)
        await asyncio.sleep(0)  # or it would be stored with what comes next


def connected(  # noqa: PLR0913 - most of them by name
    hub: Hub,
    sprint_id: str = "run",
    *,
    may_publish: bool = True,
    user: str | None = None,
    check_ticket: CheckTicket | None = None,
    find_cause: FindCause | None = None,
) -> Client:
    """A client that has sent nothing yet."""
    transport = FakeTransport()
    connection = hub.connect(
        sprint_id,
        transport,
        login=Login(user=user, may_publish=may_publish),
        check_ticket=check_ticket,
        find_cause=find_cause,
    )
    return Client(connection, transport)


async def viewer(
    hub: Hub, sprint_id: str = "run", *, is_slow: bool = False, **watch: Any
) -> Client:
    """A viewer; slow only after the welcome."""
    client = connected(hub, sprint_id)
    await client.send(type="hello", v=1, sprint_id=sprint_id, watch=watch)
    client.transport.is_slow = is_slow
    return client


async def publisher(  # noqa: PLR0913 - most of them by name
    hub: Hub,
    sprint_id: str = "run",
    *,
    publisher_id: str = PUBLISHER_ID,
    user: str | None = None,
    lease: bool | str = False,
    find_cause: FindCause | None = None,
) -> Client:
    """A publisher."""
    client = connected(hub, sprint_id, user=user, find_cause=find_cause)
    publish = {"publisher_id": publisher_id, "lease": lease}
    await client.send(type="hello", v=1, sprint_id=sprint_id, publish=publish)
    return client


async def plain(
    hub: Hub, *, user: str | None = None, may_publish: bool = True, since: int = 0
) -> Client:
    """A client of the plain mode."""
    transport, login = FakeTransport(), Login(user=user, may_publish=may_publish)
    return Client(await hub.connect_plain("run", transport, login=login, since=since), transport)


@contextlib.asynccontextmanager
async def running(
    store: Store | None = None, *, clock: Clock = time, tuning: Tuning | None = None, **options: Any
) -> AsyncIterator[Hub]:
    """A hub that is started; its ticks do not wait where the test has the clock."""
    if tuning is None:
        tuning = Tuning() if clock is time else Tuning(tick_s=0)
    hub = Hub(store or MemoryStore(), clock=clock, tuning=tuning, **options)
    await hub.start()
    try:
        yield hub
    finally:
        await hub.stop()


class FakeStore(MemoryStore):
    """A store in memory that can be held up, and made to fail."""

    def __init__(self) -> None:
        super().__init__()
        self.fails_with: StoreError | None = None
        """What every call fails with, save `append`."""
        self.append_fails_with: Exception | None = None
        self.held: list[tuple[NewBatch, asyncio.Future[Appended]]] | None = None
        """Appends that wait; None while they take effect at once."""
        self.may_read = asyncio.Event()
        """What was read arrives only then."""
        self.may_read.set()
        self.may_recreate = asyncio.Event()
        self.may_recreate.set()
        self.may_remove = asyncio.Event()
        self.may_remove.set()
        self.damaged: set[int] = set()
        """First seqs of batches that cannot be read."""
        self.reads = 0
        """Of one channel."""
        self.saves = 0

    def append(self, new: NewBatch) -> asyncio.Future[Appended]:
        future: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()
        if self.append_fails_with is not None:
            future.set_exception(self.append_fails_with)
            return future
        if self.held is None:
            return super().append(new)
        self.held.append((new, future))
        return future

    def release(self) -> None:
        """Let the oldest append that waits take effect."""
        assert self.held
        new, future = self.held.pop(0)
        done = super().append(new)
        if not future.done():
            future.set_result(done.result())

    async def _reading(self, read: Awaitable[T]) -> T:
        self.reads += 1
        found = await read
        await self.may_read.wait()
        if self.fails_with is not None:
            raise self.fails_with
        return found

    async def bounds(self, channel: str) -> Bounds:
        return await self._reading(super().bounds(channel))

    async def look(
        self, channel: str, seq: int | None = None, publisher_id: str | None = None
    ) -> Look:
        return await self._reading(super().look(channel, seq, publisher_id))

    async def read(self, channel: str, after: int, limit_bytes: int) -> list[StoredBatch]:
        return await self._reading(self._read_sound(channel, after, limit_bytes))

    async def read_back(self, channel: str, before: int, limit_bytes: int) -> list[StoredBatch]:
        return await self._reading(self._read_back_sound(channel, before, limit_bytes))

    async def _read_sound(self, channel: str, after: int, limit_bytes: int) -> list[StoredBatch]:
        while batches := await super().read(channel, after, limit_bytes):
            while batches and batches[0].first in self.damaged:
                after = batches.pop(0).last
            if batches:
                return list(takewhile(lambda batch: batch.first not in self.damaged, batches))
        return []

    async def _read_back_sound(
        self, channel: str, before: int, limit_bytes: int
    ) -> list[StoredBatch]:
        while batches := await super().read_back(channel, before, limit_bytes):
            while batches and batches[0].first in self.damaged:
                before = batches.pop(0).first
            if batches:
                return list(takewhile(lambda batch: batch.first not in self.damaged, batches))
        return []

    async def channels(
        self, before: int | None = None, limit_bytes: int | None = None
    ) -> list[ChannelSummary]:
        if self.fails_with is not None:
            raise self.fails_with
        return await super().channels(before, limit_bytes)

    async def recreate(self) -> str:
        await self.may_recreate.wait()
        return await super().recreate()

    async def remove(self, channel: str) -> None:
        await self.may_remove.wait()
        await super().remove(channel)

    async def save_state(self, channel: str, saved: SavedState) -> None:
        self.saves += 1
        if self.fails_with is not None:
            raise self.fails_with
        await super().save_state(channel, saved)


class FakeClock:
    """The clock of the hub, which stands still until it is set."""

    def __init__(self) -> None:
        self.now = time.monotonic()
        self.readings = 0

    def monotonic(self) -> float:
        self.readings += 1
        return self.now

    def time(self) -> float:
        return 1_000_000 + self.now

    async def jump(self, seconds: float) -> None:
        """Let the time pass at once, and the ticker see it."""
        self.now += seconds
        readings = self.readings
        await until(lambda: self.readings > readings + 2)

    async def pass_by(self, seconds: float) -> None:
        """Let the time pass in steps that are no sleep of the machine."""
        for _ in range(int(seconds / maintenance.SUSPENDED_S) + 1):
            await self.jump(seconds / (int(seconds / maintenance.SUSPENDED_S) + 1))
