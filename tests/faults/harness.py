"""A stage for faults: publishers and watchers of one sprint, with a failing network between.

Publishers are real `Sprint` objects in processes of their own. Watchers are clients that speak the
protocol by hand, and one `follow` in a separate process. Everything they see and do ends up in
one history, which `verdict` gives to the checker.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.environment import clean_environment
from tests.waiting import LOOK_S, PATIENCE_S, until

from .case import Patience
from .checker import check, summary
from .clients import Address, RawWatcher
from .history import Applied, Gap, History, Reset, Rewound, Watcher, body_of
from .proxy import FaultProxy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from .server import Server

PROCESSES = Path(__file__).with_name("processes")

ASK_AGAIN_S = 1.0


class Diary:
    """Reads what a process under test writes down."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read = 0

    def new_lines(self) -> list[list[Any]]:
        """What was written since the last call."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as diary:
            diary.seek(self._read)
            text = diary.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._read += len(whole)
        return [json.loads(line) for line in whole.splitlines()]


class PublisherDiary(Diary):
    """What was published, by one stream or several, and what became of it."""

    def __init__(self, path: Path, history: History) -> None:
        super().__init__(path)
        self._history = history
        self._streams: set[str] = set()
        self.calls = 0
        self.called_at: dict[str, float] = {}
        """Monotonic seconds, by body."""

        self.acked = 0
        self.acked_at: list[tuple[int, float]] = []
        """When it was first known that so many were stored."""

        self.left: int | None = None
        """How many events were not stored, as `close` returned."""

        self.slowest_s = 0.0
        """The call that took longest."""

        self.notes: list[list[Any]] = []
        """What else it wrote."""

    def update(self) -> None:
        """Take over what is new."""
        for what, *words in self.new_lines():
            match what:
                case "calling":
                    name, number, body, moment = words
                    self._history.stream(name).bodies[number] = body
                    self._streams.add(name)
                    self.called_at[body] = moment
                    self.calls += 1
                case "returned":
                    name, number = words
                    self._history.stream(name).returned.add(number)
                case "acked":
                    self._note_acks(*words)
                case "slowest call":
                    self.slowest_s = words[0]
                case "closed":
                    self.left = words[0]
                case _:
                    self.notes.append([what, *words])

    def settle(self) -> None:
        """Count everything as stored: `close` returned that nothing was left."""
        for name in self._streams:
            stream = self._history.stream(name)
            stream.acked = max(stream.bodies)

    def _note_acks(self, name: str, count: int, moment: float) -> None:
        stream = self._history.stream(name)
        stream.acked = max(stream.acked, count)
        if count > self.acked:
            self.acked = count
            self.acked_at.append((count, moment))


class Process:
    """A client in a separate process, which writes a diary."""

    def __init__(
        self, program: str, order: Mapping[str, Any], diary: Path, address: Address
    ) -> None:
        self._errors = diary.with_suffix(".err")
        environment = clean_environment() | {
            "REALTIME_WIDGETS_URL": f"http://127.0.0.1:{address.port}/",
            "REALTIME_WIDGETS_TOKEN": address.token,
        }
        whole_order = json.dumps({"diary": str(diary), **order})
        command = [sys.executable, "-W", "ignore", str(PROCESSES / program), whole_order]
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                command, env=environment, stdin=subprocess.PIPE, stdout=errors, stderr=errors
            )

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    @property
    def errors(self) -> str:
        return self._errors.read_text(errors="replace")

    def signal(self, number: signal.Signals) -> None:
        if self.is_running:
            self._process.send_signal(number)

    def request_end(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(b"\n")
            self._process.stdin.flush()

    async def ended(self) -> int:
        """Wait for its end, and return its exit code."""
        code = await asyncio.to_thread(self._process.wait, 2 * PATIENCE_S)
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        return code

    async def kill(self) -> None:
        self.signal(signal.SIGKILL)
        await self.ended()


class Publisher(Process, PublisherDiary):
    """Publishes one stream; or several, or nothing, as its program does."""

    def __init__(
        self,
        program: str,
        order: Mapping[str, Any],
        diary: Path,
        address: Address,
        history: History,
    ) -> None:
        Process.__init__(self, program, order, diary, address)
        PublisherDiary.__init__(self, diary, history)
        self.has_acks = bool(order.get("rate", True))
        """Whether it reports all the time how much is stored."""


class Follower(Process, Diary):
    """Reads with the product's own `follow`."""

    def __init__(
        self, order: Mapping[str, Any], diary: Path, address: Address, seen: Watcher
    ) -> None:
        Process.__init__(self, "follow.py", order, diary, address)
        Diary.__init__(self, diary)
        self.seen = seen
        self.seq = 0
        self.epoch: str | None = None

    def update(self) -> None:
        """Take over what is new."""
        for what, *words in self.new_lines():
            match what:
                case "applied":
                    self.epoch, self.seq, event = words
                    self.seen.records.append(Applied(words[0], self.seq, body_of(event)))
                case "gap":
                    self.seen.records.append(Gap(*words))
                    self.seq = words[1]
                case "reset":
                    self.seen.records.append(Reset(words[0]))
                    self.seq, self.epoch = 0, None
                case _:
                    pass


