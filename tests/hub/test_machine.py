"""After any actions of clients each viewer of a hub gets the log once, in order, or a notice."""

from __future__ import annotations

import asyncio
import json
import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from realtime_widgets.client.embedded import EmbeddedHub
from realtime_widgets.errors import ConnectionClosedError
from realtime_widgets.hub import Hub, MemoryStore, SQLiteStore, connection, pagination
from realtime_widgets.hub.parts import Tuning
from realtime_widgets.hub.registry import Registry
from realtime_widgets.hub.stores import memory
from realtime_widgets.protocol import position
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.messages import Gap, State
from realtime_widgets.protocol.run_state import RunState
from realtime_widgets.protocol.sessions.client import ClientSession
from realtime_widgets.protocol.sessions.watch import NewEvents, WatchSession
from realtime_widgets.protocol.stored_events import read_stored

from .loop import PATIENCE_S, run

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from realtime_widgets.client.embedded import LocalLink
    from realtime_widgets.hub import Store
    from realtime_widgets.hub.stores.base import NewBatch
    from realtime_widgets.protocol.position import Bounds, Position, Resume
    from realtime_widgets.protocol.sessions.watch import Notice

SPRINT = "run"


class Publisher:
    """Sends everything again that it has no ack for, on every new connection."""

    def __init__(self, number: int) -> None:
        self.publisher_id = f"{number:032x}"
        self.link: LocalLink | None = None
        self.unacked: list[tuple[int, str]] = []
        self.next_n = 1

    async def connect(self, hub: EmbeddedHub) -> None:
        self.link = await hub.connect(SPRINT)
        hello = {"type": "hello", "v": 1, "sprint_id": SPRINT}
        await self.link.send(json.dumps(hello | {"publish": {"publisher_id": self.publisher_id}}))
        welcome = json.loads(await self.link.receive())
        self._settle(welcome["last_n"] or 0)

    async def publish(self, hub: EmbeddedHub, lines: list[str], size: int = 1_000) -> None:
        """Send what is unacknowledged and these lines, in messages of so many, all at once."""
        if self.link is None:
            await self.connect(hub)
        assert self.link is not None
        for line in lines:
            self.unacked.append((self.next_n, line))
            self.next_n += 1
        for start in range(0, len(self.unacked), size):
            numbered = self.unacked[start : start + size]
            events = [{"type": "log", "message": line} for _, line in numbered]
            message = {"type": "publish", "first_n": numbered[0][0], "events": events}
            await self.link.send(json.dumps(message))

    async def read_acks(self) -> None:
        """Wait until everything is acknowledged."""
        while self.unacked:
            assert self.link is not None
            ack = json.loads(await self.link.receive())
            assert ack["type"] == "ack", ack
            self._settle(ack["up_to"])

    async def drop(self) -> None:
        if self.link is not None:
            await self.link.close()
            self.link = None

    def _settle(self, up_to: int) -> None:
        self.unacked = [(n, line) for n, line in self.unacked if n > up_to]


