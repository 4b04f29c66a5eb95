"""AG-UI events in the forms in which users have them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from ag_ui.core import (
    AssistantMessage,
    EventType,
    FunctionCall,
    MessagesSnapshotEvent,
    TextMessageContentEvent,
    ToolCall,
    ToolCallStartEvent,
)
from ag_ui.encoder import EventEncoder

from realtime_widgets import InvalidEventError
from tests.client.reading import published

if TYPE_CHECKING:
    from realtime_widgets import Sprint

EVENT = TextMessageContentEvent(message_id="m1", delta="hello")
WIRE = {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m1", "delta": "hello"}


def agent_events(sprint: Sprint) -> list[dict[str, Any]]:
    return [event["event"] for event in published(sprint)]


@pytest.mark.parametrize(
    "form",
    [
        EVENT,
        EVENT.model_dump(),
        EVENT.model_dump(by_alias=True, exclude_none=True),
        EVENT.model_dump(mode="json"),
        EVENT.model_dump_json(by_alias=True, exclude_none=True),
        EVENT.model_dump_json(),
        json.dumps(WIRE).encode(),
        EventEncoder().encode(EVENT),
        f"event: message\nid: 3\ndata: {json.dumps(WIRE)}\n\n",
        {"type": EventType.TEXT_MESSAGE_CONTENT, "message_id": "m1", "delta": "hello"},
    ],
)
def test_b9_every_form_of_an_event_is_the_event_of_the_wire(sprint: Sprint, form: object) -> None:
    sprint.agent_event("planner", form)

    assert agent_events(sprint) == [WIRE]


def test_b9_nested_models_have_the_names_of_the_wire(sprint: Sprint) -> None:
    call = ToolCall(id="c1", function=FunctionCall(name="sql", arguments='{"tool_call_id": 1}'))
    snapshot = MessagesSnapshotEvent(messages=[AssistantMessage(id="m1", tool_calls=[call])])

    for form in (snapshot, snapshot.model_dump(), snapshot.model_dump(exclude_none=True)):
        sprint.agent_event("planner", form)

    first, *others = agent_events(sprint)
    assert first["messages"][0]["toolCalls"][0]["function"]["arguments"] == '{"tool_call_id": 1}'
    assert others == [first, first]


@pytest.mark.parametrize(
    "event",
    [
        {"type": "STATE_SNAPSHOT", "snapshot": {"message_id": 1, "step_name": None}},
        {"type": "CUSTOM", "name": "x", "value": {"thread_id": 1}},
        {"type": "ACTIVITY_SNAPSHOT", "messageId": "m", "content": {"run_id": 1}},
        {"type": "MINE", "note": None, "some_field": 1},
    ],
)
def test_b9_what_an_application_put_into_an_event_keeps_its_names(
    sprint: Sprint, event: dict[str, Any]
) -> None:
    sprint.agent_event("planner", event)

    assert agent_events(sprint) == [event]


def test_b9_a_stream_may_hold_several_events_and_lines_without_one(sprint: Sprint) -> None:
    stream = EventEncoder().encode(EVENT) * 2 + ": keep-alive\n\ndata: [DONE]\n\n"

    sprint.agent_event("planner", stream)
    for line in stream.splitlines():
        sprint.agent_event("planner", line)

    assert "".join(event["delta"] for event in agent_events(sprint)) == "hello" * 4


@pytest.mark.parametrize(
    "wrong", ["some words", "{broken", "data: [1]", 7, None, ["x"], EVENT.model_dump(exclude={"type"})]  # noqa: E501 - in one look
)  # fmt: skip
def test_b9_anything_else_is_refused_with_what_to_call(sprint: Sprint, wrong: object) -> None:
    with pytest.raises(InvalidEventError) as refused:
        sprint.agent_event("planner", wrong)

    assert "JSON" in str(refused.value) or "sprint.message(agent)" in str(refused.value)
    assert agent_events(sprint) == []


def test_b9_a_tool_call_of_a_dump_belongs_to_its_message(sprint: Sprint) -> None:
    start = ToolCallStartEvent(tool_call_id="c1", tool_call_name="sql", parent_message_id="m1")

    sprint.agent_event("planner", start.model_dump())

    assert agent_events(sprint) == [
        {
            "type": "TOOL_CALL_START",
            "toolCallId": "c1",
            "toolCallName": "sql",
            "parentMessageId": "m1",
        }
    ]
