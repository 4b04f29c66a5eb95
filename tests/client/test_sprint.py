"""`Sprint` as a user types it, against the hub in this process."""

from __future__ import annotations

import logging
import threading
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from realtime_widgets import InvalidEventError, InvalidSprintIdError, Sprint

from .reading import lines, published, state, statuses

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets.protocol.events import TaskStatus


def test_a_log_line_has_a_level_and_a_source(sprint: Sprint) -> None:
    sprint.log("loading data")
    sprint.log("slow", level="warning", source="train.py")
    sprint.log("10%", stream="stderr")

    assert published(sprint) == [
        {"type": "log", "message": "loading data", "level": "info"},
        {"type": "log", "message": "slow", "level": "warning", "source": "train.py"},
        {"type": "log", "message": "10%", "level": "info", "stream": "stderr"},
    ]


@pytest.mark.parametrize(
    ("given", "level"), [(logging.ERROR, "error"), ("WARNING", "warning"), ("warn", "warning")]
)
def test_levels_are_those_of_logging(sprint: Sprint, given: str | int, level: str) -> None:
    sprint.log("x", given)

    assert published(sprint)[0]["level"] == level


def test_anything_can_be_logged(sprint: Sprint) -> None:
    sprint.log(Fraction(1, 3))

    assert lines(sprint) == ["1/3"]


@pytest.mark.parametrize("character", ["x", "\N{SNOWMAN}", "\x01", "\N{GRINNING FACE}"])
def test_a_long_line_is_cut_with_a_mark(sprint: Sprint, character: str) -> None:
    sprint.log(character * 100_000)

    (line,) = lines(sprint)
    assert line.startswith(character * 1_000)
    assert len(line) <= 65_536
    assert "more characters]" in line


def test_l12_of_a_long_bar_the_last_state_is_kept(sprint: Sprint) -> None:
    states = "".join(f"\r{number / 10:5}%|{'#' * (number // 50):20}|" for number in range(1_001))

    sprint.log("loading\n" + states * 30 + "\ndone\n")

    assert lines(sprint) == [f"loading\n100.0%|{'#' * 20}|\ndone\n"]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_l12_of_a_long_text_without_a_bar_the_beginning_is_kept(
    sprint: Sprint, ending: str
) -> None:
    sprint.log("".join(f"line {number}{ending}" for number in range(100_000)))

    (line,) = lines(sprint)
    assert line.splitlines()[:1_000] == [f"line {number}" for number in range(1_000)]
    assert "more characters]" in line


def test_l12_what_no_later_state_covers_is_kept(sprint: Sprint) -> None:
    sprint.log("\x1b[31m" + "ab" * 20_000 + "\r\x1b[0mX" * 20_000)

    assert lines(sprint) == ["X\x1b[31mb" + "ab" * 19_999 + "\x1b[0m"]


def test_l12_a_bar_that_fits_is_published_as_it_is(sprint: Sprint) -> None:
    sprint.log("\r10%\r100%")

    assert lines(sprint) == ["\r10%\r100%"]


def test_the_mark_counts_what_is_missing(sprint: Sprint) -> None:
    sprint.log("x" * 70_000)

    (line,) = lines(sprint)
    kept = line.count("x")
    assert f" … [{70_000 - kept:,} more characters] … " in line


def test_half_a_surrogate_pair_becomes_a_replacement_character(sprint: Sprint) -> None:
    sprint.log("before")
    sprint.log("a\ud800b")
    sprint.log("after")

    assert lines(sprint) == ["before", "a\N{REPLACEMENT CHARACTER}b", "after"]


def test_a_status_may_have_words(sprint: Sprint) -> None:
    sprint.status("needs_input", "which branch?")

    assert published(sprint) == [
        {"type": "status_update", "status": "needs_input", "message": "which branch?"}
    ]


@pytest.mark.parametrize(
    ("current", "total", "given", "expected"),
    [
        (9, 10, None, "running"),
        (10, 10, None, "succeeded"),
        (10.5, 10, None, "succeeded"),
        (10, 10, "running", "running"),
        (10, None, None, "running"),
        (float("nan"), 10, None, None),
    ],
)
def test_progress_that_reaches_its_total_ends_the_task(
    sprint: Sprint,
    current: float,
    total: float | None,
    given: TaskStatus | None,
    expected: str | None,
) -> None:
    sprint.progress("train", current, total, state=given)

    (event,) = published(sprint)
    assert event.get("state") == expected


def test_progress_takes_the_numbers_of_other_libraries(sprint: Sprint) -> None:
    class Scalar:
        def __float__(self) -> float:
            return 2.5

    class Count:
        def __index__(self) -> int:
            return 7

    sprint.progress("train", Scalar(), Count(), unit="batch", parent="all")

    assert published(sprint) == [
        {
            "type": "build_progress",
            "task": "train",
            "current": 2.5,
            "total": 7,
            "unit": "batch",
            "parent": "all",
            "state": "running",
        }
    ]