class Viewer:
    """Checks each batch against its position, as protocol 5.2 requires.

    Args:
        newest: Without a position it joins with so many of the newest events.
    """

    def __init__(self, newest: int | None = None) -> None:
        self.newest = newest
        self.link: LocalLink | None = None
        self.epoch: str | None = None
        self.seq = 0
        self.entry: str | None = None
        self.events: dict[int, str] = {}
        self.reported_missing: set[int] = set()
        self.skipped: set[int] = set()
        """What, by the gap, is older than the newest page."""
        self.state = RunState(sprint_id=SPRINT)
        """Its own reduction of what it got."""
        self.resets: list[str] = []
        self.awaits_state = False
        """Whether events are missing before `seq`, and their state has not come."""
        self.complete_seq: int | None = None
        """Where it resumes while it awaits a state (protocol 5.3); None: at the beginning."""

    @property
    def has_position(self) -> bool:
        if self.awaits_state and self.complete_seq is None:
            return False
        return self.epoch is not None

    def rewind(self, seq: int) -> None:
        """Forget what came after an event."""
        self.seq = seq
        self.events = {at: line for at, line in self.events.items() if at <= seq}
        self.reported_missing = {at for at in self.reported_missing if at <= seq}
        self.skipped = {at for at in self.skipped if at <= seq}

    async def connect(self, hub: EmbeddedHub) -> dict[str, Any]:
        self.link = await hub.connect(SPRINT)
        if not self.has_position:
            self.epoch = None
        if self.awaits_state:
            self.rewind(self.complete_seq or 0)
            self.entry, self.awaits_state = None, False
        after = {"epoch": self.epoch, "seq": self.seq, "entry": self.entry} if self.epoch else None
        watch = {"after": after, "newest": None if after else self.newest}
        hello = {"type": "hello", "v": 1, "sprint_id": SPRINT, "watch": watch}
        await self.link.send(json.dumps(hello))
        welcome: dict[str, Any] = json.loads(await self.link.receive())
        assert welcome["type"] == "welcome"
        if after is None:
            self.epoch = welcome["epoch"]
            self.reported_missing = set(range(1, welcome["first"]))
            self.seq = welcome["first"] - 1
            self.awaits_state, self.complete_seq = self.seq > 0, None
            if self.newest is not None and self.epoch is not None:
                while self.state.head < welcome["head"]:
                    await self.read_one()
        elif not welcome["recovered"]:
            await self.read_one()
        return welcome

    async def drop(self) -> None:
        assert self.link is not None
        await self.link.close()

    async def read_one(self) -> None:
        assert self.link is not None
        message = json.loads(await self.link.receive())
        match message["type"]:
            case "events":
                self.epoch = self.epoch or message["epoch"]
                assert message["epoch"] == self.epoch
                for batch in message["batches"]:
                    self._apply(batch)
            case "gap":
                assert message["from"] == self.seq + 1
                missing = self.skipped if message["reason"] == "skipped" else self.reported_missing
                missing.update(range(message["from"], message["to"] + 1))
                if not self.awaits_state:
                    self.awaits_state, self.complete_seq = True, self.seq
                self.seq, self.entry = message["to"], None
            case "reset":
                self.resets.append(message["reason"])
                self.events.clear()
                self.skipped.clear()
                self.state = RunState(sprint_id=SPRINT)
                self.reported_missing = set(range(1, message["first"]))
                self.epoch, self.seq, self.entry = message["epoch"], message["first"] - 1, None
                self.awaits_state, self.complete_seq = self.seq > 0, None
            case "state":
                assert message["state"]["head"] >= self.seq
                assert message["state"]["logs"] == message["state"]["head"]
                self.state = RunState.model_validate(message["state"])
                self.awaits_state = False
            case other:
                raise AssertionError(other)

    async def read_up_to(self, head: int) -> None:
        while self.seq < head:
            await self.read_one()

    def _apply(self, batch: dict[str, Any]) -> None:
        assert batch["first"] == self.seq + 1, (
            "the server sends nothing twice and leaves out nothing"
        )
        for seq, event in enumerate(batch["events"], batch["first"]):
            self.events[seq] = event["message"]
            self.seq = seq
        self.entry, self.awaits_state = batch["entry"], False
        if self.seq > self.state.head:
            events = read_stored(json.dumps(batch["events"]).encode())
            self.state.apply(batch["first"], batch["timestamp"], events, batch["user"])


