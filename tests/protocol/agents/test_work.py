"""What agents do, as the state of a run has it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import to_json

from realtime_widgets.protocol.agents.work import AgentWork
from realtime_widgets.protocol.events import validate_event
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.run_state import RunState
from realtime_widgets.protocol.validation import validate_batch

FOLDER = Path(__file__).parents[2] / "vectors/agui"
VECTORS = {file.stem: json.loads(file.read_text()) for file in sorted(FOLDER.glob("*.json"))}
EVENTS = [event for vector in VECTORS.values() for event in vector["events"]]


def reduced(events: list[dict[str, Any]], state: RunState | None = None) -> AgentWork:
    """What the agent does after these events, each of which is made a second after the last."""
    state = state or RunState(sprint_id="run")
    for time, event in enumerate(events):
        message = {"type": "agent_message", "agent": "planner", "time": time, "event": event}
        state.apply(state.head + 1, "t", [validate_event(message)])
    assert state.agents is not None
    return state.agents


def ours(**fields: Any) -> dict[str, Any]:
    return {"metadata": {"realtime-widgets": fields}}


def tool(tool_id: str, **result: Any) -> list[dict[str, Any]]:
    return [
        {"type": "TOOL_CALL_START", "toolCallId": tool_id, "toolCallName": "sql"},
        {"type": "TOOL_CALL_END", "toolCallId": tool_id},
        {"type": "TOOL_CALL_RESULT", "toolCallId": tool_id, "content": "rows", **result},
    ]


@pytest.mark.parametrize("name", VECTORS)
def test_a_stream_has_the_counts_sums_and_times_that_the_timeline_of_a_view_has(name: str) -> None:
    work = reduced(VECTORS[name]["events"])

    known = work.model_dump(exclude_none=True)
    times = {name: known[name].get("total") for name in ("models", "ran", "waiting")}
    expected = VECTORS[name]["work"]
    assert {key: known[key] for key in expected if key not in times} | times == expected


@pytest.mark.parametrize("name", VECTORS)
def test_nothing_is_open_after_a_stream_that_is_joined_at_any_event(name: str) -> None:
    events = VECTORS[name]["events"]
    for first in range(len(events)):
        assert reduced(events[first:]).nodes.open == []


@pytest.mark.parametrize("name", VECTORS)
def test_what_is_kept_of_a_batch_until_it_is_stored_has_the_same_effect(name: str) -> None:
    def message(time: int, event: dict[str, Any]) -> dict[str, Any]:
        return {"type": "agent_message", "agent": "planner", "time": time, "event": event}

    messages = [message(time, event) for time, event in enumerate(VECTORS[name]["events"])]
    brief = validate_batch(to_json(messages), Limits(batch_events=len(messages))).events
    whole, kept = RunState(sprint_id="run"), RunState(sprint_id="run")
    for seq, fields in enumerate(messages, 1):
        whole.apply(seq, "t", [validate_event(fields)])
    kept.apply(1, "t", brief)

    assert kept == whole
    assert kept.agents is not None


def test_a_part_of_a_step_of_another_agent_is_below_it() -> None:
    state = RunState(sprint_id="run")
    events = [
        ("sprint", {"type": "STEP_STARTED", "stepName": "load", **ours(id="s1", kind="step")}),
        (
            "planner",
            {"type": "STEP_STARTED", "stepName": "gpt", **ours(id="s2", kind="model", parent="s1")},
        ),
    ]
    for agent, event in events:
        message = {"type": "agent_message", "agent": agent, "time": 1, "event": event}
        state.apply(state.head + 1, "t", [validate_event(message)])

    assert state.agents is not None
    assert state.agents.path == ["load", "gpt"]


def test_a_block_without_a_parent_is_a_part_of_no_step() -> None:
    outer = {"type": "STEP_STARTED", "stepName": "load", **ours(id="s1", kind="step")}
    beside = {"type": "STEP_STARTED", "stepName": "train", **ours(id="s2", kind="step")}

    assert reduced([outer, beside]).path == ["train"]


def test_a_state_that_is_saved_between_any_two_events_continues() -> None:
    for vector in VECTORS.values():
        state, whole = RunState(sprint_id="run"), RunState(sprint_id="run")
        for time, event in enumerate(vector["events"]):
            fields = {"type": "agent_message", "agent": "planner", "time": time, "event": event}
            for each in (state, whole):
                each.apply(each.head + 1, "t", [validate_event(fields)])
            state = RunState.model_validate_json(state.model_dump_json())
        assert state == whole


def test_a_state_that_an_earlier_version_saved_counts_from_there_on() -> None:
    saved = RunState(sprint_id="run", messages=7, head=7).model_dump(exclude={"agents"})

    state = RunState.model_validate(saved)
    work = reduced(tool("1"), state)

    assert (work.tools, work.sums.is_lower_bound) == (1, True)


@pytest.mark.parametrize(
    "result", [{"error": ""}, {"error": "why"}, ours(error="why"), ours(error=True)]
)
def test_a_tool_with_an_error_has_failed(result: dict[str, Any]) -> None:
    work = reduced([*tool("1"), *tool("2", **result), *tool("3", **ours(error=False))])

    assert (work.tools, work.failed_tools) == (3, 1)


def test_a_tool_has_failed_where_a_later_snapshot_has_an_error() -> None:
    message = {"role": "tool", "toolCallId": "1", "content": "", "error": "refused"}
    work = reduced([*tool("1"), *[{"type": "MESSAGES_SNAPSHOT", "messages": [message]}] * 2])

    assert (work.tools, work.failed_tools) == (1, 1)


def test_the_path_has_the_newest_open_step_and_those_around_it() -> None:
    steps = [{"type": "STEP_STARTED", "stepName": name} for name in ("plan", "model", "call")]

    assert reduced(steps).path == ["plan", "model", "call"]
    assert reduced([*steps, {"type": "STEP_FINISHED", "stepName": "call"}]).path == [
        "plan",
        "model",
    ]


def test_tokens_of_a_step_that_repeats_those_of_its_parts_are_counted_once() -> None:
    def step(name: str, tokens: int) -> list[dict[str, Any]]:
        usage = {"model": "m", "inputTokens": tokens}
        return [
            {"type": "STEP_STARTED", "stepName": name},
            {"type": "STEP_FINISHED", "stepName": name, **ours(usage=usage)},
        ]

    begin, end = step("agent", 3)
    work = reduced([begin, *step("a", 1), *step("b", 2), end])

    assert [usage.input_tokens for usage in work.sums.usage] == [3]


def test_times_overlap_once_and_interrupts_are_waited_for() -> None:
    interrupt = {"type": "interrupt", "interrupts": [{"id": "i", "reason": "approval"}]}
    calls = [event for pair in zip(tool("1"), tool("2"), strict=True) for event in pair]
    work = reduced(
        [
            {"type": "RUN_STARTED", "runId": "1"},
            *calls,
            {"type": "RUN_FINISHED", "runId": "1", "outcome": interrupt},
            {"type": "RAW", "event": None},
            {"type": "RUN_STARTED", "runId": "2"},
        ]
    )

    assert (work.ran.total, work.waiting.total) == (3, 2)


def test_the_end_of_the_last_run_is_known_until_the_next_begins() -> None:
    begin = {"type": "RUN_STARTED", "runId": "1"}
    error = {"type": "RUN_ERROR", "message": "out of tokens"}
    cancelled = {"type": "RUN_FINISHED", "runId": "1", "outcome": {"type": "cancelled"}}

    assert (reduced([begin, error]).outcome, reduced([error]).error) == ("error", "out of tokens")
    assert reduced([begin, cancelled]).outcome == "cancelled"
    assert reduced([error, begin]).outcome is None


def test_many_open_nodes_and_calls_stay_within_a_bound() -> None:
    name = "x" * 10_000
    many = [
        {
            "type": kind,
            "toolCallId": f"{number} {name}",
            "stepName": name,
            "runId": str(number),
            **ours(usage={"model": f"{number} {name}", "inputTokens": 1}),
        }
        for number in range(300)
        for kind in ("TOOL_CALL_START", "STEP_STARTED", "RUN_STARTED")
    ]

    work = reduced(many)

    assert len(work.model_dump_json()) < 300_000
    assert work.tools == 300


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.sampled_from(EVENTS), st.sampled_from(sorted({*EVENTS[0], "x"})), json_values),
        max_size=30,
    )
)
def test_no_event_raises(changes: list[tuple[dict[str, Any], str, Any]]) -> None:
    events = [
        event | ({field: value} if field != "type" else {}) for event, field, value in changes
    ]
    if events:
        work = reduced(events)
        assert AgentWork.model_validate_json(work.model_dump_json()) == work
