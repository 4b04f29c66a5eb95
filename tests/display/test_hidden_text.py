"""Hidden characters are shown as marks, as in the vectors of both languages."""

from __future__ import annotations

import html
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from realtime_widgets.display.hidden_text import mark_hidden
from realtime_widgets.display.render import as_html, as_text
from realtime_widgets.display.snapshot import Snapshot, build_snapshot
from realtime_widgets.protocol.run_state import RunState
from realtime_widgets.protocol.task_states import TaskState

DOCUMENT = json.loads((Path(__file__).parents[1] / "vectors/hidden.json").read_text())
VECTORS = [pytest.param(vector, id=vector["name"]) for vector in DOCUMENT["vectors"]]

LONE_SURROGATES = range(0xD800, 0xE000)


@pytest.mark.parametrize("vector", VECTORS)
def test_m2_text_is_marked_as_in_the_vectors(vector: dict[str, str]) -> None:
    assert mark_hidden(vector["given"]) == vector["then"]


def test_m2_between_letters_every_hidden_character_and_no_other_is_marked() -> None:
    hidden = {
        code
        for first, last in DOCUMENT["hidden"]
        for code in range(int(first, 16), int(last, 16) + 1)
    }
    marked = {
        code
        for code in range(sys.maxunicode + 1)
        if code not in LONE_SURROGATES and mark_hidden(f"a{chr(code)}b") != f"a{chr(code)}b"
    }

    assert marked == hidden


def snapshot_of(text: str) -> Snapshot:
    """A run that has the text in every place that is published."""
    events: list[dict[str, Any]] = [
        {"type": "log", "message": text},
        *(
            {"type": "agent_message", "agent": text, "event": event}
            for event in (
                {"type": "TEXT_MESSAGE_CHUNK", "messageId": "m", "role": text, "delta": text},
                {"type": "TOOL_CALL_CHUNK", "toolCallId": "t", "toolCallName": text, "delta": text},
                {"type": "TOOL_CALL_RESULT", "toolCallId": "t", "content": text},
                {"type": "RUN_ERROR", "message": text},
            )
        ),
    ]
    task = TaskState(task=text, parents=[text], current=1, total=2, unit=text)
    state = RunState(sprint_id="run", status="needs_input", message=text, tasks=[task])
    return build_snapshot(state, events)


def test_m2_a_snapshot_shows_hidden_characters_as_marks_wherever_they_were_published() -> None:
    snapshot = snapshot_of("tmp/\u202e\u200b\U000e0041 ?")

    for shown in (as_text(snapshot), html.unescape(as_html(snapshot))):
        assert shown.count("tmp/<U+202E><U+200B><U+E0041> ?") == shown.count("tmp/") > 10
        assert mark_hidden(shown) == shown


def test_m2_a_name_of_the_other_direction_does_not_move_the_text_beside_it() -> None:
    page = as_html(snapshot_of("\u05d0\u05d1"))

    # A line, a message, a tool's arguments, its result, and an error.
    assert page.count("unicode-bidi:plaintext") == 5
    assert '\u05d0\u05d1 <span style="opacity:.75;unicode-bidi:isolate">1/2' in page


def test_l5_combining_marks_are_painted_within_the_box_of_their_text() -> None:
    page = as_html(snapshot_of("a" + "\u0301" * 50))

    assert page.count("overflow:hidden") == 4
