"""In coroutines: nothing holds up the event loop, and blocks and loops end as elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets import Position, QueueFullError, ServerNotFoundError, Sprint, _sprint, follow
from realtime_widgets.client import waiting as waiting_module
from realtime_widgets.client.publishing.blocks import track
from realtime_widgets.client.publishing.outbox import outbox
from realtime_widgets.client.publishing.outbox.buffer import Buffer
from tests.client.hub_server import PATIENCE_S, HubServer
from tests.client.reading import published, statuses

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator

NOWHERE = "http://127.0.0.1:9/"


@pytest.fixture
def still(server: HubServer, sprint_id: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sprint]:
    """A run whose server stands still until its connections are cut."""
    monkeypatch.setattr(_sprint, "EXIT_S", PATIENCE_S)
    server.deaf_connections = 1
    sprint = Sprint(sprint_id, server=server.argument)
    yield sprint
    sprint.close(timeout=1)


def wake(server: HubServer) -> None:
    server.deaf_connections = 0
    server.cut()


async def numbers(count: int) -> AsyncIterator[int]:
    for number in range(count):
        await asyncio.sleep(0)
        yield number


def steps(sprint: Sprint) -> list[tuple[Any, ...]]:
    return [(e["current"], e.get("total"), e["state"]) for e in published(sprint)]


def test_b13_a_block_that_ends_lets_the_loop_continue_while_the_server_stands_still(
    server: HubServer, still: Sprint
) -> None:
    async def main() -> None:
        async def wake_server() -> None:
            others.append("ran")
            await asyncio.to_thread(wake, server)

        others: list[str] = []
        async with still as sprint:
            sprint.log("hello")
            waking = asyncio.create_task(wake_server())
        assert others == ["ran"]
        await waking
        assert await still.aflush(PATIENCE_S) == 0

    asyncio.run(main())

    kinds = [event.get("status", "log") for event in server.events(still.sprint_id)]
    assert kinds == ["running", "log", "succeeded"]


@pytest.mark.parametrize("wait", ["aflush", "aclose"])
def test_b13_the_loop_continues_while_a_coroutine_waits_for_the_server(
    server: HubServer, still: Sprint, wait: str
) -> None:
    async def main() -> int:
        still.log("hello")
        waiting = asyncio.create_task(getattr(still, wait)(PATIENCE_S))
        await asyncio.to_thread(wake, server)
        return await waiting

    assert asyncio.run(main()) == 0


def test_b13_a_plain_block_in_a_coroutine_does_not_wait_for_the_server(
    server: HubServer, still: Sprint
) -> None:
    has_left = threading.Event()
    left_by_itself: list[bool] = []

    def wake_server() -> None:
        left_by_itself.append(has_left.wait(PATIENCE_S / 2))
        wake(server)

    async def main() -> None:
        with still as sprint:
            sprint.log("hello")
            waking.start()
        has_left.set()
        assert await still.aflush(PATIENCE_S) == 0

    waking = threading.Thread(target=wake_server)
    asyncio.run(main())
    waking.join()

    assert left_by_itself == [True]


def test_b13_a_cancelled_wait_ends_at_once_and_loses_nothing(
    server: HubServer, still: Sprint
) -> None:
    async def main() -> None:
        still.log("hello")
        waiting = asyncio.create_task(still.aflush(PATIENCE_S))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await asyncio.to_thread(wake, server)

    asyncio.run(main())

    assert still.flush(PATIENCE_S) == 0


def test_b13_a_cancelled_task_publishes_that_and_does_not_wait(
    server: HubServer, still: Sprint
) -> None:
    async def work(entered: asyncio.Event) -> None:
        async with still:
            entered.set()
            await asyncio.Event().wait()

    async def main() -> None:
        entered = asyncio.Event()
        working = asyncio.create_task(work(entered))
        await entered.wait()
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        assert still.flush(0) > 0
        await asyncio.to_thread(wake, server)

    asyncio.run(main())

    assert still.flush(PATIENCE_S) == 0
    assert [e["status"] for e in server.events(still.sprint_id)] == ["running", "cancelled"]


@pytest.mark.parametrize(
    ("error", "status"),
    [(None, "succeeded"), (ValueError, "failed"), (KeyboardInterrupt, "cancelled")],
)
def test_b13_an_async_block_publishes_how_it_ended(
    sprint: Sprint, error: type[BaseException] | None, status: str
) -> None:
    async def main() -> None:
        async with sprint as entered:
            assert entered is sprint
            if error is not None:
                raise error

    with pytest.raises(error) if error else contextlib.nullcontext():
        asyncio.run(main())

    assert statuses(sprint) == ["running", status]


def test_b13_a_full_queue_holds_up_the_loop_for_a_moment_once(
    sprint_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def small(sprint_id: str, wake: Callable[[], object]) -> Buffer:
        return Buffer(sprint_id, wake, max_events=5, wait_s=PATIENCE_S)

    async def main() -> list[float]:
        return [wait_of(lambda: sprint.emit({"type": "note"})) for _ in range(8)]

    monkeypatch.setattr(outbox, "Buffer", small)
    sprint = Sprint(sprint_id, server=NOWHERE)

    assert asyncio.run(main()) == [0.0] * 5 + [waiting_module.IN_LOOP_S, 0.0, 0.0]


def wait_of(publish: Callable[[], object]) -> float:
    try:
        publish()
    except QueueFullError as error:
        return error.waited_s
    return 0.0


def test_b13_a_queue_that_empties_is_waited_for_again(sprint_id: str) -> None:
    buffer = Buffer(sprint_id, lambda: None, max_events=1, wait_s=PATIENCE_S)

    async def main() -> list[float]:
        waits = []
        for _ in range(2):
            waits += [wait_of(lambda: buffer.append({"type": "note"}, 1)) for _ in range(3)]
            buffer.take(1)
        return waits

    assert asyncio.run(main()) == [0.0, waiting_module.IN_LOOP_S, 0.0] * 2


def test_b13_what_a_block_published_is_read_right_after_it(sprint: Sprint) -> None:
    async def main() -> list[str]:
        for attempt in range(3):
            with sprint:
                sprint.log(attempt)
        events = follow(sprint.sprint_id, until_end=True)
        return [event.message async for event in events if event.type == "log"]

    assert asyncio.run(main()) == ["0", "1", "2"]


def test_b13_following_asks_the_server_when_it_is_read_and_not_before() -> None:
    after = Position(epoch="e", seq=1)
    events = follow("nowhere", after=after, until_end=True, server=NOWHERE)

    async def read() -> None:
        await anext(events)

    with pytest.raises(ServerNotFoundError):
        asyncio.run(read())


def test_b13_a_message_is_written_in_an_async_block(sprint: Sprint) -> None:
    async def main() -> None:
        async with sprint.message("planner") as reply:
            reply.write("hello")

    asyncio.run(main())

    assert [event["event"]["type"] for event in published(sprint)] == [
        "TEXT_MESSAGE_START",
        "TEXT_MESSAGE_CONTENT",
        "TEXT_MESSAGE_END",
    ]


@pytest.mark.parametrize(
    ("items", "total"),
    [
        (lambda: [0, 1, 2], 3),
        (lambda: range(3), 3),
        (lambda: iter([0, 1, 2]), 3),
        (lambda: (n for n in range(3)), None),
        (lambda: numbers(3), None),
    ],
)
def test_b13_an_async_loop_goes_through_any_iterable(
    sprint: Sprint, items: Callable[[], Any], total: int | None
) -> None:
    async def main() -> list[int]:
        return [item async for item in sprint.track(items(), "train")]

    assert asyncio.run(main()) == [0, 1, 2]
    assert steps(sprint) == [(0, total, "running"), (3, total, "succeeded")]


async def leave_by_break(sprint: Sprint) -> None:
    async for number in sprint.track(numbers(9), "train"):
        if number == 2:
            break


async def leave_by_error(sprint: Sprint) -> None:
    with contextlib.suppress(ZeroDivisionError):
        async for number in sprint.track(numbers(9), "train"):
            1 // (2 - number)


async def leave_by_error_of_the_source(sprint: Sprint) -> None:
    async def source() -> AsyncIterator[int]:
        yield 0
        yield 1
        raise ZeroDivisionError

    with contextlib.suppress(ZeroDivisionError):
        async for _ in sprint.track(source(), "train"):
            pass


async def leave_by_cancelling_the_body(sprint: Sprint) -> None:
    await cancelled_at_the_third(sprint, numbers(9))


async def leave_by_cancelling_the_source(sprint: Sprint) -> None:
    async def source() -> AsyncIterator[int]:
        yield 0
        yield 1
        reached.set()
        await asyncio.Event().wait()

    async def work() -> None:
        async for _ in sprint.track(source(), "train"):
            pass

    reached = asyncio.Event()
    await cancelled_when(reached, work())


async def cancelled_at_the_third(sprint: Sprint, items: AsyncIterator[int]) -> None:
    async def work() -> None:
        async for number in sprint.track(items, "train"):
            if number == 2:
                reached.set()
                await asyncio.Event().wait()

    reached = asyncio.Event()
    await cancelled_when(reached, work())


async def cancelled_when(reached: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    working = asyncio.create_task(work)
    await reached.wait()
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working


async def leave_by_closing(sprint: Sprint) -> None:
    async with contextlib.aclosing(sprint.track(numbers(9), "train")) as loop:
        for _ in range(3):
            await anext(loop)


@pytest.mark.parametrize(
    ("leave", "end"),
    [
        (leave_by_break, "stopped"),
        (leave_by_error, "stopped"),
        (leave_by_error_of_the_source, "failed"),
        (leave_by_cancelling_the_body, "stopped"),
        (leave_by_cancelling_the_source, "stopped"),
        (leave_by_closing, "stopped"),
    ],
)
def test_b13_an_async_loop_that_is_left_publishes_where_it_was(
    sprint: Sprint, leave: Callable[[Sprint], Any], end: str
) -> None:
    asyncio.run(leave(sprint))

    assert steps(sprint) == [(0, None, "running"), (2, None, end)]


def test_b13_closing_a_loop_closes_what_it_goes_through(sprint: Sprint) -> None:
    closed = []

    async def source() -> AsyncIterator[int]:
        try:
            yield 0
        finally:
            closed.append(True)

    async def main() -> None:
        async with contextlib.aclosing(sprint.track(source(), "train")) as loop:
            await anext(loop)
        assert [item async for item in loop] == []

    asyncio.run(main())

    assert closed == [True]


def test_b13_other_tasks_run_during_an_async_loop_over_a_list(
    sprint: Sprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(track, "EVERY_S", 0)

    async def main() -> list[int]:
        others: list[int] = []
        seen: list[int] = []
        async for number in sprint.track([0, 1, 2], "train"):
            seen.append(len(others))
            asyncio.get_running_loop().call_soon(others.append, number)
        return seen

    assert asyncio.run(main()) == [0, 1, 2]


def test_b13_a_plain_loop_over_an_async_iterable_is_a_clear_error(sprint: Sprint) -> None:
    with pytest.raises(TypeError, match="not iterable"):
        next(sprint.track(numbers(1), "train"))

    assert published(sprint) == []


def test_b33_a_length_that_raises_does_not_stop_a_loop(sprint: Sprint) -> None:
    class Items(list[int]):
        def __len__(self) -> int:
            raise RuntimeError

    assert [*sprint.track(Items([1, 2]), "train")] == [1, 2]

    assert steps(sprint) == [(0, None, "running"), (2, None, "succeeded")]
