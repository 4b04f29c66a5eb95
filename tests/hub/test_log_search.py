"""Searches of whole logs: page by page, in both directions, on a thread of their own."""

from __future__ import annotations

import json
import threading
from contextlib import aclosing
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets.errors import InvalidSearchError, PositionLostError, StoreError
from realtime_widgets.hub import Hub, MemoryStore, SQLiteStore, log_pages, search_page
from realtime_widgets.hub.log_search import SearchScope
from realtime_widgets.protocol.search.batch_search import BatchSearch
from realtime_widgets.protocol.search.query import SearchQuery
from tests.hub.fakes import FakeClock, FakeStore, publisher, running
from tests.hub.loop import until_known

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from realtime_widgets.hub.log_search import SearchStep
    from realtime_widgets.hub.pagination import Page

X = SearchQuery(text="x")


@pytest.fixture(params=[1, 1_000_000], autouse=True)
def _read_bytes(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Each read from the store returns one batch, or all of them."""
    monkeypatch.setattr(log_pages, "READ_BYTES", request.param)


async def publish(hub: Hub, *batches: str, sprint_id: str = "run") -> None:
    """Batches of one line for each letter."""
    sender, n = await publisher(hub, sprint_id), 1
    for batch in batches:
        await sender.publish(n, *batch)
        n += len(batch)


async def steps_of(hub: Hub, query: SearchQuery = X, **scope: Any) -> list[SearchStep]:
    search = await hub.searches.begin("run", query, SearchScope(**scope))
    return [step async for step in search.steps()]


async def seqs_of(hub: Hub, query: SearchQuery = X, **scope: Any) -> list[int]:
    steps = await steps_of(hub, query, **scope)
    return [event.seq for step in steps for found in step.found for event in found.events]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({}, [2, 3, 6, 7]),
        ({"after": 2}, [3, 6, 7]),
        ({"after": 7}, []),
        ({"after": 10**15}, []),
        ({"before": 7}, [2, 3, 6]),
        ({"before": 0}, []),
        ({"after": 2, "before": 7}, [3, 6]),
        ({"after": 5, "before": 6}, []),
    ],
    ids=str,
)
@pytest.mark.parametrize("is_backward", [False, True])
async def test_a_search_finds_what_is_between_two_positions_in_both_directions(
    scope: dict[str, int], expected: list[int], *, is_backward: bool
) -> None:
    async with running() as hub:
        await publish(hub, "ax", "x", "ab", "xxa")

        found = await seqs_of(hub, **scope, is_backward=is_backward)

    assert found == (expected[::-1] if is_backward else expected)


async def test_a_backward_search_has_the_last_line_of_an_event_first() -> None:
    async with running() as hub:
        await (await publisher(hub)).publish(1, "x\na\nx")

        forward, [backward] = await steps_of(hub), await steps_of(hub, is_backward=True)

    assert [line.line for line in forward[0].found[0].events[0].lines] == [0, 2]
    assert [line.line for line in backward.found[0].events[0].lines] == [2, 0]


async def test_each_step_has_how_far_the_search_is() -> None:
    async with running() as hub:
        await publish(hub, "ab", "x", "abc")

        forward = [step.searched for step in await steps_of(hub, after=1, before=6)]
        backward = [step.searched for step in await steps_of(hub, is_backward=True)]

    assert forward in ([2, 3, 5], [5])
    assert backward in ([4, 3, 1], [1])


async def test_damaged_batches_are_passed_over() -> None:
    store = FakeStore()
    async with running(store) as hub:
        await publish(hub, "x", "x", "x", "x", "x")
        store.damaged = {1, 3, 5}

        assert await seqs_of(hub) == [2, 4]
        assert await seqs_of(hub, is_backward=True) == [4, 2]


async def test_a_run_that_nothing_was_published_to_has_no_steps() -> None:
    async with running() as hub:
        assert await steps_of(hub) == []
        assert await steps_of(hub, attempt=1) == []


async def test_events_that_are_published_during_a_search_are_not_searched() -> None:
    async with running() as hub:
        await publish(hub, "x", "x")
        search = await hub.searches.begin("run", X, SearchScope())
        await (await publisher(hub, publisher_id="b0" * 16)).publish(1, "x")

        found = [step.searched async for step in search.steps()]

    assert found[-1] == 2


async def test_what_is_trimmed_during_a_search_is_left_out() -> None:
    async with running() as hub:
        await publish(hub, "x", "x", "x", "x")
        search = await hub.searches.begin("run", X, SearchScope())
        await hub.store.trim("run", 3)

        steps = [step async for step in search.steps()]

    assert [event.seq for step in steps for found in step.found for event in found.events] == [3, 4]
    assert steps[0].bounds.first == 3


@pytest.mark.parametrize("is_replaced", [False, True])
async def test_a_search_in_a_run_that_is_deleted_ends(*, is_replaced: bool) -> None:
    async with running() as hub:
        await publish(hub, "x", "x")
        search = await hub.searches.begin("run", X, SearchScope())
        await hub.remove("run")
        if is_replaced:
            await publish(hub, "xxx")

        with pytest.raises(PositionLostError):
            [step async for step in search.steps()]
        assert (await hub.searches.page("run", X, SearchScope(), limit=9)).next is None


async def test_a_search_that_is_closed_reads_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_pages, "READ_BYTES", 1)
    store = FakeStore()
    async with running(store) as hub:
        await publish(hub, *"x" * 50)
        search = await hub.searches.begin("run", X, SearchScope())
        before = store.reads
        async with aclosing(search.steps()) as steps:
            await anext(steps)

        assert store.reads - before == 2  # the batches, and the bounds


async def test_lines_are_looked_at_on_one_thread_that_is_not_the_event_loops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads: list[threading.Thread] = []
    find = BatchSearch.find

    def recorded(self: BatchSearch, *where: Any) -> Any:
        threads.append(threading.current_thread())
        return find(self, *where)

    monkeypatch.setattr(BatchSearch, "find", recorded)
    async with running() as hub:
        await publish(hub, "x", "x", "x")
        await seqs_of(hub)
        await hub.searches.page("run", X, SearchScope(), limit=9)

    assert len(threads) == 6
    assert len({*threads}) == 1
    assert threads[0] is not threading.current_thread()


async def test_a_regular_expression_that_is_none_is_refused_before_anything_is_read() -> None:
    store = FakeStore()
    async with running(store) as hub:
        with pytest.raises(InvalidSearchError):
            await hub.searches.begin("run", SearchQuery(text="(", regex=True), SearchScope())

    assert store.reads == 0


async def test_a_hub_that_is_stopped_searches_no_more() -> None:
    async with running() as hub:
        await publish(hub, "x")
        search = await hub.searches.begin("run", X, SearchScope())
        hub.searches.close()

        with pytest.raises(StoreError, match="cannot search"):
            [step async for step in search.steps()]


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> MemoryStore | SQLiteStore:
    if request.param == "memory":
        return MemoryStore()
    return SQLiteStore(tmp_path / "runs.db", durability="normal")


async def has_stored(hub: Hub, head: int) -> bool:
    return (await hub.logs.position("run")).head == head


async def test_both_stores_are_searched_alike(store: MemoryStore | SQLiteStore) -> None:
    async with running(store) as hub:
        await publish(hub, "ax", "x", "ab", "xxa")
        await until_known(lambda: has_stored(hub, 8))

        assert await seqs_of(hub) == [2, 3, 6, 7]
        assert await seqs_of(hub, is_backward=True, before=7) == [6, 3, 2]


# Pages.


def seqs(page: Page) -> list[int]:
    return [json.loads(event)["seq"] for event in page.events]


async def pages_of(hub: Hub, limit: int, *, is_backward: bool = False) -> AsyncIterator[Page]:
    following: int | None = 10**6 if is_backward else 0
    while following is not None:
        start = {"before" if is_backward else "after": following}
        scope = SearchScope(**start, is_backward=is_backward)
        page = await hub.searches.page("run", X, scope, limit=limit)
        yield page
        following = page.next


@pytest.mark.parametrize("limit", [1, 2, 100])
async def test_pages_have_all_that_is_found_in_the_order_of_the_log(limit: int) -> None:
    async with running() as hub:
        await publish(hub, "ax", "x", "ab", "xxa")

        forward = [seqs(page) async for page in pages_of(hub, limit)]
        backward = [seqs(page) async for page in pages_of(hub, limit, is_backward=True)]

    assert [*chain(*forward)] == [*chain(*backward[::-1])] == [2, 3, 6, 7]
    assert max(map(len, forward + backward)) <= limit


async def test_an_event_of_a_page_has_what_the_server_sets() -> None:
    async with running() as hub:
        await publish(hub, "x")

        [event] = (await hub.searches.page("run", X, SearchScope(), limit=9)).events

    given = {"type": "log", "message": "x", "sprint_id": "run", "user": None, "seq": 1}
    assert json.loads(event) == {**given, "timestamp": json.loads(event)["timestamp"]}


async def test_a_page_ends_after_its_time_and_has_where_the_next_one_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(log_pages, "READ_BYTES", 1)
    monkeypatch.setattr(search_page, "PAGE_S", -1.0)
    async with running(clock=FakeClock()) as hub:
        await publish(hub, "a", "a", "x")

        pages = [(seqs(page), page.next) async for page in pages_of(hub, 9)]

    assert pages == [([], 1), ([], 2), ([3], 3), ([], None)]
