"""Pages of a run's history and of the list of runs (`realtime_widgets/hub/pagination.py`)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets.hub import pagination
from realtime_widgets.protocol.events import MAX_PARENTS, MAX_PATH
from realtime_widgets.protocol.members import MAX_MEMBERS
from realtime_widgets.protocol.task_states import MAX_TASKS
from tests.hub.fakes import FakeStore, publisher, running

if TYPE_CHECKING:
    from realtime_widgets.hub import Hub

SMALL = 4_096
"""The size of a page in most tests."""


@pytest.fixture
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pagination, "PAGE_BYTES", SMALL)


@pytest.fixture(params=[1, 1_000_000])
def _read_bytes(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Each read from the store returns one batch, or all of them."""
    monkeypatch.setattr(pagination, "READ_BYTES", request.param)
    monkeypatch.setattr(pagination, "NEWEST_READ_BYTES", request.param)


def seqs(page: pagination.Page) -> list[int]:
    return [json.loads(event)["seq"] for event in page.events]


async def publish_six(hub: Hub) -> None:
    sender = await publisher(hub, user="alice")
    await sender.publish(1, "1", "2", "3")
    await sender.publish(4, "4", "5")
    await sender.publish(6, "6")


async def publish_long(hub: Hub, *sizes: int) -> None:
    """One event of each size, one a batch."""
    sender = await publisher(hub)
    for n, size in enumerate(sizes, 1):
        await sender.publish(n, "x" * size)


# A run's history.


@pytest.mark.parametrize(
    ("after", "limit", "expected", "following"),
    [
        (0, 100, [1, 2, 3, 4, 5, 6], None),
        (0, 6, [1, 2, 3, 4, 5, 6], None),
        (0, 2, [1, 2], 2),
        (1, 3, [2, 3, 4], 4),
        (5, 100, [6], None),
        (6, 100, [], None),
        (99, 100, [], None),
        (0, 0, [], 0),
    ],
)
@pytest.mark.usefixtures("_read_bytes")
async def test_a_page_has_the_events_after_a_seq(
    after: int, limit: int, expected: list[int], following: int | None
) -> None:
    async with running() as hub:
        await publish_six(hub)

        page = await hub.logs.page("run", after=after, limit=limit)

    events = [json.loads(event) for event in page.events]
    assert (page.bounds.first, page.bounds.head, page.next) == (1, 6, following)
    assert seqs(page) == expected
    assert [event["message"] for event in events] == [str(seq) for seq in expected]
    assert all(event["user"] == "alice" and event["sprint_id"] == "run" for event in events)


@pytest.mark.parametrize(
    ("before", "limit", "expected", "following"),
    [
        (99, 100, [1, 2, 3, 4, 5, 6], None),
        (7, 6, [1, 2, 3, 4, 5, 6], None),
        (7, 2, [5, 6], 5),
        (6, 3, [3, 4, 5], 3),
        (2, 100, [1], None),
        (1, 100, [], None),
        (0, 100, [], None),
        (99, 0, [], 7),
    ],
)
@pytest.mark.usefixtures("_read_bytes")
async def test_h2_a_page_has_the_newest_events_before_a_seq_in_the_order_of_the_log(
    before: int, limit: int, expected: list[int], following: int | None
) -> None:
    async with running() as hub:
        await publish_six(hub)

        page = await hub.logs.page("run", before=before, limit=limit)

    assert (seqs(page), page.next) == (expected, following)


@pytest.mark.usefixtures("_small_pages")
async def test_h2_a_page_ends_at_its_size_and_has_where_the_next_one_begins() -> None:
    async with running() as hub:
        await publish_long(hub, 1_500, 1_500, 1_500, 9_000, 10)

        first = await hub.logs.page("run", limit=1_000)
        second = await hub.logs.page("run", after=2, limit=1_000)
        third = await hub.logs.page("run", after=3, limit=1_000)
        last = await hub.logs.page("run", after=4, limit=1_000)

    assert (seqs(first), first.next) == ([1, 2], 2)
    assert (seqs(second), second.next) == ([3], 3)
    assert (seqs(third), third.next) == ([4], 4)  # too large, and yet on a page
    assert (seqs(last), last.next) == ([5], None)


