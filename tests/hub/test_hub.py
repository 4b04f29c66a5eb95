"""The hub as its host sees it: starting, stopping, its own events, states and pages."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets.errors import (
    InvalidEventError,
    InvalidSprintIdError,
    StoreError,
    StoreUnavailableError,
)
from realtime_widgets.hub import Hub, MemoryStore, SQLiteStore
from realtime_widgets.hub.channel import Channel
from realtime_widgets.hub.channels import IDLE_S
from realtime_widgets.hub.parts import Tuning
from realtime_widgets.hub.stores.base import IdCaseError, SavedState
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.position import Bounds

from .fakes import (
    FakeClock,
    FakeStore,
    FakeTransport,
    all_events,
    connected,
    publisher,
    running,
    viewer,
)
from .loop import until
from .stores.batches import new_batch

if TYPE_CHECKING:
    from pathlib import Path

    from realtime_widgets.hub.stores.base import OnCommit, OnReset

LOG = {"type": "log", "message": "from the server"}


AT_ONCE = Tuning(tick_s=0, save_s=0)
"""Neither deadlines nor states wait."""


# Starting and stopping.


async def test_stopping_closes_all_connections_as_going_away() -> None:
    async with running() as hub:
        clients = [await viewer(hub), await publisher(hub), connected(hub)]

    assert [client.transport.code for client in clients] == [CloseCode.GOING_AWAY] * 3


async def test_stopping_finishes_what_was_appended(tmp_path: Path) -> None:
    path = tmp_path / "sprints.db"
    async with running(SQLiteStore(path, durability="normal")) as hub:
        sender = await publisher(hub)
        for n in range(1, 5):
            await sender.publish(n, f"line {n}")

    async with running(SQLiteStore(path, durability="normal")) as hub:
        events = await all_events(hub)
        assert [event["message"] for event in events] == [f"line {n}" for n in range(1, 5)]


async def test_a_hub_that_was_not_started_can_be_stopped() -> None:
    await Hub(MemoryStore()).stop()


async def test_a_hub_whose_store_cannot_be_opened_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    hub = Hub(SQLiteStore(tmp_path / "file" / "sprints.db"))
    tasks = asyncio.all_tasks()

    with pytest.raises(StoreError, match="cannot open"):
        await hub.start()

    assert asyncio.all_tasks() == tasks


async def test_after_a_restart_everything_is_there(tmp_path: Path) -> None:
    path = tmp_path / "sprints.db"
    async with running(SQLiteStore(path, durability="normal")) as hub:
        await (await publisher(hub)).publish(1, "a", "b")
        await until(lambda: bool(hub.channels))
        await hub.store.save_state("run", SavedState(2, b"not of this version"))
    async with running(SQLiteStore(path, durability="normal")) as hub:
        before = await hub.state("run")
        client = await viewer(hub)
        await until(lambda: len(client.lines) == 2)
        await (await publisher(hub)).publish(1, "a", "b", "c")
        await until(lambda: len(client.lines) == 3)

    assert before
    assert before.logs == 3  # the same object, which continues
    assert client.lines == [(1, "a"), (2, "b"), (3, "c")]


# Events of the server itself.


async def test_a_broadcast_is_stored_and_sent_to_all_viewers_of_the_sprint() -> None:
    async with running() as hub:
        here, elsewhere = await viewer(hub), await viewer(hub, "other")
        seqs = [await hub.broadcast("run", LOG, user="server") for _ in range(3)]
        late = await viewer(hub)
        await until(lambda: len(late.lines) == len(here.lines) == 3)

    assert seqs == [1, 2, 3]
    assert here.lines == late.lines == [(n, "from the server") for n in seqs]
    assert here.of_type("events")[0]["batches"][0]["user"] == "server"
    assert elsewhere.lines == []


async def test_broadcasts_made_at_once_are_all_stored() -> None:
    async with running() as hub:
        seqs = await asyncio.gather(*(hub.broadcast("run", LOG) for _ in range(10)))

    assert sorted(seqs) == list(range(1, 11))


async def test_a_broadcast_after_one_that_was_not_stored_is_stored() -> None:
    store = FakeStore()
    async with running(store) as hub:
        await hub.broadcast("run", LOG)
        store.append_fails_with = StoreUnavailableError("the disk is full")
        with pytest.raises(StoreUnavailableError):
            await hub.broadcast("run", LOG)
        store.append_fails_with = None

        assert await hub.broadcast("run", LOG) == 2


async def test_a_broadcast_after_one_that_was_given_up_is_stored_too() -> None:
    """Giving up does not undo the append, so the next one had a number that was taken."""
    store = FakeStore()
    async with running(store) as hub:
        await hub.broadcast("run", LOG)
        store.held = []
        given_up = asyncio.create_task(hub.broadcast("run", {**LOG, "message": "given up"}))
        await until(lambda: bool(store.held))
        given_up.cancel()
        await asyncio.wait([given_up])
        store.release()
        store.held = None

        assert await hub.broadcast("run", {**LOG, "message": "next"}) == 3
        events = await all_events(hub, after=1)
        assert [event["message"] for event in events] == ["given up", "next"]


async def test_a_broadcast_that_breaks_a_rule_is_refused() -> None:
    async with running() as hub:
        with pytest.raises(InvalidEventError):
            await hub.broadcast("run", {"type": "log"})
        with pytest.raises(InvalidSprintIdError):
            await hub.broadcast("not an id", LOG)
        await hub.broadcast("run", LOG)
        with pytest.raises(IdCaseError):
            await hub.broadcast("RUN", LOG)

        assert (await hub.store.bounds("run")).head == 1


async def test_an_event_for_one_connection_goes_to_no_other_and_not_into_the_log() -> None:
    async with running() as hub:
        one, other = await viewer(hub), await viewer(hub)
        await hub.send(one.connection.id, LOG)

        with pytest.raises(InvalidEventError):
            await hub.send(one.connection.id, {"type": "log"})
        hub.disconnect(other.connection)
        with pytest.raises(KeyError):
            await hub.send(other.connection.id, LOG)

        assert [message["event"]["message"] for message in one.of_type("direct")] == [
            "from the server"
        ]
        assert other.of_type("direct") == []
        assert await hub.store.bounds("run") == Bounds()


# Reading.


async def test_the_state_of_a_run_follows_its_events() -> None:
    async with running() as hub:
        assert await hub.state("run") is None
        await hub.broadcast("run", {"type": "status_update", "status": "running"})
        running_state = await hub.state("run")
        assert running_state
        assert (running_state.status, running_state.head) == ("running", 1)

        await hub.broadcast("run", {"type": "status_update", "status": "failed"})
        failed = await hub.state("run")

        assert failed
        assert (failed.status, failed.ended is not None) == ("failed", True)


async def test_looking_for_a_run_does_not_make_it() -> None:
    async with running() as hub:
        await viewer(hub, "only-watched")

        assert await hub.state("only-asked") is None
        assert await hub.state("only-watched") is None
        assert await hub.runs.states() == []


@pytest.mark.parametrize("name", ["memory", "sqlite"])
async def test_a_client_of_a_run_that_is_forgotten_comes_back_to_an_empty_one(
    name: str, tmp_path: Path
) -> None:
    store = MemoryStore() if name == "memory" else SQLiteStore(tmp_path / "sprints.db")
    async with running(store) as hub:
        await hub.broadcast("run", LOG)
        await hub.broadcast("other", LOG)
        watcher, other = await viewer(hub), await viewer(hub, "other")

        await hub.remove("run")

        assert (watcher.transport.code, other.transport.code) == (CloseCode.RECONNECT, None)
        again = await viewer(hub)
        assert await hub.state("run") is None
        await hub.broadcast("run", LOG)
        await until(lambda: bool(again.lines))
        assert again.lines == [(1, "from the server")]


@pytest.mark.parametrize(
    ("status", "without", "with_publisher"),
    [
        (None, False, True),
        ("running", True, True),
        ("needs_input", True, True),
        ("succeeded", False, False),
        ("failed", False, False),
        ("cancelled", False, False),
        ("lost", False, False),
    ],
)
async def test_a_run_is_active_until_it_has_ended_or_no_publisher_is_connected(
    status: str | None, *, without: bool, with_publisher: bool
) -> None:
    async with running() as hub:
        await hub.broadcast("run", LOG)
        if status == "lost":
            await hub.broadcast("run", {"type": "status_update", "status": "running"})
        if status is not None:
            await hub.broadcast("run", {"type": "status_update", "status": status})

        assert hub.is_active("run") is without
        await (await publisher(hub, lease=True)).publish(1, "a")
        assert hub.is_active("run") is with_publisher
        assert not hub.is_active("unknown")


async def test_the_states_of_all_runs_begin_with_the_newest() -> None:
    store = FakeStore()
    async with running(store) as hub:
        for name in ("in-memory", "saved", "saved-long-ago", "damaged"):
            await hub.broadcast(name, LOG)
        await hub.broadcast("saved-long-ago", LOG)
    # Another hub on the same logs has none of them in memory.
    saved = (await hub.open_channel("saved")).state.model_dump_json().encode()
    await store.save_state("saved", SavedState(1, saved))
    older = saved.replace(b'"saved"', b'"saved-long-ago"')
    await store.save_state("saved-long-ago", SavedState(1, older))
    await store.save_state("damaged", SavedState(1, b"{"))
    async with running(store) as hub:
        await hub.state("in-memory")
        states = await hub.runs.states()
        in_memory = set(hub.channels)

    assert [(state.sprint_id, state.head, state.logs) for state in states] == [
        ("damaged", 1, 1),
        ("saved-long-ago", 2, 2),
        ("saved", 1, 1),
        ("in-memory", 1, 1),
    ]
    assert in_memory == {"in-memory", "saved-long-ago", "damaged"}  # where no state was saved


@pytest.mark.parametrize("sprint_id", ["", "a/b", "a\n"])
async def test_a_wrong_id_is_refused_at_every_door(sprint_id: str) -> None:
    async with running() as hub:
        with pytest.raises(InvalidSprintIdError):
            hub.connect(sprint_id, FakeTransport())
        with pytest.raises(InvalidSprintIdError):
            await hub.connect_plain(sprint_id, FakeTransport())
        with pytest.raises(InvalidSprintIdError):
            await hub.broadcast(sprint_id, LOG)
        with pytest.raises(InvalidSprintIdError):
            await hub.state(sprint_id)
        with pytest.raises(InvalidSprintIdError):
            await hub.logs.page(sprint_id, limit=1)

        assert hub.connections == {}


# Channels in memory.


async def test_many_clients_that_connect_at_once_open_the_channel_once() -> None:
    store = FakeStore()
    async with running(store) as hub:
        await hub.broadcast("run", LOG)
    async with running(store) as hub:
        reads = store.reads
        clients = await asyncio.gather(*(viewer(hub) for _ in range(10)))
        await until(lambda: all(client.lines for client in clients))

    assert len({id(client.connection.channel) for client in clients}) == 1
    # The bounds for each, and the rest once: the bounds again, and the frame.
    assert store.reads - reads == 10 + 2


async def test_a_cancelled_open_does_not_take_the_channel_from_the_others() -> None:
    store = FakeStore()
    async with running(store) as hub:
        await hub.broadcast("run", LOG)
    async with running(store) as hub:
        store.may_read.clear()
        impatient = asyncio.create_task(hub.open_channel("run"))
        patient = asyncio.create_task(hub.open_channel("run"))
        await asyncio.sleep(0)
        impatient.cancel()
        store.may_read.set()

        assert (await patient).state.logs == 1


async def test_what_is_committed_while_a_channel_is_opened_is_not_missed() -> None:
    store = FakeStore()
    async with running(store) as hub:
        await hub.broadcast("run", LOG)
    async with running(store) as hub:
        store.may_read.clear()
        reads = store.reads
        opening = asyncio.create_task(viewer(hub))
        await until(lambda: store.reads > reads)
        await store.append(new_batch(["new"], channel="run"))
        store.may_read.set()
        client = await opening
        await until(lambda: len(client.lines) == 2)

        assert client.lines == [(1, "from the server"), (2, "new")]
        state = await hub.state("run")
        assert state
        assert (state.head, state.logs) == (2, 2)


async def test_a_channel_that_cannot_be_opened_can_be_opened_later() -> None:
    store = FakeStore()
    async with running(store) as hub:
        store.fails_with = StoreError("it is locked")
        with pytest.raises(StoreError):
            await hub.open_channel("run")
        assert len(hub.channels) == 0

        store.fails_with = None
        assert (await hub.open_channel("run")).name == "run"


async def test_a_channel_without_clients_is_dropped_once_its_state_is_saved() -> None:
    store, clock = FakeStore(), FakeClock()
    async with running(store, clock=clock, tuning=AT_ONCE) as hub:
        sender = await publisher(hub)
        store.fails_with = StoreError("the disk is full")
        await sender.publish(1, "a")
        hub.disconnect(sender.connection)
        await clock.jump(IDLE_S + 1)
        await until(lambda: store.saves > 3)
        assert len(hub.channels) == 1

        store.fails_with = None
        await until(lambda: len(hub.channels) == 0)

        saved = await store.saved_state("run")
        assert saved
        assert saved.seq == 1


async def test_a_channel_with_a_client_is_not_dropped() -> None:
    clock = FakeClock()
    async with running(clock=clock, tuning=AT_ONCE) as hub:
        watcher = await viewer(hub)
        await hub.open_channel("other")
        await clock.jump(IDLE_S + 1)
        await until(lambda: len(hub.channels) == 1)

        await hub.broadcast("run", LOG)
        await until(lambda: bool(watcher.lines))


async def test_the_ticker_outlives_a_store_that_fails() -> None:
    """An error of the store ended it, and with it every ping and every cut of a slow viewer."""
    store = FakeStore()
    async with running(store, tuning=AT_ONCE) as hub:
        client = await viewer(hub)
        await hub.broadcast("run", LOG)
        store.fails_with = StoreError("the disk is full")
        await until(lambda: store.saves > 3)
        client.connection.session.close(CloseCode.RESTARTING)

        await until(lambda: client.transport.code is not None)


async def test_a_damaged_run_does_not_hide_the_others(
    tmp_path: Path,
) -> None:
    path = tmp_path / "sprints.db"
    async with running(SQLiteStore(path)) as hub:
        for name in ("damaged", "sound"):
            await hub.broadcast(name, LOG)
            await hub.broadcast(name, LOG)
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("update batch set crc = 0 where first = 1 and channel = 1")
        db.execute("delete from snapshot")

    async with running(SQLiteStore(path)) as hub:
        states = await hub.runs.states()

        assert [(state.sprint_id, state.logs) for state in states] == [("sound", 2), ("damaged", 1)]


async def test_one_connection_that_fails_does_not_keep_the_others_from_their_deadlines(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with running(limits=Limits(ping_s=0), tuning=AT_ONCE) as hub:
        broken, fine = await viewer(hub), await viewer(hub)
        broken.transport.fails_with = OSError("a bug")
        await until(lambda: broken.transport.code is not None)
        await fine.send(type="pong")
        await until(lambda: len(fine.of_type("ping")) > 1)

    assert broken.transport.code == CloseCode.INTERNAL_ERROR
    assert [record.getMessage() for record in caplog.records] == ["a connection of 'run' failed"]


async def test_what_cannot_be_shown_is_acknowledged_and_read_after_a_reconnect(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """As when memory ran out: no caller must wait for ever, and nothing stored be hidden."""
    async with running(SQLiteStore(tmp_path / "sprints.db")) as hub:
        watching, sender = await viewer(hub), await publisher(hub)
        with monkeypatch.context() as short_of_memory:
            short_of_memory.setattr(Channel, "extend", lambda *_: 1 / 0)
            await sender.publish(1, "a")
            await until(lambda: watching.transport.code is not None)

        assert watching.transport.code == CloseCode.INTERNAL_ERROR
        assert "ZeroDivisionError" in caplog.text
        again = await publisher(hub)
        assert again.of_type("welcome")[0]["last_n"] == 1
        back = await viewer(hub)
        await again.publish(2, "b")
        await until(lambda: len(back.lines) == 2)
        assert back.lines == [(1, "a"), (2, "b")]


class ShortOfMemory(SQLiteStore):
    """A store that cannot report what it has committed while `is_short`."""

    is_short = True

    async def open(self, on_commit: OnCommit, on_reset: OnReset) -> None:
        def report(*committed: Any) -> None:
            if self.is_short:
                raise MemoryError
            on_commit(*committed)

        await super().open(report, on_reset)


async def test_a_publisher_gets_an_answer_from_a_store_that_fails_in_an_unexpected_way(
    tmp_path: Path,
) -> None:
    store = ShortOfMemory(tmp_path / "sprints.db")
    async with running(store) as hub:
        sender = await publisher(hub)
        await sender.publish(1, "a")
        await until(lambda: bool(sender.of_type("nack")))

        store.is_short = False
        await sender.publish(1, "a")
        await until(lambda: bool(sender.of_type("ack")))
