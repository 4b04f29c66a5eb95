"""The REST answers, without a web framework."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets.errors import StoreUnavailableError
from realtime_widgets.service import ApiError
from realtime_widgets.service.resources import (
    delete_run,
    get_events,
    get_health,
    get_position,
    get_run,
    get_runs,
    issue_ticket,
    runs_body,
)

from .conftest import serving

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from realtime_widgets.service import Service


def error_of(error: ApiError) -> tuple[int, str, str | None]:
    body = json.loads(error.body)
    assert body["message"]
    return error.status, body["code"], body["field"]


async def refusal(request: Awaitable[Any]) -> tuple[int, str, str | None]:
    with pytest.raises(ApiError) as refused:
        await request
    return error_of(refused.value)


async def publish(service: Service, *lines: str, sprint_id: str = "run") -> None:
    for line in lines:
        await service.hub.broadcast(sprint_id, {"type": "log", "message": line})


async def test_health_has_the_store_and_the_counts() -> None:
    async with serving() as service:
        await publish(service, "a")

        health = get_health(service)

    assert health["store"] == "memory"
    assert (health["channels"], health["connections"], health["trouble"]) == (1, 0, None)


async def test_runs_come_in_pages_the_newest_first() -> None:
    async with serving() as service:
        for name in ("one", "two", "three"):
            await publish(service, "a", sprint_id=name)

        page = await get_runs(service, before=2**53 - 1, limit=2)
        body = json.loads(runs_body(service, page, {"three": None}))
        assert page.next is not None
        rest = await get_runs(service, before=page.next, limit=2)

    assert [state["sprint_id"] for state in body["sprints"]] == ["three", "two"]
    assert body["notebooks"] == {"three": None}
    assert [json.loads(state)["sprint_id"] for state in rest.states] == ["one"]
    assert rest.next is None


async def test_an_unknown_run_is_not_found() -> None:
    async with serving() as service:
        assert await refusal(get_run(service, "run")) == (404, "unknown_sprint", None)
        assert await refusal(delete_run(service, "run")) == (404, "unknown_sprint", None)


async def test_a_deleted_run_is_gone() -> None:
    async with serving() as service:
        await publish(service, "a")

        await delete_run(service, "run")

        assert await refusal(get_run(service, "run")) == (404, "unknown_sprint", None)


async def test_an_active_run_is_not_deleted() -> None:
    async with serving() as service:
        await service.hub.broadcast("run", {"type": "status_update", "status": "running"})

        assert await refusal(delete_run(service, "run")) == (409, "still_running", None)
        assert (await get_run(service, "run")).status == "running"


async def test_the_position_of_a_log_is_its_bounds() -> None:
    async with serving() as service:
        await publish(service, "a", "b")

        position = await get_position(service, "run")

    assert position["epoch"]
    assert (position["first"], position["head"]) == (1, 2)


async def test_the_position_of_an_unknown_run_names_similar_ones() -> None:
    async with serving() as service:
        await publish(service, "a", sprint_id="nightly")

        position = await get_position(service, "nigthly")

    assert position == {"epoch": None, "first": 1, "head": 0, "similar": ["nightly"]}


@pytest.mark.parametrize(
    ("arguments", "seqs", "following"),
    [
        ({}, [1, 2, 3], None),
        ({"after": "1"}, [2, 3], None),
        ({"after": "0", "limit": "2"}, [1, 2], "after=2&limit=2"),
        ({"before": "3"}, [1, 2], None),
        ({"before": "99", "limit": "1"}, [3], "before=3&limit=1"),
    ],
)
async def test_events_come_in_pages_in_both_directions(
    arguments: dict[str, str], seqs: list[int], following: str | None
) -> None:
    async with serving() as service:
        await publish(service, "a", "b", "c")

        page = await get_events(service, "run", arguments)

    assert [event["seq"] for event in json.loads(page.as_json())["events"]] == seqs
    assert [json.loads(line)["seq"] for line in page.as_ndjson().splitlines()] == seqs
    assert page.next == following


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"after": "0", "before": "9"}, "before"),
        ({"after": "x"}, "after"),
        ({"before": "-1"}, "before"),
        ({"limit": "1001"}, "limit"),
    ],
)
async def test_bad_arguments_are_refused_by_name(arguments: dict[str, str], field: str) -> None:
    async with serving() as service:
        assert await refusal(get_events(service, "run", arguments)) == (400, "bad_field", field)


async def test_a_bad_id_is_refused_by_every_answer() -> None:
    async with serving() as service:
        for request in (
            get_run(service, "-run"),
            delete_run(service, "-run"),
            get_position(service, "-run"),
            get_events(service, "-run", {}),
        ):
            assert await refusal(request) == (400, "bad_field", "sprint_id")
        with pytest.raises(ApiError) as refused:
            await issue_ticket(service, "alice", "-run")
        assert error_of(refused.value) == (400, "bad_field", "sprint_id")


async def test_a_ticket_is_good_for_its_user_and_run() -> None:
    async with serving() as service:
        ticket = (await issue_ticket(service, "alice", "run"))["ticket"]

        assert await service.tickets.redeem(ticket, "run") == "alice"


async def test_a_store_that_fails_is_answered_with_its_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise StoreUnavailableError("cannot read /secret", reason="the disk failed")

    async with serving() as service:
        monkeypatch.setattr(service.hub.store, "bounds", fail)
        with pytest.raises(ApiError) as refused:
            await get_position(service, "run")

    assert error_of(refused.value) == (503, "storage_unavailable", None)
    assert json.loads(refused.value.body)["message"] == "the disk failed"