def test_an_ag_ui_model_is_published_under_its_wire_names(sprint: Sprint) -> None:
    class ToolCallStart(BaseModel):
        model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
        type: str = "TOOL_CALL_START"
        tool_call_id: str
        parent_message_id: str | None = None

    sprint.agent_event("coder", ToolCallStart(tool_call_id="7"))

    assert published(sprint) == [
        {
            "type": "agent_message",
            "agent": "coder",
            "event": {"type": "TOOL_CALL_START", "toolCallId": "7"},
        }
    ]


def test_emit_takes_events_of_any_type(sprint: Sprint) -> None:
    sprint.emit({"type": "metric", "loss": 0.25, "note": None})

    assert published(sprint) == [{"type": "metric", "loss": 0.25, "note": None}]


def test_an_emitted_event_may_be_changed_afterwards(sprint: Sprint) -> None:
    event = {"type": "metric", "values": [1]}

    sprint.emit(event)
    event["values"] = [2]

    assert published(sprint)[0]["values"] == [1]


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda sprint: sprint.status("done"), "status"),
        (lambda sprint: sprint.status("lost"), "status"),
        (lambda sprint: sprint.status(None), "status"),
        (lambda sprint: sprint.progress("t", 1, state="done"), "state"),
        (lambda sprint: sprint.log("x", stream="stdlog"), "stream"),
        (lambda sprint: sprint.agent_event("a", {"no": "type"}), "event.type"),
        (lambda sprint: sprint.agent_event("a", object()), "event"),
        (lambda sprint: sprint.agent_event("a", "some words"), "event"),
        (lambda sprint: sprint.agent_event("a", "{not JSON"), "event"),
        (lambda sprint: sprint.emit({"no": "type"}), "type"),
        (lambda sprint: sprint.emit({"type": 5}), "type"),
        (lambda sprint: sprint.emit({"type": "log"}), "message"),
        (lambda sprint: sprint.emit({"type": "status_update", "status": "done"}), "status"),
        (lambda sprint: sprint.emit("words"), None),
    ],
)
def test_b5_a_wrong_call_is_refused_at_once_and_named(
    sprint: Sprint, call: object, field: str | None
) -> None:
    with pytest.raises(InvalidEventError) as caught:
        call(sprint)  # type: ignore[operator] # a lambda

    assert caught.value.field == field
    assert isinstance(caught.value, ValueError)
    assert published(sprint) == []


@pytest.mark.parametrize(
    ("call", "field", "words"),
    [
        (lambda sprint: sprint.log("x", "loud"), "level", "debug"),
        (lambda sprint: sprint.log("x", 25), "level", "debug"),
        (lambda sprint: sprint.log("x", source="s" * 257), "source", "256"),
        (lambda sprint: sprint.log("x" * 65_537), "message", "65536"),
        (lambda sprint: sprint.status("failed", "x" * 4_097), "message", "4096"),
        (lambda sprint: sprint.progress("", 1), "task", "1 character"),
        (lambda sprint: sprint.progress("t", float("nan")), "current", "finite"),
        (lambda sprint: sprint.progress("t", 2**53), "current", "2^53-1"),
        (lambda sprint: sprint.progress("t", 1, unit="u" * 33), "unit", "32"),
        (lambda sprint: sprint.agent_event("", {"type": "X"}), "agent", "1 character"),
        (lambda sprint: sprint.emit({"type": "t" * 65}), "type", "64"),
        (lambda sprint: sprint.emit({"type": "metric", "x": object()}), None, "object"),
    ],
)
def test_b5_a_strict_sprint_refuses_what_would_be_changed(
    sprint_id: str, call: Callable[[Sprint], object], field: str | None, words: str
) -> None:
    sprint = Sprint(sprint_id, strict=True)

    with pytest.raises(InvalidEventError) as caught:
        call(sprint)

    assert caught.value.field == field
    assert words in str(caught.value)
    assert published(sprint) == []


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("runing", "running"),
        ("Running", "running"),
        ("done", "succeeded"),
        ("error", "failed"),
        ("canceled", "cancelled"),
    ],
)
def test_b33_a_refused_status_comes_with_a_proposal(sprint: Sprint, given: str, meant: str) -> None:
    with pytest.raises(InvalidEventError, match=f"did you mean '{meant}'"):
        sprint.status(given)  # type: ignore[arg-type]  # as users do


