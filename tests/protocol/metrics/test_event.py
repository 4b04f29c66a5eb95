"""The bounds on an event of metrics; each refusal names the field."""

from __future__ import annotations

import json
from typing import Any

import pytest

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.events import Metrics, validate_event
from realtime_widgets.protocol.validation import validate_batch


def event(**fields: Any) -> dict[str, Any]:
    return {"type": "metrics", "steps": [1], "values": {"loss": [0.5]}, **fields}


def test_columns_hold_numbers_nulls_and_what_is_no_finite_number() -> None:
    values = {"loss": [0.5, "NaN", 1e300], "acc": [None, "Infinity", "-Infinity"]}
    raw = json.dumps([event(steps=[1, 2.5, -3], values=values)], separators=(",", ":")).encode()

    (read,) = validate_batch(raw).events

    assert isinstance(read, Metrics)
    assert read.values == values
    assert read.steps == [1, 2.5, -3]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"steps": []}, "steps"),
        ({"steps": ["1"]}, "steps.0"),
        ({"steps": [0] * 501, "values": {"loss": [0] * 501}}, "steps"),
        ({"steps": [1, 2]}, "values.loss"),
        ({"times": [0, 1]}, "times"),
        ({"values": {}}, "values"),
        ({"values": {"": [1]}}, "values..[key]"),
        ({"values": {"x" * 129: [1]}}, f"values.{'x' * 129}.[key]"),
        ({"values": {str(n): [1] for n in range(201)}}, "values"),
        ({"values": {"loss": ["high"]}}, None),
        ({"steps": [0] * 26, "values": {str(n): [1] * 26 for n in range(200)}}, "values"),
    ],
    ids=str,
)
def test_what_is_beyond_a_bound_is_refused_by_its_field(
    fields: dict[str, Any], field: str | None
) -> None:
    with pytest.raises(InvalidEventError) as error:
        validate_event(event(**fields))

    assert field is None or error.value.field == field
