"""Runs that a user stops, through the hub of this process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import re
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets import Cancelled, InvalidEventError, Sprint
from realtime_widgets.client.in_process import InProcess
from realtime_widgets.client.runtime import runtime
from tests.client.reading import lines, published, state
from tests.waiting import PATIENCE_S, until, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.client.hub_server import HubServer

here = InProcess()
on_posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no process trees of signals")


def stop(sprint: Sprint, **fields: Any) -> int:
    """Stop the newest attempt of a run, once it is running; return the seq of the stop."""
    wait_until(lambda: (here.run(sprint.sprint_id) or {}).get("attempt"), "it runs")
    attempt = (here.run(sprint.sprint_id) or {})["attempt"]
    event = {"type": "control", "action": "stop", "attempt": attempt, **fields}
    return runtime().run(here.reply(sprint.sprint_id, event), PATIENCE_S)


@contextlib.contextmanager
def stopping(sprint: Sprint) -> Iterator[None]:
    """Stop a run in a thread, while the block is executed."""
    with ThreadPoolExecutor(1) as pool:
        stopped = pool.submit(stop, sprint)
        yield
        stopped.result(PATIENCE_S)


def keep_busy() -> None:
    ends_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends_at:
        pass
    pytest.fail("it was not interrupted")


def end(sprint: Sprint) -> tuple[str, str | None]:
    after = state(sprint)
    return after["status"], after["message"]


def test_a_stop_interrupts_a_busy_loop_in_the_main_thread(sprint: Sprint) -> None:
    with stopping(sprint), pytest.raises(KeyboardInterrupt), sprint:
        keep_busy()

    assert end(sprint) == ("cancelled", "stopped")
    assert state(sprint)["inbox"]["stop"]["is_taken"]
    kinds = [event["type"] for event in published(sprint)]
    assert sorted(kinds) == ["control", "status_update", "status_update", "taken"]


def test_a_stop_ends_a_sleep_in_the_main_thread(sprint: Sprint) -> None:
    with stopping(sprint), pytest.raises(KeyboardInterrupt), sprint:
        time.sleep(PATIENCE_S)

    assert end(sprint) == ("cancelled", "stopped")


def test_a_thread_that_sleeps_and_checks_is_stopped(sprint: Sprint) -> None:
    def work() -> None:
        with sprint:
            while True:
                time.sleep(0.01)
                sprint.check()

    with ThreadPoolExecutor(1) as pool, stopping(sprint):
        working = pool.submit(work)
        with pytest.raises(Cancelled, match=rf"the run '{sprint.sprint_id}' was stopped"):
            working.result(PATIENCE_S)

    assert end(sprint) == ("cancelled", "stopped")


def test_no_except_exception_of_the_program_continues_the_run(sprint: Sprint) -> None:
    sprint = Sprint(sprint.sprint_id, on_cancel="flag")

    def check_until_stopped() -> None:
        with sprint:
            while True:
                with contextlib.suppress(Exception):
                    sprint.check()

    with stopping(sprint), pytest.raises(Cancelled):
        check_until_stopped()


def test_with_the_flag_a_block_ends_by_itself_and_is_cancelled(sprint: Sprint) -> None:
    sprint = Sprint(sprint.sprint_id, on_cancel="flag")
    with stopping(sprint), sprint:
        assert not sprint.cancelled
        wait_until(lambda: sprint.cancelled, "it is stopped")

    assert end(sprint) == ("cancelled", "stopped")
    assert sprint.cancelled


def test_an_exception_after_a_stop_is_in_the_log_of_a_cancelled_run(sprint: Sprint) -> None:
    sprint = Sprint(sprint.sprint_id, on_cancel="flag")

    def fail_when_stopped() -> None:
        with sprint:
            wait_until(lambda: sprint.cancelled, "it is stopped")
            raise ValueError("torn")

    with stopping(sprint), pytest.raises(ValueError, match="torn"):
        fail_when_stopped()

    assert end(sprint) == ("cancelled", "stopped")
    assert "ValueError: torn" in lines(sprint)[-1]


def test_a_status_that_the_program_sets_after_a_stop_stays(sprint: Sprint) -> None:
    sprint = Sprint(sprint.sprint_id, on_cancel="flag")
    with stopping(sprint), sprint:
        wait_until(lambda: sprint.cancelled, "it is stopped")
        sprint.status("succeeded", "it was the last step")

    assert end(sprint) == ("succeeded", "it was the last step")


def test_an_agent_in_a_task_is_cancelled_and_the_others_are_not(sprint: Sprint) -> None:
    async def agent() -> None:
        async with sprint:
            await asyncio.sleep(PATIENCE_S)

    async def main() -> str:
        task = asyncio.create_task(agent())
        with pytest.raises(asyncio.CancelledError):
            await task
        return "went on"

    with stopping(sprint):
        assert asyncio.run(main()) == "went on"
    assert end(sprint) == ("cancelled", "stopped")


def test_a_plain_with_in_a_coroutine_is_cancelled_as_its_task(sprint: Sprint) -> None:
    async def agent() -> None:
        with sprint:
            await asyncio.sleep(PATIENCE_S)

    async def main() -> None:
        with pytest.raises(asyncio.CancelledError):
            await asyncio.create_task(agent())

    with stopping(sprint):
        asyncio.run(main())
    assert end(sprint) == ("cancelled", "stopped")


def test_a_coroutine_that_blocks_its_event_loop_is_interrupted(sprint: Sprint) -> None:
    async def agent() -> None:
        async with sprint:
            keep_busy()

    with stopping(sprint), pytest.raises(KeyboardInterrupt):
        asyncio.run(agent())
    assert end(sprint) == ("cancelled", "stopped")


@on_posix
def test_a_command_ends_with_all_processes_that_it_has_started(sprint: Sprint) -> None:
    # Shells start what is in the background with SIGINT ignored.
    command = "sleep 1000 & echo $!; (sleep 1001; true) & echo $!; sleep 1002"
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(sprint.run, command)
        wait_until(lambda: len(_lines_now(sprint)) == 2, "both have started")
        stop(sprint)
        with pytest.raises(Cancelled):
            running.result(PATIENCE_S)

    assert end(sprint) == ("cancelled", "stopped")
    for pid in map(int, filter(str.isdecimal, lines(sprint))):
        wait_until(lambda pid=pid: not _is_running(pid), f"{pid} has ended")


@on_posix
def test_a_command_that_ignores_signals_is_killed(
    sprint: Sprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = sys.modules["realtime_widgets.client.publishing.commands.process_tree"]
    for name in ("INTERRUPT_S", "TERMINATE_S"):
        monkeypatch.setattr(module, name, 0.1)
    command = "trap '' INT TERM; echo ready; while true; do sleep 0.05; done"
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(sprint.run, command)
        wait_until(lambda: _lines_now(sprint) == ["ready"], "it has started")
        stop(sprint)
        with pytest.raises(Cancelled):
            running.result(PATIENCE_S)


def test_a_command_in_the_main_thread_is_ended_once_and_not_interrupted(sprint: Sprint) -> None:
    with stopping(sprint), pytest.raises(Cancelled), sprint:
        sprint.run([sys.executable, "-c", f"import time; time.sleep({PATIENCE_S})"])

    assert end(sprint) == ("cancelled", "stopped")


def test_a_question_is_closed_by_a_stop(sprint: Sprint) -> None:
    def ask() -> None:
        with sprint:
            sprint.ask("Which?")

    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask)
        wait_until(lambda: (here.run(sprint.sprint_id) or {}).get("questions"), "it asks")
        stop(sprint)
        with pytest.raises(Cancelled):
            asking.result(PATIENCE_S)

    assert end(sprint) == ("cancelled", "stopped")


def test_a_function_is_called_in_a_thread_of_its_own(sprint: Sprint) -> None:
    called = threading.Event()
    in_main: list[bool] = []

    def on_cancel() -> None:
        in_main.append(threading.current_thread() is threading.main_thread())
        called.set()
        raise ValueError("is logged")

    sprint = Sprint(sprint.sprint_id, on_cancel=on_cancel)
    with stopping(sprint), sprint:
        assert called.wait(PATIENCE_S)

    assert in_main == [False]
    assert end(sprint) == ("cancelled", "stopped")


def test_the_first_stop_counts_and_one_of_another_attempt_is_refused(sprint: Sprint) -> None:
    sprint = Sprint(sprint.sprint_id, on_cancel="flag")
    with sprint:
        first = stop(sprint)
        assert stop(sprint) == first
        wait_until(lambda: sprint.cancelled, "it is stopped")
    with pytest.raises(InvalidEventError, match="the run has ended") as ended:
        stop(sprint)

    with sprint:
        sprint.flush()
        with pytest.raises(InvalidEventError, match="attempt 2 of the run is the newest") as other:
            stop(sprint, attempt=1)
        assert not sprint.cancelled

    assert (ended.value.code, other.value.code) == ("not_running", "other_attempt")
    assert end(sprint)[0] == "succeeded"


def test_a_stop_is_no_event_of_a_publisher(sprint: Sprint) -> None:
    with pytest.raises(InvalidEventError, match="type: `control` is sent by POST"):
        sprint.emit({"type": "control", "action": "stop", "attempt": 1})


def test_a_stop_while_the_publisher_is_cut_off_arrives_on_its_next_connection_once(
    remote: Sprint, server: HubServer
) -> None:
    calls: list[str] = []
    remote = Sprint(remote.sprint_id, server=server.argument, on_cancel=lambda: calls.append("x"))
    event = {"type": "control", "action": "stop", "attempt": 1, "request": "r"}
    with remote:
        assert remote.flush() == 0
        server.stop()
        first = server.do(server.hub.replies.store(remote.sprint_id, event, "alice"))
        assert server.do(server.hub.replies.store(remote.sprint_id, event, "alice")) == first
        server.start()
        wait_until(lambda: calls, "it is stopped")
        server.cut()
        remote.log("after another connection")
        assert remote.flush() == 0
        with pytest.raises(Cancelled, match="by alice"):
            remote.check()

    assert remote.flush() == 0
    after = server.do(server.hub.state(remote.sprint_id))
    assert calls == ["x"]
    assert (after.status, after.message) == ("cancelled", "stopped by alice")
    assert [one["type"] for one in server.events(remote.sprint_id)].count("taken") == 1


def test_in_another_thread_the_task_of_a_block_is_cancelled(sprint: Sprint) -> None:
    async def agent() -> None:
        async with sprint:
            await asyncio.sleep(PATIENCE_S)

    with ThreadPoolExecutor(1) as pool, stopping(sprint):
        working = pool.submit(asyncio.run, agent())
        with pytest.raises(asyncio.CancelledError):
            working.result(PATIENCE_S)


def test_a_pickled_copy_has_a_flag_in_place_of_a_function(sprint: Sprint) -> None:
    original = Sprint(sprint.sprint_id, on_cancel=lambda: pytest.fail("it is not copied"))
    copied: Sprint = pickle.loads(pickle.dumps(original))  # noqa: S301 - made here
    with stopping(sprint), copied:
        wait_until(lambda: copied.cancelled, "it is stopped")

    assert end(sprint) == ("cancelled", "stopped")


@pytest.mark.parametrize(
    ("on_cancel", "error", "words"),
    [
        ("stop", ValueError, 'it is "interrupt", "flag" or a function'),
        (3, TypeError, "it is a function without arguments"),
        (until, TypeError, "no coroutine function"),
    ],
)
def test_another_way_to_stop_is_refused(
    sprint_id: str, on_cancel: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=re.escape(words)):
        Sprint(sprint_id, on_cancel=on_cancel)


def _lines_now(sprint: Sprint) -> list[str]:
    last = here.page(sprint.sprint_id, limit=100) or {"events": []}
    return [event["message"] for event in last["events"] if event["type"] == "log"]


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123 - a file of the kernel
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return os.path.exists("/proc/self/stat") is False  # noqa: PTH110 - as above
