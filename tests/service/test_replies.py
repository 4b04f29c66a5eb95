"""Answers that users post, without a web framework."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets.service import ApiError
from realtime_widgets.service.replies import MAX_BODY, post_reply

from .conftest import serving

if TYPE_CHECKING:
    from realtime_widgets.service import Service

QUESTION = {"type": "question", "id": "q", "message": "Which?", "choices": ["a", "b"]}
FORM = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 2},
        "share": {"type": "number", "maximum": 1},
        "is_sure": {"type": "boolean"},
        "size": {"type": "integer", "enum": [1, 2]},
    },
    "required": ["name"],
}


async def post(service: Service, login: str = "alice", **fields: Any) -> dict[str, Any]:
    body = json.dumps({"type": "answer", "id": "q", "value": "a", **fields})
    return await post_reply(service, "run", body.encode(), login)


def error_of(refused: pytest.ExceptionInfo[ApiError]) -> tuple[int, str, str | None]:
    body = json.loads(refused.value.body)
    return refused.value.status, body["code"], body["field"]


async def test_the_first_answer_is_stored_with_its_user_and_a_later_one_names_it() -> None:
    async with serving() as service:
        await service.hub.broadcast("run", QUESTION)

        stored = await post(service, "alice", user="mallory")
        with pytest.raises(ApiError, match=r"answered by alice at .* with event 2") as refused:
            await post(service, "bob", value="b")

        state = await service.hub.state("run")
    assert stored == {"seq": 2}
    assert error_of(refused) == (409, "already_answered", "id")
    assert state is not None
    assert state.questions is not None
    assert [(one.user, one.value) for one in state.questions.answered] == [("alice", "a")]


async def test_the_same_answer_may_be_sent_again_under_its_name() -> None:
    async with serving() as service:
        await service.hub.broadcast("run", QUESTION)

        first = await post(service, request="r")
        assert await post(service, request="r") == first
        for other in ({"request": "r", "value": "b"}, {"request": "s"}, {}):
            with pytest.raises(ApiError, match="answered by alice"):
                await post(service, **other)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"id": "other"}, (409, "not_open", "id")),
        ({"value": "c"}, (400, "bad_field", "value")),
        ({"value": 1}, (400, "bad_field", "value")),
        ({"value": "x" * 9_000}, (413, "too_large", "value")),
        ({"id": "i" * 65}, (400, "bad_field", "id")),
        ({"type": "log", "message": "m"}, (400, "bad_field", "type")),
        ({"id": "f", "value": "a"}, (400, "bad_field", "value")),
        ({"id": "f", "value": {}}, (400, "bad_field", "value.name")),
        ({"id": "f", "value": {"name": "n"}}, (400, "bad_field", "value.name (characters)")),
        ({"id": "f", "value": {"name": "nn", "x": 1}}, (400, "bad_field", "value.x")),
        ({"id": "f", "value": {"name": "nn", "share": 2}}, (400, "bad_field", "value.share")),
        ({"id": "f", "value": {"name": "nn", "share": True}}, (400, "bad_field", "value.share")),
        ({"id": "f", "value": {"name": "nn", "is_sure": 1}}, (400, "bad_field", "value.is_sure")),
        ({"id": "f", "value": {"name": "nn", "size": 3}}, (400, "bad_field", "value.size")),
    ],
)
async def test_an_answer_that_does_not_fit_names_its_field(
    fields: dict[str, Any], error: tuple[int, str, str | None]
) -> None:
    async with serving() as service:
        await service.hub.broadcast("run", QUESTION)
        await service.hub.broadcast("run", {**QUESTION, "id": "f", "choices": None, "form": FORM})

        with pytest.raises(ApiError) as refused:
            await post(service, **fields)

    assert error_of(refused) == error


async def test_a_body_that_is_too_large_or_no_json_is_refused() -> None:
    async with serving() as service:
        for body, code in ((b" " * (MAX_BODY + 1), "too_large"), (b"{", "bad_json")):
            with pytest.raises(ApiError) as refused:
                await post_reply(service, "run", body, None)
            assert error_of(refused)[1] == code


async def test_a_lost_run_takes_no_answer() -> None:
    async with serving() as service:
        running = {"type": "status_update", "status": "running", "attempt": "m"}
        await service.hub.broadcast("run", running)
        await service.hub.broadcast("run", QUESTION)
        await service.hub.broadcast("run", {**running, "status": "lost", "last_seen": 1.0})

        with pytest.raises(ApiError, match="the run is lost") as refused:
            await post(service)

    assert error_of(refused)[1] == "not_open"


async def test_of_ten_thousand_questions_twenty_are_open_and_the_others_take_no_answer() -> None:
    async with serving() as service:
        events = [
            {"type": "question", "id": f"q{n}", "message": "Which?", "choices": ["a"]}
            for n in range(10_000)
        ]
        for first in range(0, len(events), 200):
            body = json.dumps(events[first : first + 200]).encode()
            await service.hub.post("run", body, None, None)

        state = await service.hub.state("run")
        assert state is not None
        assert state.questions is not None
        assert [one.id for one in state.questions.open] == [f"q{n}" for n in range(20)]
        with pytest.raises(ApiError) as refused:
            await post(service, id="q9999")
        assert error_of(refused) == (409, "not_open", "id")
        assert await post(service, id="q0") == {"seq": 10_001}
