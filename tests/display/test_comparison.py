"""`compare()`: the table of runs side by side, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from realtime_widgets import InvalidSprintIdError, Sprint, compare
from realtime_widgets.client.server import Server
from realtime_widgets.display.compared_run import ComparedRun, Row, Subject, rows_of
from realtime_widgets.display.comparison import Comparison
from realtime_widgets.protocol.ids import random_id

if TYPE_CHECKING:
    from realtime_widgets.protocol.details.event import Setting


@pytest.fixture
def sprint_id() -> str:
    return f"run-{random_id(64)}"


def train(name: str, lr: float, losses: list[float]) -> None:
    with Sprint(name, server="embedded", show=False) as sprint:
        sprint.config(lr=lr, seed=1)
        for loss in losses:
            sprint.metrics(loss=loss)


def test_settings_that_differ_come_first_and_metrics_have_last_and_extremes(sprint_id: str) -> None:
    names = [f"{sprint_id}-small", f"{sprint_id}-large"]
    train(names[0], 0.1, [3, 1, 2])
    train(names[1], 0.2, [4, 0.5])

    lines = [line.split() for line in repr(compare(*names, server="embedded")).splitlines()]

    assert lines == [
        ["run", *names],
        ["status", "succeeded", "succeeded"],
        ["config:", "1", "different,", "1", "equal"],
        ["lr", "0.1", "0.2"],
        ["metrics"],
        ["loss", "last", "2", "0.5"],
        ["loss", "min", "1", "0.5"],
        ["loss", "max", "3", "4"],
    ]


def test_attempts_of_one_run_have_their_own_settings_and_metrics(sprint_id: str) -> None:
    train(sprint_id, 0.1, [3])
    train(sprint_id, 0.2, [4])

    table = repr(compare(sprint_id, f"{sprint_id}@1", f"{sprint_id}@7", server="embedded"))

    lines = [line.split() for line in table.splitlines()]
    assert lines[1] == ["status", "succeeded", "succeeded", "no", "such", "attempt"]
    assert ["lr", "0.2", "0.1", "-"] in lines
    assert ["loss", "last", "4", "3", "-"] in lines


def test_the_output_is_a_table_that_can_be_saved_and_needs_no_script(sprint_id: str) -> None:
    with Sprint(sprint_id, server="embedded", show=False) as sprint:
        sprint.describe(title="<script>x</script>")

    bundle = compare(sprint_id, "missing", server="embedded")._repr_mimebundle_()

    assert set(bundle) == {"text/html", "text/plain"}
    assert "<script>" not in bundle["text/html"]
    assert "&lt;script&gt;" in bundle["text/html"]
    assert "no such run" in bundle["text/plain"]


def test_a_setting_that_a_run_does_not_have_is_a_difference() -> None:
    both: dict[str, Setting] = {"seed": 1, "amp": True}
    runs = [ComparedRun("a", config=both), ComparedRun("b", config=both | {"resume": None})]

    assert rows_of(runs)[:2] == [
        Row("config: 1 different, 2 equal"),
        Row("resume", ["-", "none"], is_difference=True),
    ]


def test_of_one_run_all_settings_are_there() -> None:
    rows = rows_of([ComparedRun("a", config={"seed": 1, "amp": True})])

    assert rows == [Row("config"), Row("seed", ["1"]), Row("amp", ["true"])]


def test_the_link_names_the_runs() -> None:
    server = Server("http://localhost:1/base/", "")
    comparison = Comparison([Subject("a", "a", None), Subject("b@2", "b", 2)], server)

    assert comparison.url == "http://localhost:1/base/realtime/compare?run=a&run=b@2"
    assert "cannot be read" in repr(comparison)


@pytest.mark.parametrize(
    ("runs", "words"),
    [
        ((), "1 to 8 runs, not 0"),
        ([f"run-{number}" for number in range(9)], "not 9"),
        (("a", "a"), "each run once"),
    ],
)
def test_too_few_or_too_many_runs_are_refused(runs: list[str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        compare(*runs, server="embedded")


@pytest.mark.parametrize("name", ["", "a b", "a@0", "a@x", "@2", "a@1@2"])
def test_a_name_that_no_run_can_have_is_refused(name: str) -> None:
    with pytest.raises(InvalidSprintIdError):
        compare(name, server="embedded")