class HubMachine(RuleBasedStateMachine):
    """Publishers whose acks get lost, viewers that come, go, resume and sleep, and a retention."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.failures: list[dict[str, Any]] = []
        loop = self.runner.get_loop()
        loop.set_exception_handler(lambda _, context: self.failures.append(context))
        # So small that most viewers are served from the store, and frames join few batches.
        self.tuning = Tuning(tail_bytes=250, frame_cache_bytes=600)
        self.limits = Limits(batch_bytes=500)
        self.lines = count(1)
        self.log: list[str] = []
        self.trimmed = 0
        self.ends: set[int] = set()
        self.stored_n: dict[str, int] = {}
        """The last number in this life of the log, by publisher."""
        self.publishers = [Publisher(1), Publisher(2)]
        self.viewers: list[Viewer] = []

    def make_store(self) -> Store:
        return MemoryStore()

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        result = self.runner.run(asyncio.wait_for(coroutine, PATIENCE_S))
        assert not self.failures
        return result

    @initialize()
    def start(self) -> None:
        self.store = self.make_store()
        self.server = Hub(self.store, limits=self.limits, tuning=self.tuning)
        self.hub = EmbeddedHub(self.server)
        assert len(self.run(self.hub.sprints())) == min(
            len(self.log), 1
        )  # the first call starts it

    def teardown(self) -> None:
        try:
            for viewer in self.viewers:
                self.run(viewer.read_up_to(len(self.log)))
                self.compare(viewer)
            self.run(self.server.stop())
        finally:
            self.runner.close()

    def compare(self, viewer: Viewer) -> None:
        """It has every event once, or a notice that it is missing; and only what was trimmed is.

        What it skipped comes before the page that it asked for; the state has all of it.
        """
        assert len(viewer.events) + len(viewer.reported_missing) + len(viewer.skipped) == viewer.seq
        whole = viewer.events.keys() | viewer.reported_missing | viewer.skipped
        assert whole == set(range(1, viewer.seq + 1))
        if viewer.seq == len(self.log) > 0:
            stored = self.run(self.hub.sprint(SPRINT))
            assert viewer.state.model_dump() == stored
        assert max(viewer.reported_missing, default=0) <= self.trimmed
        assert all(self.log[seq - 1] == line for seq, line in viewer.events.items())

    def some_lines(self, number: int) -> list[str]:
        return [f"line {next(self.lines)}" for _ in range(number)]

    @rule(
        index=st.integers(0, 1),
        new=st.integers(1, 5),
        size=st.integers(1, 5),
        ack_arrives=st.booleans(),
    )
    def publish(self, index: int, new: int, size: int, *, ack_arrives: bool) -> None:
        """Once stored it is in the log, whether or not the publisher gets the ack."""
        publisher, lines = self.publishers[index], self.some_lines(new)
        self.run(publisher.publish(self.hub, lines, size))
        self.expect(publisher, size)
        if ack_arrives:
            self.run(publisher.read_acks())
        else:
            # The server has it: what was handed to the store is stored, though no caller waits.
            self.run(self.stored())
            self.run(publisher.drop())

    def expect(self, publisher: Publisher, size: int = 1_000) -> None:
        """What it sent is in the log, without what was there; a batch ends where a message does."""
        before = self.stored_n.get(publisher.publisher_id, 0)
        for index, (n, line) in enumerate(publisher.unacked, 1):
            if n > before:
                self.log.append(line)
                self.stored_n[publisher.publisher_id] = n
                if index % size == 0 or index == len(publisher.unacked):
                    self.ends.add(len(self.log))

    async def stored(self) -> None:
        while (await self.store.bounds(SPRINT)).head < len(self.log):  # noqa: ASYNC110 - has no event
            await asyncio.sleep(0)

    @rule(index=st.integers(0, 1))
    def send_again(self, index: int) -> None:
        """On a new connection, without a `last_n` of what was stored."""
        publisher = self.publishers[index]
        unacked = publisher.unacked[:]
        self.run(publisher.drop())
        self.run(publisher.connect(self.hub))
        publisher.unacked = unacked
        self.run(publisher.publish(self.hub, []))
        self.expect(publisher)
        self.run(publisher.read_acks())

    @rule(index=st.integers(0, 1))
    def publisher_is_fenced(self, index: int) -> None:
        """By itself, on a connection that it made while the server held the old one for alive."""
        publisher = self.publishers[index]
        older = publisher.link
        self.run(publisher.connect(self.hub))
        if older is not None:
            assert self.run(self.close_code(older)) == CloseCode.FENCED
            self.run(older.close())

    @staticmethod
    async def close_code(link: LocalLink) -> int:
        try:
            while True:
                await link.receive()
        except ConnectionClosedError as error:
            return error.code

    @precondition(lambda self: len(self.viewers) < 5)
    @rule()
    def viewer_comes(self) -> None:
        viewer = Viewer()
        self.run(viewer.connect(self.hub))
        self.viewers.append(viewer)

    @precondition(lambda self: len(self.viewers) < 5)
    @rule(newest=st.integers(1, 8))
    def viewer_joins_at_the_newest(self, newest: int) -> None:
        """It gets so many events that are kept, or all, and then continues as any other."""
        viewer = Viewer(newest)
        self.run(viewer.connect(self.hub))
        self.viewers.append(viewer)
        before = max(len(self.log) - newest, self.trimmed)
        assert viewer.skipped == set(range(self.trimmed + 1, before + 1))
        assert (viewer.seq, viewer.events) == (before, {})
        assert viewer.state.head == len(self.log)

    @precondition(lambda self: self.viewers)
    @rule(data=st.data())
    def viewer_reads_one_message(self, data: st.DataObject) -> None:
        viewer = data.draw(st.sampled_from(self.viewers))
        if viewer.seq < len(self.log):
            self.run(viewer.read_one())
            self.compare(viewer)

    @precondition(lambda self: self.viewers)
    @rule(data=st.data())
    def viewer_catches_up(self, data: st.DataObject) -> None:
        viewer = data.draw(st.sampled_from(self.viewers))
        self.run(viewer.read_up_to(len(self.log)))
        self.compare(viewer)

    @precondition(lambda self: self.viewers)
    @rule(data=st.data())
    def viewer_comes_back(self, data: st.DataObject) -> None:
        """Twice, for what was resumed without anything new has to resume again."""
        viewer = data.draw(st.sampled_from(self.viewers))
        for _ in range(2):
            self.run(viewer.drop())
            resumes = viewer.has_position
            seq = viewer.complete_seq or 0 if viewer.awaits_state else viewer.seq
            missed = max(self.trimmed - seq, 0)
            welcome = self.run(viewer.connect(self.hub))
            assert welcome["recovered"] == ((missed == 0) if resumes else None)
            self.compare(viewer)

    @precondition(lambda self: self.viewers and self.log)
    @rule(data=st.data(), knows_entry=st.booleans())
    def viewer_comes_back_from_an_old_position(
        self, data: st.DataObject, *, knows_entry: bool
    ) -> None:
        """As from a page that was restored; it may stand inside a batch."""
        viewer = data.draw(st.sampled_from(self.viewers))
        seq = data.draw(st.integers(0, viewer.seq))
        self.run(viewer.drop())
        viewer.rewind(seq)
        there = self.run(self.store.look(SPRINT, seq)).batch_id_there
        viewer.entry = there if knows_entry else None
        self.run(viewer.connect(self.hub))
        self.run(viewer.read_up_to(len(self.log)))
        self.compare(viewer)

    @precondition(lambda self: self.viewers and self.log)
    @rule(data=st.data(), wrong=st.sampled_from(["epoch", "ahead", "diverged"]))
    def viewer_comes_back_with_another_log(self, data: st.DataObject, wrong: str) -> None:
        viewer = data.draw(st.sampled_from(self.viewers))
        self.run(viewer.read_up_to(len(self.log)))
        self.run(viewer.drop())
        viewer.resets.clear()
        match wrong:
            case "epoch":
                viewer.epoch = "another"
            case "ahead":
                viewer.seq += 1
            case _:
                viewer.entry = "another"
        self.run(viewer.connect(self.hub))
        assert viewer.resets == [wrong]
        self.run(viewer.read_up_to(len(self.log)))
        self.compare(viewer)

    @precondition(lambda self: self.log)
    @rule(new=st.integers(0, 5))
    def wipe(self, new: int) -> None:
        """The run is deleted while no client is there; each one gets a reset when it is back."""
        for client in (*self.publishers, *self.viewers):
            self.run(client.drop())
        self.run(self.server.remove(SPRINT))
        self.log.clear()
        self.ends.clear()
        self.stored_n.clear()
        self.trimmed = 0
        if new:
            self.publish(index=0, new=new, size=new, ack_arrives=True)
        for viewer in self.viewers:
            knew_it = viewer.has_position
            viewer.resets.clear()
            self.run(viewer.connect(self.hub))
            assert viewer.resets == (["epoch"] if knew_it else [])

    @precondition(lambda self: self.log)
    @rule(data=st.data())
    def trim(self, data: st.DataObject) -> None:
        """Whole batches; the newest stays."""
        first = data.draw(st.integers(1, len(self.log)))
        self.run(self.store.trim(SPRINT, first))
        self.trimmed = self.run(self.store.bounds(SPRINT)).first - 1
        assert self.trimmed in {0, *self.ends}


class SQLiteHubMachine(HubMachine):
    """The same over a file, through restarts of the server."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()

    def make_store(self) -> Store:
        return SQLiteStore(Path(self.folder.name) / "sprints.db", durability="normal")

    @rule()
    def restart(self) -> None:
        self.run(self.server.stop())
        self.start()
        for publisher in self.publishers:
            self.run(publisher.drop())
        for viewer in self.viewers:
            self.run(viewer.drop())
            self.run(viewer.connect(self.hub))
            self.compare(viewer)

    def teardown(self) -> None:
        super().teardown()
        self.folder.cleanup()


