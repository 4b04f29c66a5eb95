"""What takes part in an attempt of a run: objects, threads and processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets import InvalidEventError, Sprint
from tests.client.hub_server import PATIENCE_S, HubServer
from tests.client.reading import first_page, published, state, statuses
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from realtime_widgets.protocol.run_state import RunState


def in_threads(work: Callable[[int], object], count: int = 3) -> None:
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


# Threads and objects of one process.


@pytest.mark.parametrize("is_shared", [False, True], ids=["own objects", "one object"])
def test_b33_threads_with_overlapping_blocks_are_one_attempt(
    sprint: Sprint, *, is_shared: bool
) -> None:
    together = threading.Barrier(3)

    def work(_: int) -> None:
        with sprint if is_shared else Sprint(sprint.sprint_id):
            together.wait(PATIENCE_S)

    in_threads(work)

    assert statuses(sprint)[:1] + statuses(sprint)[-1:] == ["running", "succeeded"]
    assert statuses(sprint).count("succeeded") == 1
    assert state(sprint)["attempt"] == 1


def test_b33_an_attempt_of_threads_has_the_worst_of_their_ends_and_is_running_until_the_last(
    sprint: Sprint,
) -> None:
    has_begun, has_failed = threading.Event(), threading.Event()

    def fail() -> None:
        with Sprint(sprint.sprint_id):
            assert has_begun.wait(PATIENCE_S)
            raise ValueError("no data")

    def work(number: int) -> None:
        if number:
            with pytest.raises(ValueError, match="no data"):
                fail()
            has_failed.set()
            return
        with Sprint(sprint.sprint_id):
            has_begun.set()
            assert has_failed.wait(PATIENCE_S)
            assert state(sprint)["status"] == "running"

    in_threads(work, 2)

    assert statuses(sprint) == ["running", "failed"]
    assert state(sprint)["message"] == "ValueError: no data"


def test_b33_a_block_inside_a_block_does_not_end_the_run(sprint: Sprint) -> None:
    with sprint:
        with Sprint(sprint.sprint_id):
            pass
        assert state(sprint)["status"] == "running"
        with sprint:
            pass
        assert state(sprint)["status"] == "running"

    assert statuses(sprint) == ["running", "running", "succeeded"]


def test_b33_commands_of_several_threads_are_one_attempt(sprint: Sprint, tmp_path: Path) -> None:
    program = """if True:
        import os, sys, time
        _, folder, number = sys.argv
        open(os.path.join(folder, number), "w").close()
        while len(os.listdir(folder)) < 3:
            time.sleep(0.01)
        sys.exit(int(number) % 2)
    """

    def work(number: int) -> None:
        command = [sys.executable, "-c", program, str(tmp_path), str(number)]
        Sprint(sprint.sprint_id).run(command)

    in_threads(work)

    assert statuses(sprint) == ["running", "failed"]
    assert state(sprint)["attempt"] == 1


def test_b33_a_block_that_begins_hides_no_question_of_another(sprint: Sprint) -> None:
    with sprint:
        sprint.status("needs_input", "a key?")
        with Sprint(sprint.sprint_id):
            assert state(sprint)["message"] == "a key?"
        assert state(sprint)["status"] == "needs_input"


def test_b33_the_statuses_of_a_block_that_another_one_outlasts_are_shown_except_its_end(
    sprint: Sprint,
) -> None:
    inner = Sprint(sprint.sprint_id)
    with sprint, inner:
        inner.status("running", "phase 2")
        assert state(sprint)["message"] == "phase 2"
        inner.status("cancelled", "enough")
        assert state(sprint)["status"] == "running"

    assert statuses(sprint) == ["running", "running", "cancelled"]
    assert state(sprint)["message"] == "enough"


def test_b33_blocks_one_after_the_other_are_attempts(sprint: Sprint) -> None:
    for _ in range(3):
        with Sprint(sprint.sprint_id):
            pass

    assert state(sprint)["attempt"] == 3


def test_b33_a_run_is_ended_by_hand_though_a_block_continues_and_stays_ended(
    sprint: Sprint,
) -> None:
    with sprint:
        Sprint(sprint.sprint_id).status("failed", "hangs")
        assert state(sprint)["status"] == "failed"
        with Sprint(sprint.sprint_id):
            assert state(sprint)["attempt"] == 2

    assert state(sprint)["status"] == "succeeded"
    assert state(sprint)["attempt"] == 2


def test_b33_a_block_that_fails_after_its_end_was_set_has_failed(sprint: Sprint) -> None:
    def work() -> None:
        with sprint:
            sprint.status("succeeded")
            raise ValueError("late")

    with pytest.raises(ValueError, match="late"):
        work()

    assert state(sprint)["status"] == "failed"


@pytest.mark.parametrize("same_object", [True, False])
def test_a_status_by_hand_is_that_of_the_run_where_there_is_one_publisher(
    sprint: Sprint, *, same_object: bool
) -> None:
    for status in ("running", "needs_input", "succeeded", "failed", "pending", "cancelled"):
        (sprint if same_object else Sprint(sprint.sprint_id)).status(status)  # type: ignore[arg-type] # a status

        assert state(sprint)["status"] == status


def test_b33_a_block_that_could_not_begin_keeps_nothing_going(
    sprint: Sprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise InvalidEventError("bad_field", "of the test")

    with monkeypatch.context() as patch:
        patch.setattr(Sprint, "_publish", fail)
        with pytest.raises(InvalidEventError), sprint:
            pass
    with Sprint(sprint.sprint_id):
        pass

    assert statuses(sprint) == ["running", "succeeded"]


def test_each_status_names_the_member_until_its_end(sprint: Sprint) -> None:
    with sprint:
        sprint.status("needs_input")
    sprint.emit({"type": "status_update", "status": "failed"})
    events = _attempts(sprint)

    assert len(set(events[:3])) == 1
    assert events[3] is None


def _attempts(sprint: Sprint) -> list[Any]:
    published(sprint)
    return [event.get("attempt") for event in first_page(sprint)]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"status": "lost"}, "status"),
        ({"status": "running", "back": True}, "back"),
        ({"status": "running", "last_seen": 1.5}, "last_seen"),
        ({"status": "running", "joins": "a"}, "joins"),
    ],
)
def test_l1_a_status_that_only_the_hub_sets_is_refused_at_once(
    sprint: Sprint, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidEventError, match="set by the server") as caught:
        sprint.emit({"type": "status_update", **fields})

    assert caught.value.field == field
    assert published(sprint) == []


def test_l1_a_run_cannot_be_published_as_lost(sprint: Sprint) -> None:
    with pytest.raises(InvalidEventError, match="set by the server"):
        sprint.status("lost")


# Leases.


def is_held(server: HubServer) -> bool:
    return server.hub.has_held_run(max_age_s=60)


@pytest.mark.parametrize(
    "publish",
    [
        lambda sprint: sprint.status("running"),
        lambda sprint: sprint.emit({"type": "status_update", "status": "running"}),
        lambda sprint: sprint.emit(
            {"type": "status_update", "status": "running", "attempt": "mine"}
        ),
    ],
    ids=["status", "emit", "emit with an attempt"],
)
def test_m4_a_publisher_of_a_status_holds_its_run_again_on_the_next_connection(
    server: HubServer, remote: Sprint, publish: Callable[[Sprint], None]
) -> None:
    publish(remote)
    assert remote.flush(PATIENCE_S) == 0
    assert is_held(server)

    server.stop()
    assert not is_held(server)
    server.start()

    wait_until(lambda: is_held(server), "the run is held")


def test_m4_a_sprint_that_only_logs_holds_no_run(server: HubServer, remote: Sprint) -> None:
    server.do(
        server.hub.broadcast(remote.sprint_id, {"type": "status_update", "status": "running"})
    )
    for _ in range(2):
        remote.log("at work")
        assert remote.flush(PATIENCE_S) == 0
        assert not is_held(server)
        server.cut()


def test_m4_a_sprint_that_has_ended_holds_no_run_on_its_next_connection(
    server: HubServer, remote: Sprint
) -> None:
    with remote:
        pass
    server.cut()
    server.do(
        server.hub.broadcast(remote.sprint_id, {"type": "status_update", "status": "running"})
    )
    remote.log("after all")
    assert remote.flush(PATIENCE_S) == 0

    assert not is_held(server)


# Processes.


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with HubServer() as hub:
        yield hub


def state_of(hub: HubServer, sprint_id: str) -> RunState:
    state = hub.do(hub.hub.state(sprint_id))
    assert state is not None
    return state


def members_of(hub: HubServer, sprint_id: str) -> int:
    state = hub.do(hub.hub.state(sprint_id))
    return len(state.members.left) if state else 0


def work(sprint_id: str, server: str, together: Any, number: int) -> None:
    """A worker; the first fails."""
    sprint = Sprint(sprint_id, server=server)
    with sprint:
        sprint.log(f"worker {number}")
        together.wait(PATIENCE_S)
        sprint.flush(PATIENCE_S)
        together.wait(PATIENCE_S)
        if number == 0:
            raise SystemExit(3)
    sprint.close(PATIENCE_S)


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize("has_parent", [False, True], ids=["alone", "with a parent"])
@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_b33_processes_with_overlapping_blocks_are_one_attempt(
    hub: HubServer, sprint_id: str, method: str, *, has_parent: bool
) -> None:
    context = multiprocessing.get_context(method)
    together = context.Barrier(4)
    workers = [
        context.Process(target=work, args=(sprint_id, hub.argument, together, number))
        for number in range(3)
    ]
    parent = Sprint(sprint_id, server=hub.argument)
    if has_parent:
        parent.__enter__()
        assert parent.flush(PATIENCE_S) == 0
    for worker in workers:
        worker.start()
    together.wait(PATIENCE_S)
    wait_until(lambda: members_of(hub, sprint_id) == 3 + has_parent, "all take part")
    assert (state_of(hub, sprint_id).status, state_of(hub, sprint_id).attempt) == ("running", 1)
    together.wait(PATIENCE_S)
    for worker in workers:
        worker.join(PATIENCE_S)

    if has_parent:
        wait_until(lambda: members_of(hub, sprint_id) == 1, "only the parent takes part")
        assert state_of(hub, sprint_id).status == "running"
        parent.__exit__(None, None, None)
    wait_until(lambda: state_of(hub, sprint_id).status == "failed", "the run has ended")
    assert state_of(hub, sprint_id).attempt == 1


def start_and_stay(sprint_id: str, server: str, has_begun: Any) -> None:
    with Sprint(sprint_id, server=server) as sprint:
        sprint.flush(PATIENCE_S)
        has_begun.set()
        threading.Event().wait()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_b33_a_process_that_was_killed_and_is_started_again_begins_an_attempt(
    hub: HubServer, sprint_id: str
) -> None:
    context = multiprocessing.get_context("spawn")
    for attempt in (1, 2):
        has_begun = context.Event()
        process = context.Process(target=start_and_stay, args=(sprint_id, hub.argument, has_begun))
        process.start()
        assert has_begun.wait(PATIENCE_S)
        assert state_of(hub, sprint_id).attempt == attempt
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join(PATIENCE_S)
        wait_until(lambda: not is_held(hub), "no connection holds the run")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_b33_a_forked_child_that_continues_with_the_sprint_of_its_parent_is_no_member(
    hub: HubServer, sprint_id: str
) -> None:
    def child(sprint: Sprint) -> None:
        sprint.status("running", "fold 3")
        sprint.close(PATIENCE_S)

    with Sprint(sprint_id, server=hub.argument) as sprint:
        assert sprint.flush(PATIENCE_S) == 0
        process = multiprocessing.get_context("fork").Process(target=child, args=(sprint,))
        process.start()
        process.join(PATIENCE_S)
        wait_until(lambda: state_of(hub, sprint_id).message == "fold 3", "the message is there")
        assert members_of(hub, sprint_id) == 1

    assert state_of(hub, sprint_id).status == "succeeded"
    assert state_of(hub, sprint_id).attempt == 1
