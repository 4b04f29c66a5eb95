"""`current_sprint`: the run whose `with` block the code is in."""

from __future__ import annotations

import asyncio
import threading

import pytest

from realtime_widgets import Sprint, current_sprint


def in_new_thread() -> Sprint | None:
    found: list[Sprint | None] = []
    thread = threading.Thread(target=lambda: found.append(current_sprint()))
    thread.start()
    thread.join()
    return found[0]


def test_without_a_block_there_is_no_current_sprint(sprint: Sprint) -> None:
    assert current_sprint() is None
    with sprint:
        pass
    assert current_sprint() is None


def test_the_innermost_block_is_the_current_one(sprint: Sprint, sprint_id: str) -> None:
    inner = Sprint(f"{sprint_id}-inner")
    with sprint:
        with inner:
            assert current_sprint() is inner
        assert current_sprint() is sprint


def test_a_new_thread_has_the_block_that_was_entered_last(sprint: Sprint, sprint_id: str) -> None:
    with sprint:
        with Sprint(f"{sprint_id}-inner") as inner:
            assert in_new_thread() is inner
        assert in_new_thread() is sprint
    assert in_new_thread() is None


def test_a_block_that_raises_is_not_current_afterwards(sprint: Sprint) -> None:
    with pytest.raises(ValueError, match="ended"), sprint:
        raise ValueError("ended")

    assert current_sprint() is None


def test_each_asyncio_task_has_its_own_block(sprint: Sprint, sprint_id: str) -> None:
    async def inside(run: Sprint, *, both: asyncio.Barrier) -> bool:
        async with run:
            await both.wait()
            child = await asyncio.create_task(asyncio.to_thread(current_sprint))
            return current_sprint() is run and child is run

    async def main() -> list[bool]:
        both = asyncio.Barrier(2)
        runs = (sprint, Sprint(f"{sprint_id}-2"))
        return await asyncio.gather(*(inside(run, both=both) for run in runs))

    assert asyncio.run(main()) == [True, True]


def test_a_block_may_be_left_in_another_thread(sprint: Sprint) -> None:
    sprint.__enter__()
    leaving = threading.Thread(target=sprint.__exit__, args=(None, None, None))
    leaving.start()
    leaving.join()

    assert current_sprint() is None


def test_of_one_run_that_is_entered_twice_the_outer_block_stays_current(sprint: Sprint) -> None:
    with sprint:
        with sprint:
            pass
        assert current_sprint() is sprint
