"""Messages of agents, while they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.client.reading import published

if TYPE_CHECKING:
    from realtime_widgets import Sprint


def test_a_message_is_ag_ui_text(sprint: Sprint) -> None:
    with sprint.message("planner") as reply:
        reply.write("Hello ")
        assert sprint.flush() == 0
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


def text_of(sprint: Sprint) -> str:
    return "".join(event["event"].get("delta", "") for event in published(sprint))


class Chunk:
    """As LangChain's: a message whose content is a text, or a list of blocks."""

    def __init__(self, content: object) -> None:
        self.content = content


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([None, "Hello", None], "Hello"),
        ([b"Hel", bytearray(b"lo")], "Hello"),
        ([{"type": "text", "text": "Hello"}], "Hello"),
        ([[{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]], "Hello"),
        ([[{"type": "image", "source": {"data": "aGVsbG8="}}, "Hello"]], "Hello"),
        ([{"type": "tool_use", "id": "1"}], ""),
        ([Chunk("Hel"), Chunk([{"type": "text", "text": "lo"}])], "Hello"),
        ([Chunk(None)], None),
        ([{"role": "assistant", "content": None}], ""),
        ([{"delta": {"content": "Hello"}}], "Hello"),
        ([7, 2.5], "72.5"),
        ([{"a": 1}], "{'a': 1}"),
    ],
)
def test_b17_the_text_of_what_models_stream_is_written(
    sprint: Sprint, pieces: list[object], text: str | None
) -> None:
    with sprint.message("planner") as reply:
        for piece in pieces:
            reply.write(piece)

    if text is not None:
        assert text_of(sprint) == text
    else:
        assert "Chunk object" in text_of(sprint)


@pytest.mark.parametrize(
    "pieces",
    [
        ["\ud83d", "\ude00"],
        ["a \ud83d", "", "\ude00 b"],
        [b"\xf0\x9f", b"\x98\x80"],
        [b"a \xf0", b"\x9f", b"\x98", b"\x80 b"],
    ],
)
def test_b18_a_character_whose_halves_come_in_two_writes_is_whole(
    sprint: Sprint, pieces: list[object]
) -> None:
    with sprint.message("planner") as reply:
        for piece in pieces:
            reply.write(piece)

    assert text_of(sprint).strip("ab ") == "\N{GRINNING FACE}"


@pytest.mark.parametrize("half", ["\ud83d", b"\xf0\x9f"])
def test_b18_half_a_character_at_the_end_is_shown_as_missing(
    sprint: Sprint, half: str | bytes
) -> None:
    with sprint.message("planner") as reply:
        reply.write(half)

    assert text_of(sprint) == "\N{REPLACEMENT CHARACTER}"


def test_b18_a_character_whose_halves_come_in_two_events_is_whole(sprint: Sprint) -> None:
    for half in ("a \ud83d", "\ude00 b"):
        content = {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": half}
        sprint.agent_event("planner", content)

    assert text_of(sprint) == "a \N{GRINNING FACE} b"
