"""The members of an attempt beyond the vectors: their bounds, and how they are published again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime_widgets.protocol.members import MAX_MEMBERS, MAX_MESSAGES
from realtime_widgets.protocol.validation import check_event

from .run_states import as_vector, reduced


def status(value: str, attempt: str | None, message: str | None = None, **more: Any) -> Any:
    named = {"attempt": attempt} if attempt is not None else {}
    return {"type": "status_update", "status": value, "message": message, **named, **more}


def joining(count: int, message: str | None = None) -> list[dict[str, Any]]:
    """So many members of one attempt."""
    first = status("running", "m0", message)
    return [first, *(status("running", f"m{n}", message, joins="m0") for n in range(1, count))]


def test_b33_a_state_is_bounded_for_any_number_of_members_of_an_attempt() -> None:
    words = "x" * 4096
    beyond = [status("running", f"n{n}", words, joins="m99") for n in range(10)]

    state = reduced([*joining(MAX_MEMBERS, words), *beyond])

    assert state.attempt == 1
    assert len(state.members.left) == MAX_MEMBERS
    assert state.members.find("m0") is None
    kept = [member for member in state.members.left if member.message is not None]
    assert kept == state.members.left[-MAX_MESSAGES:]
    assert len(state.model_dump_json()) < 300_000


def test_b33_a_member_without_a_place_neither_keeps_an_attempt_going_nor_ends_it() -> None:
    one_more = status("running", "n", joins="m1")
    ends = [status("succeeded", f"m{n}") for n in range(MAX_MEMBERS)]

    assert reduced([*joining(MAX_MEMBERS), one_more, *ends]).status == "running"
    assert reduced([*joining(MAX_MEMBERS), one_more, *ends, status("failed", "n")]).status == (
        "failed"
    )


STATUSES = st.builds(
    status,
    st.sampled_from(["running", "needs_input", "pending", "succeeded", "failed", "cancelled"]),
    st.sampled_from("abcd"),
    st.sampled_from([None, "why", "how"]),
    joins=st.sampled_from([None, "a", "b", "c"]),
)
LOST = st.builds(status, st.just("lost"), st.sampled_from("abcd"), last_seen=st.just(9.5))


@settings(max_examples=100)
@given(st.lists(STATUSES | LOST, max_size=12))
def test_b33_members_that_are_restated_in_a_new_log_are_the_same_there(
    events: list[dict[str, Any]],
) -> None:
    before = reduced(events)
    events = before.members.as_events()
    after = reduced(events)

    for event in events:
        check_event(event, is_of_hub=True)
    if before.members.left:
        assert sorted(map(str, after.members.left)) == sorted(map(str, before.members.left))
        assert after.members.outcome == before.members.outcome
        assert (after.status, after.last_seen) == (before.status, before.last_seen)
    else:
        assert events == []


@settings(max_examples=200)
@given(st.lists(STATUSES | LOST, max_size=15))
def test_b33_a_status_follows_from_its_members(events: list[dict[str, Any]]) -> None:
    state = as_vector(reduced(events))

    here = {member["status"] for member in state["members"] if not member["is_lost"]}
    if here:
        assert state["status"] == min(here, key=["needs_input", "running", "pending"].index)
    elif state["members"]:
        assert state["status"] == "lost"
    else:
        assert state["status"] in {"pending", "succeeded", "failed", "cancelled"}


@pytest.mark.parametrize("end", ["succeeded", "failed", "cancelled"])
def test_an_end_of_the_run_as_a_whole_is_its_status_regardless_of_its_members(
    end: str,
) -> None:
    state = reduced([*joining(3), status("failed", "m1"), status(end, None, "by hand")])

    assert (state.status, state.message, state.members.left) == (end, "by hand", [])
