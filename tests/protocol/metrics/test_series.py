"""The series of a metric, in a bounded number of buckets."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from realtime_widgets.protocol.metrics.series import COLUMNS, MAX_BUCKETS, Series

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/series.json").read_text())["vectors"]


@pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["name"]) for vector in VECTORS])
def test_a_series_follows_from_its_points_as_in_the_vectors(vector: dict[str, Any]) -> None:
    series = Series(vector["limit"])
    for index, (step, value) in enumerate(vector["points"]):
        series.add(step, value, 1000 + index)

    assert {name: getattr(series, name) for name in vector["series"]} == vector["series"]


def test_all_points_are_in_the_buckets_of_a_long_series() -> None:
    series = Series()
    for step in range(5_001):
        series.add(step, -step)

    assert len(series.steps) <= MAX_BUCKETS
    assert sum(series.counts) == 5_001
    assert (min(series.mins), max(series.maxs)) == (-5_000, 0)


def test_values_in_the_order_of_their_steps_are_added_together_as_one_by_one() -> None:
    points = [(step // 3, math.sin(step) * 1e16) for step in range(2_000)]
    one_by_one, together = Series(40), Series(40)
    for step, value in points:
        one_by_one.add(step, value, step)
    for start in range(0, len(points), 77):
        steps, values = zip(*points[start : start + 77], strict=True)
        assert together.can_extend(steps)
        together.extend(steps, values, steps)

    assert [getattr(together, name) for name in COLUMNS] == [
        getattr(one_by_one, name) for name in COLUMNS
    ]
    assert not together.can_extend([0])
    assert not together.can_extend([700, 699])


def test_a_shortened_series_leaves_the_whole_one_as_it_is() -> None:
    series = Series()
    for step in range(100):
        series.add(step, step)

    short = series.shortened(30)

    assert (len(short.steps), len(series.steps), sum(short.counts)) == (25, 100, 100)
    assert series.shortened(100) is series
