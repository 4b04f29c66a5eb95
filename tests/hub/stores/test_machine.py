"""Whatever is done to a store, in whatever order, it holds what a simple model of it holds."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from realtime_widgets.hub import MemoryStore, SQLiteStore
from realtime_widgets.hub.stores.base import Appended, HoleError, IdCaseError, Snapshot
from realtime_widgets.protocol.position import Bounds

from .batches import ALICE, BOB, Announced, lines, new_batch

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from realtime_widgets.hub import Store

PUBLISHERS = {"a": ALICE, "b": BOB}
CHANNELS = ["one", "two"]

PATIENCE_S = 20.0
"""When a step counts as failed: many times what it needs."""


@dataclass
class Model:
    """A log as a list."""

    events: list[str] = field(default_factory=list)
    ends: dict[int, str] = field(default_factory=dict)
    """Seq of the last event of each batch, and its entry."""

    epoch: str | None = None
    first: int = 1
    last_n: dict[str, int] = field(default_factory=dict)
    snapshot: Snapshot | None = None

    def append(self, publisher: str, n: int, messages: list[str], entry: str) -> int | None:
        """Store what is new of the messages; return the number that is missing, if one is."""
        expected = self.last_n.get(publisher, 0) + 1
        if n > expected:
            return expected
        messages = messages[expected - n :]
        n = expected
        if messages:
            self.events += messages
            self.ends[len(self.events)] = entry
            self.last_n[publisher] = n + len(messages) - 1
        return None

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
        self.run(self.store.open(self.announced))

    def teardown(self) -> None:
        self.run(self.store.close())
        self.runner.close()

    def to_send(self, channel: str, publisher: str, new: int) -> tuple[int, list[str]]:
        n, messages = self.unacked.get((channel, publisher), (1, []))
        messages = messages + [f"{publisher}{next(self.messages)}" for _ in range(new)]
        self.unacked[channel, publisher] = n, messages
        return n, messages

    def expect(self, channel: str, publisher: str, n: int, messages: list[str], entry: str) -> Any:
        """What an append has to say; None for anything."""
        model = self.models[channel]
        missing = model.append(publisher, n, messages, entry)
        if missing is not None:
            return HoleError, missing
        return len(model.events), model.last_n[publisher]

    async def append(self, channel: str, sends: list[tuple[str, int, list[str]]]) -> list[Any]:
        """Append at once, and compare what is said of each."""
        expected = []
        appending = []
        for publisher, n, messages in sends:
            entry = f"e-{next(self.entries)}"
            expected.append(self.expect(channel, publisher, n, messages, entry))
            batch = new_batch(
                messages,
                n=n,
                begin_n=1,
                channel=channel,
                publisher=PUBLISHERS[publisher],
                entry=entry,
            )
            appending.append(self.store.append(batch))
        said = []
        for outcome in await asyncio.gather(*appending, return_exceptions=True):
            if isinstance(outcome, HoleError):
                said.append((HoleError, outcome.expect))
            else:
                assert isinstance(outcome, Appended), outcome
                model = self.models[channel]
                model.epoch = model.epoch or outcome.epoch
                assert outcome.epoch == model.epoch
                said.append((outcome.seq, outcome.up_to))
        assert said == expected
        return said

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
        who=st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 2)), min_size=2, max_size=6),
    )
    def publish_at_once(self, channel: str, who: list[tuple[str, int]]) -> None:
        """Many at once, each of which sends all that it has no ack for."""
        sends = [(name, *self.to_send(channel, name, new)) for name, new in who]

        self.run(self.append(channel, sends))

        for name, n, messages in sends:
            self.unacked[channel, name] = n + len(messages), []

    @rule(channel=st.sampled_from(CHANNELS), publisher=st.sampled_from("ab"))
    def publish_beyond_a_hole(self, channel: str, publisher: str) -> None:
        last_n = self.models[channel].last_n.get(publisher, 0)

        self.run(self.append(channel, [(publisher, last_n + 2, ["never stored"])]))

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

    @rule(channel=st.sampled_from(CHANNELS), data=st.binary(max_size=5))
    def save(self, channel: str, data: bytes) -> None:
        model = self.models[channel]
        snapshot = Snapshot(len(model.events), data)
        if model.epoch is not None:
            model.snapshot = snapshot
        self.run(self.store.save_snapshot(channel, snapshot))

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
        assert [model.ends[batch.last] for batch in batches] == [b.entry for b in batches]
        assert len(batches) <= 1 or sum(len(batch.raw) for batch in batches) <= limit

    @invariant()
    def everything_is_as_in_the_model(self) -> None:
        self.run(self.compare())

    async def compare(self) -> None:
        for name, model in self.models.items():
            head = len(model.events)
            bounds = await self.store.bounds(name)
            assert (bounds.epoch, bounds.first, bounds.head) == (model.epoch, model.first, head)
            assert bounds.entry == (model.ends.get(head, bounds.entry))
            assert self.announced.lines(name) == list(enumerate(model.events, 1))
            assert await self.store.entry_at(name, head) == model.ends.get(head)
            assert await self.store.entry_at(name, head - 1) == model.ends.get(head - 1)
            for publisher, publisher_id in PUBLISHERS.items():
                assert await self.store.last_n(name, publisher_id) == model.last_n.get(publisher)
            assert await self.store.snapshot(name) == model.snapshot
            batches = await self.store.read(name, 0, 1_000_000)
            assert lines(batches) == model.after(0)
            if model.epoch is None:
                assert bounds == Bounds()


class MemoryMachine(StoreMachine):
    def open_store(self) -> Store:
        return MemoryStore()


class SQLiteMachine(StoreMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()

    def open_store(self) -> Store:
        return SQLiteStore(Path(self.folder.name) / "sprints.db", durability="normal")

    @rule()
    def restart(self) -> None:
        self.run(self.store.close())
        self.open()

    def teardown(self) -> None:
        super().teardown()
        self.folder.cleanup()


TestMemoryStore = MemoryMachine.TestCase
TestMemoryStore.settings = settings(max_examples=100, stateful_step_count=25, deadline=None)

TestSQLiteStore = SQLiteMachine.TestCase
TestSQLiteStore.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
