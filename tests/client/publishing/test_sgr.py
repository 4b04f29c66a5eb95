"""Styles of terminal text."""

from __future__ import annotations

import pytest

from realtime_widgets.client.publishing.sgr import sgr, style_after, transition


@pytest.mark.parametrize(
    ("before", "parameters", "after"),
    [
        ("", "31", "31"),
        ("31", "1", "31;1"),
        ("31", "32", "32"),
        ("1;31", "", ""),
        ("1;31", "0", ""),
        ("1;31", "00;4", "4"),
        ("1;2;31", "22", "31"),
        ("31;44", "39", "44"),
        ("4", "4:0", ""),
        ("", "01;38;5;208;4", "1;38;5;208;4"),
        ("", "48;2;1;2;3", "48;2;1;2;3"),
        ("", "38:2::1:2:3", "38:2::1:2:3"),
        ("31", "38;5", "31"),
        ("31", "38;5;;1", "31;1"),
        ("31", "58;5;9", "31"),
        ("31", "999;x;;", ""),
        ("31", "1234567890", "31"),
    ],
)
def test_b21_a_style_is_what_its_sequences_make_of_it(
    before: str, parameters: str, after: str
) -> None:
    assert sgr(before, parameters) == after


def test_b21_a_style_stays_short_however_many_sequences_there_are() -> None:
    text = "".join(
        f"\x1b[{code % 120};38;2;{code % 256};0;0;48;5;{code % 256}m" for code in range(5_000)
    )

    assert len(style_after(text)) < 100


def test_b21_a_transition_leads_from_any_style_to_any_other() -> None:
    for before in ("", "31", "1;4;38;5;208"):
        for after in ("", "32", "7;48;2;1;2;3"):
            start = transition("", before)
            assert style_after(start + transition(before, after)) == after
