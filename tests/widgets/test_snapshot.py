"""The snapshot of a run that stays in the notebook file."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from realtime_widgets.protocol.state import RunState, TaskState
from realtime_widgets.widgets._snapshot import as_html, as_text
from realtime_widgets.widgets._story import tell

MAX_BYTES = 50 * 1024

HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script>\'"&'


def snapshot(state: RunState, events: list[dict[str, Any]]) -> str:
    return as_html(tell(state, events))


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


def status(value: str, **fields: Any) -> dict[str, Any]:
    return {"type": "status_update", "status": value, **fields}


def test_a_lost_run_says_when_its_publisher_was_last_seen_and_not_what_the_hub_said() -> None:
    state = RunState(
        sprint_id="run", status="lost", message="machine words", last_seen=1_795_400_000.9
    )

    text = Tags(snapshot(state, [])).text

    assert "lost contact" in text
    assert "last seen 2026-11-23 02:13:20 UTC" in text
    assert "machine words" not in text


@pytest.mark.parametrize("last_seen", [None, float(2**53 - 1)])
def test_a_lost_run_without_a_time_says_only_that(last_seen: float | None) -> None:
    text = Tags(snapshot(RunState(sprint_id="run", status="lost", last_seen=last_seen), [])).text

    assert "lost contact" in text
    assert "last seen" not in text


def test_a_task_of_a_lost_run_does_not_look_as_if_it_went_on() -> None:
    task = TaskState(task="train", current=1, total=2)

    running = snapshot(RunState(sprint_id="run", status="running", tasks=[task]), [])
    lost = snapshot(RunState(sprint_id="run", status="lost", tasks=[task]), [])

    assert "#1a7f37" in running
    assert "#1a7f37" not in lost


def test_an_attempt_is_named_from_the_second_on() -> None:
    pages = [
        Tags(snapshot(RunState(sprint_id="run", attempt=attempt, status="running"), [])).text
        for attempt in (0, 1, 2)
    ]

    assert ["attempt" in text for text in pages] == [False, False, True]
    assert "attempt 2" in pages[2]


@pytest.mark.parametrize(
    "began",
    [
        [status("running", attempt="a"), log("old"), status("running", attempt="b")],
        [log("old"), status("failed"), status("running")],
        [log("old"), status("running", attempt="b")],
    ],
)
def test_only_the_newest_attempt_is_shown(began: list[dict[str, Any]]) -> None:
    state = RunState(sprint_id="run", attempt=2, status="running", logs=1)

    text = Tags(snapshot(state, [*began, log("new"), status("running")])).text

    assert "new" in text
    assert "old" not in text


def test_all_is_shown_where_the_beginning_of_the_attempt_is_too_long_ago() -> None:
    state = RunState(sprint_id="run", attempt=2, status="running", logs=2)

    text = Tags(snapshot(state, [log("first"), status("running"), log("second")])).text

    assert "first" in text


def test_lost_events_are_counted() -> None:
    text = Tags(snapshot(RunState(sprint_id="run", dropped=1_234), [])).text

    assert "1,234 lost events" in text


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
    assert page.attributes == {"style", "class", "data-sprint"}
    assert page.text.count("<script>") == 7


def test_colour_codes_and_control_characters_are_left_out() -> None:
    state = RunState(sprint_id="run", logs=1)

    page = Tags(
        snapshot(state, [log("\x1b[31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07\x00")])
    )

    assert "red link" in page.text
    assert "\x1b" not in page.text


def test_lines_of_standard_error_are_marked() -> None:
    events = [log("result"), {**log("10%"), "stream": "stderr"}]

    html = snapshot(RunState(sprint_id="run", logs=2), events)

    assert html.index("3px solid") < html.index("result") < html.index("3px dotted")
    assert html.count("3px dotted") == 1


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
        {"type": "status_update", "status": [], "attempt": {}},
        {"type": "something new", "message": []},
        {},
    ],
)
def test_events_that_it_does_not_understand_do_no_harm(event: dict[str, Any]) -> None:
    assert "run" in snapshot(RunState(sprint_id="run", attempt=2), [event])


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        ("2026-11-23T10:00:59.9Z", "took less than a minute"),
        ("2026-11-23T10:03:59Z", "took 3 min"),
        ("2026-11-23T12:10:00Z", "took 2 h 10 min"),
    ],
)
def test_how_long_a_run_took_is_said_in_minutes(ended: str, words: str) -> None:
    state = RunState(
        sprint_id="run", status="succeeded", started="2026-11-23T10:00:00Z", ended=ended
    )

    assert words in Tags(snapshot(state, [])).text


@pytest.mark.parametrize("ended", [None, "yesterday", "2026-11-23T10:00:59"])
def test_how_long_a_run_took_is_not_guessed(ended: str | None) -> None:
    state = RunState(sprint_id="run", started="2026-11-23T10:00:00Z", ended=ended)

    assert "took" not in snapshot(state, [])


def test_the_same_story_is_told_as_text_for_paper_and_terminals() -> None:
    state = RunState(
        sprint_id="nightly",
        attempt=2,
        status="failed",
        message="no disk",
        tasks=[
            TaskState(task="load", current=4, total=4, state="succeeded"),
            TaskState(task="train", parent="all", current=5, total=20, unit="batch"),
            TaskState(task="count", current=7, state="failed"),
        ],
        logs=14,
        warnings=1,
    )
    events = [log("loading"), log("slow", "warning"), *said("planner", "1", "Hel", "lo")]

    assert as_text(tell(state, events)).splitlines() == [
        "Sprint nightly · failed · attempt 2 · no disk",
        "[####################] load 4/4 done",
        "[#####...............] all / train 5/20 batch",
        "count 7 FAILED",
        "planner: Hello",
        "  loading",
        "  WARNING slow",
        "(2 of 14 log lines, 1 warning)",
    ]
