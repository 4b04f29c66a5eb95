"""Messages of agents, while they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .reading import published

if TYPE_CHECKING:
    from realtime_widgets import Sprint


def test_a_message_is_ag_ui_text(sprint: Sprint) -> None:
    with sprint.message("planner") as reply:
        reply.write("Hello ")
        reply.write("you")

    assert [(event["agent"], event["event"]) for event in published(sprint)] == [
        ("planner", {"type": kind, "messageId": reply.message_id, **fields})
        for kind, fields in [
            ("TEXT_MESSAGE_START", {"role": "assistant"}),
            ("TEXT_MESSAGE_CONTENT", {"delta": "Hello "}),
            ("TEXT_MESSAGE_CONTENT", {"delta": "you"}),
            ("TEXT_MESSAGE_END", {}),
        ]
    ]


def test_nothing_written_is_nothing_sent(sprint: Sprint) -> None:
    with sprint.message("planner") as reply:
        reply.write("")

    assert [event["event"]["type"] for event in published(sprint)] == [
        "TEXT_MESSAGE_START",
        "TEXT_MESSAGE_END",
    ]


def test_a_long_text_goes_in_parts(sprint: Sprint) -> None:
    text = "\N{GRINNING FACE}" * 100_000

    with sprint.message("planner") as reply:
        reply.write(text)

    deltas = [event["event"].get("delta", "") for event in published(sprint)]
    assert "".join(deltas) == text


def test_a_message_ends_when_its_agent_fails(sprint: Sprint) -> None:
    with pytest.raises(RuntimeError), sprint.message("planner"):
        raise RuntimeError

    assert published(sprint)[-1]["event"]["type"] == "TEXT_MESSAGE_END"


def test_half_a_surrogate_pair_in_a_token_becomes_a_replacement_character(sprint: Sprint) -> None:
    with sprint.message("planner") as reply:
        reply.write("\udc00")

    assert published(sprint)[1]["event"]["delta"] == "\N{REPLACEMENT CHARACTER}"
