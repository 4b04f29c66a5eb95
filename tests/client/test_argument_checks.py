"""Whole numbers that a user passes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from realtime_widgets.client.argument_checks import whole_number


@pytest.mark.parametrize("value", [1, 1_000, np.int64(7), np.uint8(7)])
def test_a_whole_number_within_the_limits_is_taken(value: Any) -> None:
    number = whole_number("newest", value, minimum=1, maximum=1_000)

    assert type(number) is int
    assert number == value


@pytest.mark.parametrize(
    "value",
    [0, 1_001, -1, 10**400, 2.0, "5", True, None, float("nan"), np.float64(5), np.array([1, 2])],
)
def test_anything_else_is_refused_with_the_name_and_the_limits(value: Any) -> None:
    with pytest.raises(ValueError, match="newest is a whole number from 1 to 1,000, not "):
        whole_number("newest", value, minimum=1, maximum=1_000)
