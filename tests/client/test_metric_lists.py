"""The values of metrics, read back from the log as lists."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from realtime_widgets import history

if TYPE_CHECKING:
    from realtime_widgets import Sprint


def test_each_value_is_an_item_with_its_step_in_the_order_of_the_log(sprint: Sprint) -> None:
    sprint.metrics({"loss": 0.5, "acc": 1}, step=3)
    sprint.log("between")
    sprint.metrics({"loss": math.nan}, step=1)
    sprint.metrics({"loss": -math.inf}, step=2)

    lists = history(sprint.sprint_id).metrics()

    assert lists["metric"] == ["loss", "acc", "loss", "loss"]
    assert lists["step"] == [3, 3, 1, 2]
    assert lists["value"][:2] == [0.5, 1]
    assert math.isnan(lists["value"][2])
    assert lists["value"][3] == -math.inf
    assert len(lists["seq"]) == 4
    assert lists["time"] == sorted(lists["time"])


def test_a_burst_is_read_back_as_it_was(sprint: Sprint) -> None:
    for step in range(40):
        sprint.metrics({"loss": 1 / (step + 3)}, step=step)

    read = history(sprint.sprint_id)

    assert read.metrics()["step"] == list(range(40))
    assert read.metrics()["value"] == [1 / (step + 3) for step in range(40)]
    columns = read.to_dataframe().query("type == 'metrics'")["steps"]
    assert [step for column in columns for step in column] == list(range(40))


def test_a_log_without_metrics_has_empty_lists(sprint: Sprint) -> None:
    sprint.log("nothing")

    assert set(map(len, history(sprint.sprint_id).metrics().values())) == {0}
