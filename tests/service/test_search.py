"""The answer to a search, line by line, without a web framework."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets.errors import StoreError
from realtime_widgets.hub import log_pages
from realtime_widgets.hub.log_search import LogSearch
from realtime_widgets.service import ApiError, search
from realtime_widgets.service.resources import get_events
from realtime_widgets.service.search import begin_search

from .conftest import serving

if TYPE_CHECKING:
    from realtime_widgets.service import Service


@pytest.fixture(autouse=True)
def _one_batch_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_pages, "READ_BYTES", 1)


async def publish(service: Service, *lines: str) -> None:
    for line in lines:
        await service.hub.broadcast("run", {"type": "log", "message": line})


async def lines_of(service: Service, **arguments: str) -> list[dict[str, Any]]:
    answer = await begin_search(service, "run", {"text": "x", **arguments})
    return [json.loads(line) async for line in answer.lines() if line]


async def matches_of(service: Service, **arguments: str) -> tuple[list[int], str, int, int]:
    """Seqs of the matches, and of the last line the end, what is searched, and the count."""
    lines = await lines_of(service, **arguments)
    assert ["end" in line for line in lines] == [False] * (len(lines) - 1) + [True]
    seqs = [match[0] for line in lines for match in line["matches"]]
    return seqs, lines[-1]["end"], lines[-1]["searched"], lines[-1]["count"]


async def test_the_last_line_has_the_log_the_count_and_why_it_ended() -> None:
    async with serving() as service:
        await publish(service, "a", "ax\nx", "b")
        epoch = (await service.hub.logs.position("run")).epoch

        [*_, last] = await lines_of(service)

    log = {"epoch": epoch, "first": 1, "head": 3, "searched": 3}
    assert last == {**log, "count": 2, "matches": [[2, 0, 1, 2], [2, 1, 0, 1]], "end": "done"}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, ([1, 2, 3, 3, 3, 5], "done", 6, 6)),
        ({"limit": "6"}, ([1, 2, 3, 3, 3, 5], "limit", 6, 6)),
        ({"limit": "2"}, ([1, 2], "limit", 6, 6)),
        ({"limit": "3"}, ([1, 2, 3, 3, 3], "limit", 6, 6)),
        ({"limit": "2", "count": "false"}, ([1, 2], "limit", 2, 2)),
        ({"after": "1", "limit": "1", "count": "false"}, ([2], "limit", 2, 1)),
        ({"before": "5", "limit": "1", "count": "false"}, ([3, 3, 3], "limit", 3, 3)),
        ({"before": "3"}, ([2, 1], "done", 1, 2)),
        ({"after": "5"}, ([], "done", 6, 0)),
        ({"attempt": "1"}, ([1, 2, 3, 3, 3, 5], "done", 6, 6)),
        ({"attempt": "2"}, ([], "done", 6, 0)),
    ],
    ids=str,
)
async def test_matches_come_in_the_order_of_the_search_up_to_a_limit(
    arguments: dict[str, str], expected: tuple[list[int], str, int, int]
) -> None:
    async with serving() as service:
        await publish(service, "x", "x", "x\nx\nx", "a", "x", "a")

        assert await matches_of(service, **arguments) == expected


async def test_lines_are_sent_while_it_searches_and_have_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search, "REPORT_S", 0.0)
    async with serving() as service:
        await publish(service, "x", "a", "x")

        lines = await lines_of(service)

    assert [(line["searched"], line["count"]) for line in lines] == [(1, 1), (2, 1), (3, 2), (3, 2)]
    assert [len(line["matches"]) for line in lines] == [1, 0, 1, 0]


async def test_a_search_that_takes_too_long_ends_and_has_how_far_it_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search, "SEARCH_S", -1.0)
    async with serving() as service:
        await publish(service, "x", "a", "x")

        first = await matches_of(service)
        second = await matches_of(service, after=str(first[2]))

    assert first == ([1], "time", 1, 1)
    assert second == ([], "time", 2, 0)


async def test_a_search_in_a_run_that_is_deleted_ends_as_gone() -> None:
    async with serving() as service:
        await publish(service, "x", "x")
        answer = await begin_search(service, "run", {"text": "x"})
        await service.hub.remove("run")

        [last] = [json.loads(line) async for line in answer.lines()]

    assert (last["end"], last["matches"]) == ("gone", [])


async def test_a_store_that_fails_meanwhile_ends_the_search(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(*_: Any) -> Any:
        words = "the disk is gone"
        raise StoreError(words)

    async with serving() as service:
        await publish(service, "x")
        answer = await begin_search(service, "run", {"text": "x"})
        monkeypatch.setattr(service.hub.store, "read", fail)

        [last] = [json.loads(line) async for line in answer.lines()]

    assert last["end"] == "failed"


async def test_nothing_is_found_in_a_run_that_nothing_was_published_to() -> None:
    async with serving() as service:
        [last] = await lines_of(service)

    assert (last["epoch"], last["head"], last["count"], last["end"]) == (None, 0, 0, "done")


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"text": ""}, "text"),
        ({"regex": "true", "text": "("}, "text"),
        ({"regex": "true", "text": r"(.{1,100}){1,10}z"}, "text"),
        ({"level": "loud"}, "level"),
        ({"after": "1", "before": "2"}, "before"),
        ({"after": "-1"}, "after"),
        ({"before": str(2**53)}, "before"),
        ({"limit": "0"}, "limit"),
        ({"limit": str(10**9)}, "limit"),
        ({"attempt": "0"}, "attempt"),
        ({"count": "yes"}, "count"),
    ],
    ids=str,
)
async def test_a_bad_search_is_refused_with_the_field(
    arguments: dict[str, str], field: str
) -> None:
    async with serving() as service:
        with pytest.raises(ApiError) as refused:
            await begin_search(service, "run", {"text": "x", **arguments})

    body = json.loads(refused.value.body)
    assert (refused.value.status, body["code"], body["field"]) == (400, "bad_field", field)


async def test_a_search_needs_a_text_and_a_run() -> None:
    async with serving() as service:
        for sprint_id, arguments, field in (("run", {}, "text"), ("-", {"text": "x"}, "sprint_id")):
            with pytest.raises(ApiError) as refused:
                await begin_search(service, sprint_id, arguments)
            assert json.loads(refused.value.body)["field"] == field


async def test_a_page_of_events_has_only_what_is_found_and_leads_to_the_next_one() -> None:
    async with serving() as service:
        await publish(service, "x", "a", "x", "x")

        page = await get_events(service, "run", {"text": "x", "limit": "2", "word": "true"})
        whole = await get_events(service, "run", {})

    body = json.loads(page.as_json())
    assert [event["seq"] for event in body["events"]] == [1, 3]
    assert (body["next"], body["search"]) == (3, True)
    assert page.next == "after=3&limit=2&text=x&level=debug&word=true"
    assert "search" not in json.loads(whole.as_json())


async def test_closing_an_answer_closes_its_search(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []
    steps = LogSearch.steps

    async def watched(self: LogSearch) -> Any:
        try:
            async for step in steps(self):
                yield step
        finally:
            closed.append(True)

    monkeypatch.setattr(LogSearch, "steps", watched)
    async with serving() as service:
        await publish(service, "x", "x")
        answer = await begin_search(service, "run", {"text": "x"})
        lines = answer.lines()
        await anext(lines)
        await lines.aclose()

    assert closed == [True]
