"""How long a client waits before it connects again."""

from __future__ import annotations

import pytest

from realtime_widgets.publisher._backoff import Backoff


@pytest.fixture(autouse=True)
def _no_waiting() -> None:
    """Here the delays themselves are tested."""


def delays(count: int) -> list[float]:
    backoff = Backoff()
    return [backoff.next_delay() for _ in range(count)]


def test_the_first_delay_is_at_most_a_second_and_none_is_longer_than_half_a_minute() -> None:
    for _ in range(100):
        drawn = delays(12)
        assert 0 <= drawn[0] <= 1
        assert max(drawn) <= 30


def test_delays_are_drawn_from_the_whole_range() -> None:
    last = [delays(8)[-1] for _ in range(200)]

    assert min(last) < 5
    assert max(last) > 25


def test_a_connection_that_proved_good_starts_the_delays_anew() -> None:
    backoff = Backoff()
    for _ in range(10):
        backoff.next_delay()

    backoff.reset()

    assert backoff.next_delay() <= 1
