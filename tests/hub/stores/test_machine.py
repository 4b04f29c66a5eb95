"""After any calls in any order a store holds what a simple model of it holds."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from realtime_widgets.hub import MemoryStore, RunRetention, SQLiteStore
from realtime_widgets.hub.stores import base, memory, run_retention
from realtime_widgets.hub.stores.base import Appended, HoleError, IdCaseError, SavedState
from realtime_widgets.hub.stores.redis.store import RedisStore
from realtime_widgets.hub.stores.sqlite import writer
from realtime_widgets.protocol.position import Bounds
from tests.redis_server import new_address
from tests.waiting import PATIENCE_S

from .batches import (
    ALICE,
    BOB,
    Announced,
    batch_id_at,
    last_publisher_seq,
    lines,
    new_batch,
    no_reset,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from realtime_widgets.hub import Store
    from realtime_widgets.hub.stores.base import NewBatch

PUBLISHERS = {"a": ALICE, "b": BOB}
CHANNELS = ["one", "two"]

KEPT_EVENTS = 12


@dataclass
class Model:
    """A log as a list."""

    events: list[str] = field(default_factory=list)
    ends: dict[int, str] = field(default_factory=dict)
    """Seq of the last event of each batch, and its entry."""

    epoch: str | None = None
    first: int = 1
    last_n: dict[str, int] = field(default_factory=dict)
    last_seq: dict[str, int] = field(default_factory=dict)
    """Of the event with that number."""

    saved_state: SavedState | None = None

    def append(
        self, publisher: str, n: int, begin_n: int, messages: list[str], entry: str
    ) -> int | None:
        """Store what is new of the messages; return the number that is missing, if one is."""
        last_n = self.last_n.get(publisher)
        expected = begin_n if last_n is None else last_n + 1
        if n > expected:
            return expected
        messages = messages[expected - n :]
        n = expected
        if messages:
            self.events += messages
            self.ends[len(self.events)] = entry
            self.last_n[publisher] = n + len(messages) - 1
            self.last_seq[publisher] = len(self.events)
            self.cut_back()
        return None

    def cut_back(self) -> None:
        """RetentionPolicy at most so many events, or the newest batch."""
        if len(self.events) - self.first >= KEPT_EVENTS:
            ends = sorted(self.ends)
            first = next(
                (end + 1 for end in ends if len(self.events) - end < KEPT_EVENTS), ends[-1]
            )
            self.trim(min(first, ends[-1]))

    def trim(self, first: int) -> None:
        kept = [end for end in self.ends if end >= first]
        gone = [end for end in self.ends if end < first]
        self.first = max(self.first, max(gone, default=0) + 1)
        self.ends = {end: self.ends[end] for end in kept} if kept else {}

    def after(self, seq: int) -> list[tuple[int, str]]:
        start = max(seq, self.first - 1)
        return list(enumerate(self.events[start:], start + 1))


class StoreMachine(RuleBasedStateMachine):
    """Publishers that do not hear their acks, viewers that read anything, and a retention."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.announced = Announced()
        self.models = {name: Model() for name in CHANNELS}
        self.past_epochs: set[str] = set()
        self.messages = count(1)
        self.entries = count(1)
        self.unacked: dict[tuple[str, str], tuple[int, list[str]]] = {}
        self.store: Store

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(asyncio.wait_for(coroutine, PATIENCE_S))

    def open_store(self) -> Store:
        raise NotImplementedError

    @initialize()
    def open(self) -> None:
        self.store = self.open_store()
        self.run(self.store.open(self.announced, no_reset))

    def teardown(self) -> None:
        self.run(self.store.close())
        self.runner.close()

    def to_send(self, channel: str, publisher: str, new: int) -> tuple[int, list[str]]:
        n, messages = self.unacked.get((channel, publisher), (1, []))
        messages = messages + [f"{publisher}{next(self.messages)}" for _ in range(new)]
        self.unacked[channel, publisher] = n, messages
        return n, messages

    def send(
        self, channel: str, publisher: str, n: int, messages: list[str], *, begin_n: int | None
    ) -> tuple[asyncio.Future[Appended], Any]:
        """Append, and return also the expected result."""
        begin_n = n if begin_n is None else begin_n
        entry = f"e-{next(self.entries)}"
        batch = new_batch(
            messages,
            n=n,
            begin_n=begin_n,
            channel=channel,
            publisher=PUBLISHERS[publisher],
            entry=entry,
        )
        model = self.models[channel]
        missing = model.append(publisher, n, begin_n, messages, entry)
        if missing is not None:
            return self.store.append(batch), (HoleError, missing)
        return self.store.append(batch), (model.last_seq[publisher], model.last_n[publisher])

    async def append(
        self,
        channel: str,
        sends: list[tuple[str, int, list[str]]],
        *,
        begin_n: int | None = None,
    ) -> list[Any]:
        """Append at once, and compare the result of each."""
        expected = []
        appending = []
        results: list[tuple[Any, int]] = []
        for publisher, n, messages in sends:
            future, result = self.send(channel, publisher, n, messages, begin_n=begin_n)
            appending.append(future)
            expected.append(result)
        for outcome in await asyncio.gather(*appending, return_exceptions=True):
            if isinstance(outcome, HoleError):
                results.append((HoleError, outcome.expect))
            else:
                assert isinstance(outcome, Appended), outcome
                model = self.models[channel]
                model.epoch = model.epoch or outcome.epoch
                assert outcome.epoch == model.epoch
                assert outcome.epoch not in self.past_epochs
                results.append((outcome.seq, outcome.up_to))
        assert results == expected
        return results

    @rule(
        channel=st.sampled_from(CHANNELS),
        publisher=st.sampled_from("ab"),
        new=st.integers(1, 3),
        ack_arrives=st.booleans(),
    )
    def publish(self, channel: str, publisher: str, new: int, *, ack_arrives: bool) -> None:
        n, messages = self.to_send(channel, publisher, new)

        self.run(self.append(channel, [(publisher, n, messages)]))

        if ack_arrives:
            self.unacked[channel, publisher] = n + len(messages), []

    @rule(
        channel=st.sampled_from(CHANNELS),
        new=st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 2)), min_size=2, max_size=6),
    )
    def publish_synchronously(self, channel: str, new: list[tuple[str, int]]) -> None:
        """Many at once, each of which sends all that it has no ack for."""
        sends = [(name, *self.to_send(channel, name, count)) for name, count in new]

        self.run(self.append(channel, sends))

        for name, n, messages in sends:
            self.unacked[channel, name] = n + len(messages), []

    @rule(channel=st.sampled_from(CHANNELS), publisher=st.sampled_from("ab"))
    def publish_beyond_a_hole(self, channel: str, publisher: str) -> None:
        last_n = self.models[channel].last_n.get(publisher, 0)

        self.run(self.append(channel, [(publisher, last_n + 2, ["never stored"])], begin_n=1))

    @rule(channel=st.sampled_from(CHANNELS), publisher=st.sampled_from("ab"))
    def publish_and_give_up(self, channel: str, publisher: str) -> None:
        """A publisher leaves before the commit, and returns with all that it has no ack for."""
        n, messages = self.to_send(channel, publisher, 1)

        self.run(self.give_up(channel, publisher, n, messages))

    async def give_up(self, channel: str, publisher: str, n: int, messages: list[str]) -> None:
        future, _ = self.send(channel, publisher, n, messages, begin_n=None)
        future.cancel()
        model = self.models[channel]
        bounds = await self.store.bounds(channel)
        while bounds.head < len(model.events):
            bounds = await self.store.bounds(channel)
        model.epoch = bounds.epoch
        # The writer announces before it does the next write; this one changes nothing.
        await self.store.trim(channel, 0)

    @rule(channel=st.sampled_from(CHANNELS))
    def publish_in_another_case(self, channel: str) -> None:
        if self.models[channel].epoch is None:
            return
        with pytest.raises(IdCaseError) as refused:
            self.run(self.append_any(channel.upper()))
        assert refused.value.existing == channel

    async def append_any(self, channel: str) -> None:
        await self.store.append(new_batch(["never stored"], channel=channel))

    @rule(channel=st.sampled_from(CHANNELS), seq=st.integers(0, 30))
    def trim(self, channel: str, seq: int) -> None:
        self.models[channel].trim(seq)
        self.run(self.store.trim(channel, seq))

    @rule(channel=st.sampled_from(CHANNELS))
    def remove(self, channel: str) -> None:
        """What was published before is not announced again; what comes then is another life."""
        self.run(self.store.remove(channel))

        epoch = self.models[channel].epoch
        if epoch is not None:
            self.past_epochs.add(epoch)
        self.models[channel] = Model()
        self.announced.batches = [one for one in self.announced.batches if one[0] != channel]

    @rule(channel=st.sampled_from(CHANNELS), data=st.binary(max_size=5))
    def save(self, channel: str, data: bytes) -> None:
        model = self.models[channel]
        saved = SavedState(len(model.events), data)
        if model.epoch is not None:
            model.saved_state = saved
        self.run(self.store.save_state(channel, saved))

    @rule(
        channel=st.sampled_from(CHANNELS),
        after=st.integers(0, 40),
        limit=st.sampled_from([0, 60, 150, 10_000]),
    )
    def read(self, channel: str, after: int, limit: int) -> None:
        """From anywhere, however old the position."""
        model = self.models[channel]
        batches = self.run(self.store.read(channel, after, limit))

        found = lines(batch.after(after) for batch in batches)

        rest = model.after(after)
        assert found == rest[: len(found)]
        assert bool(found) == bool(rest)
        assert [model.ends[batch.last] for batch in batches] == [b.batch_id for b in batches]
        assert len(batches) <= 1 or sum(len(batch.raw) for batch in batches) <= limit

    @invariant()
    def everything_is_as_in_the_model(self) -> None:
        self.run(self.compare())

    async def compare(self) -> None:
        for name, model in self.models.items():
            head = len(model.events)
            bounds = await self.store.bounds(name)
            assert (bounds.epoch, bounds.first, bounds.head) == (model.epoch, model.first, head)
            assert bounds.batch_id == (model.ends.get(head, bounds.batch_id))
            assert self.announced.lines(name) == list(enumerate(model.events, 1))
            announced = [bounds for channel, bounds, _ in self.announced.batches if channel == name]
            assert all(each.epoch == model.epoch for each in announced)
            assert all(each.first <= model.first for each in announced)
            assert await batch_id_at(self.store, name, head) == model.ends.get(head)
            assert await batch_id_at(self.store, name, head - 1) == model.ends.get(head - 1)
            for publisher, publisher_id in PUBLISHERS.items():
                assert await last_publisher_seq(self.store, name, publisher_id) == model.last_n.get(
                    publisher
                )
            assert await self.store.saved_state(name) == model.saved_state
            batches = await self.store.read(name, 0, 1_000_000)
            assert lines(batches) == model.after(0)
            if model.epoch is None:
                assert bounds == Bounds()


