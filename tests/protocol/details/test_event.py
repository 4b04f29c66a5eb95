"""The bounds of the event `details`."""

from __future__ import annotations

from typing import Any

import pytest

from realtime_widgets import InvalidEventError
from realtime_widgets.protocol.events import validate_event


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": "t" * 257}, "title"),
        ({"notes": "n" * 4_097}, "notes"),
        ({"tags": [str(number) for number in range(21)]}, "tags"),
        ({"tags": ["t" * 65]}, "tags.0"),
        ({"tags": ["a", "a"]}, "tags"),
        ({"config": {str(number): number for number in range(201)}}, "config"),
        ({"environment": {"host": [1]}}, "environment.host"),
    ],
)
def test_what_breaks_a_bound_is_refused_with_its_field(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidEventError) as refused:
        validate_event({"type": "details", **fields})

    assert str(refused.value.field).startswith(field)
