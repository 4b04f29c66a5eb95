"""Which events belong to an attempt: as the reduction of all events has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from realtime_widgets.hub.attempts import AttemptStarts, seqs_by_state
from realtime_widgets.hub.log_search import SearchScope
from realtime_widgets.hub.stores.base import StoredBatch
from realtime_widgets.protocol.run_state import RunState
from realtime_widgets.protocol.search.query import SearchQuery
from realtime_widgets.protocol.stored_events import read_stored
from tests.hub.fakes import publisher, running

if TYPE_CHECKING:
    from collections.abc import Sequence

TIMESTAMP = "2026-11-22T21:58:00.123Z"

events = st.one_of(
    st.just({"type": "log", "message": '"status_update"'}),
    st.fixed_dictionaries(
        {
            "type": st.just("status_update"),
            "status": st.sampled_from(["running", "needs_input", "succeeded", "failed", "lost"]),
        },
        optional={
            "attempt": st.sampled_from(["a", "b", "c"]),
            "joins": st.sampled_from(["a", "b"]),
        },
    ),
)


def batches_of(events: Sequence[dict[str, Any]]) -> list[StoredBatch]:
    """Batches of up to three events."""
    return [
        StoredBatch(first + 1, len(part), "b", TIMESTAMP, None, to_json(part))
        for first in range(0, len(events), 3)
        if (part := list(events[first : first + 3]))
    ]


def seqs_of(batches: list[StoredBatch], state: RunState, attempt: int, first: int = 1) -> range:
    known = seqs_by_state(state, first, attempt)
    if known is not None:
        return known
    starts = AttemptStarts(state)
    starts.add(batches)
    return starts.seqs_of(attempt)


@given(st.lists(events, max_size=30))
def test_an_event_belongs_to_the_attempt_that_its_state_has(log: list[dict[str, Any]]) -> None:
    batches, state = batches_of(log), RunState(sprint_id="run")
    expected: dict[int, list[int]] = {}
    for batch in batches:
        for seq, event in enumerate(read_stored(batch.raw), batch.first):
            state.apply(seq, TIMESTAMP, [event])
            expected.setdefault(max(1, state.attempt), []).append(seq)

    for attempt in range(1, state.attempt + 3):
        seqs = seqs_of(batches, state, attempt)
        assert [seq for seq in range(1, len(log) + 1) if seq in seqs] == expected.get(attempt, [])


def running_twice(times: int) -> list[dict[str, Any]]:
    """So many attempts of three events each: running, running again with words, succeeded."""
    status = {"type": "status_update", "attempt": "a"}
    steps = ({"status": "running"}, {"status": "running", "message": "on"}, {"status": "succeeded"})
    return [{**status, **step} for _ in range(times) for step in steps]


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (1, [range(1, 4), range(4, 7), range(7, 10), range(10, 13)]),
        # The second `running` of an attempt looks like its start where that is not kept any more.
        (2, [range(1, 4), range(4, 7), range(7, 10), range(10, 13)]),
        (4, [range(0), range(4, 7), range(7, 10), range(10, 13)]),
        (10, [range(0), range(0), range(0), range(10, 13)]),
        (12, [range(0), range(0), range(0), range(10, 13)]),
    ],
)
def test_attempts_of_a_trimmed_log_keep_their_numbers(first: int, expected: list[range]) -> None:
    batches, state = batches_of(running_twice(4)), RunState(sprint_id="run")
    for batch in batches:
        state.apply(batch.first, TIMESTAMP, read_stored(batch.raw))
    kept = [batch.after(first - 1) for batch in batches if batch.last >= first]

    found = [seqs_of(kept, state, attempt, first) for attempt in (1, 2, 3, 4)]

    in_log = range(first, 13)
    assert [[s for s in in_log if s in one] for one in found] == [
        [s for s in in_log if s in one] for one in expected
    ]


@pytest.mark.parametrize("is_backward", [False, True])
async def test_a_search_is_narrowed_to_an_attempt(*, is_backward: bool) -> None:
    async with running() as hub:
        client = await publisher(hub)
        for n in range(3):
            await client.publish_status(3 * n + 1, "running")
            await client.publish(3 * n + 2, "x")
            await client.publish_status(3 * n + 3, "succeeded")

        found = []
        for attempt in (1, 2, 3, 4):
            scope = SearchScope(attempt=attempt, is_backward=is_backward)
            search = await hub.searches.begin("run", SearchQuery(text="x"), scope)
            steps = [step async for step in search.steps()]
            found.append([one.events[0].seq for step in steps for one in step.found])

    assert found == [[2], [5], [8], []]