@pytest.mark.parametrize(
    ("given", "meant"), [("cancelled", "stopped"), ("aborted", "stopped"), ("done", "succeeded")]
)
def test_b28_a_refused_state_comes_with_a_proposal(sprint: Sprint, given: str, meant: str) -> None:
    with pytest.raises(InvalidEventError, match=f"did you mean '{meant}'"):
        sprint.progress("train", 1, state=given)  # type: ignore[arg-type]  # as users do


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("my run!", "my-run"),
        ("größe/1", "groe-1"),
        ("_private", "private"),
        ("x" * 80, "x" * 64),
        (7, "7"),
        (Path("runs/one"), "runs-one"),
    ],
)
def test_b33_a_refused_name_comes_with_a_proposal_that_is_taken(given: str, meant: str) -> None:
    with pytest.raises(InvalidSprintIdError) as refused:
        Sprint(given)

    assert str(refused.value).endswith(f"; did you mean {meant!r}?")
    assert Sprint(meant).sprint_id == meant


@pytest.mark.parametrize("given", ["", "///", object()])
def test_b33_where_nothing_is_left_of_a_name_none_is_proposed(given: str) -> None:
    with pytest.raises(InvalidSprintIdError) as refused:
        Sprint(given)

    assert "did you mean" not in str(refused.value)


@pytest.mark.parametrize("name", ["", "a b", "../x", "x" * 65, "x\n", 3])
def test_a_wrong_sprint_id_is_refused(name: str) -> None:
    with pytest.raises(InvalidSprintIdError):
        Sprint(name)


def test_events_of_one_thread_keep_their_order_among_those_of_eight(sprint: Sprint) -> None:
    def work(worker: int) -> None:
        for number in range(1_000):
            sprint.log(f"{worker} {number}")

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    pairs = [line.split() for line in lines(sprint)]
    assert len(pairs) == 8_000
    for worker in range(8):
        assert [int(n) for name, n in pairs if name == str(worker)] == list(range(1_000))


def test_two_objects_of_one_run_share_one_order(sprint: Sprint) -> None:
    other = Sprint(sprint.sprint_id)

    for number in range(100):
        (sprint if number % 2 else other).log(number)

    assert lines(sprint) == [str(number) for number in range(100)]


def test_a_block_runs_and_succeeds(sprint: Sprint) -> None:
    with sprint as entered:
        entered.log("working")

    assert [event.get("status", "log") for event in published(sprint)] == [
        "running",
        "log",
        "succeeded",
    ]


def test_a_block_that_raises_fails_with_the_traceback(sprint: Sprint) -> None:
    def deploy() -> None:
        msg = "no such host"
        raise ConnectionError(msg)

    with pytest.raises(ConnectionError), sprint:
        deploy()

    *_, trace, status = published(sprint)
    assert trace["level"] == "error"
    assert "in deploy" in trace["message"]
    assert trace["message"].endswith("ConnectionError: no such host")
    assert status == {
        "type": "status_update",
        "status": "failed",
        "message": "ConnectionError: no such host",
    }


def test_an_interrupted_block_is_cancelled(sprint: Sprint) -> None:
    with pytest.raises(KeyboardInterrupt), sprint:
        raise KeyboardInterrupt

    assert statuses(sprint) == ["running", "cancelled"]


@pytest.mark.parametrize(("code", "status"), [(None, "succeeded"), (0, "succeeded"), (3, "failed")])
def test_sys_exit_ends_a_block_by_its_code(sprint: Sprint, code: int | None, status: str) -> None:
    with pytest.raises(SystemExit), sprint:
        raise SystemExit(code)

    assert statuses(sprint) == ["running", status]


def test_a_final_status_that_was_set_inside_a_block_stays(sprint: Sprint) -> None:
    with sprint:
        sprint.status("cancelled", "nothing to do")

    assert statuses(sprint) == ["running", "cancelled"]


def test_each_start_of_a_run_is_an_attempt(sprint: Sprint) -> None:
    for _ in range(2):
        with sprint:
            sprint.status("needs_input", "a key?")
            sprint.status("running")
    with Sprint(sprint.sprint_id):
        assert state(sprint)["attempt"] == 3


def test_a_run_that_is_left_by_one_object_and_started_by_another_is_a_new_attempt(
    sprint: Sprint,
) -> None:
    sprint.status("running")
    sprint.status("running", "still")
    assert state(sprint)["attempt"] == 1

    Sprint(sprint.sprint_id).status("running")

    assert state(sprint)["attempt"] == 2


def test_closing_twice_is_fine_and_publishing_continues_afterwards(sprint: Sprint) -> None:
    sprint.log("one")
    assert sprint.close() == 0
    assert sprint.close() == 0

    sprint.log("two")

    assert lines(sprint) == ["one", "two"]


def test_the_repr_names_the_run_and_nothing_else() -> None:
    sprint = Sprint("quickstart", server="http://127.0.0.1:9/?token=s3cret")

    assert repr(sprint) == "Sprint('quickstart')"
    assert not any("s3cret" in repr(value) for value in vars(sprint).values())
