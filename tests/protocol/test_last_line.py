"""The newest line of the log, as the state of a run has it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from realtime_widgets.protocol.events import validate_event
from realtime_widgets.protocol.last_line import MAX_LINE, last_line_of
from realtime_widgets.protocol.run_state import RunState
from realtime_widgets.protocol.validation import validate_batch


def log(message: str, level: str = "info") -> dict[str, Any]:
    return {"type": "log", "message": message, "level": level}


def after(*events: dict[str, Any]) -> tuple[str, str] | None:
    """Level and text of the line after a batch of these events."""
    state = RunState(sprint_id="run")
    state.apply(1, "t", [validate_event(event) for event in events])
    return state.last_line and (state.last_line.level, state.last_line.text)


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("one", "one"),
        ("one\ntwo\n\n", "two"),
        ("  \x1b[31mred\x1b[0m \n", "red"),
        ("10%\r20%", "20%"),
        (" \n", ""),
        ("", ""),
        ("x" * 5_000, "x" * MAX_LINE),
    ],
)
def test_the_last_line_is_the_one_that_a_view_shows_last(message: str, line: str) -> None:
    assert last_line_of(message) == line


def test_a_state_has_the_newest_line_that_is_not_blank_with_its_level() -> None:
    assert after() is None
    assert after(log("a", "error"), log("b", "warning"), log(" ")) == ("warning", "b")


def test_an_attempt_begins_without_the_line_of_the_one_before() -> None:
    started, ended = ({"type": "status_update", "status": each} for each in ("running", "failed"))

    assert after(log("a"), started, log("b"), ended) == ("info", "b")
    assert after(started, log("a"), ended, started) is None
    assert after(started, log("a"), ended, started, log("b")) == ("info", "b")


MESSAGES = ["", " ", "a", "b\nc", "\x1b[31m\x1b[0m", "\t\n", "x" * 3_000, "y" + " " * 3_000]

EVENTS = st.sampled_from(MESSAGES).map(log) | st.sampled_from(
    [{"type": "status_update", "status": each} for each in ("running", "failed")]
)


@given(st.lists(EVENTS, min_size=1, max_size=6))
def test_what_is_kept_of_a_batch_until_it_is_stored_has_the_same_line(
    events: list[dict[str, Any]],
) -> None:
    for brief in (validate_batch(to_json(events)), validate_batch(events)):
        kept = RunState(sprint_id="run")
        kept.apply(1, "t", brief.events)
        assert (kept.last_line and (kept.last_line.level, kept.last_line.text)) == after(*events)
