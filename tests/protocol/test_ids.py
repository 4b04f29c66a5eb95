"""Sprint ids: one rule at every door (protocol 1.1)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from realtime_widgets.errors import InvalidSprintIdError
from realtime_widgets.protocol.ids import SPRINT_ID, SprintId, check_sprint_id, random_id

GOOD = ["a", "7", "nightly-eval", "a.b_c-d", "A" * 64, "0" * 64, "x..", "con"]
BAD = [
    "",
    "A" * 65,
    ".hidden",
    "-flag",
    "_private",
    "a/b",
    "../a",
    "a b",
    "a\n",
    "\na",
    "a\x00",
    "größe",
    "ａ",  # noqa: RUF001 - a letter of full width, which `\w` takes
    "٣",
    "a\u202eb",
]


@pytest.mark.parametrize("sprint_id", GOOD)
def test_an_id_that_follows_the_rule_is_returned_unchanged(sprint_id: str) -> None:
    assert check_sprint_id(sprint_id) == sprint_id


@pytest.mark.parametrize("sprint_id", [*BAD, None, 7, b"run", ["run"]])
def test_any_other_id_is_refused(sprint_id: object) -> None:
    with pytest.raises(InvalidSprintIdError) as refused:
        check_sprint_id(sprint_id)

    assert refused.value.sprint_id == sprint_id


@settings(max_examples=80)
@given(
    st.one_of(st.from_regex(SPRINT_ID, fullmatch=True), st.text(max_size=70), st.sampled_from(BAD))
)
def test_a_message_takes_the_same_ids_as_every_other_door(sprint_id: str) -> None:
    try:
        TypeAdapter(SprintId).validate_python(sprint_id)
    except ValidationError:
        with pytest.raises(InvalidSprintIdError):
            check_sprint_id(sprint_id)
    else:
        assert check_sprint_id(sprint_id) == sprint_id


@settings(max_examples=80)
@given(st.from_regex(SPRINT_ID, fullmatch=True))
def test_an_id_is_safe_as_a_file_name(sprint_id: str) -> None:
    assert sprint_id.isascii()
    assert sprint_id not in {".", ".."}
    assert not set(sprint_id) & set('/\\:*?"<>|')
    assert len(sprint_id) <= 64


def test_a_random_id_has_the_bits_asked_for_as_lower_case_hex() -> None:
    ids = {random_id(64) for _ in range(100)}

    assert len(ids) == 100
    assert all(re.fullmatch("[0-9a-f]{16}", each) for each in ids)
