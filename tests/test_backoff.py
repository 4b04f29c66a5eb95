"""How long a client waits before it connects again."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets import backoff as backoff_module
from realtime_widgets.backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import Iterator


VECTORS = json.loads((Path(__file__).parent / "vectors" / "backoff.json").read_text())


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_the_bounds_are_those_of_the_vectors(vector: dict[str, Any]) -> None:
    backoff, bounds = Backoff(), []
    for step in vector["when"]:
        if "failed" in step:
            bounds.append(backoff.next_bound(step["failed"]))
        else:
            backoff.reset()

    assert bounds == vector["bounds"]


class FakeClock:
    """Stands still until it is set."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _no_waiting() -> None:
    """Here the delays themselves are tested."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeClock]:
    clock = FakeClock()
    monkeypatch.setattr(backoff_module, "time", clock)
    return clock


def delays(clock: FakeClock, count: int) -> list[float]:
    """Those of so many attempts, each made after its delay, that fail after a minute."""
    backoff = Backoff()
    drawn = []
    for _ in range(count):
        drawn.append(backoff.next_delay())
        clock.now += drawn[-1] + 60
    return drawn


def test_the_first_delay_is_at_most_a_second_and_none_is_longer_than_twenty(
    clock: FakeClock,
) -> None:
    for _ in range(100):
        drawn = delays(clock, 12)
        assert 0 <= drawn[0] <= 1
        assert max(drawn) <= 20


def test_delays_are_drawn_from_the_whole_range(clock: FakeClock) -> None:
    last = [delays(clock, 8)[-1] for _ in range(200)]

    assert min(last) < 4
    assert max(last) > 16


def test_no_delay_is_drawn_from_the_random_numbers_of_the_program() -> None:
    random.seed(1)
    before = random.getstate()

    Backoff().next_delay()

    assert random.getstate() == before
