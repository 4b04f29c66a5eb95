"""Interrupts of AG-UI runs are questions, and their answers resume the agent."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets import InvalidEventError, NoAnswerError, Sprint
from realtime_widgets.protocol.interrupts import payload_of, question_of
from realtime_widgets.protocol.question_events import Question
from tests.client.publishing.receiving.test_asking import (
    answer,
    open_questions,
    state,
    while_asking,
)
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.client.hub_server import HubServer

STARTED = {"type": "RUN_STARTED", "threadId": "t", "runId": "r"}


def finished(*interrupts: dict[str, Any]) -> dict[str, Any]:
    outcome = {"type": "interrupt", "interrupts": list(interrupts)}
    return {"type": "RUN_FINISHED", "threadId": "t", "runId": "r", "outcome": outcome}


def interrupt(**fields: Any) -> dict[str, Any]:
    return {"id": "i1", "reason": "approval", "message": "Book?", **fields}


def test_an_interrupt_is_a_question_and_the_answer_its_payload(sprint: Sprint) -> None:
    schema = {
        "type": "object",
        "properties": {"seat": {"type": "string", "enum": ["aisle", "window"]}},
        "required": ["seat"],
    }
    with sprint:
        sprint.agent_event("planner", STARTED)
        sprint.agent_event("planner", finished(interrupt(responseSchema=schema)))
        payload = while_asking(
            lambda: sprint.resume("i1"), lambda: answer(sprint, {"seat": "aisle"}, message="Book?")
        )
        sprint.flush()
        after = state(sprint)

    assert payload == {"seat": "aisle"}
    assert after["status"] == "running"
    assert after["agents"]["questions"] == []
    assert after["questions"]["answered"][0]["is_taken"]


def test_an_answer_before_the_agent_waits_for_it_is_kept(sprint: Sprint) -> None:
    sprint.agent_event("planner", finished(interrupt(responseSchema={"type": "boolean"})))
    answer(sprint, {"@value": True})
    sprint.flush()

    assert sprint.resume("i1") is True


def test_the_next_run_of_the_agent_closes_its_question(sprint: Sprint) -> None:
    sprint.agent_event("planner", finished(interrupt()))
    wait_until(lambda: open_questions(sprint), "it is open")
    assert open_questions(sprint)[0]["agent"] == "planner"
    assert state(sprint)["status"] == "needs_input"

    sprint.agent_event("planner", STARTED)
    sprint.flush()

    assert open_questions(sprint) == []


def test_a_coroutine_resumes_with_the_default_when_the_time_is_over(sprint: Sprint) -> None:
    sprint.agent_event("planner", finished(interrupt()))

    assert asyncio.run(sprint.aresume("i1", timeout=0.01, default="no")) == "no"
    sprint.agent_event("planner", finished(interrupt(id="i2")))
    with pytest.raises(NoAnswerError):
        sprint.resume("i2", timeout=0.01)


def test_an_interrupt_that_was_not_published_here_is_refused(sprint: Sprint) -> None:
    with pytest.raises(InvalidEventError, match="interrupt_id: this process has published no"):
        sprint.resume("i1")


def test_an_answer_given_while_the_agent_was_cut_off_resumes_it(
    remote: Sprint, server: HubServer
) -> None:
    def opened() -> list[Any]:
        known = server.do(server.hub.state(remote.sprint_id))
        return list(known.questions.open) if known and known.questions else []

    def answer_while_cut() -> None:
        wait_until(opened, "the question is open")
        server.stop()
        event = {"type": "answer", "id": "i1", "value": "yes"}
        server.do(server.hub.replies.store(remote.sprint_id, event, "alice"))
        server.start()

    remote.agent_event("planner", finished(interrupt()))
    assert while_asking(lambda: remote.resume("i1"), answer_while_cut) == "yes"


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (None, {}),
        ({"type": "string"}, {}),
        ({"type": "string", "enum": ["a", "b"]}, {"choices": ["a", "b"]}),
        ({"type": "string", "enum": [1]}, {}),
        ({"enum": ["a"]}, {"details"}),
        ({"type": "integer", "minimum": 1}, {"form"}),
        ({"type": "array", "items": {"type": "string"}}, {"form"}),
        ({"type": "array", "items": {"type": "integer"}}, {"details"}),
        ({"type": "object", "properties": {"a": {"type": "null"}}}, {"details"}),
        ({"type": "object"}, {"details"}),
        ({"type": "object", "properties": [1]}, {"details"}),
        ({"type": "object", "properties": {"a": {"$ref": 1}}}, {"details"}),
        ("text", {}),
    ],
)
def test_any_schema_becomes_a_question_that_is_valid(schema: object, expected: object) -> None:
    question = question_of("planner", interrupt(responseSchema=schema))

    Question.model_validate(question)
    answers = {key: question[key] for key in ("choices", "form", "details") if key in question}
    assert answers == expected if isinstance(expected, dict) else set(answers) == expected


def test_an_interrupt_without_words_has_some_and_its_end_is_kept() -> None:
    question = question_of("a", {"id": "i", "reason": "", "expiresAt": "2026-11-30T10:00:00Z"})

    assert question["message"] == "The agent waits for an answer."
    assert question["expires"] == 1_796_032_800.0
    assert "expires" not in question_of("a", {"id": "i", "expiresAt": "soon"})
    assert payload_of({"@value": [1]}) == [1]


def test_a_time_without_an_offset_is_one_of_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        question = question_of("a", {"id": "i", "expiresAt": "2026-11-30T10:00:00"})
    finally:
        monkeypatch.undo()
        time.tzset()

    assert question["expires"] == 1_796_032_800.0
