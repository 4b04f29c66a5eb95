"""The snapshot of a run that stays in the notebook file."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from realtime_widgets.protocol.state import RunState, TaskState
from realtime_widgets.widgets._snapshot import explain, snapshot

MAX_BYTES = 50 * 1024

HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script>\'"&'


def log(message: str, level: str = "info") -> dict[str, Any]:
    return {"type": "log", "message": message, "level": level}


def said(agent: str, key: str, *deltas: str) -> list[dict[str, Any]]:
    kinds: list[dict[str, Any]] = [
        {"type": "TEXT_MESSAGE_START"},
        *({"type": "TEXT_MESSAGE_CONTENT", "delta": delta} for delta in deltas),
        {"type": "TEXT_MESSAGE_END"},
    ]
    return [
        {"type": "agent_message", "agent": agent, "event": {"messageId": key, **kind}}
        for kind in kinds
    ]


class Tags(HTMLParser):
    """The tags and attributes that a browser would see, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data + "\n"


def test_it_tells_the_story_of_the_run() -> None:
    state = RunState(
        sprint_id="quickstart",
        status="succeeded",
        message="all green",
        tasks=[TaskState(task="train", current=10, total=10, unit="batch", state="succeeded")],
        logs=2,
        warnings=1,
    )
    events = [log("loading"), log("slow", "warning"), *said("planner", "1", "Hel", "lo")]

    text = Tags(snapshot(state, events)).text

    for part in ("quickstart", "succeeded", "all green", "train", "10/10 batch", "loading", "slow"):
        assert part in text
    assert "Hello" in text
    assert "1 warning" in text


def test_everything_that_comes_from_a_run_is_escaped() -> None:
    state = RunState(
        sprint_id="run",
        status="failed",
        message=HOSTILE,
        tasks=[TaskState(task=HOSTILE, parent=HOSTILE, unit=HOSTILE, current=1, total=2)],
        logs=1,
    )
    events = [log(HOSTILE, HOSTILE), *said(HOSTILE, HOSTILE, HOSTILE)]

    page = Tags(snapshot(state, events))

    assert page.tags == {"div", "span", "strong", "br"}
    assert page.attributes == {"style"}
    assert page.text.count("<script>") == 7


def test_colour_codes_and_control_characters_are_left_out() -> None:
    state = RunState(sprint_id="run", logs=1)

    page = Tags(
        snapshot(state, [log("\x1b[31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07\x00")])
    )

    assert "red link" in page.text
    assert "\x1b" not in page.text


def test_the_same_run_gives_the_same_html_whenever_it_is_made() -> None:
    earlier = RunState(sprint_id="run", created="2026-01-01T00:00:00Z", started="2026-01-01T00:00Z")
    later = RunState(sprint_id="run", created="2027-01-01T00:00:00Z", started="2027-01-01T00:00Z")

    first = snapshot(earlier, said("a", "0123", "hi"))
    second = snapshot(later, said("a", "4567", "hi"))

    assert first == second


def test_a_huge_run_gives_a_small_snapshot() -> None:
    state = RunState(
        sprint_id="x" * 64,
        message="&" * 4_096,
        logs=10**9,
        tasks=[TaskState(task="&" * 256, parent="&" * 256, current=1, total=2) for _ in range(200)],
    )
    events = [log("&" * 65_536) for _ in range(300)]
    for number in range(20):
        events += said("&" * 256, str(number), "&" * 65_536)

    assert len(snapshot(state, events).encode()) < MAX_BYTES


@pytest.mark.parametrize(
    "event",
    [
        {"type": "agent_message"},
        {"type": "agent_message", "event": {"type": "TEXT_MESSAGE_CONTENT", "messageId": 5}},
        {"type": "log"},
        {"type": "something new", "message": []},
        {},
    ],
)
def test_events_that_it_does_not_understand_do_no_harm(event: dict[str, Any]) -> None:
    assert "run" in snapshot(RunState(sprint_id="run"), [event])


def test_why_there_is_no_snapshot_is_said_in_words() -> None:
    page = Tags(explain("run", "Nothing has been <published> yet."))

    assert "Nothing has been <published> yet." in page.text
    assert "published" not in page.tags
