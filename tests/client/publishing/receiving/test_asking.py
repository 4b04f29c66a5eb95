"""Questions to the users of a run, and their answers, through the hub of this process."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal

import pytest
from pydantic import BaseModel, Field, field_validator

from realtime_widgets import InvalidEventError, NoAnswerError, Sprint
from realtime_widgets.client.in_process import InProcess
from realtime_widgets.client.runtime import runtime
from tests.client.reading import published
from tests.waiting import PATIENCE_S, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.client.hub_server import HubServer

here = InProcess()


class Speed(Enum):
    """How fast."""

    SLOW = "slow"
    FAST = "fast"


class Deployment(BaseModel):
    """Where to deploy?

    Further words are no part of the question.
    """

    stage: Literal["test", "live"]
    copies: int = Field(default=1, ge=1, le=9, description="How many of them")
    day: date | None = None
    speed: Speed = Speed.SLOW

    @field_validator("copies")
    @classmethod
    def _is_no_seven(cls, copies: int) -> int:
        if copies == 7:
            msg = "seven is refused"
            raise ValueError(msg)
        return copies


def state(sprint: Sprint) -> dict[str, Any]:
    return here.run(sprint.sprint_id) or {}


def open_questions(sprint: Sprint) -> list[dict[str, Any]]:
    return (state(sprint).get("questions") or {}).get("open", [])


def answer(sprint: Sprint, value: object, *, message: str = "") -> str:
    """Answer the question with these words in it, once it is open; return its id."""

    def asked() -> list[dict[str, Any]]:
        return [one for one in open_questions(sprint) if message in one["message"]]

    wait_until(asked, "the question is open")
    question_id: str = asked()[0]["id"]
    reply(sprint.sprint_id, {"type": "answer", "id": question_id, "value": value})
    return question_id


def reply(sprint_id: str, event: dict[str, Any]) -> int:
    """Send what a user posts to a run."""
    return runtime().run(here.reply(sprint_id, event), PATIENCE_S)


def while_asking(ask: Callable[[], object], work: Callable[[], object]) -> object:
    asking: Future[object] = Future()
    # A daemon: a test that fails must not wait for the answer.
    threading.Thread(target=lambda: asking.set_result(ask()), daemon=True).start()
    work()
    return asking.result(PATIENCE_S)


def test_an_answer_is_returned_and_the_run_needs_input_until_then(sprint: Sprint) -> None:
    with sprint:
        result = while_asking(
            lambda: sprint.ask("Deploy?", choices=["yes", "no"], details="3 files"),
            lambda: (
                wait_until(lambda: state(sprint).get("status") == "needs_input", "it needs input"),
                answer(sprint, "yes"),
            ),
        )
        sprint.flush()
        after = state(sprint)

    assert result == "yes"
    assert after["status"] == "running"
    assert after["questions"]["answered"][0]["is_taken"]
    kinds = [event["type"] for event in published(sprint)]
    assert kinds == ["status_update", "question", "answer", "taken", "status_update"]


def test_a_second_answer_is_refused_with_the_first_one(sprint: Sprint) -> None:
    def answer_twice() -> None:
        question_id = answer(sprint, "a")
        with pytest.raises(InvalidEventError, match=r"was answered .* with event 2") as refused:
            reply(sprint.sprint_id, {"type": "answer", "id": question_id, "value": "b"})
        assert refused.value.code == "already_answered"

    assert while_asking(lambda: sprint.ask("Which?"), answer_twice) == "a"


def test_an_answer_that_is_no_choice_is_refused(sprint: Sprint) -> None:
    def answer_wrongly() -> None:
        with pytest.raises(InvalidEventError, match="value: is none of 'a', 'b'"):
            answer(sprint, "c")
        answer(sprint, "b")

    assert while_asking(lambda: sprint.ask("Which?", choices=["a", "b"]), answer_wrongly) == "b"


@pytest.mark.parametrize(("words", "result"), [("Approve", True), ("Reject", False)])
def test_approve_returns_whether_it_was_approved(
    sprint: Sprint, words: str, *, result: bool
) -> None:
    asked = while_asking(lambda: sprint.approve("Delete?"), lambda: answer(sprint, words))

    assert asked is result


def test_a_model_is_asked_as_a_form_and_comes_back_as_an_instance(sprint: Sprint) -> None:
    value = {"stage": "live", "copies": 2, "day": "2026-11-30", "speed": "fast"}
    result = while_asking(
        lambda: sprint.ask(Deployment), lambda: answer(sprint, value, message="Where to deploy?")
    )

    assert result == Deployment(stage="live", copies=2, day=date(2026, 11, 30), speed=Speed.FAST)


def test_an_answer_that_the_model_refuses_is_asked_for_again(sprint: Sprint) -> None:
    def answer_twice() -> None:
        answer(sprint, {"stage": "live", "copies": 7})
        wait_until(
            lambda: any("seven is refused" in (q["details"] or "") for q in open_questions(sprint)),
            "it is asked again, with the reason",
        )
        answer(sprint, {"stage": "live", "copies": 8})

    result = while_asking(lambda: sprint.ask(Deployment), answer_twice)

    assert result == Deployment(stage="live", copies=8)


def test_a_form_out_of_bounds_is_refused_with_the_field(sprint: Sprint) -> None:
    def answer_wrongly() -> None:
        with pytest.raises(InvalidEventError, match=r"value\.copies: is above 9"):
            answer(sprint, {"stage": "live", "copies": 10})
        answer(sprint, {"stage": "test"})

    assert while_asking(lambda: sprint.ask(Deployment), answer_wrongly) == Deployment(stage="test")


def test_a_default_is_returned_when_the_time_is_over(sprint: Sprint) -> None:
    assert sprint.ask("Which?", default="a", timeout=0.01) == "a"
    assert [event.get("outcome") for event in published(sprint)] == [None, "default"]


def test_without_a_default_the_end_of_the_time_is_an_error(sprint: Sprint) -> None:
    with pytest.raises(NoAnswerError, match=r"to 'Which\?': none came within 0\.01 s"):
        sprint.ask("Which?", timeout=0.01)

    assert open_questions(sprint) == []


def test_several_threads_ask_at_once(sprint: Sprint) -> None:
    with ThreadPoolExecutor(3) as pool:
        asking = [pool.submit(sprint.ask, f"number {n}?") for n in range(3)]
        for n in (2, 0, 1):
            answer(sprint, f"answer {n}", message=f"number {n}")

        assert [one.result(PATIENCE_S) for one in asking] == ["answer 0", "answer 1", "answer 2"]


def test_more_than_twenty_open_questions_are_refused(sprint: Sprint) -> None:
    with ThreadPoolExecutor(20) as pool:
        asking = [pool.submit(sprint.ask, f"number {n}?") for n in range(20)]
        wait_until(lambda: len(open_questions(sprint)) == 20, "all are open")

        with pytest.raises(NoAnswerError, match="too many questions of this run are open"):
            sprint.ask("one more?")

        for question in open_questions(sprint):
            reply(sprint.sprint_id, {"type": "answer", "id": question["id"], "value": "enough"})
        assert {one.result(PATIENCE_S) for one in asking} == {"enough"}


def test_a_coroutine_asks_without_blocking_and_its_cancelling_closes_the_question(
    sprint: Sprint,
) -> None:
    async def ask() -> str:
        asking = asyncio.create_task(sprint.aask("Which?"))
        await asyncio.to_thread(lambda: wait_until(lambda: open_questions(sprint), "it is open"))
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await asyncio.to_thread(lambda: wait_until(lambda: not open_questions(sprint), "closed"))
        another = asyncio.create_task(sprint.aapprove("Sure?"))
        await asyncio.to_thread(answer, sprint, "Approve")
        return "yes" if await another else "no"

    assert asyncio.run(ask()) == "yes"


def test_the_end_of_the_run_closes_its_questions(sprint: Sprint) -> None:
    asking = threading.Thread(
        target=lambda: sprint.ask("Which?", default="a", timeout=0.5), daemon=True
    )
    with sprint:
        asking.start()
        wait_until(lambda: open_questions(sprint), "it is open")

    sprint.flush()
    assert open_questions(sprint) == []
    asking.join(PATIENCE_S)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"question": ""}, "message"),
        ({"question": "q" * 5_000}, "message"),
        ({"question": "q", "choices": []}, "choices"),
        ({"question": "q", "choices": ["a"] * 21}, "choices"),
        ({"question": "q", "choices": ["a"], "default": "b"}, "default: is none of the choices"),
        ({"question": "q", "default": "d" * 9_000}, "value: is 9,002 bytes of JSON"),
    ],
)
def test_a_question_out_of_its_bounds_names_the_field(
    sprint: Sprint, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidEventError, match=words):
        sprint.ask(**arguments)


def test_a_model_with_fields_that_a_form_does_not_have_is_refused(sprint: Sprint) -> None:
    class Deep(BaseModel):
        inner: dict[str, int]

    with pytest.raises(InvalidEventError, match="inner: is of a type that a form does not have"):
        sprint.ask(Deep)


def test_an_answer_is_no_event_of_a_publisher(sprint: Sprint) -> None:
    with pytest.raises(InvalidEventError, match="type: `answer` is sent by POST"):
        sprint.emit({"type": "answer", "id": "q", "value": "x"})


def test_an_answer_given_while_the_publisher_was_cut_off_arrives_on_its_next_connection(
    remote: Sprint, server: HubServer
) -> None:
    def opened() -> list[Any]:
        state = server.do(server.hub.state(remote.sprint_id))
        return list(state.questions.open) if state and state.questions else []

    def answer_while_cut() -> None:
        wait_until(opened, "the question is open")
        question = opened()[0]
        server.stop()
        event = {"type": "answer", "id": question.id, "value": "yes", "request": "r1"}
        first = server.do(server.hub.replies.store(remote.sprint_id, event, "alice"))
        again = server.do(server.hub.replies.store(remote.sprint_id, event, "alice"))
        assert first == again
        server.start()

    assert while_asking(lambda: remote.ask("Deploy?"), answer_while_cut) == "yes"
    assert remote.flush() == 0
    state = server.do(server.hub.state(remote.sprint_id))
    assert state.questions.answered[0].user == "alice"
    assert state.questions.answered[0].is_taken


@pytest.mark.parametrize("posted", [None, "posted"])
def test_an_answer_in_the_terminal_counts_unless_another_is_stored_first(
    sprint: Sprint, posted: str | None
) -> None:
    class Asks(Sprint):
        @contextlib.contextmanager
        def _prompting(self, _: object, answer_here: Callable[[Any], object]) -> Iterator[Any]:
            def work() -> None:
                if posted is not None:
                    answer(sprint, posted)
                answer_here("typed")

            threading.Thread(target=work, daemon=True).start()
            yield noted.append

    noted: list[object] = []

    counts = Asks(sprint.sprint_id).ask("Which?")

    assert noted == [counts] == [posted or "typed"]
    assert [one["value"] for one in state(sprint)["questions"]["answered"]] == [counts]
