"""Rows of metrics that wait to be sent become one event, which fits into the bounds."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic_core import to_json

from realtime_widgets.client.publishing.outbox import joining
from realtime_widgets.client.publishing.outbox.buffer import Buffer
from realtime_widgets.client.publishing.outbox.metric_rows import METRICS, joined_rows, row_size
from realtime_widgets.client.publishing.outbox.short_columns import shortened
from realtime_widgets.protocol.metrics.columns import MAX_ROWS, expanded
from realtime_widgets.protocol.metrics.event import Metrics

EVENT_BYTES = 262_144


def test_rows_are_columns_and_have_their_times_after_the_first() -> None:
    event = joined_rows(["a", "b"], [(1, 100.0, 0.5, 2), (2, 100.25, 0.25, "NaN")])

    assert event == {
        "type": "metrics",
        "steps": [1, 2],
        "values": {"a": [0.5, 0.25], "b": [2, "NaN"]},
        "times": [0, 0.25],
        "time": 100.0,
    }


def test_one_row_has_no_times() -> None:
    assert "times" not in joined_rows(["a"], [(1, 100.0, 0.5)])


def test_events_that_were_joined_before_are_joined_again() -> None:
    first = joined_rows(["a"], [(1, 100.0, 1), (2, 100.5, 2)])

    event = joined_rows(["a"], [first, (3, 101.0, 3)])

    assert (event["steps"], event["values"]["a"]) == ([1, 2, 3], [1, 2, 3])
    assert event["times"] == [0, 0.5, 1.0]


@pytest.mark.parametrize("names", [1, 2, 10, 200])
def test_what_is_joined_is_within_the_bounds_of_an_event(names: int) -> None:
    waiting = Buffer("run", lambda: None)
    key = (METRICS, *("\x01" * 125 + f"{n:03}" for n in range(names)))
    row = (-1.2345678901234567e-300,) * names
    for step in range(1_200):
        moment = 1_700_000_000 + step * 1_000.001
        waiting.append((2**53 - 1 - step, moment, *row), row_size(names), joins=key)

    sent = waiting.take(1_200)

    events = [expanded(event) for event in sent]
    assert sum(len(event["steps"]) for event in events) == 1_200
    assert max(len(event["steps"]) for event in events) == (
        MAX_ROWS if names < 3 else len(events[0]["steps"])
    )
    for event in sent:
        assert len(to_json(event)) <= EVENT_BYTES
        Metrics.model_validate(event)


def append(waiting: Buffer, step: int, **values: float) -> None:
    row = (step, 100.0 + step, *values.values())
    waiting.append(row, row_size(len(values)), joins=(METRICS, *values))


def test_rows_of_different_metrics_in_turn_are_one_event_in_their_order() -> None:
    waiting = Buffer("run", lambda: None)
    append(waiting, 0, a=1)
    append(waiting, 0, b=2)
    append(waiting, 1, a=3)
    append(waiting, 2, a=4)
    append(waiting, 1, b=5, c=6)

    (event,) = waiting.take(9)

    assert event["steps"] == [0, 0, 1, 2, 1]
    assert event["values"] == {
        "a": [1, None, 3, 4, None],
        "b": [None, 2, None, None, 5],
        "c": [None, None, None, None, 6],
    }
    assert event["times"] == [0, 0, 1, 2, 1]
    assert (waiting.taken, waiting.joins.all) == (1, 4)
    Metrics.model_validate(event)


def test_mixed_rows_that_stay_in_the_buffer_are_joined_again() -> None:
    waiting = Buffer("run", lambda: None, max_events=5)
    for step in range(2):
        append(waiting, step, a=step)
        append(waiting, step, b=step)
    waiting.append({"type": "log"}, 1, may_drop=True)
    waiting.make_room()
    waiting.make_room()

    event = waiting.take(9)[0]

    assert event["values"] == {"a": [0, None, 1, None], "b": [None, 0, None, 1]}


def test_rows_that_were_joined_are_not_packed_again_while_they_wait_and_when_they_are_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    packed: list[int] = []

    def counted(event: dict[str, Any]) -> dict[str, Any]:
        packed.append(len(event["steps"]))
        return shortened(event)

    monkeypatch.setattr(joining, "shortened", counted)
    waiting = Buffer("run", lambda: None, max_events=1_200)
    for step in range(1_200):
        append(waiting, step, a=step / 7, b=-step / 3)
    waiting.make_room()
    waiting.make_room()

    events = waiting.take(1_200)

    assert packed == [500, 500, 200]
    assert [len(expanded(event)["steps"]) for event in events] == packed


@pytest.mark.parametrize("names", [2, 7, 100, 300])
def test_rows_of_many_metrics_in_turn_are_within_the_bounds_of_an_event(names: int) -> None:
    waiting = Buffer("run", lambda: None)
    for step in range(1_200):
        key = (METRICS, "\x01" * 125 + f"{step % names:03}")
        row = (2**53 - 1 - step, 1_700_000_000 + step * 1_000.001, -1.2345678901234567e-300)
        waiting.append(row, row_size(1), joins=key)

    sent = waiting.take(1_200)

    events = [expanded(event) for event in sent]
    assert sum(len(event["steps"]) for event in events) == 1_200
    assert len(events) <= 30
    for event in sent:
        assert len(to_json(event)) <= EVENT_BYTES
        Metrics.model_validate(event)
