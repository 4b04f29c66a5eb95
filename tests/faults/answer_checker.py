"""Finds in a history every way in which a promise about answers was broken.

Each question has one answer, the first in the log. The viewer that gave it has had it stored, every
other one was refused, all that watch have the same one, and the program has received it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .history import History, Watcher


def wrong_answers(history: History) -> Iterator[str]:
    """Return a sentence for each violation."""
    counting = _counting(history)
    for name, watcher in history.watchers.items():
        for question, value in _answers(watcher).items():
            if counting[question] != value:
                yield f"{name}: has the answer {value} to {question}, others {counting[question]}"
    yield from _wrong_responses(history, counting)
    for question, value in history.received.items():
        if counting.get(question) != value:
            yield f"the program received {value} as the answer to {question}"


def _wrong_responses(history: History, counting: Mapping[str, str]) -> Iterator[str]:
    for given in history.given:
        has_won = counting.get(given.question) == given.value
        if given.response == "stored" and not has_won:
            yield f"{given.viewer} had its answer to {given.question} stored, and it does not count"
        elif given.response != "stored" and has_won:
            yield f"{given.viewer} was refused with {given.response}, and its answer counts"
    for question in dict.fromkeys(given.question for given in history.given):
        if question not in counting:
            yield f"{question} was answered, and has no answer"


def _counting(history: History) -> dict[str, str]:
    """The answer to each question, as the first watcher that has one has it."""
    counting: dict[str, str] = {}
    for watcher in history.watchers.values():
        counting = _answers(watcher) | counting
    return counting


def _answers(watcher: Watcher) -> dict[str, str]:
    """The first answer to each question, in the order of the log."""
    found: dict[str, str] = {}
    for applied in watcher.applied():
        event = json.loads(applied.body) if applied.body.startswith("{") else {}
        if event.get("type") == "answer":
            found.setdefault(event["id"], event["value"])
    return found
