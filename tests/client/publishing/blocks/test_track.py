"""Progress of loops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets.client.publishing.blocks import track
from tests.client.reading import published

if TYPE_CHECKING:
    from realtime_widgets import Sprint


def steps(sprint: Sprint) -> list[tuple[Any, ...]]:
    return [(e["current"], e.get("total"), e["state"]) for e in published(sprint)]


def test_a_loop_yields_its_items_and_succeeds(sprint: Sprint) -> None:
    items = list(sprint.track([10, 20, 30], "train", unit="batch"))

    assert items == [10, 20, 30]
    assert steps(sprint) == [(0, 3, "running"), (3, 3, "succeeded")]


def test_a_generator_has_no_total(sprint: Sprint) -> None:
    for _ in sprint.track((n for n in range(2)), "train"):
        pass

    assert steps(sprint) == [(0, None, "running"), (2, None, "succeeded")]


def test_a_total_can_be_given(sprint: Sprint) -> None:
    for _ in sprint.track(iter([1, 2]), "train", total=2):
        pass

    assert steps(sprint)[-1] == (2, 2, "succeeded")


def test_a_tight_loop_does_not_flood(sprint: Sprint, monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock:
        """Each look at it is a microsecond after the one before."""

        now = 0.0

        def monotonic(self) -> float:
            self.now += 1e-6
            return self.now

    monkeypatch.setattr(track, "EVERY_S", 0.1)
    monkeypatch.setattr(track, "time", Clock())
    for _ in sprint.track(range(1_000_000), "train"):
        pass

    assert 1 / track.EVERY_S <= len(steps(sprint)) <= 1 / track.EVERY_S + 2


def test_a_loop_that_is_left_by_an_exception_has_failed_where_it_was(sprint: Sprint) -> None:
    def work() -> None:
        with sprint:
            for item in sprint.track([1, 2, 3], "train"):
                if item == 3:
                    msg = "no more"
                    raise ValueError(msg)

    with pytest.raises(ValueError, match="no more"):
        work()

    *_, last = (event for event in published(sprint) if event["type"] == "build_progress")
    assert (last["current"], last["total"], last["state"]) == (2, 3, "failed")


def test_b28_a_loop_that_is_left_by_break_is_stopped_where_it_was(sprint: Sprint) -> None:
    for item in sprint.track([1, 2, 3], "train"):
        if item == 2:
            break

    assert steps(sprint)[-1] == (1, 3, "stopped")
