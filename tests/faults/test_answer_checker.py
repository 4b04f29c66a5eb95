"""The checker of answers finds each kind of violation, and nothing where nothing is wrong."""

from __future__ import annotations

import json

import pytest

from .answer_checker import wrong_answers
from .history import Applied, Given, History, Watcher


def answer(value: str, seq: int = 1) -> Applied:
    return Applied("a", seq, json.dumps({"type": "answer", "id": "q", "value": value}))


def history(*given: Given, received: str = "x", other: str = "x") -> History:
    """Two watchers, of which one may have another answer."""
    watchers = {
        "w": Watcher(records=[answer("x"), answer("y", 2)]),
        "v": Watcher(records=[answer(other, 1 if other == "x" else 2)]),
    }
    return History(watchers=watchers, given=list(given), received={"q": received})


WON = Given("v1", "q", "x", "stored")
REFUSED = Given("v2", "q", "y", "already_answered")


def test_one_winner_on_whom_all_agree_is_no_violation() -> None:
    assert list(wrong_answers(history(WON, REFUSED))) == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (
            history(WON, Given("v2", "q", "y", "stored")),
            "v2 had its answer to q stored, and it does not count",
        ),
        (
            history(Given("v1", "q", "x", "already_answered"), REFUSED),
            "v1 was refused with already_answered, and its answer counts",
        ),
        (history(WON, received="y"), "the program received y as the answer to q"),
        (history(WON, other="y"), "v: has the answer y to q, others x"),
        (
            history(WON, Given("v1", "p", "x", "not_open")),
            "p was answered, and has no answer",
        ),
    ],
)
def test_a_violation_is_found(wrong: History, words: str) -> None:
    assert list(wrong_answers(wrong)) == [words]
