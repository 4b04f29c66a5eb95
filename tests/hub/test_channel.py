"""One channel in memory: its state, its newest batches, and what follows a seq."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

import pytest

from realtime_widgets.errors import StoreError
from realtime_widgets.hub.channel import Channel, read_state
from realtime_widgets.hub.stores.base import Appended, NewBatch, SavedState
from realtime_widgets.protocol.run_state import RunState
from realtime_widgets.protocol.validation import validate_batch

from .fakes import FakeStore
from .loop import until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from realtime_widgets.hub.frames import Frame
    from realtime_widgets.hub.stores.base import StoredBatch
    from realtime_widgets.protocol.events import Event
    from realtime_widgets.protocol.position import Bounds


class Log:
    """A store, and the channel that takes what it commits."""

    def __init__(self) -> None:
        self.store = FakeStore()
        self.channel: Channel | None = None
        self.errors: list[StoreError] = []
        self.n = 0

    async def open(self, *lines: str, frame_bytes: int = 1, **sizes: float) -> Channel:
        await self.store.open(self._on_commit, lambda _: None)
        for line in lines:
            await self.add(line)
        bounds = await self.store.bounds("run")
        self.channel = Channel(
            "run",
            self.store,
            bounds,
            frame_bytes=frame_bytes,
            lease_s=40.0,
            on_store_error=self.errors.append,
            clock=time,
            **sizes,  # type: ignore[arg-type] # all numbers
        )
        return self.channel

    async def add(self, *lines: str) -> None:
        batch = validate_batch([{"type": "log", "message": line} for line in lines])
        self.n += 1
        await self.store.append(
            NewBatch(
                channel="run",
                publisher_id="p",
                publisher_seq=self.n,
                start_publisher_seq=1,
                events=batch.events,
                raw=batch.raw,
                user=None,
                timestamp=f"t{self.n}",
                batch_id=f"e-{self.n}",
            )
        )
        self.n += len(lines) - 1

    def _on_commit(
        self, name: str, bounds: Bounds, batch: StoredBatch, events: Sequence[Event]
    ) -> None:
        assert name == "run"
        if self.channel is not None:
            self.channel.extend(bounds, batch, events)


class FakeViewer:
    """Counts how often it was advanced, and remembers what it received about the store."""

    def __init__(self) -> None:
        self.advanced = 0
        self.fails_with: Exception | None = None
        self.has_failed = False
        self.lost: list[int] = []
        self.skipped: list[tuple[int, int]] = []

    def advance(self) -> None:
        if self.fails_with is not None:
            raise self.fails_with
        self.advanced += 1

    def fail(self) -> None:
        self.has_failed = True

    def skip(self, after: int, to: int) -> None:
        self.skipped.append((after, to))

    def store_failed(self, after: int) -> None:
        self.lost.append(after)


def lines(frame: Frame | None) -> list[str]:
    assert frame is not None
    return [event["message"] for batch in frame.batches for event in json.loads(batch.raw)]


async def read(channel: Channel, seq: int) -> Frame | None:
    """What follows a seq, if need be after it was read from the store."""
    viewer = FakeViewer()
    channel.viewers.add(viewer)
    frame = channel.frame_after(seq)
    if frame is None:
        await until(lambda: bool(viewer.advanced or viewer.lost))
        frame = channel.frame_after(seq) if viewer.advanced else None
    channel.viewers.discard(viewer)
    return frame


# State.


async def test_a_state_is_reduced_from_the_log() -> None:
    log = Log()
    channel = await log.open("a", "b", "c")

    await channel.restore_state(None)

    assert (channel.state.head, channel.state.logs) == (3, 3)
    assert (channel.state.created, channel.state.updated) == ("t1", "t3")


async def test_a_state_continues_from_the_saved_one() -> None:
    log = Log()
    channel = await log.open("a", "b", "c")
    saved = RunState(sprint_id="run", head=2, logs=100, created="before")

    await channel.restore_state(SavedState(2, saved.model_dump_json().encode()))

    assert (channel.state.head, channel.state.logs, channel.state.created) == (3, 101, "before")


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"status": "dancing"}', b"\xff"])
async def test_a_saved_state_that_cannot_be_read_is_as_none(data: bytes) -> None:
    """All of a channel can be rebuilt from the store; a bad saved state made it unusable."""
    log = Log()
    channel = await log.open("a", "b")

    await channel.restore_state(SavedState(2, data))

    assert (channel.state.head, channel.state.logs) == (2, 2)
    assert read_state(SavedState(2, data)) is None


async def test_a_saved_state_of_what_the_log_does_not_hold_is_as_none() -> None:
    log = Log()
    channel = await log.open("a", "b")
    of_another_life = RunState(sprint_id="run", head=50, logs=50, status="succeeded")

    await channel.restore_state(SavedState(50, of_another_life.model_dump_json().encode()))

    assert (channel.state.head, channel.state.logs, channel.state.status) == (2, 2, "pending")


@pytest.mark.parametrize(("first", "logs"), [(3, 1), (4, 0)])
async def test_a_log_that_was_trimmed_has_the_state_of_what_is_kept(first: int, logs: int) -> None:
    log = Log()
    await log.open("a", "b", "c")
    await log.store.trim("run", first)
    channel = await log.open()

    await channel.restore_state(None)
    await log.add("d")

    assert (channel.state.head, channel.state.logs) == (4, logs + 1)


@pytest.mark.parametrize("damaged", [{1}, {2}, {3}, {1, 2}, {2, 3}, {1, 2, 3}])
async def test_a_state_is_reduced_from_what_is_not_damaged(damaged: set[int]) -> None:
    log = Log()
    channel = await log.open("a", "b", "c")
    log.store.damaged = damaged

    await channel.restore_state(None)
    assert (channel.state.head, channel.state.logs) == (3, 3 - len(damaged))

    await log.add("d")
    assert (channel.state.head, channel.state.logs) == (4, 4 - len(damaged))


async def test_a_state_is_saved_when_it_changed() -> None:
    log = Log()
    channel = await log.open()
    await channel.save_state()
    assert log.store.saves == 0

    await log.add("a")
    await channel.save_state()
    await channel.save_state()

    assert log.store.saves == 1
    saved = await log.store.saved_state("run")
    assert saved
    assert read_state(saved) == channel.state


async def test_a_state_that_could_not_be_saved_is_saved_later() -> None:
    log = Log()
    channel = await log.open()
    await log.add("a")
    log.store.fails_with = StoreError("the disk is full")
    with pytest.raises(StoreError):
        await channel.save_state()
    assert not channel.state_is_saved

    log.store.fails_with = None
    await channel.save_state()

    saved = await log.store.saved_state("run")
    assert saved
    assert saved.seq == 1


# What follows.


async def test_nothing_follows_the_head() -> None:
    log = Log()
    channel = await log.open()
    assert channel.frame_after(0) is None

    await log.add("a")

    assert channel.frame_after(1) is None
    assert channel.frame_after(7) is None
    assert log.store.reads == 1  # for its bounds, when it was opened


async def test_what_is_new_follows_without_reading_the_store() -> None:
    log = Log()
    channel = await log.open(frame_bytes=10_000)
    for line in ("a", "b", "c"):
        await log.add(line)
    reads = log.store.reads

    assert lines(channel.frame_after(0)) == ["a", "b", "c"]
    assert lines(channel.frame_after(1)) == ["b", "c"]
    assert lines(channel.frame_after(2)) == ["c"]
    assert log.store.reads == reads


async def test_viewers_at_the_same_place_share_a_frame() -> None:
    log = Log()
    channel = await log.open("a", "b")

    first, second = await read(channel, 0), await read(channel, 0)
    await log.add("c")
    third = channel.frame_after(0)

    assert first is second is third


async def test_what_was_shown_line_by_line_follows_as_a_whole() -> None:
    """A viewer that joined a run got a message for each that was sent while it was live."""
    log = Log()
    channel = await log.open(frame_bytes=10_000)
    for n, line in enumerate("abcdef"):
        await log.add(line)
        channel.frame_after(n)

    assert lines(channel.frame_after(0)) == list("abcdef")
    assert channel.frame_after(0) is channel.frame_after(0)


async def test_frames_that_were_replaced_take_no_room() -> None:
    log = Log()
    channel = await log.open(frame_bytes=400, frame_cache_bytes=6_000)
    await log.add("x" * 300)
    kept = channel.frame_after(0)
    await log.add("line 2")
    for n in range(3, 23):
        small = channel.frame_after(n - 2)
        await log.add(f"line {n}")
        assert channel.frame_after(n - 2) is not small

    assert channel.frame_after(0) is kept


async def test_what_is_old_is_read_from_the_store_once_for_all() -> None:
    log = Log()
    channel = await log.open("a", "b", frame_bytes=10_000)
    viewers = [FakeViewer(), FakeViewer()]
    channel.viewers.update(viewers)
    reads = log.store.reads

    assert channel.frame_after(0) is channel.frame_after(0) is None
    await until(lambda: viewers[0].advanced > 0)

    assert [viewer.advanced for viewer in viewers] == [1, 1]
    assert log.store.reads == reads + 1
    assert lines(channel.frame_after(0)) == ["a", "b"]


async def test_from_any_place_the_whole_rest_follows() -> None:
    log = Log()
    channel = await log.open("a", "b", frame_bytes=250, tail_bytes=120, frame_cache_bytes=300)
    await log.add("c", "d", "e")
    for line in "fghij":
        await log.add(line)

    for start in range(10):
        after, found = start, []
        while after < 10:
            frame = await read(channel, after)
            assert frame
            assert frame.first == after + 1
            found += lines(frame)
            after = frame.last
        assert found == list("abcdefghij"[start:])


async def test_a_batch_that_does_not_follow_the_last_one_is_read_from_the_store() -> None:
    """A commit that a reader saw before it was announced."""
    log = Log()
    channel = await log.open()
    await log.add("a")
    log.channel = None
    await log.add("b")
    log.channel = channel

    await log.add("c")

    assert lines(await read(channel, 0)) == ["a"]
    assert lines(await read(channel, 1)) == ["b"]
    assert lines(channel.frame_after(2)) == ["c"]


async def test_commits_are_shown_in_the_same_turn_of_the_loop_once() -> None:
    log = Log()
    channel = await log.open()
    viewer = FakeViewer()
    channel.viewers.add(viewer)

    await log.add("a")
    await log.add("b")
    await asyncio.sleep(0)

    assert viewer.advanced == 1


async def test_where_the_log_cannot_be_read_its_viewers_are_closed_with_the_reason() -> None:
    log = Log()
    channel = await log.open("a")
    viewer = FakeViewer()
    channel.viewers.add(viewer)
    log.store.fails_with = StoreError("it is damaged")

    assert channel.frame_after(0) is None
    await until(lambda: viewer.lost == [0])
    assert [str(error) for error in log.errors] == ["it is damaged"]

    log.store.fails_with = None
    assert lines(await read(channel, 0)) == ["a"]


async def test_behind_what_is_damaged_the_rest_follows() -> None:
    log = Log()
    channel = await log.open("a", "b", "c")
    log.store.damaged = {1, 2}

    frame = await read(channel, 0)

    assert (frame and frame.first, lines(frame)) == (3, ["c"])


async def test_a_viewer_before_a_damaged_end_continues_after_it() -> None:
    log = Log()
    channel = await log.open("a", "b", "c")
    log.store.damaged = {2, 3}
    viewer = FakeViewer()
    channel.viewers.add(viewer)

    assert channel.frame_after(1) is None
    await until(lambda: viewer.skipped == [(1, 3)])


async def test_a_viewer_that_cannot_be_served_keeps_no_other_waiting() -> None:
    log = Log()
    channel = await log.open()
    viewers = [FakeViewer() for _ in range(3)]
    viewers[1].fails_with = MemoryError()
    channel.viewers.update(viewers)

    await log.add("a")
    await until(lambda: viewers[0].advanced == viewers[2].advanced == 1)

    assert [viewer.has_failed for viewer in viewers] == [False, True, False]


async def test_closing_keeps_the_state_and_stops_reading() -> None:
    log = Log()
    channel = await log.open("a")
    await log.add("b")
    viewer = FakeViewer()
    channel.viewers.add(viewer)
    log.store.may_read.clear()
    channel.frame_after(0)
    await asyncio.sleep(0)

    await channel.close()
    log.store.may_read.set()

    assert await log.store.saved_state("run")
    await until(lambda: "read run after 0" not in {task.get_name() for task in asyncio.all_tasks()})
    assert (viewer.advanced, viewer.lost) == (0, [])


# When viewers are flushed to.


class Storing:
    """A channel with one viewer, which was advanced a moment ago."""

    def __init__(self, channel: Channel, viewer: FakeViewer) -> None:
        self.channel = channel
        self.viewer = viewer

    def begin(self) -> asyncio.Future[Appended]:
        """Hand a batch to the store."""
        batch: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()
        self.channel.expect(batch)
        return batch

    async def flushes(self) -> int:
        """How often the viewer was advanced, all that was to be done at once being done."""
        for _ in range(3):
            await asyncio.sleep(0)
        return self.viewer.advanced


LONG_COOLDOWN = {"cooldown_factor": float("inf"), "max_cooldown_s": 1e9}
"""It ends only with what is being stored."""


async def advanced_once(log: Log, **cooldown: float) -> Storing:
    channel = await log.open(**cooldown)
    storing = Storing(channel, FakeViewer())
    channel.viewers.add(storing.viewer)
    await log.add("a")
    assert await storing.flushes() == 1
    return storing


async def test_what_comes_alone_is_shown_at_once() -> None:
    log = Log()
    storing = await advanced_once(log, **LONG_COOLDOWN)

    await log.add("b")

    assert await storing.flushes() == 2


async def test_while_more_is_being_stored_viewers_wait_and_then_are_advanced_once_for_all() -> None:
    log = Log()
    storing = await advanced_once(log, **LONG_COOLDOWN)
    first, second = storing.begin(), storing.begin()

    await log.add("b")
    first.set_result(Appended("e", 2, 2))
    during = await storing.flushes()
    await log.add("c")
    second.set_result(Appended("e", 3, 3))

    assert during == 1
    assert await storing.flushes() == 2


async def test_what_could_not_be_stored_does_not_keep_viewers_waiting() -> None:
    log = Log()
    storing = await advanced_once(log, **LONG_COOLDOWN)
    refused, given_up = storing.begin(), storing.begin()

    await log.add("b")
    refused.set_exception(StoreError("full"))
    given_up.cancel()

    assert await storing.flushes() == 2
    assert refused.exception() is not None


@pytest.mark.parametrize("factor", [0, 4, float("inf")])
async def test_a_cooldown_ends_though_more_is_being_stored(factor: float) -> None:
    """It was to be four times as long as a flush, in which a process may be suspended for hours."""
    log = Log()
    storing = await advanced_once(log, cooldown_factor=factor)
    storing.begin()

    await log.add("b")

    await until(lambda: storing.viewer.advanced == 2)


async def test_a_viewer_that_leaves_in_a_cooldown_leaves_nothing_behind() -> None:
    log = Log()
    storing = await advanced_once(log, **LONG_COOLDOWN)
    batch = storing.begin()
    await log.add("b")

    storing.channel.viewers.clear()
    batch.set_result(Appended("e", 2, 2))

    assert await storing.flushes() == 1
