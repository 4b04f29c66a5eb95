"""What a snapshot shows of agents: as much as fits, in its place, as it ended."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from realtime_widgets.display.render import as_html, as_text
from realtime_widgets.display.snapshot import build_snapshot
from realtime_widgets.protocol.agents.tally import Tally
from realtime_widgets.protocol.agents.usage import Cost, Sums, TokenUsage
from realtime_widgets.protocol.agents.work import AgentWork
from realtime_widgets.protocol.events import AgentMessage
from realtime_widgets.protocol.run_state import RunState
from realtime_widgets.protocol.task_states import TaskState

AGUI = Path(__file__).parents[1] / "vectors/agui"
MAX_BYTES = 50 * 1024
KEY = "realtime-widgets"
FIRST = 1_790_000_000.0


def did(*events: dict[str, Any], agent: str = "planner") -> list[dict[str, Any]]:
    """Return events of an agent, one each second."""
    return [
        {"type": "agent_message", "agent": agent, "event": event, "time": FIRST + n}
        for n, event in enumerate(events)
    ]


def step(action: str, name: str, **ours: Any) -> dict[str, Any]:
    return {"type": f"STEP_{action}", "stepName": name, "metadata": {KEY: ours}}


def html_of(events: list[dict[str, Any]], status: Any = "succeeded") -> str:
    state = RunState(sprint_id="run", status=status)
    messages = [AgentMessage(**event) for event in events]
    state.apply(1, "2026-11-23T02:13:20.000Z", messages)
    state.status = status
    return as_html(build_snapshot(state, events))


def recorded(name: str) -> list[dict[str, Any]]:
    return did(*json.loads((AGUI / f"{name}.json").read_text())["events"])


def test_sub_agents_have_their_steps_and_tools_below_them_and_failures_in_words() -> None:
    page = html_of(recorded("subagents"))

    texts = [re.sub(r"<[^>]*>", "", part) for part in page.split("<div")]
    for words in ("✗ reader sub-agent", "failed: the table is missing", "✓ writer sub-agent"):
        assert any(words in text for text in texts)
    assert page.index("reader") < page.index('{"q": 1}') < page.index("writer")
    assert page.index("writer") < page.index('{"f": 2}') < page.index("The reader failed.")
    assert re.search(r"margin-left:36px[^✗]*✗</span> <strong>sql", page)


def test_tokens_and_costs_are_in_the_header_with_a_lower_bound_where_one_is_not_known() -> None:
    page = html_of(recorded("subagents"))

    assert "107 in (40 cached) · 23 out" in page
    assert "≥ $0.0" in page


def test_steps_have_the_time_that_they_took_and_the_run_that_of_its_models() -> None:
    page = html_of(
        did(step("STARTED", "model", id="a", kind="model"), step("FINISHED", "model", id="a"))
    )

    assert re.search(r'✓</span> model <span class="realtime-widgets-time"[^>]*>1.0 s', page)
    assert "models 1.0 s" in page


def test_no_duration_is_shown_without_both_times() -> None:
    events = [
        {**event, "time": None}
        for event in did(step("STARTED", "s", id="a"), step("FINISHED", "s", id="a"))
    ]

    assert "realtime-widgets-time" not in html_of(events).replace("02:13", "")[200:]


@pytest.mark.parametrize(
    ("ours", "words"),
    [
        ({"error": "no disk"}, "✗ load | failed: no disk"),
        ({"outcome": "cancelled"}, "□ load cancelled"),
        ({}, "✓ load"),
    ],
)
def test_a_step_looks_as_it_ended(ours: dict[str, Any], words: str) -> None:
    events = did(step("STARTED", "load", id="a"), step("FINISHED", "load", id="a", **ours))

    shown = re.sub(r"<span class=.*?</span>|<(?!br)[^>]*>", "", html_of(events))
    assert words in re.sub(" +", " ", shown.replace("<br>", " | "))


@pytest.mark.parametrize(
    ("status", "words"),
    [("running", "under way"), ("failed", "not finished"), ("lost", "not finished")],
)
def test_a_step_that_is_open_when_the_run_ends_is_not_finished(status: str, words: str) -> None:
    assert words in html_of(did(step("STARTED", "load", id="a")), status).split("load")[1]


def test_steps_of_one_name_at_once_are_two_and_each_has_its_parts() -> None:
    events = did(
        step("STARTED", "tools", id="a"),
        step("STARTED", "tools", id="b"),
        {"type": "TOOL_CALL_START", "toolCallId": "1", "toolCallName": "inner"}
        | {"metadata": {KEY: {"parent": "a"}}},
        step("FINISHED", "tools", id="a"),
        step("FINISHED", "tools", id="b"),
    )

    page = html_of(events)

    assert page.count("tools</") + page.count("> tools") == 2
    assert page.index("inner") < page.rindex("tools")


def test_reasoning_is_folded_with_how_long_it_took() -> None:
    events = did(
        {"type": "REASONING_MESSAGE_START", "messageId": "1"},
        {"type": "REASONING_MESSAGE_CONTENT", "messageId": "1", "delta": "hm"},
        {"type": "REASONING_MESSAGE_END", "messageId": "1"},
    )

    page = html_of(events)

    assert re.search(
        r"<details [^>]*><summary>Thought <span[^>]*>2.0 s</span></summary><div>hm<", page
    )
    assert "open" not in page[page.index("<details") : page.index("<summary")]


def test_a_message_is_shown_as_markdown_and_what_a_tool_wrote_as_it_is() -> None:
    chunk = {"type": "TEXT_MESSAGE_CHUNK", "delta": "**bold**"}
    page = html_of(did({**chunk, "messageId": "1"}, {**chunk, "messageId": "2", "role": "tool"}))

    assert page.count("<strong>bold</strong>") == 1
    assert page.count("**bold**") == 1


def test_a_secret_that_markdown_would_complete_is_not_shown() -> None:
    events = did({"type": "TEXT_MESSAGE_CHUNK", "messageId": "1", "delta": r"key: sk\_0123**45**"})
    state = RunState(sprint_id="run")

    page = as_html(build_snapshot(state, events, lambda text: text.replace("sk_012345", "***")))

    assert "sk_0123" not in page


def test_what_was_cut_is_marked_and_the_newest_is_kept_with_what_it_is_a_part_of() -> None:
    many = [
        {"type": "TEXT_MESSAGE_CHUNK", "messageId": str(n), "delta": f"message {n}"}
        for n in range(300)
    ]
    events = did(step("STARTED", "outer", id="a"), *many)

    page = html_of(events, "running")
    text = as_text(build_snapshot(RunState(sprint_id="run"), events))

    assert "outer" in page
    assert "message 299" in page
    assert "message 3<" not in page
    for shown in (page, text):
        assert "earlier messages and tool calls are not shown" in shown


def test_nothing_is_marked_as_cut_that_is_whole() -> None:
    assert "not shown" not in html_of(did(step("STARTED", "outer", id="a")))


def test_a_long_message_is_cut_with_a_mark() -> None:
    page = html_of(did({"type": "TEXT_MESSAGE_CHUNK", "messageId": "1", "delta": "x" * 5_000}))

    assert "x…</p>" in page
    assert "x" * 2_000 not in page


def test_a_chain_of_parts_that_never_ends_is_shown_to_a_depth() -> None:
    chain = [step("STARTED", str(n), id=str(n), parent=str(n - 1)) for n in range(500)]

    page = html_of(did(*chain), "running")

    assert "margin-left:216px" in page
    assert "margin-left:234px" not in page


@pytest.mark.parametrize("wide", ["&" * 5_000, "\U0001f600" * 5_000])
def test_a_run_with_much_of_everything_is_below_its_limit(wide: str) -> None:
    costs = [Cost(currency=f"{n}{wide}"[:64], amount=2**53 - 1) for n in range(8)]
    usage = [TokenUsage(input_tokens=10**9, output_tokens=10**9)]
    state = RunState(
        sprint_id="x" * 64,
        status="failed",
        message=wide,
        attempt=2,
        logs=10**9,
        tasks=[
            TaskState(
                task=f"{n}{wide}", parents=[f"{n}-{wide}"], unit=wide[:32], current=1, total=2
            )
            for n in range(50)
        ],
        agents=AgentWork(tally=Tally(ended=Sums(usage=usage, costs=costs))),
    )
    lists_and_tables = "- a\n" * 60 + "\n|a|b|\n|-|-|\n" + "|1|2|\n" * 20
    chunk = {"type": "TEXT_MESSAGE_CHUNK", "role": "user", "delta": lists_and_tables}
    events = [{"type": "log", "level": "error", "message": wide}] * 20
    for n in range(40):
        parts = (step("STARTED", f"{n}{wide}", id=f"{n}"), {**chunk, "messageId": f"{n}"})
        events += did(*parts, agent=f"{n}{wide}")

    snapshot = build_snapshot(state, events)

    assert len(as_html(snapshot).encode()) < MAX_BYTES
    assert len(as_text(snapshot).encode()) < MAX_BYTES
