"""The list of runs."""

from __future__ import annotations

from realtime_widgets import Sprint, sprints
from realtime_widgets._runs import SprintList
from realtime_widgets.protocol.events import AgentMessage
from realtime_widgets.protocol.run_state import RunState
from realtime_widgets.protocol.task_states import TaskState

RUNS = SprintList(
    [
        RunState(
            sprint_id="nightly",
            status="running",
            started="2026-11-22T21:58:00.123Z",
            logs=1_234,
            errors=2,
            tasks=[
                TaskState(task="load", current=3, total=3, state="succeeded"),
                TaskState(task="<train>", current=0.5, total=10),
            ],
        ),
        RunState(sprint_id="old"),
    ]
)


def test_runs_of_this_process_are_listed_the_newest_first(sprint_id: str) -> None:
    for suffix in "ab":
        Sprint(f"{sprint_id}-{suffix}").status("running")

    listed = [run.sprint_id for run in sprints() if run.sprint_id.startswith(sprint_id)]

    assert listed == [f"{sprint_id}-b", f"{sprint_id}-a"]


def test_the_text_is_a_table() -> None:
    assert repr(RUNS).splitlines() == [
        "sprint   status   progress        log lines  errors  started",
        "nightly  running  <train> 0.5/10  1,234      2       2026-11-22 21:58 UTC",
        "old      pending                  0          0",
    ]


def test_runs_of_agents_have_columns_of_their_tokens_costs_and_failed_tools() -> None:
    usage = {"model": "m", "inputTokens": 1_200, "outputTokens": 80}
    ours = {"usage": usage, "cost": {"amount": 0.5, "currency": "USD"}}
    events = [
        {"type": "STEP_FINISHED", "stepName": "m", "metadata": {"realtime-widgets": ours}},
        {"type": "TOOL_CALL_RESULT", "toolCallId": "1", "content": "", "error": "no"},
    ]
    run = RunState(sprint_id="agent")
    messages = [AgentMessage(type="agent_message", agent="a", event=event) for event in events]
    run.apply(1, "2026-11-22T21:58:00.123Z", messages)

    header, old, agent = repr(SprintList([RunState(sprint_id="old"), run])).splitlines()

    assert header.split("errors  ")[1].split() == ["failed", "tools", "tokens", "cost", "started"]
    assert "  1             1.2k in · 80 out  $0.5  2026-11-22" in agent
    assert old.split() == ["old", "pending", "0", "0"]


def test_the_html_is_a_table_with_everything_escaped() -> None:
    html = RUNS._repr_html_()

    assert html.startswith("<table>")
    assert "&lt;train&gt; 0.5/10" in html
    assert "<train>" not in html


def test_an_empty_list_of_runs_is_shown_in_words() -> None:
    assert repr(SprintList()) == "no runs yet"
    assert "no runs yet" in SprintList()._repr_html_()


def test_the_status_is_shown_with_the_reason_why_it_may_be_out_of_date() -> None:
    runs = SprintList(
        [
            RunState(sprint_id="a", status="running", disconnected_at=1_795_400_000.0),
            RunState(sprint_id="b", status="lost", cause="kernel_died"),
            RunState(sprint_id="c", status="lost"),
        ]
    )

    statuses = [line[8:40].rstrip() for line in repr(runs).splitlines()[1:]]
    assert statuses == ["running (publisher disconnected)", "lost (kernel died)", "lost"]
