"""Reading a run's events."""

from __future__ import annotations

import asyncio
import copy
import gc
import re
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets import (
    FollowTimeoutError,
    InvalidSprintIdError,
    Position,
    PositionLostError,
    ServerNotFoundError,
    Sprint,
    follow,
)
from realtime_widgets.client.runtime import Runtime
from realtime_widgets.hub import RunRetention
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.messages import Gap
from tests.waiting import PATIENCE_S, wait_until

from .interrupts import ctrl_c_while_waiting

if TYPE_CHECKING:
    from realtime_widgets._follow import Follower

    from .hub_server import HubServer


def run(sprint: Sprint, count: int) -> None:
    with sprint:
        for number in range(count):
            sprint.log(number)


def messages(events: Any) -> list[str]:
    return [event.message for event in events if event.type == "log"]


def time_out(events: Follower, reason: str) -> FollowTimeoutError:
    """Read until it times out for this reason; a busy machine may need several to connect."""
    errors: list[FollowTimeoutError] = []

    def has_reason() -> bool:
        with pytest.raises(FollowTimeoutError) as raised:
            next(events)
        errors.append(raised.value)
        return raised.value.reason.startswith(reason)

    wait_until(has_reason, reason)
    return errors[-1]


def test_events_have_what_the_hub_knows_of_them(sprint: Sprint) -> None:
    run(sprint, 1)

    events = list(follow(sprint.sprint_id, until_end=True))

    assert [event.seq for event in events] == [1, 2, 3]
    assert {event.sprint_id for event in events} == {sprint.sprint_id}
    assert all(event.timestamp for event in events)


def test_it_ends_at_the_final_status(sprint: Sprint) -> None:
    run(sprint, 1_000)

    events = follow(sprint.sprint_id, until_end=True)

    assert messages(events) == [str(number) for number in range(1_000)]


def test_a_status_that_others_follow_is_not_the_end(sprint: Sprint) -> None:
    run(sprint, 1)
    run(sprint, 2)
    sprint.log("afterwards")
    sprint.flush()

    events = follow(sprint.sprint_id, until_end=True)

    assert messages(events) == ["0", "0", "1", "afterwards"]


def test_it_can_be_read_with_async_for(sprint: Sprint) -> None:
    run(sprint, 100)

    async def read() -> list[Any]:
        return [event async for event in follow(sprint.sprint_id, until_end=True)]

    assert messages(asyncio.run(read())) == [str(number) for number in range(100)]


def test_new_events_come_as_they_are_published(sprint: Sprint) -> None:
    events = follow(sprint.sprint_id)

    for number in range(3):
        sprint.log(number)
        event = next(events)
        assert event.type == "log"
        assert event.message == str(number)


def test_it_continues_after_a_position(sprint: Sprint) -> None:
    run(sprint, 10)
    first = follow(sprint.sprint_id)
    seen = [next(first) for _ in range(4)]

    rest = list(follow(sprint.sprint_id, after=first.position, until_end=True))

    assert [event.seq for event in seen + rest] == list(range(1, 13))


def test_after_the_last_event_of_an_ended_run_there_is_nothing_to_wait_for(sprint: Sprint) -> None:
    run(sprint, 1)
    whole = follow(sprint.sprint_id, until_end=True)
    assert len(list(whole)) == 3

    assert list(follow(sprint.sprint_id, after=whole.position, until_end=True)) == []


def test_a_position_survives_being_written_down(sprint: Sprint) -> None:
    run(sprint, 1)
    events = follow(sprint.sprint_id)
    next(events)
    assert events.position is not None

    saved = Position.model_validate_json(events.position.model_dump_json())

    assert next(follow(sprint.sprint_id, after=saved)).seq == 2


def test_a_log_that_was_replaced_is_an_error_and_then_read_from_its_start(sprint: Sprint) -> None:
    run(sprint, 1)
    events = follow(sprint.sprint_id, after=Position(epoch="another", seq=7), until_end=True)

    with pytest.raises(PositionLostError, match="epoch"):
        list(events)

    assert len(list(events)) == 3


def test_a_lost_connection_is_made_again_and_nothing_is_read_twice(
    server: HubServer, remote: Sprint
) -> None:
    events = follow(remote.sprint_id, server=server.argument)
    seen = []

    for number in range(50):
        remote.log(number)
        if number % 10 == 5:
            server.cut()
        seen.append(next(events))

    assert messages(seen) == [str(number) for number in range(50)]
    events.close()


def test_a_server_that_restarts_is_read_on(server: HubServer, remote: Sprint) -> None:
    events = follow(remote.sprint_id, server=server.argument)
    remote.log("before")
    assert messages([next(events)]) == ["before"]

    server.stop()
    remote.log("after")
    server.start()

    assert messages([next(events)]) == ["after"]
    events.close()


