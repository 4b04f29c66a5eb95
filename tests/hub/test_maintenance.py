"""What a hub does from time to time, with a clock that the test moves."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets.errors import StoreError, StoreFullError
from realtime_widgets.hub import RetentionPolicy, SQLiteStore
from realtime_widgets.hub.parts import Tuning
from realtime_widgets.protocol.codes import CloseCode

from .fakes import FakeClock, FakeStore, plain, publisher, running, viewer
from .loop import until, until_known

if TYPE_CHECKING:
    from pathlib import Path

    from realtime_widgets.hub import Hub
    from realtime_widgets.protocol.events import LostCause
    from realtime_widgets.protocol.position import Bounds

LOG = {"type": "log", "message": "a"}
RETENTION_AT_ONCE = Tuning(retention_s=0)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def until_gone(hub: Hub, sprint_id: str) -> None:
    async def is_gone() -> bool:
        return await hub.state(sprint_id) is None

    await until_known(is_gone)


async def until_trimmed(hub: Hub, sprint_id: str) -> None:
    async def is_trimmed() -> bool:
        return (await hub.store.bounds(sprint_id)).first > 1

    await until_known(is_trimmed)


# Deadlines.


async def test_a_client_is_not_cut_for_the_sleep_of_the_machine(clock: FakeClock) -> None:
    async with running(clock=clock) as hub:
        client = await viewer(hub)
        await clock.jump(3_600)
        assert (client.transport.code, client.of_type("ping")) == (None, [])

        await clock.pass_by(26)
        assert client.of_type("ping") == [{"type": "ping"}]
        await clock.pass_by(20)
        assert client.transport.code == CloseCode.NO_PONG


# Leases.


async def test_a_run_whose_publisher_died_is_lost_and_has_when_it_was_seen(
    clock: FakeClock,
) -> None:
    async with running(clock=clock) as hub:
        watching = await viewer(hub)
        kernel = await publisher(hub, lease=True)
        await kernel.publish_status(1, "running", message="epoch 3")
        hub.disconnect(kernel.connection)
        seen_at = clock.time()

        await clock.pass_by(39)
        assert [update["status"] for update in watching.statuses] == ["running"]
        await clock.pass_by(3)
        await until(lambda: len(watching.statuses) == 2)

        _, lost = watching.statuses
        assert (lost["status"], lost["last_seen"]) == ("lost", pytest.approx(seen_at, abs=0.01))
        assert (await hub.state("run")).status == "lost"
        await clock.pass_by(100)
        assert len(watching.statuses) == 2


async def test_a_publisher_that_comes_back_takes_its_run_back(clock: FakeClock) -> None:
    async with running(clock=clock) as hub:
        watching = await viewer(hub)
        kernel = await publisher(hub, lease=True)
        await kernel.publish_status(1, "needs_input", message="which one?")
        hub.disconnect(kernel.connection)
        await clock.pass_by(41)
        await until(lambda: len(watching.statuses) == 2)

        await publisher(hub, lease=True)
        await until(lambda: len(watching.statuses) == 3)

        back = {"status": "needs_input", "message": "which one?", "back": True}
        assert watching.statuses[-1] == back
        state = await hub.state("run")
        assert (state.status, state.last_seen) == ("needs_input", None)


async def test_a_publisher_that_is_quiet_and_there_keeps_its_run(clock: FakeClock) -> None:
    async with running(clock=clock) as hub:
        kernel = await publisher(hub, lease=True)
        await kernel.publish_status(1, "running")

        for _ in range(5):
            await clock.pass_by(30)
            assert kernel.of_type("ping")
            await kernel.send(type="pong")

        assert (await hub.state("run")).status == "running"


async def test_a_client_that_only_watches_or_comments_does_not_hold_the_run(
    clock: FakeClock,
) -> None:
    async with running(clock=clock) as hub:
        kernel = await publisher(hub, lease=True)
        await kernel.publish_status(1, "running")
        hub.disconnect(kernel.connection)
        watching = await viewer(hub)
        commenting = await publisher(hub, publisher_id="1f" * 16)
        await clock.pass_by(22)
        for client in (watching, commenting):
            await client.send(type="pong")
        await commenting.publish(1, "still there?")
        await clock.pass_by(22)

        await until(lambda: watching.status == "lost")


@pytest.mark.parametrize("mode", ["v1", "plain"])
@pytest.mark.parametrize(
    "event",
    [LOG, {"type": "comment"}, {"type": "build_progress", "task": "t", "current": 1}],
    ids=["log", "comment", "progress"],
)
async def test_m4_a_publisher_of_anything_but_a_status_does_not_hold_the_run(
    clock: FakeClock, mode: str, event: dict[str, Any]
) -> None:
    """For example a worker that only logs, and whose parent died."""
    async with running(clock=clock) as hub:
        watching = await viewer(hub)
        parent = await publisher(hub)
        await parent.publish_status(1, "running", attempt="a")
        if mode == "plain":
            await (await plain(hub)).send(**event)
        else:
            worker = await publisher(hub, publisher_id="1f" * 16)
            await worker.send(type="publish", first_n=1, events=[event])
        hub.disconnect(parent.connection)
        await clock.pass_by(22)
        await watching.send(type="pong")
        if mode == "v1":
            await worker.send(type="pong")
        await clock.pass_by(22)

        await until(lambda: watching.status == "lost")


@pytest.mark.parametrize("lease", [False, True])
async def test_m4_a_run_is_held_from_the_first_status_on_with_any_hello(
    clock: FakeClock, *, lease: bool
) -> None:
    async with running(clock=clock) as hub:
        kernel = await publisher(hub, lease=lease)
        assert not hub.channels["run"].leases.is_held(now=clock.now)

        await kernel.publish_status(1, "needs_input")

        assert hub.channels["run"].leases.is_held(now=clock.now)


async def test_m4_a_publisher_that_is_gone_before_its_status_is_taken_holds_nothing(
    clock: FakeClock,
) -> None:
    store = FakeStore()
    async with running(store, tuning=Tuning(tick_s=0, max_pending_bytes=1), clock=clock) as hub:
        other, kernel = await publisher(hub), await publisher(hub, publisher_id="1f" * 16)
        store.held = []
        await other.publish(1, "a")
        publishing = asyncio.create_task(kernel.publish_status(1, "running", attempt="a"))
        await asyncio.sleep(0)
        hub.disconnect(kernel.connection)
        store.release()
        await publishing
        store.release()
        await until(lambda: hub.channels["run"].state.status == "running")

        assert not hub.channels["run"].leases.is_held(now=clock.now)


async def test_a_publisher_that_leaves_is_shown_as_disconnected_at_once_until_it_is_back(
    clock: FakeClock,
) -> None:
    async with running(clock=clock) as hub:
        watching = await viewer(hub)
        kernel = await publisher(hub)
        await kernel.publish_status(1, "running")
        await until(lambda: watching.status == "running")
        left_at = round(clock.time(), 3)

        hub.disconnect(kernel.connection)
        await until(lambda: watching.presence == [left_at])
        late = await viewer(hub)
        await until(lambda: late.presence == [left_at])
        assert (await hub.state("run")).disconnected_at == left_at
        assert json.loads((await hub.runs.page(limit=1)).states[0])["disconnected_at"] == left_at

        await publisher(hub, lease=True)
        for client in (watching, late):
            await until(lambda client=client: client.presence == [left_at, None])
        assert (await hub.state("run")).disconnected_at is None
        assert [update["status"] for update in watching.statuses] == ["running"]


async def test_no_presence_is_sent_while_one_of_several_publishers_is_connected(
    clock: FakeClock,
) -> None:
    async with running(clock=clock) as hub:
        watching = await viewer(hub)
        one, two = await publisher(hub), await publisher(hub, publisher_id="1f" * 16)
        await one.publish_status(1, "running", attempt="a")
        await two.publish_status(1, "running", attempt="b")
        await until(lambda: len(watching.statuses) == 2)

        hub.disconnect(one.connection)
        await clock.jump(1)
        assert watching.presence == []
        hub.disconnect(two.connection)
        await until(lambda: len(watching.presence) == 1)


@pytest.mark.parametrize("end", ["succeeded", "failed", "cancelled"])
async def test_a_publisher_that_leaves_a_run_that_has_ended_is_not_missed(
    clock: FakeClock, end: str
) -> None:
    async with running(clock=clock) as hub:
        watching = await viewer(hub)
        kernel = await publisher(hub)
        await kernel.publish_status(1, "running", attempt="a")
        await kernel.publish_status(2, end, attempt="a")
        await until(lambda: watching.status == end)

        hub.disconnect(kernel.connection)
        await clock.jump(1)

        assert watching.presence == []
        assert (await hub.state("run")).disconnected_at is None


async def test_a_publisher_that_another_connection_replaces_is_not_missed(
    clock: FakeClock,
) -> None:
    async with running(clock=clock) as hub:
        watching = await viewer(hub)
        kernel = await publisher(hub)
        await kernel.publish_status(1, "running", attempt="a")
        await until(lambda: watching.status == "running")

        again = await publisher(hub, lease="a")
        await clock.jump(1)

        assert kernel.transport.code == CloseCode.FENCED
        assert again.transport.code is None
        assert watching.presence == []


async def test_a_publisher_that_dies_while_its_status_is_stored_is_missed(
    clock: FakeClock,
) -> None:
    store = FakeStore()
    async with running(store, clock=clock) as hub:
        watching = await viewer(hub)
        kernel = await publisher(hub)
        store.held = []
        await kernel.publish_status(1, "running", attempt="a")
        hub.disconnect(kernel.connection)
        await clock.jump(1)
        assert watching.presence == []

        store.release()
        await until(lambda: len(watching.presence) == 1)


async def test_a_viewer_that_takes_nothing_gets_the_last_presence_alone(clock: FakeClock) -> None:
    async with running(clock=clock) as hub:
        watching = await viewer(hub)
        watching.transport.is_slow = True
        for number in range(1, 6):
            kernel = await publisher(hub, lease=number > 1)
            if number == 1:
                await kernel.publish_status(1, "running")
            await clock.jump(0.5)
            hub.disconnect(kernel.connection)
            await clock.jump(0.5)
        assert len(watching.transport.waiting) == 1

        watching.transport.take_all()

        last = hub.channels["run"].disconnected_at
        assert last is not None
        await until(lambda: watching.presence == [last])


@pytest.mark.parametrize("cause", ["kernel_died", "kernel_restarted", "kernel_shut_down"])
async def test_a_run_whose_process_is_known_to_have_ended_is_lost_at_once(
    clock: FakeClock, cause: LostCause
) -> None:
    async def find_cause() -> LostCause:
        return cause

    async with running(clock=clock) as hub:
        watching = await viewer(hub)
        kernel = await publisher(hub, find_cause=find_cause)
        await kernel.publish_status(1, "running", attempt="a")
        await until(lambda: watching.status == "running")
        died_at = round(clock.time(), 3)

        hub.disconnect(kernel.connection)
        await until(lambda: watching.status == "lost")

        lost = watching.statuses[-1]
        assert (lost["cause"], lost["last_seen"], lost["attempt"]) == (cause, died_at, "a")
        assert clock.time() < died_at + 1, "no time has passed"
        state = await hub.state("run")
        assert (state.status, state.cause, state.last_seen) == ("lost", cause, died_at)
        await until(lambda: state.disconnected_at is None)


async def test_a_process_of_which_nothing_is_known_keeps_its_run_for_the_time_of_the_lease(
    clock: FakeClock,
) -> None:
    async def find_cause() -> None:
        return None

    async with running(clock=clock) as hub:
        watching = await viewer(hub)
        kernel = await publisher(hub, find_cause=find_cause)
        await kernel.publish_status(1, "running", attempt="a")
        hub.disconnect(kernel.connection)

        await clock.pass_by(39)
        assert watching.status == "running"
        await clock.pass_by(3)
        await until(lambda: watching.status == "lost")
        assert "cause" not in watching.statuses[-1]


async def test_an_error_of_what_finds_the_cause_is_logged_and_the_lease_decides(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    async def find_cause() -> None:
        raise RuntimeError("no kernel manager")

    async with running(clock=clock) as hub:
        watching = await viewer(hub)
        kernel = await publisher(hub, find_cause=find_cause)
        await kernel.publish_status(1, "running", attempt="a")
        hub.disconnect(kernel.connection)
        await until(lambda: "no kernel manager" in caplog.text)

        await clock.pass_by(42)
        await until(lambda: watching.status == "lost")


async def test_a_member_that_is_back_before_the_cause_is_found_is_not_lost(
    clock: FakeClock,
) -> None:
    is_asked, may_answer = asyncio.Event(), asyncio.Event()

    async def find_cause() -> LostCause:
        is_asked.set()
        await may_answer.wait()
        return "kernel_died"

    async with running(clock=clock) as hub:
        watching = await viewer(hub)
        child = await publisher(hub, find_cause=find_cause)
        await child.publish_status(1, "running", attempt="a")
        hub.disconnect(child.connection)
        await is_asked.wait()
        again = await publisher(hub, lease="a")
        may_answer.set()
        await clock.jump(1)
        await again.publish_status(2, "needs_input", attempt="a")

        await until(lambda: len(watching.statuses) == 2)
        assert watching.status == "needs_input"


async def test_a_run_whose_kernel_died_is_an_attempt_that_a_new_one_follows() -> None:
    async def find_cause() -> LostCause:
        return "kernel_restarted"

    async with running() as hub:
        watching = await viewer(hub)
        kernel = await publisher(hub, find_cause=find_cause)
        await kernel.publish_status(1, "running", attempt="a")
        hub.disconnect(kernel.connection)
        await until(lambda: watching.status == "lost")

        again = await publisher(hub, publisher_id="1f" * 16)
        await again.publish_status(1, "running", attempt="b")
        await until(lambda: hub.channels["run"].state.attempt == 2)
        state = await hub.state("run")
        assert (state.status, state.cause, state.last_seen) == ("running", None, None)


async def test_after_a_restart_a_run_was_last_seen_when_its_last_event_was_stored(
    tmp_path: Path,
) -> None:
    seconds = datetime.fromisoformat("2026-11-22T20:19:37.250Z").timestamp()
    earlier = FakeClock()
    earlier.time = lambda: seconds  # type: ignore[method-assign]
    async with running(SQLiteStore(tmp_path / "sprints.db"), clock=earlier) as before:
        kernel = await publisher(before)
        await kernel.publish_status(1, "running", attempt="a")
        await until(lambda: kernel.of_type("ack") != [])
    later = FakeClock()
    later.time = lambda: seconds + 3_600 + later.now - began  # type: ignore[method-assign]
    began = later.now

    async with running(SQLiteStore(tmp_path / "sprints.db"), clock=later) as after:
        watching = await viewer(after)
        await until(lambda: watching.presence == [seconds])
        assert (await after.state("run")).disconnected_at == seconds

        await later.pass_by(42)
        await until(lambda: watching.status == "lost")
        assert watching.statuses[-1]["last_seen"] == seconds
        assert (await after.state("run")).last_seen == seconds


async def test_b33_three_publishers_are_one_attempt_that_ends_with_the_last() -> None:
    async with running() as hub:
        workers = [await publisher(hub, publisher_id=f"{n}f" * 16) for n in range(3)]
        for number, worker in enumerate(workers):
            await worker.publish_status(1, "running", attempt=f"a{number}")
        for number, end in ((0, "succeeded"), (2, "failed")):
            await workers[number].publish_status(2, end, attempt=f"a{number}", message=end)
            await until(lambda number=number: len(workers[number].of_type("ack")) == 2)
        state = await hub.state("run")
        assert (state.status, state.attempt, len(state.members.left)) == ("running", 1, 1)

        await workers[1].publish_status(2, "succeeded", attempt="a1")
        await until(lambda: len(workers[1].of_type("ack")) == 2)

        assert (state.status, state.message, state.attempt) == ("failed", "failed", 1)


async def test_b33_publishers_whose_messages_come_in_one_turn_are_one_attempt() -> None:
    async with running() as hub:
        workers = [await publisher(hub, publisher_id=f"{n}f" * 16) for n in range(8)]
        await asyncio.gather(
            *(
                worker.publish_status(1, "running", attempt=f"a{n}")
                for n, worker in enumerate(workers)
            )
        )
        await until(lambda: all(worker.of_type("ack") for worker in workers))

        state = await hub.state("run")
        assert (state.attempt, len(state.members.left)) == (1, 8)


@pytest.mark.parametrize("after_s", [0, 5, 39])
async def test_b33_a_kernel_that_was_killed_and_runs_its_cell_again_begins_an_attempt(
    clock: FakeClock, after_s: int
) -> None:
    async with running(clock=clock) as hub:
        killed = await publisher(hub)
        await killed.publish_status(1, "running", attempt="a")
        hub.disconnect(killed.connection)
        await clock.pass_by(after_s)

        again = await publisher(hub, publisher_id="1f" * 16)
        await again.publish_status(1, "running", attempt="b")
        await until(lambda: hub.channels["run"].state.attempt == 2)

        (member,) = hub.channels["run"].state.members.left
        assert member.id == "b"


async def test_b33_a_member_that_is_gone_is_lost_while_others_continue(clock: FakeClock) -> None:
    async with running(clock=clock) as hub:
        watching = await viewer(hub)
        one, two = await publisher(hub), await publisher(hub, publisher_id="1f" * 16)
        await one.publish_status(1, "running", attempt="a")
        await two.publish_status(1, "running", attempt="b")
        hub.disconnect(two.connection)
        for _ in range(2):
            await clock.pass_by(21)
            await one.send(type="pong")
            await watching.send(type="pong")
        await until(lambda: len(watching.statuses) == 3)

        lost = watching.statuses[-1]
        assert (lost["status"], lost["attempt"]) == ("lost", "b")
        assert lost["message"] == "no heartbeat from one of 2 publishers for 42 s"
        state = await hub.state("run")
        assert state.status == "running"

        await one.publish_status(2, "succeeded", attempt="a")
        await until(lambda: hub.channels["run"].state.status == "lost")
        back = await publisher(hub, publisher_id="1f" * 16, lease="b")
        await until(lambda: hub.channels["run"].state.status == "running")
        await back.publish_status(2, "succeeded", attempt="b")
        await until(lambda: hub.channels["run"].state.status == "succeeded")


async def test_b33_all_members_of_a_server_that_went_down_are_taken_back(
    clock: FakeClock, tmp_path: Path
) -> None:
    path = tmp_path / "sprints.db"
    ids = [f"{n}f" * 16 for n in range(3)]
    async with running(SQLiteStore(path), clock=clock) as hub:
        workers = [await publisher(hub, publisher_id=one) for one in ids]
        for number, worker in enumerate(workers):
            await worker.publish_status(1, "running", attempt=f"a{number}")
        await until(lambda: all(worker.of_type("ack") for worker in workers))

    async with running(SQLiteStore(path), clock=clock) as hub:
        await until(lambda: len(hub.channels) == 1)
        kept = [
            await publisher(hub, publisher_id=one, lease=f"a{n}") for n, one in enumerate(ids[:2])
        ]
        joining = await publisher(hub, publisher_id="9f" * 16)
        await joining.publish_status(1, "running", attempt="a9")
        await until(lambda: bool(joining.of_type("ack")))
        for _ in range(2):
            await clock.pass_by(21)
            for client in (*kept, joining):
                await client.send(type="pong")
        await until(lambda: hub.channels["run"].state.members.find("a2").is_lost)

        state = await hub.state("run")
        assert (state.status, state.attempt, len(state.members.here)) == ("running", 1, 3)


async def test_b33_a_fenced_connection_holds_no_lease() -> None:
    """It is the same publisher, on a connection that the server took for alive."""
    async with running() as hub:
        older = await publisher(hub)
        await older.publish_status(1, "running", attempt="a")

        newer = await publisher(hub, lease="a")
        await newer.publish_status(2, "running", attempt="b")
        await until(lambda: hub.channels["run"].state.attempt == 2)

        assert older.transport.code == CloseCode.FENCED


async def test_a_run_that_ended_is_not_lost(clock: FakeClock) -> None:
    async with running(clock=clock) as hub:
        kernel = await publisher(hub, lease=True)
        await kernel.publish_status(1, "running")
        await kernel.publish_status(2, "succeeded")
        hub.disconnect(kernel.connection)

        await clock.pass_by(100)

        assert (await hub.state("run")).status == "succeeded"


async def test_after_a_restart_a_run_is_lost_unless_its_publisher_comes(
    clock: FakeClock, tmp_path: Path
) -> None:
    path = tmp_path / "sprints.db"
    async with running(SQLiteStore(path), clock=clock) as hub:
        kernels = [await publisher(hub, name, lease=True) for name in ("left", "kept")]
        for kernel in kernels:
            await kernel.publish_status(1, "running")
        await until(lambda: all(kernel.of_type("ack") for kernel in kernels))

    async with running(SQLiteStore(path), clock=clock) as hub:
        await until(lambda: len(hub.channels) == 2)
        kept = await publisher(hub, "kept", lease=True)
        watching = await viewer(hub, "left")
        await clock.pass_by(30)
        await kept.send(type="pong")
        await clock.pass_by(11)
        await until(lambda: watching.status == "lost")

        assert (await hub.state("kept")).status == "running"


async def test_a_run_is_lost_as_soon_as_the_store_takes_it_and_tried_quietly_until_then(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    store = FakeStore()
    async with running(store, clock=clock) as hub:
        kernel = await publisher(hub, lease=True)
        await kernel.publish_status(1, "running")
        store.append_fails_with = StoreFullError("no space is left")
        hub.disconnect(kernel.connection)
        await clock.pass_by(90)
        assert (await hub.state("run")).status == "running"
        assert 1 <= caplog.text.count("no space is left") <= 2

        store.append_fails_with = None
        await clock.pass_by(31)
        await until(lambda: hub.channels["run"].state.status == "lost")
        assert hub.storage_status is None


async def test_trouble_without_further_failures_is_over(clock: FakeClock) -> None:
    store = FakeStore()
    async with running(store, clock=clock) as hub:
        watching, kernel = await viewer(hub), await publisher(hub)
        store.append_fails_with = StoreFullError("no space is left")
        await kernel.publish(1, "a")
        await until(lambda: bool(watching.of_type("trouble")))
        hub.disconnect(kernel.connection)

        await clock.pass_by(29)
        assert hub.storage_status is not None
        await watching.send(type="pong")
        await clock.pass_by(2)

        assert hub.storage_status is None
        assert watching.of_type("trouble")[-1]["code"] is None


async def test_a_publisher_that_speaks_before_the_hub_can_is_not_lost(clock: FakeClock) -> None:
    store = FakeStore()
    async with running(store, clock=clock) as hub:
        kernel = await publisher(hub, lease=True)
        await kernel.publish_status(1, "running")
        hub.disconnect(kernel.connection)
        assert await hub.broadcast("other", LOG) == 1
        store.held = []
        first = asyncio.create_task(hub.broadcast("other", LOG))  # the hub's own appends take turns
        await until(lambda: bool(store.held))
        await clock.pass_by(41)

        other = await publisher(hub, publisher_id="1f" * 16, lease=True)
        other.connection.session.received_at = clock.now
        store.release()
        store.held = None
        await first
        await other.publish_status(1, "running", attempt="again")
        await until(lambda: hub.channels["run"].state.attempt == 2)
        await clock.pass_by(5)

        assert (await hub.state("run")).status == "running"


async def test_one_run_that_cannot_be_read_keeps_no_other_from_being_lost(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FakeStore()
    async with running(store, clock=clock) as hub:
        for name in ("one", "two", "three"):
            await hub.broadcast(name, {"type": "status_update", "status": "running"})
    bounds = FakeStore.bounds

    async def failing(self: FakeStore, channel: str) -> Bounds:
        if channel == "two":
            raise StoreError("it is on fire")
        return await bounds(self, channel)

    monkeypatch.setattr(FakeStore, "bounds", failing)
    async with running(store, clock=clock) as hub:
        await until(lambda: len(hub.channels) == 2)
        await clock.pass_by(41)
        await until(lambda: {c.state.status for c in hub.channels.values()} == {"lost"})


async def test_what_fails_unexpectedly_is_logged_and_tried_again(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(FakeStore, "size_bytes", lambda _: 1 / 0)
    async with running(FakeStore(), tuning=Tuning(tick_s=0, retention_s=0), clock=clock) as hub:
        client = await viewer(hub)
        await until(lambda: caplog.text.count("ZeroDivisionError") > 1)
        await clock.pass_by(26)

        assert client.of_type("ping")


async def test_the_sleep_of_the_machine_loses_no_run(clock: FakeClock) -> None:
    async with running(clock=clock) as hub:
        kernel = await publisher(hub, lease=True)
        await kernel.publish_status(1, "running")

        await clock.jump(3_600)

        assert (await hub.state("run")).status == "running"


async def test_a_run_that_is_held_counts_as_activity_until_it_is_too_old() -> None:
    async with running() as hub:
        assert not hub.has_held_run(max_age_s=60)
        kernel = await publisher(hub, lease=True)
        assert not hub.has_held_run(max_age_s=60)

        await kernel.publish_status(1, "running")
        await until(lambda: bool(kernel.of_type("ack")))
        assert hub.has_held_run(max_age_s=60)
        assert not hub.has_held_run(max_age_s=-60)

        await kernel.publish_status(2, "failed")
        await until(lambda: len(kernel.of_type("ack")) == 2)
        assert not hub.has_held_run(max_age_s=60)


# Old runs.


async def test_what_is_too_much_is_forgotten_and_what_is_watched_stays() -> None:
    async with running(retention=RetentionPolicy(size_bytes=1), tuning=RETENTION_AT_ONCE) as hub:
        watching = await viewer(hub, "watched")
        await hub.broadcast("watched", LOG)
        await hub.broadcast("idle", LOG)

        await until_gone(hub, "idle")

        assert [state.sprint_id for state in await hub.runs.states()] == ["watched"]
        assert watching.lines == [(1, "a")]


async def test_where_all_runs_are_used_the_largest_is_trimmed_and_its_viewers_get_a_gap() -> None:
    async with running(
        retention=RetentionPolicy(size_bytes=1_000), tuning=RETENTION_AT_ONCE
    ) as hub:
        sender = await publisher(hub)
        for n in range(1, 101):
            await sender.publish(n, "x" * 100)
        await until_trimmed(hub, "run")

        late = await viewer(hub)
        await until(lambda: bool(late.lines))
        assert late.lines[0][0] == late.of_type("welcome")[0]["first"] > 1


async def test_a_run_whose_publisher_is_expected_back_is_not_forgotten() -> None:
    """Its publisher may be reconnecting just now."""
    async with running(retention=RetentionPolicy(size_bytes=1), tuning=RETENTION_AT_ONCE) as hub:
        await hub.broadcast("going-on", {"type": "status_update", "status": "running"})
        await hub.broadcast("idle", LOG)

        await until_gone(hub, "idle")

        assert await hub.state("going-on")


async def test_a_client_that_connects_while_a_run_is_forgotten_finds_a_new_one() -> None:
    store = FakeStore()
    async with running(store) as hub:
        for _ in range(10):
            await hub.broadcast("run", LOG)
        store.may_remove.clear()
        forgetting = asyncio.create_task(hub.remove("run"))
        await asyncio.sleep(0)
        coming = asyncio.create_task(publisher(hub))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not coming.done()

        store.may_remove.set()
        await forgetting
        sender, watching = await coming, await viewer(hub)
        await sender.publish(1, "again")
        await until(lambda: bool(watching.lines))

        assert watching.lines == [(1, "again")]
        assert (await hub.state("run")).logs == 1


async def test_forgetting_a_run_that_is_being_forgotten_waits_for_that(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = FakeStore()
    async with running(store) as hub:
        await hub.broadcast("run", LOG)
        store.may_remove.clear()
        *waiting, leaves = [asyncio.create_task(hub.remove("run")) for _ in range(3)]
        await asyncio.sleep(0)
        leaves.cancel()

        store.may_remove.set()
        await asyncio.gather(*waiting)

        assert await hub.state("run") is None
    assert caplog.records == []


async def test_a_run_that_was_forgotten_begins_another_life() -> None:
    async with running() as hub:
        await hub.broadcast("run", LOG)
        before = (await hub.store.bounds("run")).epoch
        await hub.remove("run")
        assert await hub.state("run") is None

        assert await hub.broadcast("run", LOG) == 1
        assert (await hub.store.bounds("run")).epoch not in {before, None}


async def test_cleaning_outlives_a_store_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    store = FakeStore()
    async with running(
        store, retention=RetentionPolicy(size_bytes=1), tuning=RETENTION_AT_ONCE
    ) as hub:
        await hub.broadcast("run", LOG)
        hub.channels.clear()
        store.fails_with = StoreError("the disk is on fire")
        await until(lambda: "the disk is on fire" in caplog.text)

        store.fails_with = None
        await until_gone(hub, "run")