@pytest.mark.usefixtures("_small_pages")
async def test_h2_a_page_of_the_newest_events_ends_at_its_size_too() -> None:
    async with running() as hub:
        await publish_long(hub, 10, 9_000, 1_500, 1_500, 1_500)

        newest = await hub.logs.page("run", before=99, limit=1_000)
        second = await hub.logs.page("run", before=4, limit=1_000)
        third = await hub.logs.page("run", before=3, limit=1_000)
        last = await hub.logs.page("run", before=2, limit=1_000)

    assert (seqs(newest), newest.next) == ([4, 5], 4)
    assert (seqs(second), second.next) == ([3], 3)
    assert (seqs(third), third.next) == ([2], 2)
    assert (seqs(last), last.next) == ([1], None)


@pytest.mark.usefixtures("_small_pages")
async def test_h2_a_page_may_end_inside_a_batch() -> None:
    async with running() as hub:
        sender = await publisher(hub)
        await sender.publish(1, *["x" * 1_500] * 5)

        forward = [await hub.logs.page("run", after=after, limit=9) for after in (0, 2, 4)]
        backward = [await hub.logs.page("run", before=before, limit=9) for before in (6, 4, 2)]

    assert [seqs(page) for page in forward] == [[1, 2], [3, 4], [5]]
    assert [seqs(page) for page in backward] == [[4, 5], [2, 3], [1]]
    assert [page.next for page in (*forward, *backward)] == [2, 4, None, 4, 2, None]


async def test_a_page_begins_where_the_log_does() -> None:
    async with running() as hub:
        await publish_long(hub, 1, 1, 1, 1, 1)
        await hub.store.trim("run", 3)

        page = await hub.logs.page("run", limit=2)
        back = await hub.logs.page("run", before=5, limit=9)

    assert page.bounds.first == 3
    assert (seqs(page), page.next) == ([3, 4], 4)
    assert (seqs(back), back.next) == ([3, 4], None)


async def test_after_the_last_event_that_is_not_damaged_there_is_no_page() -> None:
    store = FakeStore()
    store.damaged = {3}
    async with running(store) as hub:
        await publish_long(hub, 1, 1, 1)

        page = await hub.logs.page("run", limit=9)

    assert (seqs(page), page.next) == ([1, 2], None)


async def test_a_page_of_an_unknown_run_is_empty() -> None:
    async with running() as hub:
        for page in (
            await hub.logs.page("run", limit=10),
            await hub.logs.page("run", before=9, limit=10),
        ):
            assert (page.bounds.epoch, page.events, page.next) == (None, [], None)


# The newest page that a viewer starts with.


@pytest.mark.parametrize(("limit", "expected"), [(1, 5), (2, 4), (3, 3), (5, 1), (6, 0), (9, 0)])
@pytest.mark.usefixtures("_read_bytes")
async def test_the_newest_page_has_so_many_events_or_all(limit: int, expected: int) -> None:
    async with running() as hub:
        await publish_six(hub)

        assert await pagination.before_newest(hub.store, "run", limit) == expected
        assert await pagination.before_newest(hub.store, "unknown", limit) == 0


@pytest.mark.usefixtures("_small_pages", "_read_bytes")
async def test_the_newest_page_ends_at_its_size_and_has_one_event_in_any_case() -> None:
    async with running() as hub:
        await publish_long(hub, 10, 9_000, 1_500, 1_500)
        assert await pagination.before_newest(hub.store, "run", 1_000) == 2

        await (await publisher(hub, publisher_id="1f" * 16)).publish(1, "x" * 9_000)
        assert await pagination.before_newest(hub.store, "run", 1_000) == 4


