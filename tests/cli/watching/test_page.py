"""What `rtw watch` draws of a run, at 80 and 200 columns."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from realtime_widgets.cli.watching.page import draw
from realtime_widgets.cli.watching.question_bar import QuestionBar
from realtime_widgets.protocol.messages import Gap, Presence, Reset, State, Trouble, Watching
from realtime_widgets.protocol.run_state import RunState

from .conftest import NOW, RUNNING, agui, flat, new_events

if TYPE_CHECKING:
    from .conftest import Terminal

PROGRESS = {"type": "build_progress", "task": "train", "current": 934, "total": 1500}
TOOL = (
    agui("RUN_STARTED", threadId="t", runId="r"),
    agui("STEP_STARTED", stepName="plan"),
    agui("TOOL_CALL_START", toolCallId="c", toolCallName="search"),
    agui("TOOL_CALL_ARGS", toolCallId="c", delta='{"to": "LIS"}'),
    agui("TOOL_CALL_END", toolCallId="c"),
)


def log(message: str, **fields: object) -> dict[str, object]:
    return {"type": "log", "message": message, **fields}


def test_the_state_of_the_newest_page_is_shown_at_once_and_its_events_count_once(
    terminal: Terminal,
) -> None:
    state = RunState(sprint_id="nightly-eval", head=901, status="running", attempt=1, logs=900)
    page = new_events(*(log(f"line {n}") for n in range(2)), first=900)

    terminal.view.run.take([Gap(from_=1, to=899, reason="skipped"), State(state=state), page])

    assert terminal.view.run.state.logs == 900
    assert "Running" in terminal.rows()[0]
    assert terminal.text().endswith("s stop")
    assert "line 1" in terminal.text()
    assert terminal.view.run.log.before == 900


def test_a_log_has_time_mark_source_and_the_rest_of_long_lines_below(terminal: Terminal) -> None:
    terminal.take(RUNNING, log("3 rows have no label " * 6, level="warning", source="loader"))

    first, second = terminal.rows()[3:5]

    assert first[8:].startswith(" ▲ loader 3 rows have no label")
    assert second.startswith(" " * 11 + "3 rows have no label")
    assert "Log  ▲ 1" in terminal.text()


def test_controls_and_hidden_characters_are_shown_as_marks(terminal: Terminal) -> None:
    terminal.take(
        {**RUNNING, "message": "a\u202eb"},
        log("\x1b[2J\x1b]0;title\x07safe \u200b \x00 end", source="s\u2066"),
        {**PROGRESS, "task": "t\u202e\x1b[31m"},
        *TOOL[:2],
        agui("TEXT_MESSAGE_START", messageId="m", role="user"),
        agui("TEXT_MESSAGE_CONTENT", messageId="m", delta="h\u202ei\x1b[2J"),
    )

    text = terminal.text(200, 50)

    assert text.isprintable() or set(filter(lambda one: not one.isprintable(), text)) == {"\n"}
    for shown in ("a<U+202E>b", "safe <U+200B> ␀ end", "s<U+2066>", "t<U+202E>", "h<U+202E>i"):
        assert shown in text


def test_below_120_columns_steps_are_above_the_pane_and_else_beside_it(terminal: Terminal) -> None:
    terminal.take(RUNNING, PROGRESS, log("a line"))

    narrow, wide = terminal.rows(80), terminal.rows(200, 50)

    assert narrow[1].startswith("─ Steps ─")
    assert "62% 934/1,500" in narrow[2]
    assert narrow[3].startswith("─ Log ─")
    assert wide[1].startswith("─ Steps ─")
    assert "│ ─ Log ─" in wide[1]


def test_steps_that_are_done_are_folded_where_there_is_no_room(terminal: Terminal) -> None:
    ended = [{**PROGRESS, "task": f"step {n}", "state": "succeeded"} for n in range(20)]
    terminal.take(RUNNING, *ended, PROGRESS)

    folded = terminal.text()
    terminal.view.is_unfolded = True

    assert "● train" in folded
    assert "✓ 20 steps done" in folded
    assert "✓ step 19" in terminal.text()
    assert "more" in terminal.text()


def test_the_timeline_has_tools_below_their_step_and_claims_no_success_of_a_tool(
    terminal: Terminal,
) -> None:
    terminal.take(RUNNING, *TOOL)
    assert "  ● search" in terminal.text()

    terminal.take(agui("TOOL_CALL_RESULT", toolCallId="c", messageId="m", content="3 flights"))
    rows = terminal.rows()

    step = next(n for n, row in enumerate(rows) if row == "● plan")
    assert rows[step + 1].startswith('  • search  {"to": "LIS"}')
    assert rows[step + 2] == "    → 3 flights"


def test_an_error_of_a_tool_is_unfolded_and_what_is_open_at_the_end_has_not_succeeded(
    terminal: Terminal,
) -> None:
    failed = {"realtime-widgets": {"error": "no seat left"}}
    terminal.take(
        RUNNING,
        *TOOL,
        agui("TOOL_CALL_RESULT", toolCallId="c", messageId="m", content="x", metadata=failed),
        {"type": "status_update", "status": "failed", "message": "boom"},
    )

    text = terminal.text()

    assert "✗ search" in text
    assert "    no seat left" in text
    assert "○ plan" in text
    assert "✗ nightly-eval  Failed" in text
    assert "s stop" not in text


def test_the_timeline_is_that_of_the_newest_attempt(terminal: Terminal) -> None:
    ended = {"type": "status_update", "status": "failed"}
    terminal.take(RUNNING, agui("STEP_STARTED", stepName="first"), ended)
    terminal.take(RUNNING, agui("STEP_STARTED", stepName="second"))

    assert "attempt 2" in terminal.rows()[0]
    assert "second" in terminal.text()
    assert "first" not in terminal.text()


def test_reasoning_is_folded_to_how_long_it_took(terminal: Terminal) -> None:
    terminal.take(
        RUNNING,
        agui("REASONING_MESSAGE_START", messageId="m"),
        agui("REASONING_MESSAGE_CONTENT", messageId="m", delta="let me see"),
    )
    assert "let me see" in terminal.text()

    terminal.take({**agui("REASONING_MESSAGE_END", messageId="m"), "time": NOW + 1.2})
    folded = terminal.text()
    terminal.view.is_unfolded = True

    assert "∴ Thought for 1.2 s" in folded
    assert "let me see" not in folded
    assert "let me see" in terminal.text()


def test_earlier_pages_come_before_and_a_tool_finds_its_step(terminal: Terminal) -> None:
    terminal.view.run.take([new_events(*TOOL[2:], log("newer"), first=11)])
    assert "● search" in terminal.text()

    page = flat((log("older"), *TOOL[:2]), 8)
    terminal.view.run.add_earlier({"events": page, "next": None})

    rows = terminal.rows(200, 50)
    assert any(row.startswith("● plan") for row in rows)
    assert any(row.startswith("  ● search") for row in rows)
    text = "\n".join(rows)
    assert text.index("older") < text.index("newer")


def test_tokens_cost_watchers_and_metrics_are_in_the_header(terminal: Terminal) -> None:
    usage = {"usage": {"inputTokens": 12_400, "outputTokens": 2_100}, "kind": "model"}
    cost = {"cost": {"amount": "0.041", "currency": "USD", "source": "provider"}}
    metadata = {"realtime-widgets": {**usage, **cost}}
    terminal.take(
        RUNNING,
        agui("STEP_STARTED", stepName="m", metadata={"realtime-widgets": {"kind": "model"}}),
        agui("STEP_FINISHED", stepName="m", metadata=metadata),
        {"type": "metrics", "steps": [1], "values": {"loss": [0.0912], "acc": ["NaN"]}},
    )
    terminal.view.run.take([Watching(count=2, names=["a", "b"])])

    first, second = terminal.rows()[:2]

    assert first.endswith("12.4k in · 2.1k out · $0.041 · 2 watching")
    assert second == "  loss 0.0912  acc NaN"


def test_problems_are_shown_at_the_top_and_times_stand_still_while_disconnected(
    terminal: Terminal,
) -> None:
    terminal.take(RUNNING)
    terminal.view.connection.lost_at = NOW + 60
    terminal.view.run.take(
        [Trouble(code="storage_full", message="no room"), Presence(disconnected_at=NOW)]
    )

    text = terminal.text(now=NOW + 500)

    assert "reconnecting; this is as of" in text
    assert "no room" in text
    assert "publisher disconnected 8 min 20 s ago" in text
    assert terminal.rows(now=NOW + 500)[0] == terminal.rows(now=NOW + 900)[0]


def test_a_run_that_has_not_begun_names_similar_ones(terminal: Terminal) -> None:
    terminal.view.connection.similar = ["nightly-evals"]

    text = terminal.text()

    assert "nothing was published to this run yet; similar names: nightly-evals" in text
    assert "○ nightly-eval  Pending" in text


def test_events_that_are_not_kept_have_a_line_and_another_log_begins_empty(
    terminal: Terminal,
) -> None:
    terminal.take(RUNNING, log("of the first log"))
    terminal.view.run.take([Gap(from_=3, to=90)])
    assert "events 3 to 90 are not kept" in terminal.text()

    terminal.view.run.take([Reset(epoch="f" * 16, first=1, reason="epoch")])

    assert "of the first log" not in terminal.text()


def test_a_question_is_shown_with_its_choices_and_how_to_answer(terminal: Terminal) -> None:
    question = {"type": "question", "id": "q", "message": "Deploy where?"}
    terminal.take(RUNNING, {**question, "choices": ["test", "live"], "expires": NOW + 30})
    answers: list[object] = []
    terminal.view.bar = QuestionBar(terminal.view.run.questions[0], answers.append)

    assert terminal.rows()[-6:-1] == [
        "─ Question " + "─" * 69,
        "? Deploy where?",
        "  1  test",
        "  2  live",
        "  a answer" + " " * 55 + "expires in 30 s",
    ]

    terminal.view.mode = "answering"
    terminal.view.bar.take(b"2")
    assert terminal.rows()[-2] == "> 2▏"
    terminal.view.bar.take(b"\r")
    assert answers == ["live"]


@pytest.mark.parametrize(("width", "height"), [(20, 5), (1, 1), (80, 2), (500, 200)])
def test_it_fits_into_terminals_of_any_size(terminal: Terminal, width: int, height: int) -> None:
    terminal.take(RUNNING, PROGRESS, *TOOL, log("a line"), log("漢字" * 100))

    for mode in ("reading", "help", "stopping", "filtering"):
        terminal.view.mode = mode  # type: ignore[assignment]  # one of its values
        terminal.rows(width, height)


def test_it_sets_no_background_and_with_no_color_no_colour(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.take(RUNNING, PROGRESS, *TOOL, log("a line", level="error"))

    def written() -> str:
        console = Console(
            file=io.StringIO(), force_terminal=True, color_system="standard", width=200
        )
        for row in draw(terminal.view, 200, 50, NOW):
            console.print(row)
        return str(console.file.getvalue())  # type: ignore[attr-defined]  # of StringIO

    coloured = written()
    monkeypatch.setenv("NO_COLOR", "1")

    assert "\x1b[31m" in coloured
    assert "\x1b[4" not in coloured
    assert not any(f"\x1b[{n}m" in written() for n in range(30, 50))
