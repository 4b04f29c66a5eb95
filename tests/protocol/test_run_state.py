"""The state of a run, reduced from its events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime_widgets.protocol.events import validate_event
from realtime_widgets.protocol.run_state import RunState
from realtime_widgets.protocol.task_states import MAX_TASKS

from .run_states import as_vector
from .run_states import reduced as reduced_one_by_one

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/state.json").read_text())["vectors"]


def reduced(*events: dict[str, Any]) -> RunState:
    """The state after these events, the n-th of which was stored at `t{n}`."""
    state = RunState(sprint_id="run")
    for seq, event in enumerate(events, 1):
        state.apply(seq, f"t{seq}", [validate_event(event)])
    return state


def status(value: str, message: str | None = None, **more: Any) -> dict[str, Any]:
    return {"type": "status_update", "status": value, "message": message, **more}


def log(level: str = "info") -> dict[str, Any]:
    return {"type": "log", "message": "m", "level": level}


def progress(task: str, current: float, **more: Any) -> dict[str, Any]:
    return {"type": "build_progress", "task": task, "current": current, **more}


@pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["name"]) for vector in VECTORS])
def test_a_state_follows_from_its_log_as_in_the_vectors(vector: dict[str, Any]) -> None:
    state = as_vector(reduced_one_by_one(vector["events"]))

    assert {key: state[key] for key in vector["state"]} == vector["state"]


def test_l1_counts_end_at_the_largest_number_that_browsers_have() -> None:
    most = 2**53 - 1
    state = RunState(sprint_id="run", attempt=most, logs=most, warnings=most, messages=most)
    more = [log(), log("warning"), {"type": "agent_message", "agent": "a", "event": {"type": "X"}}]

    state.apply(1, "t1", [validate_event(event) for event in more])
    assert (state.logs, state.warnings, state.messages) == (most, most, most)

    state.apply(4, "t4", [validate_event(status("running"))])
    assert state.attempt == most


def test_a_run_of_which_nothing_is_known_is_pending() -> None:
    state = RunState(sprint_id="run")

    assert (state.status, state.head, state.created, state.tasks) == ("pending", 0, None, [])


def test_events_are_counted_by_kind() -> None:
    state = reduced(
        log(),
        log("debug"),
        log("warning"),
        log("error"),
        log("critical"),
        {"type": "agent_message", "agent": "a", "event": {"type": "X"}},
        {"type": "dropped", "count": 7, "reason": "buffer_full"},
        {"type": "mine"},
    )

    assert (state.logs, state.warnings, state.errors) == (5, 1, 2)
    assert (state.messages, state.dropped, state.head) == (1, 7, 8)
    assert (state.created, state.updated) == ("t1", "t8")


@pytest.mark.parametrize("final", ["succeeded", "failed", "cancelled"])
def test_a_run_has_a_beginning_and_an_end(final: str) -> None:
    state = reduced(status("pending"), status("running"), log(), status(final, "why"))

    assert (state.status, state.message) == (final, "why")
    assert (state.created, state.started, state.ended) == ("t1", "t2", "t4")


def test_a_run_that_needs_input_has_not_ended() -> None:
    state = reduced(status("running"), status("needs_input", "a key?"), status("running"))

    assert (state.started, state.ended, state.message) == ("t1", None, None)


def test_a_run_that_runs_again_has_a_new_start() -> None:
    state = reduced(status("running"), status("failed"), status("running"))

    assert (state.status, state.started, state.ended) == ("running", "t3", None)


def test_a_run_is_started_a_first_time() -> None:
    assert reduced(log(), status("pending")).attempt == 0
    state = reduced(log("error"), progress("a", 1), status("running", attempt="f0"))

    assert (state.attempt, state.began, state.errors) == (1, 3, 1)
    assert [task.task for task in state.tasks] == ["a"]


@pytest.mark.parametrize(
    "again",
    [
        [status("failed"), status("running")],
        [status("succeeded"), status("running", attempt="f1")],
        [status("running", attempt="f1")],
        [status("lost"), status("running", attempt="f1")],
        [status("lost"), status("running")],
        [status("needs_input"), status("running", attempt="f1")],
    ],
)
def test_a_new_attempt_begins_with_nothing_done(again: list[dict[str, Any]]) -> None:
    state = reduced(
        status("running", attempt="f0"),
        log("error"),
        log("warning"),
        progress("a", 1),
        {"type": "agent_message", "agent": "a", "event": {"type": "X"}},
        {"type": "dropped", "count": 7, "reason": "buffer_full"},
        *again,
        log(),
    )

    assert (state.attempt, state.tasks, state.ended) == (2, [], None)
    assert (state.started, state.began) == (f"t{6 + len(again)}", 6 + len(again))
    counts = state.logs, state.warnings, state.errors, state.messages, state.dropped
    assert counts == (1, 0, 0, 0, 0)


@pytest.mark.parametrize(
    "continuing",
    [
        [status("running")],
        [status("running", attempt="f0")],
        [status("needs_input"), status("running")],
        [status("lost"), status("running", attempt="f0")],
    ],
)
def test_a_run_that_continues_is_the_same_attempt(continuing: list[dict[str, Any]]) -> None:
    state = reduced(status("running", attempt="f0"), log(), *continuing, log())

    assert (state.attempt, state.started, state.logs) == (1, "t1", 2)


def test_a_lost_run_has_no_end_and_keeps_what_it_was_doing() -> None:
    state = reduced(status("running", "epoch 3"), status("lost", "silence", last_seen=12.5))

    assert (state.status, state.message, state.ended) == ("lost", "silence", None)
    assert state.last_seen == 12.5
    (member,) = state.members.left
    assert (member.status, member.message) == ("running", "epoch 3")


def test_a_run_that_is_lost_twice_keeps_what_it_was_doing_before_the_first() -> None:
    state = reduced(status("running", "epoch 3"), status("lost"), status("lost"))

    (member,) = state.members.left
    assert (member.status, member.message) == ("running", "epoch 3")


def test_a_run_that_is_back_was_not_lost() -> None:
    state = reduced(status("running"), status("lost", last_seen=1.0), status("running"))

    assert (state.status, state.last_seen, state.ended) == ("running", None, None)


@pytest.mark.parametrize("later", ["succeeded", "needs_input", "running"])
def test_a_status_that_is_given_back_too_late_changes_nothing(later: str) -> None:
    back = status("running", "epoch 3", back=True)
    given = status("running"), status("lost"), status(later, "later")

    state = reduced(*given, back)

    assert state.model_dump(exclude={"head", "updated"}) == reduced(*given).model_dump(
        exclude={"head", "updated"}
    )


def test_a_run_that_asked_for_something_after_its_end_can_be_lost() -> None:
    """Otherwise the hub would publish it again every second."""
    given = status("running"), status("succeeded"), status("needs_input"), status("lost")

    assert reduced(*given).status == "lost"


def test_a_lost_that_crosses_the_end_changes_nothing() -> None:
    state = reduced(status("running"), status("succeeded", "done"), status("lost", last_seen=1.0))

    assert (state.status, state.message, state.ended) == ("succeeded", "done", "t2")
    assert (state.last_seen, state.members.left) == (None, [])


def test_a_run_that_only_ends_has_no_start() -> None:
    state = reduced(status("cancelled"))

    assert (state.started, state.ended) == (None, "t1")


def test_beyond_the_limit_the_oldest_task_that_has_ended_makes_room() -> None:
    tasks = [progress(f"t{n}", n) for n in range(MAX_TASKS)]
    tasks[7] |= {"state": "succeeded"}
    tasks[9] |= {"state": "failed"}

    state = reduced(*tasks, progress("one more", 1), progress("two more", 1))

    names = [task.task for task in state.tasks]
    assert len(names) == MAX_TASKS
    assert not {"t7", "t9"} & set(names)
    assert names[-2:] == ["one more", "two more"]


def test_where_no_task_has_ended_the_oldest_makes_room() -> None:
    state = reduced(*(progress(f"t{n}", n) for n in range(MAX_TASKS + 1)))

    assert [state.tasks[0].task, state.tasks[-1].task] == ["t1", f"t{MAX_TASKS}"]


EVENTS = st.lists(
    st.one_of(
        st.builds(status, st.sampled_from(["pending", "running", "failed", "lost"])),
        st.builds(log, st.sampled_from(["info", "warning", "error"])),
        st.builds(progress, st.sampled_from("abc"), st.integers(0, 9)),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=50)
@given(EVENTS, st.data())
def test_a_batch_that_comes_again_or_overlaps_changes_nothing(
    events: list[dict[str, Any]], data: st.DataObject
) -> None:
    checked = [validate_event(event) for event in events]
    once, again = RunState(sprint_id="run"), RunState(sprint_id="run")
    once.apply(1, "t", checked)

    for _ in range(data.draw(st.integers(0, 10))):
        first = data.draw(st.integers(1, min(again.head + 1, len(checked))))
        last = data.draw(st.integers(first, len(checked)))
        again.apply(first, "t", checked[first - 1 : last])
    again.apply(again.head + 1, "t", checked[again.head :])

    assert again == once


@settings(max_examples=50)
@given(EVENTS, st.data())
def test_a_state_that_was_saved_and_loaded_continues_as_before(
    events: list[dict[str, Any]], data: st.DataObject
) -> None:
    middle = data.draw(st.integers(0, len(events)))
    checked = [validate_event(event) for event in events]
    first = RunState(sprint_id="run")
    if middle:
        first.apply(1, "t1", checked[:middle])

    restored = RunState.model_validate_json(first.model_dump_json())
    if checked[middle:]:
        restored.apply(middle + 1, "t2", checked[middle:])
        first.apply(middle + 1, "t2", checked[middle:])

    assert restored == first


def test_where_an_attempt_comes_from_is_known_until_the_next_begins() -> None:
    state = RunState(sprint_id="run")
    first = status("running", notebook="eval/night.ipynb", program="train.py")

    state.apply(1, "t1", [validate_event(event) for event in (first, log())], "alice")
    state.apply(3, "t3", [validate_event(status("succeeded"))], "kernel")

    assert (state.notebook, state.program, state.user) == ("eval/night.ipynb", "train.py", "alice")

    state.apply(4, "t4", [validate_event(status("running"))], "bob")

    assert (state.notebook, state.program, state.user) == (None, None, "bob")
