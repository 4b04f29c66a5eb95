"""Tasks are their path, and the parts of a loop are what begins in its body."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import copy
import gc
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets import Sprint
from realtime_widgets.client.publishing.blocks import nesting
from tests.client.reading import published, state
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator


@pytest.fixture(autouse=True)
def _top() -> Iterator[None]:
    """No loop that another test has left open is around this one."""
    before = nesting.current()
    nesting.enter(None)
    yield
    nesting.enter(before)


def paths(sprint: Sprint) -> list[str]:
    """The tasks of the run, in the order in which they came."""
    return ["/".join([*task["parents"], task["task"]]) for task in state(sprint)["tasks"]]


def states(sprint: Sprint) -> dict[str, str]:
    return {"/".join([*t["parents"], t["task"]]): t["state"] for t in state(sprint)["tasks"]}


def test_a_loop_in_the_body_of_another_is_its_part(sprint: Sprint) -> None:
    for epoch in sprint.track(range(2), "epochs"):
        for _ in sprint.track(range(2), f"epoch {epoch}"):
            sprint.progress("loss", 1)

    assert paths(sprint) == [
        "epochs",
        "epochs/epoch 0",
        "epochs/epoch 0/loss",
        "epochs/epoch 1",
        "epochs/epoch 1/loss",
    ]


def test_loops_after_one_another_are_beside_one_another(sprint: Sprint) -> None:
    for name in ("a", "b"):
        for _ in sprint.track([1, 2], name):
            pass
    sprint.progress("c", 1)

    assert paths(sprint) == ["a", "b", "c"]


def test_two_tasks_of_one_name_under_different_parents_are_two_rows(sprint: Sprint) -> None:
    for seed in (1, 2):
        for _ in sprint.track([0], f"seed {seed}"):
            sprint.progress("fold", seed)

    tasks = {"/".join([*t["parents"], t["task"]]): t["current"] for t in state(sprint)["tasks"]}
    assert tasks == {"seed 1": 1, "seed 1/fold": 1, "seed 2": 1, "seed 2/fold": 2}


def leave_by_break(sprint: Sprint) -> None:
    for _ in sprint.track([1, 2], "outer"):
        break


def leave_by_error(sprint: Sprint) -> None:
    with contextlib.suppress(ZeroDivisionError):
        for _ in sprint.track([1, 2], "outer"):
            raise ZeroDivisionError


def leave_by_error_of_the_source(sprint: Sprint) -> None:
    def source() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError

    with contextlib.suppress(ZeroDivisionError):
        for _ in sprint.track(source(), "outer"):
            pass


def leave_by_return(sprint: Sprint) -> None:
    for _ in sprint.track([1, 2], "outer"):
        return


def leave_by_closing(sprint: Sprint) -> None:
    loop = sprint.track([1, 2], "outer")
    for _ in loop:
        loop.close()


def leave_as_garbage(sprint: Sprint) -> None:
    ring: list[Any] = [sprint.track([1, 2], "outer")]
    ring.append(ring)
    next(ring[0])
    del ring
    thread = threading.Thread(target=gc.collect)  # in another context than that of the loop
    thread.start()
    thread.join()


def leave_from_within_its_part(sprint: Sprint) -> None:
    for _ in sprint.track([1, 2], "outer"):
        for _ in sprint.track([1, 2], "part"):
            return


@pytest.mark.parametrize(
    "leave",
    [
        leave_by_break,
        leave_by_error,
        leave_by_error_of_the_source,
        leave_by_return,
        leave_by_closing,
        leave_as_garbage,
        leave_from_within_its_part,
    ],
)
def test_what_begins_after_a_loop_was_left_is_no_part_of_it(
    sprint: Sprint, leave: Callable[[Sprint], None]
) -> None:
    leave(sprint)
    sprint.progress("after", 1)

    assert paths(sprint)[-1] == "after"


def test_two_loops_that_are_zipped_are_beside_one_another(sprint: Sprint) -> None:
    a, b = sprint.track([1, 2], "a"), sprint.track([1, 2], "b")
    for _ in zip(a, b, strict=True):
        sprint.progress("part", 1)
    sprint.progress("after", 1)

    assert paths(sprint) == ["a", "b", "b/part", "after"]


def test_two_loops_that_take_turns_keep_their_places(sprint: Sprint) -> None:
    a, b = sprint.track([1, 2], "a"), sprint.track([1, 2], "b")
    for step in range(2):
        next(a)
        sprint.progress(f"of a {step}", 1)
        next(b)
        sprint.progress(f"of b {step}", 1)
    assert [*a, *b] == []
    sprint.progress("after", 1)

    assert paths(sprint) == ["a", "a/of a 0", "b", "b/of b 0", "a/of a 1", "b/of b 1", "after"]


def test_a_loop_that_is_held_open_continues_until_it_is_closed(sprint: Sprint) -> None:
    held = sprint.track([1, 2], "held")
    next(held)
    for _ in sprint.track([1], "within"):
        pass
    held.close()
    for _ in sprint.track([1], "after"):
        pass

    assert paths(sprint) == ["held", "held/within", "after"]


def test_the_source_of_a_loop_is_beside_it_and_not_in_it(sprint: Sprint) -> None:
    def batches() -> Iterator[int]:
        for shard in sprint.track(range(2), "read"):
            sprint.progress(f"shard {shard}", 1)
            yield shard
            sprint.progress(f"close {shard}", 1)

    for batch in sprint.track(batches(), "train"):
        sprint.progress(f"batch {batch}", 1)

    assert paths(sprint) == [
        "train",
        "read",
        "read/shard 0",
        "train/batch 0",
        "read/close 0",
        "read/shard 1",
        "train/batch 1",
        "read/close 1",
    ]


def test_loops_of_two_runs_do_not_nest(sprint: Sprint, sprint_id: str) -> None:
    other = Sprint(f"{sprint_id}-other")
    for _ in sprint.track([1], "a"):
        for _ in other.track([1], "b"):
            sprint.progress("c", 1)

    assert paths(sprint) == ["a", "a/c"]
    assert paths(other) == ["b"]


def test_two_objects_of_one_run_nest(sprint: Sprint, sprint_id: str) -> None:
    for _ in sprint.track([1], "a"):
        Sprint(sprint_id).progress("b", 1)

    assert paths(sprint) == ["a", "a/b"]


def test_asyncio_tasks_nest_where_they_were_created(sprint: Sprint) -> None:
    async def work(name: str) -> None:
        async for _ in sprint.track(range(2), name):
            await asyncio.sleep(0)
            sprint.progress("part", 1)

    async def main() -> None:
        for step in sprint.track(range(2), "steps"):
            await asyncio.gather(*(work(f"{name}{step}") for name in "ab"))
        await work("after")

    asyncio.run(main())

    tasks = paths(sprint)
    assert {"steps/a0/part", "steps/b0/part", "steps/a1/part", "steps/b1/part"} < {*tasks}
    assert tasks[-2:] == ["after", "after/part"]


def test_an_async_loop_nests_as_others_do_whether_it_ends_or_is_left(sprint: Sprint) -> None:
    async def numbers() -> AsyncIterator[int]:
        yield 0
        yield 1

    async def main() -> None:
        async for _ in sprint.track(numbers(), "a"):
            async for _ in sprint.track(numbers(), "b"):
                break
            sprint.progress("c", 1)
        sprint.progress("after", 1)

    asyncio.run(main())

    assert paths(sprint) == ["a", "a/b", "a/c", "after"]


def in_a_thread(work: Callable[[], None]) -> None:
    thread = threading.Thread(target=contextvars.copy_context().run, args=(work,))
    thread.start()
    thread.join()


def in_a_pool(work: Callable[[], None]) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(contextvars.copy_context().run, work).result(PATIENCE_S)


def by_asyncio(work: Callable[[], None]) -> None:
    async def main() -> None:
        await asyncio.to_thread(work)

    asyncio.run(main())


@pytest.mark.parametrize("run", [in_a_thread, in_a_pool, by_asyncio])
def test_a_thread_nests_where_it_has_a_copy_of_the_context(
    sprint: Sprint, run: Callable[[Callable[[], None]], None]
) -> None:
    def work() -> None:
        for _ in sprint.track([1], "part"):
            pass

    for _ in sprint.track([1], "outer"):
        run(work)
        sprint.progress("next", 1)

    assert paths(sprint) == ["outer", "outer/part", "outer/next"]


def test_a_thread_that_outlives_the_loop_is_no_part_of_it_afterwards(sprint: Sprint) -> None:
    is_over = threading.Event()

    def work() -> None:
        assert is_over.wait(PATIENCE_S)
        sprint.progress("late", 1)

    for _ in sprint.track([1], "outer"):
        thread = threading.Thread(target=contextvars.copy_context().run, args=(work,))
        thread.start()
    is_over.set()
    thread.join()

    assert paths(sprint) == ["outer", "late"]


@pytest.mark.parametrize(
    ("parent", "path"),
    [
        (lambda _: "outer", "all/outer/part"),
        (lambda _: "all", "all/part"),
        (lambda _: ("all", "outer"), "all/outer/part"),
        (lambda _: ["elsewhere"], "elsewhere/part"),
        (lambda _: (), "part"),
        (lambda _: "", "part"),
        (lambda loop: loop, "all/outer/part"),
        (lambda _: "other", "other/part"),
        (lambda _: 7, "7/part"),
    ],
)
@pytest.mark.parametrize("verb", ["progress", "track"])
def test_a_parent_can_be_a_name_a_path_or_a_loop(
    sprint: Sprint, parent: Callable[[Any], Any], path: str, verb: str
) -> None:
    for _ in sprint.track([1], "all"):
        loop = sprint.track([1], "outer")
        for _ in loop:
            if verb == "progress":
                sprint.progress("part", 1, parent=parent(loop))
            else:
                assert [*sprint.track([1], "part", parent=parent(loop))] == [1]

    assert paths(sprint) == ["all", "all/outer", path]


def test_a_pool_nests_with_the_loop_as_its_parent(sprint: Sprint) -> None:
    def work(item: int) -> None:
        for _ in sprint.track([1], f"item {item}", parent=loop):
            sprint.progress("part", 1)

    loop = sprint.track([0, 1], "items")
    with ThreadPoolExecutor(2) as pool:
        [*pool.map(work, loop)]

    assert {*paths(sprint)} == {
        "items",
        "items/item 0",
        "items/item 0/part",
        "items/item 1",
        "items/item 1/part",
    }


def test_a_name_that_is_not_around_is_the_newest_task_of_that_name(sprint: Sprint) -> None:
    sprint.progress("all", 0)
    sprint.progress("train", 0, parent="all")
    for _ in sprint.track([1], "epoch", parent="train"):
        sprint.progress("step", 1)
    sprint.emit({"type": "build_progress", "task": "more", "current": 1, "parent": "epoch"})

    assert paths(sprint) == [
        "all",
        "all/train",
        "all/train/epoch",
        "all/train/epoch/step",
        "all/train/epoch/more",
    ]


def test_deep_loops_stay_within_the_bound_and_apart(sprint: Sprint) -> None:
    def nest(depth: int, name: str) -> None:
        if depth < 15:
            for _ in sprint.track([1], f"{name}{depth}"):
                nest(depth + 1, name)

    nest(0, "a")
    nest(0, "b")

    tasks = state(sprint)["tasks"]
    assert len(tasks) == 30
    assert max(len(task["parents"]) for task in tasks) == 8


def test_long_names_of_parents_are_cut_to_what_a_path_may_have(sprint: Sprint) -> None:
    for letter in "ab":
        sprint.progress("leaf", 1, parent=["r" * 256, "s" * 256, letter * 256])

    paths = [task["parents"] for task in state(sprint)["tasks"]]
    assert len(paths) == 2
    for path in paths:
        assert len(path) == 3
        assert sum(map(len, path)) <= 512


def test_names_of_any_kind_are_parents_as_they_are_tasks(sprint: Sprint) -> None:
    class Layer:
        def __str__(self) -> str:
            return "layer " + "x" * 300

    names: list[Any] = [7, None, "", Layer()]
    for name in names:
        for _ in sprint.track([1], name):
            sprint.progress("part", 1)

    names = [task["task"] for task in state(sprint)["tasks"]]
    assert [task["parents"] for task in state(sprint)["tasks"]] == [
        [] if name != "part" else [names[index - 1]] for index, name in enumerate(names)
    ]


def test_a_loop_continues_at_its_place_where_it_is_loaded(sprint: Sprint) -> None:
    for _ in sprint.track([1], "outer"):
        loop = sprint.track([1, 2], "inner")
        next(loop)
        again = pickle.loads(pickle.dumps(loop))  # noqa: S301 - made here
        assert copy.deepcopy(loop) is loop
        for _ in again:
            sprint.progress("part", 1)

    assert paths(sprint) == ["outer", "outer/inner", "outer/inner/part"]


def test_a_loop_adds_nothing_that_grows(sprint: Sprint) -> None:
    for number in range(300):
        for _ in sprint.track([1], f"task {number}"):
            pass
    depth, scope = 0, nesting._scope.get()  # noqa: SLF001 - it is nowhere else
    while scope is not None:
        depth, scope = depth + 1, scope.outer

    assert depth <= 1


def test_b28_a_loop_that_is_left_is_stopped_and_not_failed(sprint: Sprint) -> None:
    with sprint:
        for item in sprint.track([1, 2, 3], "a"):
            if item == 2:
                break
        with contextlib.closing(sprint.track([1], "b")) as loop:
            next(loop)
        with contextlib.suppress(ValueError):  # the run continues: it was no failure of the task
            for _ in sprint.track([1], "c"):
                raise ValueError

    assert states(sprint) == {"a": "stopped", "b": "stopped", "c": "stopped"}


@pytest.mark.parametrize("error", [KeyboardInterrupt, asyncio.CancelledError, GeneratorExit])
def test_b28_what_is_interrupted_is_stopped(sprint: Sprint, error: type[BaseException]) -> None:
    def source() -> Iterator[int]:
        yield 1
        raise error

    def body() -> None:
        for _ in sprint.track([1, 2], "body"):
            raise error

    def read() -> None:
        for _ in sprint.track(source(), "source"):
            pass

    for work in (body, read):
        with contextlib.suppress(error), sprint:
            work()

        assert {*states(sprint).values()} == {"stopped"}
        assert state(sprint)["status"] == "cancelled"


def test_b28_a_cancelled_coroutine_stops_its_loops(sprint: Sprint) -> None:
    async def work(reached: asyncio.Event) -> None:
        async with sprint:
            async for _ in sprint.track([1, 2], "outer"):
                for _ in sprint.track([1, 2], "inner"):
                    reached.set()
                    await asyncio.Event().wait()

    async def main() -> None:
        reached = asyncio.Event()
        working = asyncio.create_task(work(reached))
        await reached.wait()
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working

    asyncio.run(main())

    assert states(sprint) == {"outer": "stopped", "outer/inner": "stopped"}


def test_b28_an_exception_fails_the_loops_that_it_leaves_and_no_others(sprint: Sprint) -> None:
    def train() -> None:
        for item in sprint.track([1, 2], "left by break"):
            if item:
                break
        for epoch in sprint.track([1, 2], "epochs"):
            for step in sprint.track([1, 2, 3], "steps"):
                if (epoch, step) == (1, 3):
                    msg = "no more"
                    raise ValueError(msg)

    with contextlib.suppress(ValueError), sprint:
        train()

    assert states(sprint) == {
        "left by break": "stopped",
        "epochs": "failed",
        "epochs/steps": "failed",
    }
    last = [event for event in published(sprint) if event.get("task") == "steps"][-1]
    assert (last["current"], last["total"]) == (2, 3)


def test_b28_an_exception_that_led_to_the_one_that_ends_the_run_counts(sprint: Sprint) -> None:
    def train() -> None:
        try:
            for _ in sprint.track([1], "train"):
                raise KeyError  # noqa: TRY301 - of the user's code
        except KeyError as error:
            raise ValueError from error

    with contextlib.suppress(ValueError), sprint:
        train()

    assert states(sprint) == {"train": "failed"}


def test_b28_an_exception_of_one_of_several_asyncio_tasks_fails_its_loop(sprint: Sprint) -> None:
    async def work(name: str, *, fails: bool) -> None:
        async for _ in sprint.track([1, 2], name):
            await asyncio.sleep(0)
            if fails:
                raise ValueError
            await asyncio.Event().wait()

    async def main() -> None:
        async with sprint, asyncio.TaskGroup() as group:
            group.create_task(work("waits", fails=False))
            group.create_task(work("fails", fails=True))

    with contextlib.suppress(ExceptionGroup):
        asyncio.run(main())

    assert states(sprint) == {"waits": "stopped", "fails": "failed"}


def test_b28_an_exception_that_is_given_as_the_reason_of_a_status_counts(sprint: Sprint) -> None:
    sprint.status("running")
    try:
        for _ in sprint.track([1], "train"):
            raise ValueError  # noqa: TRY301 - of the user's code
    except ValueError as error:
        sprint.status("failed", error)

    assert states(sprint) == {"train": "failed"}


def test_b28_an_exception_of_the_source_fails_the_loop_at_once(sprint: Sprint) -> None:
    leave_by_error_of_the_source(sprint)

    assert states(sprint) == {"outer": "failed"}
