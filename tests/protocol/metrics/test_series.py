"""The series of a metric, in a bounded number of buckets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from realtime_widgets.protocol.metrics.series import MAX_BUCKETS, Series

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/series.json").read_text())["vectors"]


@pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["name"]) for vector in VECTORS])
def test_a_series_follows_from_its_points_as_the_vectors_say(vector: dict[str, Any]) -> None:
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
