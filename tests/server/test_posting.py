"""`POST sprints/{id}/events`: events without a WebSocket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tornado.httpclient import HTTPClientError

from .conftest import on_both

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Post = Callable[..., Awaitable[dict[str, Any]]]

NDJSON = "application/x-ndjson"


@pytest.fixture
def post(jp_fetch: Any) -> Post:
    async def send(body: str, kind: str = "application/json", **headers: str) -> dict[str, Any]:
        sent = {"Content-Type": kind, **{name.replace("_", "-"): headers[name] for name in headers}}
        path = ("realtime", "api", "sprints", "run", "events")
        answer = await jp_fetch(*path, method="POST", body=body, headers=sent)
        found: dict[str, Any] = json.loads(answer.body)
        return found

    return send


@pytest.fixture
def stored(jp_fetch: Any) -> Callable[[], Awaitable[list[Any]]]:
    async def read() -> list[Any]:
        answer = await jp_fetch("realtime", "api", "sprints", "run", "events")
        return [event.get("message") for event in json.loads(answer.body)["events"]]

    return read


def line(message: str) -> str:
    return json.dumps({"type": "log", "message": message})


@on_both
async def test_one_event_an_array_and_lines_are_stored_in_order(post: Post, stored: Any) -> None:
    first = await post(line("a"))
    await post(f"[{line('b')}, {line('c')}]")
    last = await post(f"{line('d')}\n\n{line('e')}\n", NDJSON)

    assert (first["first"], first["last"], first["duplicate"]) == (1, 1, False)
    assert (last["first"], last["last"], last["epoch"]) == (4, 5, first["epoch"])
    assert await stored() == ["a", "b", "c", "d", "e"]


@on_both
async def test_a_request_that_is_sent_again_with_its_key_is_stored_once(
    post: Post, stored: Any
) -> None:
    both = f"[{line('a')}, {line('b')}]"
    first = await post(both, Idempotency_Key="build-17")
    await post(line("c"), Idempotency_Key="build-18")
    again = await post(both, Idempotency_Key="build-17")

    assert again == {**first, "duplicate": True}
    assert await stored() == ["a", "b", "c"]


@on_both
@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("", (400, "bad_field", "events")),
        ("[]", (400, "bad_field", "events")),
        ("{", (400, "bad_json", None)),
        ("17", (400, "bad_field", "events.0")),
        (
            '[{"type": "log", "message": "a"}, {"type": "log"}]',
            (400, "bad_field", "events.1.message"),
        ),
        ('{"type": "status_update", "status": "lost"}', (400, "bad_field", "events.0.status")),
        ("[" + ",".join(['{"type":"x"}'] * 201) + "]", (400, "bad_field", "events")),
        ("[" + " " * 2**20 + "]", (413, "too_large", "body")),
    ],
)
async def test_what_breaks_a_rule_is_refused_as_a_whole_with_its_field(
    post: Post, stored: Any, body: str, error: tuple[int, str, str | None]
) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await post(body)

    answer = json.loads(refused.value.response.body)
    assert (refused.value.code, answer["code"], answer["field"]) == error
    assert await stored() == []


@on_both
async def test_a_key_is_bounded(post: Post) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await post(line("a"), Idempotency_Key="x" * 257)

    assert json.loads(refused.value.response.body)["field"] == "Idempotency-Key"


async def test_a_publish_token_is_enough_to_post_and_not_to_delete(
    post: Post, jp_fetch: Any, extension: Any
) -> None:
    token = f"token {extension.publish_token}"
    await post(line("a"), Authorization=token)

    with pytest.raises(HTTPClientError) as refused:
        await jp_fetch(
            *("realtime", "api", "sprints", "run"),
            method="DELETE",
            headers={"Authorization": token},
        )
    assert refused.value.code == 403


@on_both
async def test_a_request_without_a_login_is_refused(post: Post) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await post(line("a"), Authorization="token wrong")

    assert refused.value.code in {401, 403}
