"""Terminal text in Python is what the live view shows of it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_widgets.protocol.terminal_text import lines_of, without_controls

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/terminal.json").read_text())["vectors"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_l4_b32_lines_are_those_of_the_vectors(vector: dict[str, Any]) -> None:
    assert lines_of(vector["given"]) == vector["then"]


@given(
    st.lists(
        st.sampled_from(
            [*"ab\n\r\b\t", "\r\n", "\x1b[0m", "\x1b[1;31m", "\x1b[K", "\x1b", "\x1b]0;", "\x07"]
        ),
        max_size=12,
    ).map("".join)
)
def test_colours_are_removed_at_once_as_they_are_one_by_one(text: str) -> None:
    # A sequence that does nothing keeps the quick way from being taken.
    slowly = lines_of("\n".join(f"{line}\x1b[m\x1b(B" for line in text.split("\n")))

    assert lines_of(f"{text}\n") == slowly


def test_what_controls_interrupt_is_whole_without_them() -> None:
    assert without_controls("a\x1b[31mb\rc\x08d\x00e\x1b]8;;http://x\x07f\x9bg\nh") == "abcdefg\nh"


def test_l4_hostile_text_costs_no_more_than_its_length() -> None:
    size = 65_536
    parts = ("\x1b[", "\x1b]8;;", "x\x1b[2K", "\x1b[38;5;", "\b\r", "\x1b]0;\x1b", "\x00", "\x1b(")
    before = time.process_time()

    for part in parts:
        lines_of(part * (size // len(part)))

    # Each takes some milliseconds; a quadratic one would take many seconds.
    assert time.process_time() - before < 5
