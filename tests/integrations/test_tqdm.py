"""The bars of tqdm that are tasks of a run."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets.integrations.tqdm import tqdm, trange
from tests.client.reading import published

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime_widgets import Sprint


def ended(sprint: Sprint) -> list[tuple[Any, ...]]:
    """Name, parent, progress and state of each task that ended, in this order."""
    return [
        (event["task"], event.get("parent"), event["current"], event.get("total"), event["state"])
        for event in published(sprint)
        if event["type"] == "build_progress" and event["state"] != "running"
    ]


def quiet(**options: Any) -> dict[str, Any]:
    return {"file": io.StringIO(), **options}


def test_a_loop_is_a_task_that_succeeds(sprint: Sprint) -> None:
    with sprint:
        assert list(tqdm([1, 2, 3], desc="train", unit="batch", **quiet())) == [1, 2, 3]

    assert ended(sprint) == [("train", None, 3, 3, "succeeded")]
    first = next(event for event in published(sprint) if event["type"] == "build_progress")
    assert (first["current"], first["state"], first["unit"]) == (0, "running", "batch")


def test_the_bar_is_drawn_as_without_a_run(sprint: Sprint) -> None:
    drawn = io.StringIO()

    list(trange(2, desc="train", file=drawn, sprint=sprint))

    assert "train: 100%" in drawn.getvalue()
    assert ended(sprint) == [("train", None, 2, 2, "succeeded")]


def test_an_inner_loop_that_begins_again_is_the_same_part_of_the_outer(sprint: Sprint) -> None:
    with sprint:
        for _ in trange(2, desc="epochs", **quiet()):
            for _ in trange(3, desc="batches", **quiet()):
                pass

    assert ended(sprint) == [
        ("batches", "epochs", 3, 3, "succeeded"),
        ("batches", "epochs", 3, 3, "succeeded"),
        ("epochs", None, 2, 2, "succeeded"),
    ]


def test_two_bars_of_one_name_at_the_same_time_are_two_tasks(sprint: Sprint) -> None:
    both = threading.Barrier(2)

    def work() -> None:
        with tqdm(total=1, sprint=sprint, **quiet()) as bar:
            both.wait()
            bar.update()
            both.wait()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {name for name, *_ in ended(sprint)} == {"progress", "progress (2)"}


def test_a_loop_that_is_left_early_is_stopped(sprint: Sprint) -> None:
    with sprint:
        for number in (bar := trange(10, desc="search", **quiet())):
            if number == 3:
                break
        bar.close()

    assert [event[-1] for event in ended(sprint)] == ["stopped"]


def test_a_bar_that_an_exception_ends_has_failed(sprint: Sprint) -> None:
    def items() -> Iterator[int]:
        yield 1
        raise OSError("no such file")

    with pytest.raises(OSError, match="no such"):
        list(tqdm(items(), total=2, sprint=sprint, **quiet()))

    assert ended(sprint) == [("progress", None, 1, 2, "failed")]


def test_a_bar_of_unknown_length_succeeds(sprint: Sprint) -> None:
    list(tqdm(iter([1, 2]), desc="lines", sprint=sprint, **quiet()))

    assert ended(sprint) == [("lines", None, 2, None, "succeeded")]


def test_without_a_run_and_where_it_is_disabled_nothing_is_published(sprint: Sprint) -> None:
    list(trange(2, **quiet()))
    list(trange(2, disable=True, sprint=sprint))

    assert published(sprint) == []


def test_a_bar_in_a_step_is_a_part_of_it(sprint: Sprint) -> None:
    with sprint, sprint.step("load") as step:
        list(trange(2, desc="files", **quiet()))

    assert {
        event.get("step") for event in published(sprint) if event["type"] == "build_progress"
    } == {step.id}