TestHub = HubMachine.TestCase
TestHub.settings = settings(max_examples=60, stateful_step_count=25)

TestHubOverSQLite = SQLiteHubMachine.TestCase
TestHubOverSQLite.settings = settings(max_examples=20, stateful_step_count=25)


def stores_twice(patch: pytest.MonkeyPatch) -> None:
    place = memory.place

    def forgetful(new: NewBatch, *, head: int, last_publisher_seq: int | None) -> Any:  # noqa: ARG001 - the bug
        return place(new, head=head, last_publisher_seq=None)

    patch.setattr(memory, "place", forgetful)


def has_one_epoch_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(memory, "random_id", lambda _: "the same")


def resumes_one_too_far(patch: pytest.MonkeyPatch) -> None:
    def resume(*args: Any) -> Resume:
        right = position.resume(*args)
        return right.model_copy(update={"after": right.after + 1})

    patch.setattr(connection, "resume", resume)


def believes_every_entry(patch: pytest.MonkeyPatch) -> None:
    def resume(after: Position, bounds: Bounds, there: str | None) -> Resume:  # noqa: ARG001 - the bug
        return position.resume(after, bounds, after.entry)

    patch.setattr(connection, "resume", resume)


def skips_one_too_many(patch: pytest.MonkeyPatch) -> None:
    async def before_newest(*args: Any) -> int:
        return await pagination.before_newest(*args) + 1

    patch.setattr(connection, "before_newest", before_newest)