@dataclass
class Stage:
    """One sprint on one server, reached through one proxy; an async context manager.

    Args:
        server: It runs already.
        rng: Decides all that is left to chance.
        folder: For diaries.
        sprint_id: The sprint.
        patience: Of all clients.
        receive_bytes: See `FaultProxy`.
    """

    server: Server
    rng: Random
    folder: Path
    sprint_id: str = "run"
    patience: Patience = field(default_factory=Patience)
    receive_bytes: int | None = None

    def __post_init__(self) -> None:
        self.history = History()
        self.publishers: dict[str, Publisher] = {}
        self.others: dict[str, Publisher] = {}
        """Run by themselves; see `run`."""

        self.diaries: list[PublisherDiary] = []

        self.watchers: dict[str, RawWatcher] = {}
        self.followers: dict[str, Follower] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.folder.mkdir(parents=True, exist_ok=True)

    async def __aenter__(self) -> Self:
        self.proxy = FaultProxy(self.server.port, self.rng, receive_bytes=self.receive_bytes)
        await self.proxy.__aenter__()
        self.address = Address(self.proxy.port, self.server.token, self.sprint_id)
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self._processes():
            await process.kill()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.proxy.__aexit__()

    @property
    def _past_the_proxy(self) -> Address:
        return Address(self.server.port, self.server.token, self.sprint_id)

    # Its clients.

    def publish(
        self, name: str, *, directly: bool = False, address: Address | None = None, **load: Any
    ) -> Publisher:
        """Start a process that publishes; see `processes/publish.py` for the load."""
        order = {
            "sprint": self.sprint_id,
            "stream": name,
            "seed": str(self.rng.random()),
            "close_s": PATIENCE_S,
            **asdict(self.patience),
            **load,
        }
        address = address or (self._past_the_proxy if directly else self.address)
        publisher = Publisher("publish.py", order, self._path(name), address, self.history)
        self.publishers[name] = publisher
        return publisher

    def run(self, name: str, program: str, **order: Any) -> Publisher:
        """Start another program, which ends by itself."""
        whole_order = {"sprint": self.sprint_id, **order}
        other = Publisher(program, whole_order, self._path(name), self.address, self.history)
        self.others[name] = other
        return other

    def diary_of(self, stream: str) -> PublisherDiary:
        """Have a diary read that is written somewhere else."""
        diary = PublisherDiary(self._path(stream), self.history)
        self.diaries.append(diary)
        return diary

    def watch(
        self,
        name: str,
        *,
        directly: bool = False,
        address: Address | None = None,
        patience: Patience | None = None,
    ) -> RawWatcher:
        """Begin to watch by hand, through the proxy or past it."""
        watcher = RawWatcher(
            address or (self._past_the_proxy if directly else self.address),
            self.history.watcher(name),
            self.rng,
            patience or self.patience,
        )
        self.watchers[name] = watcher
        self._tasks.append(asyncio.create_task(watcher.run(), name=f"watcher {name}"))
        return watcher

    def follow(self, name: str) -> Follower:
        """Begin to watch with the product's own reader."""
        order = {"sprint": self.sprint_id, **asdict(self.patience)}
        follower = Follower(order, self._path(name), self.address, self.history.watcher(name))
        self.followers[name] = follower
        return follower

    async def load(self) -> None:
        """Start the standard load: three publishers, and five watchers of which one comes late."""
        for name in ("p1", "p2", "p3"):
            self.publish(name)
        self.watch("steady")
        self.watch("forgetful").is_mindful = False
        self.follow("follower")
        restless = self.watch("restless")
        self._tasks.append(asyncio.create_task(self._reconnect_for_ever(restless)))
        await self.flows()
        self.watch("late")

    async def _reconnect_for_ever(self, watcher: RawWatcher) -> None:
        while True:
            await asyncio.sleep(3.0)
            await watcher.reconnect()

    async def flows(self) -> None:
        """Wait until each client has published and seen something from now on."""
        calls = {
            name: publisher.acked
            for name, publisher in self.publishers.items()
            if publisher.has_acks
        }
        seqs = {name: watcher.seq for name, watcher in self._readers().items()}

        def all_moved() -> bool:
            self.update()
            have_published = all(self.publishers[name].acked > calls[name] for name in calls)
            have_seen = all(self._readers()[name].seq > seqs[name] for name in seqs)
            return have_published and have_seen

        await until(all_moved, "each client publishes and sees")

    async def take_away(self) -> None:
        """Record that what is stored now is about to be lost; the server must not run.

        What publishers still hold has to arrive all the same.
        """
        living = [each for each in self.publishers.values() if each.has_acks and each.is_running]
        self.update()
        # Acks that were on their way have come by then, and each call reports them.
        calls = [(publisher, publisher.calls + 20) for publisher in living]

        def have_gone_on() -> bool:
            self.update()
            return all(publisher.calls >= count for publisher, count in calls)

        await until(have_gone_on, "what was acknowledged is known")
        self.history.may_reset = True
        for stream in self.history.streams.values():
            stream.taken = stream.acked

    def rewind(self, epoch: str, kept: int) -> None:
        """Record that the log ends at this seq now, and that no client is left that saw more."""
        self.update()
        for watcher in self.history.watchers.values():
            watcher.records.append(Rewound(epoch, kept))

    # What comes of it.

    def update(self) -> None:
        """Take over what the processes wrote, and fail where a watcher has failed."""
        for task in self._tasks:
            if task.done():
                task.result()
        for each in (*self._processes(), *self.diaries):
            each.update()

    async def recovered(self) -> float:
        """Wait until what was published so far is stored and each client has it.

        Returns:
            How many seconds that took: the recovery time, if a fault ended just now.
        """
        began = time.monotonic()
        self.update()
        living = [each for each in self.publishers.values() if each.has_acks and each.is_running]
        marks = [(publisher, publisher.calls - 1) for publisher in living]

        def is_stored() -> bool:
            self.update()
            return all(publisher.acked >= mark for publisher, mark in marks)

        await until(is_stored, "what was published is stored")
        await self.caught_up()
        return time.monotonic() - began

    async def caught_up(self) -> None:
        """Wait until every watcher has what is stored now."""
        epoch, head = await self.server.bounds(self.sprint_id)
        asked_at = time.monotonic()
        gives_up_at = asked_at + PATIENCE_S
        while not self._are_all_at(epoch, head):
            if time.monotonic() > gives_up_at:
                raise AssertionError(f"not all watchers are at {head} of {epoch}")
            await asyncio.sleep(LOOK_S)
            if time.monotonic() > asked_at + ASK_AGAIN_S:
                asked_at = time.monotonic()
                now = await self.server.bounds(self.sprint_id)
                if now[0] != epoch:  # the log was replaced meanwhile
                    epoch, head = now

    def _are_all_at(self, epoch: str | None, head: int) -> bool:
        self.update()
        return epoch is None or all(
            reader.epoch == epoch and reader.seq >= head for reader in self._readers().values()
        )

    async def end_load(self) -> None:
        """Have all publishers that live flush and end; nothing may be left."""
        living = [each for each in self.publishers.values() if each.is_running]
        for publisher in living:
            publisher.request_end()
        for publisher in living:
            code = await publisher.ended()
            publisher.update()
            assert (code, publisher.left) == (0, 0), publisher.errors
            publisher.settle()

    async def verdict(self) -> list[str]:
        """End the load, wait until each client has all events, and return what went wrong."""
        await self.end_load()
        self.watch("auditor", directly=True)
        return await self._verdict_when_all_have_everything()

    async def _verdict_when_all_have_everything(self) -> list[str]:
        await self.caught_up()
        for name in self._readers():
            self.history.watcher(name).is_complete = True
        return check(self.history)

    async def findings(self, *, within_s: float = 20.0) -> list[str]:
        """As `verdict`, of a server that may never send all events to each client."""
        await self.end_load()
        self.watch("auditor", directly=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                return await self._verdict_when_all_have_everything()
        self.update()
        return check(self.history)

    def summary(self) -> Mapping[str, int]:
        return summary(self.history)

    def _processes(self) -> list[Publisher | Follower]:
        return [*self.publishers.values(), *self.others.values(), *self.followers.values()]

    def _readers(self) -> dict[str, RawWatcher | Follower]:
        return {**self.watchers, **self.followers}

    def _path(self, name: str) -> Path:
        return self.folder / f"{self.sprint_id}-{name}.jsonl"