def test_a_gap_stands_in_the_place_of_events_that_are_not_kept_any_more(
    server: HubServer, remote: Sprint
) -> None:
    server.forget_everything(RunRetention(size_bytes=4_000))
    events = follow(remote.sprint_id, server=server.argument)
    remote.log("first")
    assert messages([next(events)]) == ["first"]
    events.close()
    for number in range(50):
        remote.log(f"{number} " + "x" * 500)
        remote.flush(PATIENCE_S)

    gap, after = next(events), next(events)

    assert isinstance(gap, Gap)
    assert gap.from_ == 2
    assert after.seq == gap.to + 1
    events.close()


def test_a_run_that_has_ended_is_not_waited_for_where_the_hub_stored_lost_too_late(
    server: HubServer, remote: Sprint
) -> None:
    remote.status("running")
    remote.status("succeeded")
    remote.flush(PATIENCE_S)
    lost = {"type": "status_update", "status": "lost"}
    server.do(server.hub.broadcast(remote.sprint_id, lost))

    events = list(follow(remote.sprint_id, until_end=True, server=server.argument))

    assert [event.status for event in events] == ["running", "succeeded", "lost"]


def test_a_run_whose_end_is_not_kept_any_more_is_not_waited_for(
    server: HubServer, remote: Sprint
) -> None:
    server.forget_everything(RunRetention(size_bytes=2_000))
    with remote:
        pass
    for number in range(20):
        remote.log(f"{number} " + "x" * 500)
        remote.flush(PATIENCE_S)

    gap, *late = follow(remote.sprint_id, until_end=True, server=server.argument)

    assert isinstance(gap, Gap)
    assert late[-1].message.startswith("19 ")


def test_the_newest_events_are_read_and_then_those_that_come(sprint: Sprint) -> None:
    run(sprint, 1_000)
    events = follow(sprint.sprint_id, newest=3)

    stored = [next(events) for _ in range(3)]
    sprint.log("new")

    assert messages(stored) == ["998", "999"]
    assert [event.seq for event in stored] == [1_000, 1_001, 1_002]
    assert messages([next(events)]) == ["new"]


def test_all_events_are_read_where_there_are_no_more_than_the_newest(sprint: Sprint) -> None:
    run(sprint, 1)

    events = follow(sprint.sprint_id, newest=1_000, until_end=True)

    assert [event.seq for event in events] == [1, 2, 3]


def test_the_newest_events_of_a_run_that_begins_later_are_all(sprint: Sprint) -> None:
    events = follow(sprint.sprint_id, newest=1, timeout=0.2)
    time_out(events, "no such run")

    run(sprint, 2)
    events._timeout = PATIENCE_S  # noqa: SLF001 - what is late on a busy machine is no failure

    assert messages([next(events) for _ in range(4)]) == ["0", "1"]


def test_it_ends_where_the_final_status_is_older_than_the_newest_events(sprint: Sprint) -> None:
    with sprint:
        pass
    for number in range(10):
        sprint.log(number)
    sprint.flush(PATIENCE_S)

    events = follow(sprint.sprint_id, newest=3, until_end=True)

    assert messages(events) == ["7", "8", "9"]


def test_it_does_not_end_where_the_run_was_started_again_before_the_newest_events(
    sprint: Sprint,
) -> None:
    run(sprint, 1)
    sprint.status("running")
    for number in range(5):
        sprint.log(number)

    events = follow(sprint.sprint_id, newest=2, until_end=True)
    newest = [next(events), next(events)]
    sprint.status("succeeded")

    assert messages(newest) == ["3", "4"]
    assert [event.status for event in events] == ["succeeded"]


def test_after_the_newest_events_a_lost_connection_is_resumed(
    server: HubServer, remote: Sprint
) -> None:
    run(remote, 100)
    events = follow(remote.sprint_id, newest=2, server=server.argument)
    stored = [next(events), next(events)]

    server.cut()
    for number in range(5):
        remote.log(f"new {number}")
    new = [next(events) for _ in range(5)]

    assert [event.seq for event in stored + new] == list(range(101, 108))
    events.close()


def test_trimmed_events_are_a_gap_before_the_newest(server: HubServer, remote: Sprint) -> None:
    server.forget_everything(RunRetention(size_bytes=4_000))
    for number in range(50):
        remote.log(f"{number} " + "x" * 500)
        remote.flush(PATIENCE_S)

    events = follow(remote.sprint_id, newest=2, server=server.argument)
    gap, *stored = [next(events) for _ in range(3)]

    assert isinstance(gap, Gap)
    assert (gap.from_, gap.reason) == (1, "trimmed")
    assert [event.seq for event in stored] == [49, 50]
    events.close()


def test_a_copy_that_has_read_nothing_reads_the_newest_events_too(sprint: Sprint) -> None:
    run(sprint, 10)

    events = copy.copy(follow(sprint.sprint_id, newest=2, until_end=True))

    assert [event.seq for event in events] == [11, 12]


def test_the_newest_events_can_be_read_with_async_for(sprint: Sprint) -> None:
    run(sprint, 10)

    async def read() -> list[Any]:
        events = follow(sprint.sprint_id, newest=2, until_end=True)
        return [event async for event in events]

    assert [event.seq for event in asyncio.run(read())] == [11, 12]


