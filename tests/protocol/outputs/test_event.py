"""The event `output`: which data it may have."""

from __future__ import annotations

from typing import Any

import pytest

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.outputs.event import MAX_BASE64, MAX_INLINE
from realtime_widgets.protocol.validation import check_event, validate_batch


def output(data: Any, **more: Any) -> dict[str, Any]:
    return {"type": "output", "data": data, **more}


@pytest.mark.parametrize(
    "data",
    [
        {"image/png": "A" * MAX_BASE64},
        {"text/html": "<" * MAX_INLINE, "text/plain": ""},
        {"image/gif": "QQ=="},
        {"application/json": None},
        {"application/json": {"a": [1, "b"]}},
    ],
)
def test_each_type_holds_data_up_to_its_limit(data: Any) -> None:
    check_event(output(data, name="n" * 128, caption="c" * 256))


@pytest.mark.parametrize(
    ("event", "field"),
    [
        (output({"image/png": "A" * (MAX_BASE64 + 4)}), "data.image/png"),
        (output({"image/png": "AAA"}), "data.image/png"),
        (output({"image/png": 'A" x='}), "data.image/png"),
        (output({"image/png": "AAAA\n"}), "data.image/png"),
        (output({"text/html": "a" * (MAX_INLINE + 1)}), "data.text/html"),
        (output({"text/plain": ["a"]}), "data.text/plain"),
        (output({"text/javascript": "a"}), "data.text/javascript"),
        (output({}), "data"),
        (output("a"), "data"),
        (output({"text/plain": "a"}, name=""), "name"),
        (output({"text/plain": "a"}, name="n" * 129), "name"),
        (output({"text/plain": "a"}, caption="c" * 257), "caption"),
    ],
)
def test_an_error_names_the_field(event: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidEventError) as raised:
        check_event(event)

    assert raised.value.field == field


def test_nested_json_is_bounded_where_the_bytes_are_kept_as_they_came() -> None:
    deep = b'{"a":' * 40 + b"1" + b"}" * 40
    raw = b'[{"type":"output","data":{"application/json":' + deep + b"}}]"

    assert [refused.error.code for refused in validate_batch(raw).refused] == ["too_deep"]
