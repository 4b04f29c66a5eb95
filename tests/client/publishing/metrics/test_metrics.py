"""`sprint.metrics`: what is published of the values, and what becomes of those that are none."""

from __future__ import annotations

import math
import threading
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from realtime_widgets import InvalidEventError, Sprint
from realtime_widgets.protocol.metrics.columns import expanded
from tests.client.reading import lines, published, state

if TYPE_CHECKING:
    from collections.abc import Iterable

BURST = 20_000


def events(sprint: Sprint) -> list[dict[str, Any]]:
    return [expanded(event) for event in published(sprint) if event["type"] == "metrics"]


def points(sprint: Sprint) -> list[tuple[str, float, Any]]:
    """All values in their order: name, step, value."""
    return [
        (name, step, value)
        for event in events(sprint)
        for name, column in event["values"].items()
        for step, value in zip(event["steps"], column, strict=True)
        if value is not None
    ]


def of(name: str, values: Iterable[tuple[str, float, Any]]) -> list[tuple[float, Any]]:
    return [(step, value) for each, step, value in values if each == name]


def test_steps_repeat_and_go_backwards_and_nothing_is_dropped(sprint: Sprint) -> None:
    for step, loss in ((5, 0.5), (3, 0.25), (3, 4.0), (9, 1.0)):
        sprint.metrics({"loss": loss}, step=step)

    assert of("loss", points(sprint)) == [(5, 0.5), (3, 0.25), (3, 4.0), (9, 1.0)]


def test_a_dict_to_which_another_thread_adds_during_the_call_is_published(sprint: Sprint) -> None:
    given: dict[str, float] = {}

    class Name(str):
        """Adds to the dict once its names were read, at a moment at which a thread could."""

        __slots__ = ()

        def __hash__(self) -> int:
            if given:
                given["acc"] = 0.5
            return super().__hash__()

    loss = Name("loss")
    sprint.metrics({"loss": 1.0})
    given[loss] = 2.0
    sprint.metrics(given)
    sprint.metrics({"loss": 3.0})

    made = points(sprint)
    assert of("loss", made) == [(0, 1.0), (1, 2.0), (2, 3.0)]
    assert of("acc", made) == [(0, 0.5)]


def test_each_metric_counts_its_own_steps(sprint: Sprint) -> None:
    sprint.metrics(loss=1.0)
    sprint.metrics(loss=2.0)
    sprint.metrics(loss=3.0, acc=0.5)
    sprint.metrics({"loss": 4.0}, step=10)
    sprint.metrics({"loss": 5.0}, acc=0.75)

    made = points(sprint)
    assert of("loss", made) == [(0, 1.0), (1, 2.0), (2, 3.0), (10, 4.0), (11, 5.0)]
    assert of("acc", made) == [(0, 0.5), (1, 0.75)]


def test_what_is_no_finite_number_is_a_value(sprint: Sprint) -> None:
    sprint.metrics({"a": math.nan, "b": math.inf, "c": -np.float32("inf"), "d": 10**400}, step=7)

    assert points(sprint) == [
        ("a", 7, "NaN"),
        ("b", 7, "Infinity"),
        ("c", 7, "-Infinity"),
        ("d", 7, "Infinity"),
    ]
    assert state(sprint)["metrics"][0]["not_finite_step"] == 7


def test_numbers_of_any_package_are_taken(sprint: Sprint) -> None:
    sprint.metrics(
        {"np": np.float32(0.5), "array": np.array([2.0]), "f": Fraction(1, 4), "no": None}
    )

    assert points(sprint) == [("np", 0, 0.5), ("array", 0, 2.0), ("f", 0, 0.25)]
    assert lines(sprint) == []


def test_a_value_that_is_no_number_is_a_warning_once_a_name(sprint: Sprint) -> None:
    for _ in range(3):
        sprint.metrics({"loss": "high", "acc": 1.0})
    sprint.metrics({"acc": 2.0}, step="last")

    assert lines(sprint) == [
        "the metric 'loss' is not a number: high",
        "a step of metrics is not a number: last",
    ]
    assert of("acc", points(sprint)) == [(0, 1.0), (1, 1.0), (2, 1.0), (3, 2.0)]


def test_strict_refuses_what_is_no_number_and_any_call_what_is_no_mapping(sprint: Sprint) -> None:
    with pytest.raises(InvalidEventError, match="'loss' is not a number"):
        Sprint(sprint.sprint_id, strict=True).metrics({"loss": []})
    with pytest.raises(InvalidEventError, match="not list"):
        sprint.metrics([1.0])  # type: ignore[arg-type]


def test_names_are_cut_and_counted(sprint: Sprint) -> None:
    sprint.metrics({"x" * 200: 1.0, "": 2.0})
    sprint.metrics({f"m{n}": 1.0 for n in range(1_100)})

    sizes = [len(event["values"]) for event in events(sprint)]
    names = {name for name, _, _ in points(sprint)}
    assert sum(sizes) == len(names) == 1_000
    assert max(sizes) == 200
    assert max(map(len, names)) == 128
    assert lines(sprint) == ["more than 1,000 metrics: 'm998' is not published"]


def test_a_burst_is_stored_in_few_events_with_all_of_its_rows(sprint: Sprint) -> None:
    for step in range(BURST):
        sprint.metrics({"loss": 1 / (step + 1), "lr": 0.1}, step=step)

    made = events(sprint)
    assert [step for event in made for step in event["steps"]] == list(range(BURST))
    assert [v for event in made for v in event["values"]["loss"]] == [
        1 / (step + 1) for step in range(BURST)
    ]
    assert len(made) <= BURST / 200
    assert state(sprint)["metrics"][0]["count"] == BURST


def test_what_is_between_rows_stays_between_them(sprint: Sprint) -> None:
    sprint.metrics(loss=1.0)
    sprint.log("evaluating")
    sprint.metrics(loss=2.0)

    assert [event["type"] for event in published(sprint)] == ["metrics", "log", "metrics"]


def test_rows_of_several_threads_are_all_published(sprint: Sprint) -> None:
    def publish(name: str) -> None:
        for value in range(500):
            sprint.metrics({name: float(value)})

    threads = [threading.Thread(target=publish, args=(f"t{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    made = points(sprint)
    for n in range(4):
        assert of(f"t{n}", made) == [(value, value) for value in range(500)]
