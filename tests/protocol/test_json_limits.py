"""Bounds on free-form JSON (protocol 4.1)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.json_limits import MAX_INTEGER, MAX_VALUES, check_json

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=128), inner, max_size=4)
    ),
    max_leaves=20,
)


def nested(depth: int) -> Any:
    value: Any = []
    for level in range(depth - 1):
        value = [value] if level % 2 else {"in": value}
    return value


def refusal(value: object, field: str = "") -> tuple[str, str | None]:
    with pytest.raises(InvalidEventError) as refused:
        check_json(value, field)
    return refused.value.code, refused.value.field


@settings(max_examples=80)
@given(JSON)
def test_ordinary_json_passes(value: Any) -> None:
    check_json(value)


@pytest.mark.parametrize(
    "value",
    [nested(32), [0] * (MAX_VALUES - 1), {"k" * 128: 0}, MAX_INTEGER, -MAX_INTEGER, 1e308, 5e-324],
)
def test_what_is_just_within_a_bound_passes(value: object) -> None:
    check_json(value)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (nested(33), "too_deep"),
        ([0] * MAX_VALUES, "too_many_values"),
        ({"k" * 129: 0}, "key_too_long"),
        (MAX_INTEGER + 1, "number_out_of_range"),
        (-MAX_INTEGER - 1, "number_out_of_range"),
        pytest.param(10**5_000, "number_out_of_range", id="more digits than Python prints"),
        (float("inf"), "number_out_of_range"),
        (float("-inf"), "number_out_of_range"),
        (float("nan"), "number_out_of_range"),
    ],
)
def test_what_is_just_beyond_a_bound_is_refused(value: object, code: str) -> None:
    assert refusal(value)[0] == code


@pytest.mark.parametrize("value", [(1, 2), {1, 2}, b"bytes", object(), {1: "one"}, [[{None: 0}]]])
def test_what_no_json_parser_gives_is_refused(value: object) -> None:
    """A tuple was passed over, and the NaN inside it reached the store."""
    assert refusal(value)[0] == "bad_json"


def test_a_value_may_be_as_wide_as_it_may_be_deep() -> None:
    """The walk keeps a list, not the call stack; an attacker's depth costs no recursion."""
    assert refusal(nested(50_000))[0] == "too_deep"


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"a": [0, {"b": 2**53}]}, "event.a.1.b"),
        ([2**53], "event.0"),
        (2**53, "event"),
        ({"a": {"k" * 129: 0}}, "event.a"),
        ({"a": {1: 0}}, "event.a"),
    ],
)
def test_a_refusal_names_the_place(value: object, field: str) -> None:
    assert refusal(value, "event")[1] == field


def test_a_refusal_at_the_top_of_a_nameless_value_names_no_place() -> None:
    assert refusal(2**53)[1] is None
    assert refusal({"k" * 129: 0})[1] is None
    assert refusal({"a": 2**53})[1] == "a"


def test_the_place_of_what_is_too_deep_is_cut_short() -> None:
    assert refusal(nested(40), "event") == ("too_deep", "event.in.0.in")
