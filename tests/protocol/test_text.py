"""Text that is safe to send."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import to_json

from realtime_widgets.protocol.text import replace_surrogates

TEXT = st.text(st.characters(codec=None), max_size=10)


@pytest.mark.parametrize(
    ("value", "safe"),
    [
        ("a\ud800b", "a\ufffdb"),
        (["\udfff", 1, None], ["\ufffd", 1, None]),
        ({"\ud900": {"k": "\udc00"}}, {"\ufffd": {"k": "\ufffd"}}),
        ("😀 \x00", "😀 \x00"),
        (2.5, 2.5),
    ],
)
def test_lone_surrogates_become_replacement_characters(value: Any, safe: Any) -> None:
    assert replace_surrogates(value) == safe


@settings(max_examples=80)
@given(
    st.recursive(TEXT, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=8)
)
def test_what_comes_out_can_be_written(value: Any) -> None:
    assert to_json(replace_surrogates(value))
