"""Numbers and times in a snapshot are written as in the live view."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_widgets.display import number_words

FILE = json.loads((Path(__file__).parents[1] / "vectors/format.json").read_text())
VECTORS = FILE["vectors"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: f"{v['rule']} {v['text']}")
def test_b8_a_number_is_written_as_in_the_vectors(vector: dict[str, Any]) -> None:
    assert getattr(number_words, vector["rule"])(*vector["given"]) == vector["text"]


@pytest.mark.parametrize("vector", FILE["done"], ids=lambda v: str(v["given"]))
def test_a_share_of_a_task_is_done_as_in_the_vectors(vector: dict[str, Any]) -> None:
    assert number_words.done(*vector["given"]) == vector["share"]


@given(st.floats(-(2.0**53), 2.0**53) | st.integers(-(2**53), 2**53))
def test_b8_every_number_of_an_event_is_written_short_and_right(value: float) -> None:
    text = number_words.number(value)

    assert len(text) <= len("-4,503,599,627,370,495.5")  # beyond it there are no halves
    assert float(text.replace(",", "")) == pytest.approx(value, rel=0.006)
    assert number_words.amount(value, value, "B").count("B") == 2
