"""Entries of agents are put together as the live view puts them together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_widgets.protocol.agents.reducer import reduce_event
from realtime_widgets.protocol.agents.transcript import Transcript
from realtime_widgets.protocol.agents.work import AgentWork

if TYPE_CHECKING:
    from realtime_widgets.protocol.agents.entry import Entry

FOLDER = Path(__file__).parents[2] / "vectors"
STREAMS = {
    file.stem: json.loads(file.read_text())["events"] for file in sorted(FOLDER.glob("agui/*.json"))
}
VECTORS = json.loads((FOLDER / "transcript.json").read_text())["vectors"]


def states(entry: Entry) -> dict[str, str]:
    state, over = entry.state(is_over=False), entry.state(is_over=True)
    return {"state": state} if over == state else {"state": state, "over": over}


def entries(transcript: Transcript) -> list[dict[str, Any]]:
    return [
        {
            "kind": entry.kind,
            "agent": entry.agent,
            "title": entry.title,
            "text": entry.text,
            "result": entry.result,
            "error": entry.error,
            **states(entry),
        }
        for entry in transcript.entries
    ]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_b15_events_make_the_entries_of_the_vector(vector: dict[str, Any]) -> None:
    transcript = Transcript()

    for event in vector["given"]:
        transcript.read(event["agent"], event["event"])

    assert entries(transcript) == vector["then"]


@pytest.mark.parametrize("end", ["RUN_FINISHED", "RUN_ERROR"])
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_b19_nothing_of_an_agent_stays_open_after_its_end(vector: dict[str, Any], end: str) -> None:
    for length in range(len(vector["given"])):
        transcript = Transcript()
        for event in vector["given"][:length]:
            transcript.read(event["agent"], event["event"])

        for agent in {event["agent"] for event in vector["given"]}:
            for _ in range(2):  # an agent has two runs at most
                transcript.read(agent, {"type": end})

        assert not [entry for entry in transcript.entries if entry.is_open]


@pytest.mark.parametrize("name", STREAMS)
def test_a_transcript_has_the_counts_sums_and_times_of_the_state_of_the_run(name: str) -> None:
    transcript, work = Transcript(), AgentWork()

    for time, event in enumerate(STREAMS[name]):
        transcript.read("planner", event, time)
        reduce_event(work, "planner", event, time)

    assert transcript.model_dump(exclude={"nodes", "tally"}) == work.model_dump(
        exclude={"nodes", "tally"}
    )
    assert transcript.nodes.open == []


TYPES = sorted({str(event["event"].get("type")) for v in VECTORS for event in v["given"]})
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
any_events = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(TYPES) | json_values,
        "messageId": st.sampled_from(["1", "2"]) | json_values,
        "toolCallId": st.sampled_from(["1", "2"]) | json_values,
        "stepName": json_values,
        "toolCallName": json_values,
        "role": json_values,
        "delta": json_values,
        "content": json_values,
        "error": json_values,
        "message": json_values,
    },
)


@given(st.lists(any_events, max_size=30))
def test_b15_no_event_raises_and_each_makes_one_entry_at_most(events: list[dict[str, Any]]) -> None:
    transcript = Transcript()

    for event in events:
        transcript.read("planner", event)

    assert len(transcript.entries) <= len(events)
    assert all(isinstance(entry.text, str) for entry in transcript.entries)


def test_b15_a_result_that_is_nested_too_deep_is_not_shown() -> None:
    content: list[Any] = []
    for _ in range(100_000):
        content = [content]
    transcript = Transcript()

    transcript.read("planner", {"type": "TOOL_CALL_RESULT", "toolCallId": "1", "content": content})

    assert transcript.entries[0].result == "(nested too deep to be shown)"
