"""The snapshot of a run that stays in the notebook file."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mistune
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_widgets.display.markup import TIME
from realtime_widgets.display.render import as_html, as_text
from realtime_widgets.display.saved_text import SavedText
from realtime_widgets.display.snapshot import build_snapshot
from realtime_widgets.protocol.run_state import RunState
from realtime_widgets.protocol.task_states import TaskState

if TYPE_CHECKING:
    from realtime_widgets.protocol.events import LostCause, TaskStatus

VECTORS = Path(__file__).parents[1] / "vectors"
MAX_BYTES = 50 * 1024

HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script>\'"&'


def snapshot(state: RunState, events: list[dict[str, Any]]) -> str:
    return as_html(build_snapshot(state, events))


def log(message: str, level: str = "info") -> dict[str, Any]:
    return {"type": "log", "message": message, "level": level}


def message(agent: str, key: str, *deltas: str) -> list[dict[str, Any]]:
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


def test_it_shows_the_snapshot_of_the_run() -> None:
    state = RunState(
        sprint_id="quickstart",
        status="succeeded",
        message="all green",
        tasks=[TaskState(task="train", current=10, total=10, unit="batch", state="succeeded")],
        logs=2,
        warnings=1,
    )
    events = [log("loading"), log("slow", "warning"), *message("planner", "1", "Hel", "lo")]

    text = Tags(snapshot(state, events)).text

    for part in ("quickstart", "succeeded", "all green", "train", "10/10 batch", "loading", "slow"):
        assert part in text
    assert "Hello" in text
    assert "1 warning" in text


def status(value: str, **fields: Any) -> dict[str, Any]:
    return {"type": "status_update", "status": value, **fields}


def test_a_lost_run_shows_when_its_publisher_was_last_seen_in_place_of_the_hubs_message() -> None:
    state = RunState(
        sprint_id="run", status="lost", message="machine words", last_seen=1_795_400_000.9
    )

    text = Tags(snapshot(state, [])).text

    assert "lost contact" in text
    assert "last seen 2026-11-23 02:13:20 UTC" in text
    assert "machine words" not in text


@pytest.mark.parametrize("last_seen", [None, float(2**53 - 1)])
def test_a_lost_run_without_a_time_shows_only_that(last_seen: float | None) -> None:
    text = Tags(snapshot(RunState(sprint_id="run", status="lost", last_seen=last_seen), [])).text

    assert "lost contact" in text
    assert "last seen" not in text


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("kernel_died", "kernel died at 2026-11-23 02:13:20 UTC"),
        ("kernel_restarted", "kernel restarted at 2026-11-23 02:13:20 UTC"),
        ("kernel_shut_down", "kernel shut down at 2026-11-23 02:13:20 UTC"),
    ],
)
def test_a_lost_run_shows_what_became_of_its_kernel(cause: LostCause, words: str) -> None:
    state = RunState(
        sprint_id="run", status="lost", message="m", last_seen=1_795_400_000.9, cause=cause
    )

    text = Tags(snapshot(state, [])).text

    assert words in text
    assert "lost contact" not in text


def test_a_run_without_a_connected_publisher_shows_that_and_nothing_looks_active() -> None:
    task = TaskState(task="train", current=1, total=2)
    state = RunState(
        sprint_id="run", status="running", tasks=[task], disconnected_at=1_795_400_000.9
    )

    html = snapshot(state, [])

    assert "publisher disconnected" in Tags(html).text
    assert "#388e3c" not in html


@pytest.mark.parametrize("status", ["lost", "failed", "cancelled", "succeeded"])
def test_b28_what_was_open_when_the_run_ended_is_stopped(status: Any) -> None:
    tasks = [TaskState(task="train", current=1, total=2), TaskState(task="read", current=7)]
    state = RunState(sprint_id="run", status=status, tasks=tasks)

    html = snapshot(state, [])

    assert html.count("\u25a1") == 2
    assert "repeating-linear-gradient" in html
    assert not {"\u25d0", "\u2713", "\u2717"} & set(html)
    assert as_text(build_snapshot(state, [])).count(" stopped") == 2


def test_b28_a_task_looks_as_it_ended_regardless_of_the_run() -> None:
    states: list[TaskStatus] = ["running", "succeeded", "failed", "stopped"]
    tasks = [TaskState(task=f"t{n}", current=1, total=2, state=s) for n, s in enumerate(states)]

    html = snapshot(RunState(sprint_id="run", status="running", tasks=tasks), [])

    assert [mark for mark in html if mark in "\u25d0\u2713\u2717\u25a1"] == [
        *"\u25d0\u2713\u2717\u25a1"
    ]
    assert html.count("width:50%") == 3  # what is done has no bar


def tree(*paths: str, state: TaskStatus = "running") -> list[TaskState]:
    return [
        TaskState(task=path.split("/")[-1], parents=path.split("/")[:-1], current=1, state=state)
        for path in paths
    ]


def shown_tasks(tasks: list[TaskState]) -> tuple[list[str], int]:
    snapshot = build_snapshot(RunState(sprint_id="run", status="running", tasks=tasks), [])
    return ["  " * task.depth + task.name for task in snapshot.tasks], snapshot.more_tasks


def test_b27_tasks_keep_their_parents_also_those_that_never_reported() -> None:
    shown, more = shown_tasks(tree("a/b/c", "d", "a/b", "a/e"))

    assert (shown, more) == (["a", "  b", "    c", "  e", "d"], 0)


def test_b27_running_tasks_are_shown_first_and_then_failed_ones_and_the_rest_is_counted() -> None:
    done = tree(*(f"sweep/trial {n}" for n in range(138)), state="succeeded")
    done[7] = done[7].model_copy(update={"state": "failed"})
    running = tree(*(f"sweep/trial {n}" for n in range(138, 144)))
    state = RunState(sprint_id="run", status="running", tasks=[*tree("sweep"), *done, *running])

    shown, more = shown_tasks(state.tasks)

    numbers = [7, 134, 135, 136, 137, *range(138, 144)]
    assert shown == ["sweep", *(f"  trial {number}" for number in numbers)]
    assert more == 133
    assert "(133 more tasks)" in as_text(build_snapshot(state, []))
    assert "133 more tasks" in snapshot(state, [])


def test_b27_a_parent_that_never_reported_looks_as_its_parts_do() -> None:
    tasks = [*tree("a/b", state="succeeded"), *tree("a/c", state="failed"), *tree("d/e")]
    snapshot = build_snapshot(RunState(sprint_id="run", status="running", tasks=tasks), [])

    assert {task.name: task.state for task in snapshot.tasks if not task.depth} == {
        "a": "failed",
        "d": "running",
    }


def test_b8_amounts_are_written_as_in_the_live_view() -> None:
    tasks = [
        TaskState(task="a", current=1_234_567.0, total=5_000_000),
        TaskState(task="b", current=3_221_230_000, unit="B"),
        TaskState(task="c", current=0.00123, total=0),
    ]
    text = as_text(build_snapshot(RunState(sprint_id="run", status="running", tasks=tasks), []))

    assert text.splitlines()[1:] == [
        "[#####...............] a 1,234,567/5,000,000",
        "b 3.22 GB",
        "c 0.00123/0",
    ]


def test_an_attempt_is_named_from_the_second_on() -> None:
    pages = [
        Tags(snapshot(RunState(sprint_id="run", attempt=attempt, status="running"), [])).text
        for attempt in (0, 1, 2)
    ]

    assert ["attempt" in text for text in pages] == [False, False, True]
    assert "attempt 2" in pages[2]


def numbered(first: int, *events: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**event, "seq": seq} for seq, event in enumerate(events, first)]


def test_only_the_newest_attempt_is_shown() -> None:
    """It begins where the state has it; members that join or continue send `running`, too."""
    state = RunState(sprint_id="run", attempt=2, status="running", began=12, logs=1)
    events = numbered(
        10, status("running"), log("old"), status("running"), log("new"), status("running")
    )

    text = Tags(snapshot(state, events)).text

    assert "new" in text
    assert "old" not in text


def test_all_is_shown_where_the_beginning_of_the_attempt_is_too_long_ago() -> None:
    state = RunState(sprint_id="run", attempt=2, status="running", began=3, logs=2)
    events = numbered(10, log("first"), status("running"), log("second"))

    text = Tags(snapshot(state, events)).text

    assert "first" in text


def test_lost_events_are_counted() -> None:
    text = Tags(snapshot(RunState(sprint_id="run", dropped=1_234), [])).text

    assert "1,234 lost events" in text


def test_everything_that_comes_from_a_run_is_escaped() -> None:
    state = RunState(
        sprint_id="run",
        status="failed",
        message=HOSTILE,
        tasks=[TaskState(task=HOSTILE, parents=[HOSTILE], unit=HOSTILE, current=1, total=2)],
        logs=1,
    )
    events = [log(HOSTILE, HOSTILE), *message(HOSTILE, HOSTILE, HOSTILE)]

    page = Tags(snapshot(state, events))

    assert page.tags == {"div", "span", "strong", "p"}
    assert page.attributes == {"style", "class", "data-sprint"}
    assert page.text.count("<script>") == 7


def test_colour_codes_and_control_characters_are_left_out() -> None:
    state = RunState(sprint_id="run", logs=1)

    page = Tags(
        snapshot(state, [log("\x1b[31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07\x00")])
    )

    assert "red link\u2400" in page.text
    assert "\x1b" not in page.text


def test_l4_b32_a_line_is_shown_as_in_the_live_view() -> None:
    lines = as_lines([log("10%\r20%\r100%"), log("a\x1b]0;title\nthe rest"), log("abc\x08X")])

    assert lines == ["  100%", "  a", "the rest", "  abX"]


def test_lines_of_standard_error_are_marked() -> None:
    events = [log("result"), {**log("10%"), "stream": "stderr"}]

    html = snapshot(RunState(sprint_id="run", logs=2), events)

    assert html.index("3px solid") < html.index("result") < html.index("3px dotted")
    assert html.count("3px dotted") == 1


def times(year: int) -> dict[str, Any]:
    train = TaskState(
        task="train", current=1, state="succeeded", began=year, updated=year + (year % 7)
    )
    return {
        "created": f"{year}-01-01T00:00:00Z",
        "started": f"{year}-01-01T00:00:00Z",
        "ended": f"{year}-01-01T00:00:0{year % 7}Z",
        "tasks": [train],
    }


def test_the_same_run_gives_the_same_text_whenever_it_is_made() -> None:
    earlier = RunState(sprint_id="run", status="succeeded", **times(2026))
    later = RunState(sprint_id="run", status="succeeded", **times(2027))

    first, second = (
        build_snapshot(earlier, message("a", "0123", "hi")),
        build_snapshot(later, message("a", "4567", "hi")),
    )

    assert as_text(first) == as_text(second)


def test_what_differs_in_the_html_of_the_same_run_is_marked_as_times() -> None:
    pages = [
        snapshot(RunState(sprint_id="run", status="succeeded", **times(year)), [])
        for year in (2026, 2027)
    ]
    pattern = re.compile(f'<span class="{TIME}".*?</span>')

    assert pages[0] != pages[1]
    assert pattern.sub("", pages[0]) == pattern.sub("", pages[1])


def test_the_html_has_no_line_break_so_that_markdown_does_not_end_it() -> None:
    trace = "first\n\n  second\r\n\nthird"
    state = RunState(sprint_id="run", status="failed", message=trace, tasks=tree(trace), logs=2)

    html = snapshot(state, [log(trace, "error"), log(""), *message("planner", "1", trace)])

    assert not {"\n", "\r"} & set(html)
    assert "first<br><br>  second<br><br>third" in html
    to_html = mistune.create_markdown(escape=False)
    assert html in to_html(f"before\n\n{html}\n\nafter")


def test_a_huge_run_gives_a_small_snapshot() -> None:
    state = RunState(
        sprint_id="x" * 64,
        message="&" * 4_096,
        logs=10**9,
        tasks=[
            TaskState(task="&" * 256, parents=["&" * 256] * 8, current=1, total=2)
            for _ in range(200)
        ],
    )
    events = [log("&" * 65_536) for _ in range(300)]
    for number in range(20):
        events += message("&" * 256, str(number), "&" * 65_536)

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
        ("2026-11-23T10:00:00.02Z", "took <0.1 s"),
        ("2026-11-23T10:00:01.45Z", "took 1.4 s"),
        ("2026-11-23T10:03:59Z", "took 3 min 59 s"),
        ("2026-11-23T12:10:00Z", "took 2 h 10 min"),
    ],
)
def test_the_html_shows_when_a_run_began_and_how_long_it_took(ended: str, words: str) -> None:
    state = RunState(
        sprint_id="run", status="succeeded", started="2026-11-23T10:00:00Z", ended=ended
    )

    shown = f"2026-11-23 10:00 UTC · {words}"
    assert shown in Tags(snapshot(state, [])).text
    assert f">{html.escape(shown)}</span>" in snapshot(state, [])
    assert as_text(build_snapshot(state, [])) == "Sprint run · succeeded"


@pytest.mark.parametrize("ended", [None, "yesterday", "2026-11-23T10:00:59"])
def test_how_long_a_run_took_is_not_guessed(ended: str | None) -> None:
    state = RunState(sprint_id="run", started="2026-11-23T10:00:00Z", ended=ended)

    assert "took" not in snapshot(state, [])


def test_the_same_snapshot_is_shown_as_text_for_paper_and_terminals() -> None:
    state = RunState(
        sprint_id="nightly",
        attempt=2,
        status="failed",
        message="no disk",
        tasks=[
            TaskState(task="load", current=4, total=4, state="succeeded"),
            TaskState(task="train", parents=["all"], current=5, total=20, unit="batch"),
            TaskState(task="count", current=7, state="failed"),
        ],
        logs=14,
        warnings=1,
    )
    events = [log("loading"), log("slow", "warning"), *message("planner", "1", "Hel", "lo")]

    assert as_text(build_snapshot(state, events)).splitlines() == [
        "Sprint nightly · failed · attempt 2 · no disk",
        "[####################] load 4/4 done",
        "all stopped",
        "  [#####...............] train 5/20 batch stopped",
        "count 7 FAILED",
        "planner: Hello",
        "  loading",
        "  WARNING slow",
        "(2 of 14 log lines, 1 warning)",
    ]


def did(agent: str, *events: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": "agent_message", "agent": agent, "event": event} for event in events]


def tool(action: str, key: str = "1", **fields: Any) -> dict[str, Any]:
    return {"type": f"TOOL_CALL_{action}", "toolCallId": key, **fields}


def chunk(**fields: Any) -> dict[str, Any]:
    return {"type": "TEXT_MESSAGE_CHUNK", **fields}


def as_lines(events: list[dict[str, Any]], status: Any = "running") -> list[str]:
    return as_text(build_snapshot(RunState(sprint_id="run", status=status), events)).splitlines()[
        1:
    ]


def test_b15_a_message_in_chunks_is_shown_whole() -> None:
    events = did(
        "planner", chunk(messageId="1", delta="Hel"), chunk(delta="lo, "), chunk(delta="you")
    )

    assert as_lines(events) == ["planner: Hello, you"]


@pytest.mark.parametrize(
    ("recorded", "lines"),
    [
        (
            "a recorded run of LangGraph",
            [
                "planner: Let me look.",
                'planner: sql {"query": "select 1"} -> 7043 rows',
                'planner: sql {"query": "select 2"} -> 7043 rows',
                "planner: All fine.",
            ],
        ),
        (
            "a recorded run of Pydantic AI",
            [
                'planner: sql {"query": "select 1"} -> 7043',
                "planner: All 7043 rows are fine ",
            ],
        ),
    ],
)
def test_b15_a_recorded_run_is_shown_with_its_messages_and_tools(
    recorded: str, lines: list[str]
) -> None:
    vectors = json.loads((VECTORS / "transcript.json").read_text())["vectors"]
    [vector] = [vector for vector in vectors if vector["name"] == recorded]

    events = [{"type": "agent_message", **event} for event in vector["given"]]

    assert as_lines(events) == lines


@pytest.mark.parametrize(
    ("result", "line"),
    [
        ({"content": "no such table", "error": "SQL"}, "planner: sql x failed: SQL"),
        ({"content": "no such table", "error": ""}, "planner: sql x failed: no such table"),
        ({"content": "", "error": ""}, "planner: sql x failed"),
        ({"content": "ok", "error": None}, "planner: sql x -> ok"),
        ({"content": [1, 2]}, "planner: sql x -> [1,2]"),
    ],
)
def test_b15_a_tool_is_shown_with_its_answer_or_its_failure(
    result: dict[str, Any], line: str
) -> None:
    call = (tool("START", toolCallName="sql"), tool("ARGS", delta="x"), tool("END"))

    assert as_lines(did("planner", *call, tool("RESULT", **result))) == [line]


@pytest.mark.parametrize(
    ("status", "words"),
    [("running", "no result yet"), ("succeeded", "no result"), ("lost", "no result")],
)
def test_b15_a_tool_that_has_not_answered_is_shown_as_such(status: str, words: str) -> None:
    call = (tool("START", toolCallName="sql"), tool("END"))

    assert as_lines(did("planner", *call), status) == [f"planner: sql  {words}"]


@pytest.mark.parametrize(
    ("end", "words"), [("RUN_FINISHED", "no result"), ("RUN_ERROR", "not finished")]
)
def test_b19_a_tool_whose_agent_has_ended_has_no_result(end: str, words: str) -> None:
    call = (tool("START", toolCallName="sql"), tool("END"))

    assert as_lines(did("planner", *call, {"type": end}))[0] == f"planner: sql  {words}"


def test_b20_a_failed_tool_has_a_red_cross_and_its_words_are_not_faint() -> None:
    failed = tool("RESULT", content="", error="no such table")

    page = snapshot(RunState(sprint_id="run"), did("planner", tool("START"), failed))

    assert '<span style="color:#d32f2f">✗</span> <strong>tool</strong>' in page
    assert "<br>failed: no such table</div>" in page


def test_b20_roles_look_different() -> None:
    roles = ["user", "assistant", "system", "developer", "tool"]
    pages = [
        snapshot(RunState(sprint_id="run"), did("bot", chunk(messageId="1", role=role, delta="x")))
        for role in roles
    ]

    assert len({page.replace(role, "") for page, role in zip(pages, roles, strict=True)}) == 5


def test_b15_an_error_of_an_agent_is_shown_in_words_and_in_the_colour_of_errors() -> None:
    error = did("planner", {"type": "RUN_ERROR", "message": "out of tokens"}, {"type": "RUN_ERROR"})

    assert as_lines(error) == [
        "planner: ERROR out of tokens",
        "planner: ERROR the agent ended with an error",
    ]
    assert "#d32f2f" in snapshot(RunState(sprint_id="run"), error)


def test_b15_a_role_is_shown_unless_the_message_is_the_agents_own() -> None:
    roles = ["user", "assistant", "", "system"]
    events = did("bot", *(chunk(messageId=str(n), role=r, delta="x") for n, r in enumerate(roles)))

    assert as_lines(events) == ["bot (user): x", "bot: x", "bot: x", "bot (system): x"]


def test_b15_an_agent_is_named_once_for_what_it_does_in_a_row() -> None:
    events = [
        *did("planner", chunk(messageId="1", delta="a"), tool("RESULT", content="b")),
        *did("coder", chunk(messageId="2", delta="c")),
        *did("planner", chunk(messageId="3", delta="d")),
    ]

    page = snapshot(RunState(sprint_id="run"), events)

    assert page.count("<strong>planner</strong>") == 2
    assert page.count("<strong>coder</strong>") == 1


def test_b15_the_same_agent_run_gives_the_same_snapshot_regardless_of_its_ids() -> None:
    first, second = (
        did("planner", chunk(messageId=key, delta="x"), tool("RESULT", key, content="y"))
        for key in ("0123", "4567")
    )

    assert snapshot(RunState(sprint_id="run"), first) == snapshot(RunState(sprint_id="run"), second)


def test_b15_everything_that_an_agent_does_is_escaped_and_free_of_control_characters() -> None:
    hostile = f"\x1b[31m{HOSTILE}\x00\x9b31m"
    events = did(
        hostile,
        chunk(messageId="1", role=hostile, delta=hostile),
        tool("START", toolCallName=hostile),
        tool("ARGS", delta=hostile),
        tool("RESULT", content=hostile, error=hostile),
        {"type": "REASONING_MESSAGE_CHUNK", "messageId": "2", "delta": hostile},
        {"type": "SUBAGENT_STARTED", "subagentRunId": "s", "name": hostile},
        {"type": "SUBAGENT_ERROR", "subagentRunId": "s", "message": hostile},
        {"type": "STEP_STARTED", "stepName": hostile},
        {"type": "RUN_ERROR", "message": hostile},
    )

    html = snapshot(RunState(sprint_id="run"), events)

    page = Tags(html)
    assert page.tags == {"div", "span", "strong", "br", "p", "details", "summary"}
    assert page.attributes == {"style", "class", "data-sprint"}
    assert page.text.count("<script>") == 12
    assert not {"\x1b", "\x00", "\x9b"} & set(html)


def test_b15_a_huge_agent_run_gives_a_small_snapshot() -> None:
    wide = "&" * 5_000
    state = RunState(
        sprint_id="x" * 64,
        status="failed",
        message=wide,
        logs=10**9,
        tasks=[TaskState(task=wide, parents=[wide], unit="&" * 32, current=1, total=2)] * 200,
    )
    events = [log(wide, "error") for _ in range(20)]
    for n in range(100):
        events += did(f"{n}{wide}", tool("START", f"{n}", toolCallName=wide))
        events += did(f"{n}{wide}", tool("ARGS", f"{n}", delta=wide))
        events += did(f"{n}{wide}", tool("RESULT", f"{n}", content=wide, error=wide))
        events += did(f"{n}", chunk(messageId=f"m{n}", role="&", delta="&"))

    assert len(snapshot(state, events).encode()) < MAX_BYTES


SECRET = "0123456789abcdef" * 2


def hide(text: str) -> str:
    return text.replace(SECRET, "***")


def broken(between: str) -> str:
    return SECRET[:7] + between + SECRET[7:]


@pytest.mark.parametrize(
    "secret",
    [
        SECRET,
        broken("\x1b[31m"),
        broken("\x1b]8;;http://x\x07"),
        broken("\x00"),
        broken("\r"),
        broken("\x9f\x08"),
        broken("\\u001b[31m"),
        broken("\\x1b[0m"),
    ],
)
@pytest.mark.parametrize("before", [0, 60, 70, 220, 230, 320, 660, 980, 990])
def test_b3_no_secret_is_shown_wherever_it_stands_and_is_cut(secret: str, before: int) -> None:
    text = "-" * before + secret + "-" * (700 if before else 0)
    task = TaskState(task=text, parents=[text], unit=text, current=1, total=2)
    state = RunState(sprint_id="run", status="failed", message=text, tasks=[task])
    events = [
        *(log(text, level) for level in ("info", "error", text)),
        *did(
            text,
            chunk(messageId="1", role=text, delta=text),
            tool("START", toolCallName=text),
            tool("ARGS", delta=text),
            tool("RESULT", content=text, error=text),
            {"type": "RUN_ERROR", "message": text},
        ),
    ]

    snapshot = build_snapshot(state, events, hide)

    for shown in (as_html(snapshot), as_text(snapshot)):
        assert SECRET not in shown
        assert SECRET[:7] not in shown
        assert SECRET[-7:] not in shown


def test_b3_a_secret_that_an_agent_writes_in_pieces_is_not_shown() -> None:
    events = did("bot", *(chunk(messageId="1", delta=character) for character in SECRET))

    assert as_text(build_snapshot(RunState(sprint_id="run"), events, hide)).endswith("bot: ***")


@pytest.mark.parametrize("between", ["", "\x1b[31m", "\x00"])
def test_b3_a_secret_in_a_structured_result_or_in_arguments_is_not_shown(between: str) -> None:
    content = [{"type": "text", "text": f"export TOKEN={broken(between)}"}]
    events = did("bot", tool("ARGS", delta=json.dumps(content)), tool("RESULT", content=content))

    shown = as_text(build_snapshot(RunState(sprint_id="run"), events, hide))

    assert shown.count("export TOKEN=***") == 2


def saved(text: str) -> str:
    return SavedText(str)(text, 10_000)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('File "/home/ana/my project/train.py", line 3, in f', 'File "…/train.py", line 3, in f'),
        ('File "C:\\Users\\ana\\train.py", line 3', 'File "…/train.py", line 3'),
        ('File "/work/ana/train.py", line 3', 'File "…/train.py", line 3'),
        (
            'File "/opt/venv/lib/python3.11/site-packages/torch/nn/linear.py", line 3',
            'File "…/torch/nn/linear.py", line 3',
        ),
        ('File "/usr/lib/python3.11/json/decoder.py", line 3', 'File "…/json/decoder.py", line 3'),
        ('File "/tmp/ipykernel_12345/1234.py", line 3', 'File "<cell>", line 3'),
        ("-> /tmp/ipykernel_12/34.py:3: UserWarning: x", "-> <cell>:3: UserWarning: x"),
        (
            "C:\\Users\\a\\AppData\\Local\\Temp\\ipykernel_1\\2.py:3: UserWarning",
            "<cell>:3: UserWarning",
        ),
        ("/home/ana/train.py:12: in f", "…/train.py:12: in f"),
        (
            "No such file or directory: '/home/ana/a b.csv'",
            "No such file or directory: '…/a b.csv'",
        ),
        ("[PosixPath('/tmp/tmp12ab/x')]", "[PosixPath('…/x')]"),
        ('{"path": "/Users/ana/data.csv"}', '{"path": "…/data.csv"}'),
        ("saved to /home/ana/out/model.pt.", "saved to …/model.pt."),
        ("PATH=/home/ana/bin:/root/bin", "PATH=…/bin:…/bin"),
        ("file:///home/ana/x.html", "…/x.html"),
        ("cd /home/ana", "cd ~"),
        ("cd '/Users/ana/'", "cd '~'"),
        ("<Model object at 0x7f3a5c0d9e10>", "<Model object at 0x…>"),
        (
            "<function f at 0x7F3A5C0D9E10>, <g at 0x0000021B5A7F>",
            "<function f at 0x…>, <g at 0x…>",
        ),
        ("<generator at 0x7f3a5c0d9e10 of /root/a/b.py>", "<generator at 0x… of …/b.py>"),
    ],
)
def test_b16_no_folder_and_no_address_is_shown(text: str, shown: str) -> None:
    assert saved(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Cell In[2], line 3, in f",
        'File "<string>", line 1',
        'File "train.py", line 1',
        "GET /api/v1/users 200",
        "https://example.com/home/ana/x.py",
        "http://localhost:8888/tmp/x",
        "s3://bucket/home/ana/model.pt",
        "and/or, 3/4, 12/tmp/5",
        "/dev/null",
        "0x7f3a5c0d9e10",
        "~/project/train.py",
        "./src/train.py ../lib/train.py src/train.py",
        "re: \\d+\\home",
        "C: 3",
    ],
)
def test_b16_all_else_is_shown_as_it_is(text: str) -> None:
    assert saved(text) == text


def test_b16_a_traceback_is_shown_to_its_end_which_is_the_error() -> None:
    trace = "Traceback (most recent call last):\n" + "  File x\n" * 500 + "ValueError: bad batch"

    lines = as_lines([log(trace, "error")], "failed")

    assert lines[0] == "  ERROR Traceback (most recent call last):"
    assert lines[-1] == "ValueError: bad batch"


@given(st.text() | st.from_regex(r"[\"'/\\a-z:.]{0,40}"), st.integers(1, 50))
def test_b16_any_text_can_be_saved_within_its_limit(text: str, limit: int) -> None:
    for keep_end in (False, True):
        shown = SavedText(str)(text, limit, keep_end=keep_end)

        assert len(shown) <= limit
        assert not set(map(chr, [*range(9), *range(11, 32), *range(127, 160)])) & set(shown)
