"""The shorter forms of columns are expanded to their lists, and are bounded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.events import Metrics, validate_event
from realtime_widgets.protocol.metrics.columns import MAX_ROWS, expanded

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/columns.json").read_text())["vectors"]


def event(**fields: Any) -> dict[str, Any]:
    return {"type": "metrics", "steps": [1], "values": {"loss": [0.5]}, **fields}


@pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["name"]) for vector in VECTORS])
def test_a_shorter_column_is_the_list_of_the_vectors(vector: dict[str, Any]) -> None:
    form, numbers = vector["form"], vector["numbers"]
    if "ranges" in form:
        values = {"loss": [1] * len(numbers)}
        fields = event(steps=form, times=form, values=values)
        lists = event(steps=numbers, times=numbers, values=values)
    else:
        steps = list(range(len(numbers)))
        fields = event(steps=steps, values={"loss": form})
        lists = event(steps=steps, values={"loss": numbers})

    read = validate_event(fields)

    assert isinstance(read, Metrics)
    assert read.model_dump(include=set(lists)) == lists
    assert expanded(fields) == lists


def packed(**fields: Any) -> dict[str, Any]:
    return {"values": {"loss": {"head": "", "width": 8, "packed": "P+AAAAAAAAA=", **fields}}}


def by_exponent(**fields: Any) -> dict[str, Any]:
    return {"values": {"loss": {"exponents": "3febfe3fd", "packed": "AAAAAAAAAA==", **fields}}}


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"steps": {"ranges": [[0, 1, MAX_ROWS + 1]]}}, "steps", "1 to 500 numbers"),
        ({"steps": {"ranges": [[0, 1, 300], [0, 1, 300]]}}, "steps", "1 to 500 numbers"),
        ({"steps": {"ranges": [[0, 1, 0]]}}, "steps", "1 to 500 numbers"),
        ({"steps": {"ranges": [[0, 1, 1.5]]}}, "steps", "1 to 500 numbers"),
        ({"steps": {"ranges": [[0, 1, 1e308]]}}, "steps", "ranges.0.2"),
        ({"steps": {"ranges": [[0, 2**52, 9]]}}, "steps", "beyond 9007199254740991"),
        ({"steps": {"ranges": [[0, 1]]}}, "steps", "ranges.0: List should have at least 3"),
        ({"steps": {"ranges": [["0", 1, 1]]}}, "steps", "ranges.0.0"),
        ({"steps": {"ranges": []}}, "steps", "at least 1 item"),
        ({"steps": {"range": []}}, "steps", "ranges: Field required"),
        ({"steps": {"ranges": [[0, 1, 2]]}}, "values.loss", "has 1 rows, `steps` has 2"),
        ({"times": {"ranges": [[0, 0, 2]]}}, "times", "has 2 rows"),
        (packed(packed="P+AAAAAAAA"), "values.loss", "packed: is no base64"),
        (packed(packed="P+AAAAAA\n="), "values.loss", "packed: is no base64"),
        (packed(packed="P+AA"), "values.loss", "packed: 3 bytes are no numbers of 8 bytes"),
        (packed(packed="A" * 5_340), "values.loss", "packed: String should have at most 5336"),
        (packed(width=0), "values.loss", "width"),
        (packed(head="3f"), "values.loss", "width: a number has 8 bytes, not 9"),
        (packed(head="3F"), "values.loss", "head"),
        (packed(packed=""), "values.loss", "has 0 rows"),
        (packed(packed="f/gAAAAAAAA="), "values.loss.0", None),
        (packed(packed="f/AAAAAAAAA="), "values.loss.0", None),
        (by_exponent(packed="AAAAAAAAA"), "values.loss", "packed: is no base64"),
        (by_exponent(packed="AAAAAAAA"), "values.loss", "48 bits are no numbers of 54 bits"),
        (by_exponent(packed="A" * 5_340), "values.loss", "String should have at most 5336"),
        (by_exponent(packed=""), "values.loss", "has 0 rows"),
        (by_exponent(packed="AAAAAAAADA=="), "values.loss", "an index is beyond the 3 exponents"),
        (by_exponent(exponents=""), "values.loss", "exponents"),
        (by_exponent(exponents="3fe3f"), "values.loss", "exponents"),
        (by_exponent(exponents="3FE"), "values.loss", "exponents"),
        (by_exponent(exponents="3fe" * 501), "values.loss", "exponents"),
        (by_exponent(exponents="7ff7fe7fd"), "values.loss.0", None),
    ],
    ids=str,
)
def test_what_is_beyond_a_bound_is_refused_by_its_field(
    fields: dict[str, Any], field: str, words: str | None
) -> None:
    with pytest.raises(InvalidEventError) as error:
        validate_event(event(**fields))

    assert str(error.value.field).startswith(field)
    assert words is None or words in str(error.value)