class MemoryMachine(StoreMachine):
    def open_store(self) -> Store:
        return MemoryStore(retention=RunRetention(events=KEPT_EVENTS))


class SQLiteMachine(StoreMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()

    def open_store(self) -> Store:
        return SQLiteStore(
            Path(self.folder.name) / "sprints.db",
            durability="normal",
            retention=RunRetention(events=KEPT_EVENTS),
        )

    @rule()
    def restart(self) -> None:
        self.run(self.store.close())
        self.open()

    def teardown(self) -> None:
        super().teardown()
        self.folder.cleanup()


class RedisMachine(StoreMachine):
    kind = "redis"

    def __init__(self) -> None:
        super().__init__()
        self.address = new_address(self.kind)

    def open_store(self) -> Store:
        return RedisStore(self.address, retention=RunRetention(events=KEPT_EVENTS))

    @rule()
    def restart(self) -> None:
        self.run(self.store.close())
        self.open()


class ValkeyMachine(RedisMachine):
    kind = "valkey"


TestMemoryStore = MemoryMachine.TestCase
TestMemoryStore.settings = settings(max_examples=100, stateful_step_count=25)

TestSQLiteStore = SQLiteMachine.TestCase
TestSQLiteStore.settings = settings(max_examples=40, stateful_step_count=25)

TestRedisStore = RedisMachine.TestCase
TestRedisStore.settings = settings(max_examples=20, stateful_step_count=25)

TestValkeyStore = ValkeyMachine.TestCase
TestValkeyStore.settings = settings(max_examples=5, stateful_step_count=25)


# The machine itself: it finds the bugs that it is there for.


def store_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    def place(new: NewBatch, *, head: int, last_publisher_seq: int | None) -> Any:
        del last_publisher_seq
        return base.place(new, head=head, last_publisher_seq=None)

    for module in (memory, writer):
        monkeypatch.setattr(module, "place", place)


def live_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (memory, writer):
        monkeypatch.setattr(module, "random_id", lambda _: "e0" * 8)


def read_one_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    for store in (MemoryStore, SQLiteStore):
        read = store.read
        monkeypatch.setattr(
            store,
            "read",
            lambda self, channel, after, limit, read=read: read(self, channel, after + 1, limit),
        )


def begin_one_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_back(*args: Any) -> tuple[int, int]:
        first, size_bytes = run_retention.cut_back(*args)
        return first + (first > 1), size_bytes

    for module in (memory, writer):
        monkeypatch.setattr(module, "cut_back", cut_back)


def announce_too_few(monkeypatch: pytest.MonkeyPatch) -> None:
    call = Announced.__call__

    def announced(self: Announced, channel: str, bounds: Bounds, *args: Any) -> None:
        if bounds.head != 7:
            call(self, channel, bounds, *args)

    monkeypatch.setattr(Announced, "__call__", announced)


@pytest.mark.long
@pytest.mark.parametrize("machine", [MemoryMachine, SQLiteMachine])
@pytest.mark.parametrize(
    "bug", [store_twice, live_twice, read_one_too_late, begin_one_too_late, announce_too_few]
)
def test_a_planted_bug_is_found(
    machine: type[StoreMachine],
    bug: Callable[[pytest.MonkeyPatch], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bug(monkeypatch)
    few = settings(
        max_examples=200,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        print_blob=False,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )

    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine, settings=few)