def fences_no_publisher(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Registry, "fence", lambda *_: None)


@pytest.mark.long
@pytest.mark.parametrize(
    ("bug", "found"),
    [
        (stores_twice, TimeoutError),
        (has_one_epoch_for_ever, AssertionError),
        (resumes_one_too_far, TimeoutError),
        (believes_every_entry, AssertionError),
        (skips_one_too_many, AssertionError),
        (fences_no_publisher, TimeoutError),
    ],
)
def test_a_planted_bug_is_found(
    bug: Callable[[pytest.MonkeyPatch], None],
    found: type[Exception],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bug(monkeypatch)
    if found is TimeoutError:  # what never comes is found missing by time alone
        monkeypatch.setattr(f"{__name__}.PATIENCE_S", 2.0)

    with pytest.raises(found):
        run_state_machine_as_test(
            HubMachine,
            settings=settings(
                max_examples=200,
                stateful_step_count=25,
                deadline=None,
                database=None,
                derandomize=True,
                phases=[Phase.generate],
                report_multiple_bugs=False,
            ),
        )


def test_many_viewers_of_many_publishers_see_one_order() -> None:
    async def talk() -> None:
        hub = EmbeddedHub()
        viewers = [Viewer() for _ in range(5)]
        for viewer in viewers:
            await viewer.connect(hub)

        async def publish(publisher: Publisher) -> None:
            for n in range(20):
                await publisher.publish(hub, [f"{publisher.publisher_id[-1]}: {n}"])
                await publisher.read_acks()

        publishers = [Publisher(number) for number in range(1, 4)]
        await asyncio.gather(
            *(publish(publisher) for publisher in publishers),
            *(viewer.read_up_to(60) for viewer in viewers),
        )

        first = viewers[0].events
        assert sorted(first) == list(range(1, 61))
        assert all(viewer.events == first for viewer in viewers)
        for number in range(1, 4):
            mine = [line for line in first.values() if line.startswith(f"{number}: ")]
            assert mine == [f"{number}: {n}" for n in range(20)]

    run(talk())


@pytest.mark.parametrize("messages", range(6))
@pytest.mark.parametrize("newest", [None, 2, 100])
@pytest.mark.parametrize("trimmed", [0, 3])
def test_wherever_its_first_connection_ends_a_viewer_has_the_events_once_and_the_state(
    trimmed: int, newest: int | None, messages: int
) -> None:
    async def talk() -> list[Notice]:
        server = Hub(MemoryStore(), limits=Limits(batch_bytes=200))
        hub, publisher = EmbeddedHub(server), Publisher(1)
        for seq in range(1, 9):
            await publisher.publish(hub, [str(seq)])
            await publisher.read_acks()
        await server.store.trim(SPRINT, trimmed + 1)
        watch = WatchSession(SPRINT, newest=newest)
        session = ClientSession(SPRINT, watch=watch)
        notices: list[Notice] = []
        for most in (messages, 1_000):
            link = await hub.connect(SPRINT)
            session.open(now=0.0)
            for message in session.to_send():
                await link.send(message)
            for _ in range(most):
                if watch.is_caught_up:
                    break
                session.receive(await link.receive(), now=0.0)
                assert session.close_code is None
                notices += watch.take()
            await link.close()
        return notices

    notices = run(talk())

    seen: list[int] = []
    reasons = set()
    for notice in notices:
        match notice:
            case NewEvents():
                seen += [event.seq or 0 for event in notice.events]
            case Gap():
                seen += range(notice.from_, notice.to + 1)
                reasons.add(notice.reason)
    states = [notice.state for notice in notices if isinstance(notice, State)]
    assert seen == list(range(1, 9))
    assert ("trimmed" in reasons, "skipped" in reasons) == (trimmed > 0, newest == 2)
    assert all((state.head, state.logs) == (8, 8) for state in states)
    assert bool(states) == (trimmed > 0 or newest is not None)