@pytest.mark.parametrize("newest", [0, -1, 1_001, 2.5, "9", True])
def test_a_number_of_newest_events_that_cannot_be_is_refused(newest: Any) -> None:
    with pytest.raises(ValueError, match="newest is a whole number from 1 to 1,000"):
        follow("run", newest=newest)


def test_newest_events_after_a_position_are_refused() -> None:
    with pytest.raises(ValueError, match="not both"):
        follow("run", newest=9, after=Position(epoch="e", seq=1))


def test_a_server_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ServerNotFoundError, match=r"127\.0\.0\.1:9"):
        next(follow("run", server="http://127.0.0.1:9/?token=s3cret"))


def test_a_server_that_refuses_is_an_error(server: HubServer) -> None:
    server.refuse_with = CloseCode.FORBIDDEN

    with pytest.raises(ServerNotFoundError, match="forbidden"):
        next(follow("run", server=server.argument))


def test_a_wrong_sprint_id_is_refused() -> None:
    with pytest.raises(InvalidSprintIdError):
        follow("no such id")


def test_an_interrupt_ends_the_waiting_and_reading_can_continue(sprint: Sprint) -> None:
    events = follow(sprint.sprint_id)
    sprint.log("one")
    next(events)

    with pytest.raises(KeyboardInterrupt), ctrl_c_while_waiting():
        next(events)
    sprint.log("two")

    assert messages([next(events)]) == ["two"]


def test_a_reader_that_is_forgotten_disconnects(server: HubServer, remote: Sprint) -> None:
    remote.log("one")
    remote.flush(PATIENCE_S)
    events = follow(remote.sprint_id, server=server.argument)
    next(events)
    assert len(server.hub.connections) == 2

    del events
    gc.collect()

    wait_until(lambda: len(server.hub.connections) == 1, "only the publisher is connected")


# How long it waits.


def test_the_time_out_of_a_run_that_never_begins_names_similar_runs(sprint: Sprint) -> None:
    sprint.log("there")
    sprint.flush()

    error = time_out(follow(f"{sprint.sprint_id}x", timeout=0.2), "no such run")

    assert error.similar == (sprint.sprint_id,)
    assert error.reason == f"no such run; similar names: {sprint.sprint_id!r}"
    assert isinstance(error, TimeoutError)


def test_the_time_out_names_a_run_whose_name_differs_only_in_case(sprint: Sprint) -> None:
    sprint.log("there")
    sprint.flush()

    error = time_out(follow(sprint.sprint_id.upper(), timeout=0.2), "no such run")

    assert "differs only in case" in str(error)


def test_reading_may_continue_after_a_time_out_because_nothing_was_published(
    sprint: Sprint,
) -> None:
    sprint.log("first")
    events = follow(sprint.sprint_id, timeout=PATIENCE_S)
    next(events)
    events._timeout = 0.2  # noqa: SLF001 - short only from here on

    with pytest.raises(FollowTimeoutError, match="nothing was published") as raised:
        next(events)
    sprint.log("second")

    assert raised.value.similar == ()
    events._timeout = PATIENCE_S  # noqa: SLF001 - what is late on a busy machine is no failure
    assert messages([next(events)]) == ["second"]


def test_async_for_waits_no_longer_either(sprint: Sprint) -> None:
    async def read() -> None:
        async for _ in follow(sprint.sprint_id, timeout=0.2):
            pytest.fail("nothing was published")

    with pytest.raises(FollowTimeoutError):
        asyncio.run(read())


def test_the_time_out_without_a_server_has_the_time_when_it_was_lost(
    server: HubServer, remote: Sprint
) -> None:
    remote.log("first")
    events = follow(remote.sprint_id, server=server.argument, timeout=PATIENCE_S)
    next(events)
    server.stop()
    events._timeout = 0.5  # noqa: SLF001 - short only from here on

    error = time_out(events, "no connection")

    assert re.fullmatch(
        rf"no connection to {re.escape(server.url)} since \d\d:\d\d:\d\d", error.reason
    )


def test_the_timeout_restarts_with_each_event(sprint: Sprint) -> None:
    run(sprint, 3)

    assert len(list(follow(sprint.sprint_id, until_end=True, timeout=PATIENCE_S))) == 5


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_a_time_that_is_none_is_refused(timeout: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        follow("run", timeout=timeout)


def test_an_answer_that_comes_when_a_wait_has_just_ended_is_no_time_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Late(Future[str]):
        """Has its result at the moment when the wait for it has ended."""

        def result(self, timeout: float | None = None) -> str:
            if not self.done():
                self.set_result("answer")
                raise TimeoutError
            return super().result(timeout)

    async def question() -> str:
        return "answer"

    asked = Runtime()

    def spawn(coroutine: Any) -> Late:
        coroutine.close()
        return Late()

    monkeypatch.setattr(asked, "spawn", spawn)

    assert asked.run(question()) == "answer"
