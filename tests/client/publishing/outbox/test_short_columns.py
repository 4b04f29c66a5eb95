"""Columns of metrics are published in the shortest form, and nothing of them is lost."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import to_json

from realtime_widgets.client.publishing.outbox.short_columns import shortened
from realtime_widgets.protocol.metrics.columns import expanded

VECTORS = json.loads((Path(__file__).parents[3] / "vectors/columns.json").read_text())["vectors"]

chance = random.Random(20)  # noqa: S311 - numbers of a test
COLUMNS = {
    "digits": [chance.random() for _ in range(500)],
    "four digits": [round(chance.random(), 4) for _ in range(500)],
    "single precision": [chance.randrange(2**24) / 2**24 for _ in range(500)],
    "one value": [0.1] * 500,
    "both signs": [math.sin(index) for index in range(500)],
    "normal": [chance.gauss() for _ in range(500)],
    "all magnitudes": [math.sinh(chance.uniform(-700, 700)) for _ in range(500)],
    "extremes": [5e-324, -5e-324, math.ulp(0), 1.7976931348623157e308, -1.7976931348623157e308] * 2,
    "not finite": ["NaN", "Infinity", 0.5, None] * 125,
    "with nulls": [0.123456789012345, None] * 250,
    "whole": list(range(500)),
    "whole among them": [0.123456789012345, 1] * 250,
    "zeros": [0.0, -0.0] * 250,
}


def event(column: list[Any], **fields: Any) -> dict[str, Any]:
    rows = list(range(len(column)))
    return {"type": "metrics", "steps": rows, "values": {"loss": column}, "times": rows, **fields}


@pytest.mark.parametrize("name", COLUMNS)
def test_values_are_as_they_were_and_never_longer(name: str) -> None:
    column = COLUMNS[name]

    short = shortened(event(column))["values"]["loss"]

    read = expanded(event([], values={"loss": short}))["values"]["loss"]
    assert to_json(read) == to_json(column)
    assert len(to_json(short)) <= len(to_json(column))


def test_values_of_many_digits_have_ten_characters_and_of_single_precision_six() -> None:
    limits = {"digits": 10, "normal": 9.7, "all magnitudes": 11, "single precision": 6}
    for name, most in (limits | {"four digits": 8}).items():
        short = shortened(event(COLUMNS[name]))["values"]["loss"]
        assert len(to_json(short)) <= most * 500


@pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["name"]) for vector in VECTORS])
def test_no_column_is_longer_than_in_the_vectors(vector: dict[str, Any]) -> None:
    form, numbers = vector["form"], vector["numbers"]
    column = event([1] * len(numbers), steps=numbers) if "ranges" in form else event(numbers)

    short = shortened(column)

    made = short["steps"] if "ranges" in form else short["values"]["loss"]
    assert len(to_json(made)) <= max(len(to_json(form)), len(to_json(numbers)))


@pytest.mark.parametrize(
    "steps",
    [
        list(range(500)),
        [step // 2 for step in range(500)],
        [chance.random() for _ in range(500)],
        [step / 10 for step in range(500)],
        [2**53 - 1 - step for step in range(500)],
        [0, 2**53 - 1, 1 - 2**53] * 3,
        [2**53 - 1, 1 - 2**53] * 3 + [0] * 9,
        [*range(250), *range(200), *[7] * 50],
    ],
    ids=lambda steps: str(steps[:4]),
)
def test_steps_are_as_they_were_and_never_longer(steps: list[float]) -> None:
    short = shortened(event([1] * len(steps), steps=steps))["steps"]

    assert expanded(event([], steps=json.loads(to_json(short))))["steps"] == steps
    assert len(to_json(short)) <= len(to_json(steps))


def test_few_rows_stay_lists() -> None:
    assert shortened(event([0.5, 0.25, 0.125])) == event([0.5, 0.25, 0.125])