@pytest.mark.usefixtures("_read_bytes")
async def test_the_newest_page_begins_at_the_first_event_that_is_kept() -> None:
    async with running() as hub:
        await publish_six(hub)
        await hub.store.trim("run", 4)

        assert await pagination.before_newest(hub.store, "run", 9) == 3


@pytest.mark.parametrize(
    ("damaged", "limit", "expected"), [({6}, 2, 3), ({4}, 2, 2), ({4, 1}, 9, 0)]
)
@pytest.mark.usefixtures("_read_bytes")
async def test_damaged_events_do_not_count_in_the_newest_page(
    damaged: set[int], limit: int, expected: int
) -> None:
    store = FakeStore()
    async with running(store) as hub:
        await publish_six(hub)
        store.damaged = damaged

        assert await pagination.before_newest(hub.store, "run", limit) == expected


# The list of runs.


@pytest.mark.usefixtures("_small_pages")
async def test_h2_the_list_of_runs_comes_in_pages_bounded_in_bytes() -> None:
    names = [f"run-{number}" for number in range(20)]
    async with running() as hub:
        for name in names:
            await hub.broadcast(name, {"type": "log", "message": "hi"})

        listed: list[str] = []
        before: int | None = None
        while True:
            page = await hub.runs.page(limit=1_000, before=before)
            assert sum(map(len, page.states)) <= SMALL
            listed += [json.loads(state)["sprint_id"] for state in page.states]
            if page.next is None:
                break
            before = page.next

    assert listed == names[::-1]


async def test_h2_a_page_of_runs_continues_after_runs_that_were_deleted_meanwhile() -> None:
    async with running() as hub:
        for name in ("a", "b", "c", "d"):
            await hub.broadcast(name, {"type": "log", "message": "hi"})
        first = await hub.runs.page(limit=2)
        await hub.remove("c")
        await hub.broadcast("new", {"type": "log", "message": "hi"})

        rest = await hub.runs.page(limit=2, before=first.next)

    assert [json.loads(state)["sprint_id"] for state in first.states] == ["d", "c"]
    assert [json.loads(state)["sprint_id"] for state in rest.states] == ["b", "a"]
    assert rest.next is None


async def test_h2_the_largest_state_of_a_run_is_bounded() -> None:
    # A control character is one character, and six bytes of JSON.
    text = "\x01"

    def task(number: int) -> dict[str, Any]:
        return {
            "type": "build_progress",
            "task": f"{number:03}".ljust(256, text),
            "parents": [text * (MAX_PATH // MAX_PARENTS)] * MAX_PARENTS,
            "unit": text * 32,
            "current": -1.2345678901234567e-300,
            "total": -1.2345678901234567e-300,
            "state": "succeeded",
        }

    status = {"type": "status_update", "message": text * 4_096}
    start = {"attempt": text * 32, "notebook": text * 1_024, "program": text * 256}
    async with running() as hub:
        await hub.broadcast("r" * 64, {**status, **start, "status": "running"}, user=text * 256)
        for number in range(MAX_TASKS + 1):
            await hub.broadcast("r" * 64, task(number))
        known = start["attempt"]
        for number in range(MAX_MEMBERS + 1):
            member = {"attempt": f"{number:04}".ljust(32, text), "joins": known}
            await hub.broadcast("r" * 64, {**status, **member, "status": "running"})
            known = member["attempt"]
        await hub.broadcast("r" * 64, {**status, "status": "lost", "last_seen": 1234567890.123})

        page = await hub.runs.page(limit=1_000)

    [state] = page.states
    assert len(json.loads(state)["tasks"]) == MAX_TASKS
    assert len(json.loads(state)["members"]["left"]) == MAX_MEMBERS
    assert 1_700_000 < len(state) < 2_100_000
