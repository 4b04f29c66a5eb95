"""Which runs are forgotten, in invented time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from realtime_widgets.hub.retention import (
    CERTAIN_S,
    Plan,
    RetentionPlanner,
    RetentionPolicy,
    StoredRun,
)

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def run(name: str, *, days: float = 0, size: int = 0, is_needed: bool = False) -> StoredRun:
    """A run whose last event is so many days old."""
    updated = (NOW - timedelta(days=days)).isoformat().replace("+00:00", "Z")
    return StoredRun(name, updated, size, is_needed=is_needed)


def planned(
    planner: RetentionPlanner,
    *runs: StoredRun,
    missing_bytes: int = 0,
    now: datetime = NOW,
    monotonic: float = 0,
) -> Plan:
    return planner.plan(
        runs,
        total_bytes=sum(run.size_bytes for run in runs),
        missing_bytes=missing_bytes,
        now=now,
        monotonic=monotonic,
    )


def overdue(planner: RetentionPlanner, *runs: StoredRun, **circumstances: Any) -> list[str]:
    """The runs to remove."""
    return planned(planner, *runs, **circumstances).remove


def test_a_run_goes_when_it_has_been_too_old_for_an_hour() -> None:
    planner = RetentionPlanner(RetentionPolicy(days=30))
    runs = [run("old", days=31), run("new", days=29)]

    assert overdue(planner, *runs) == []
    assert overdue(planner, *runs, monotonic=CERTAIN_S - 1) == []
    assert overdue(planner, *runs, monotonic=CERTAIN_S) == ["old"]


def test_a_clock_that_was_wrong_for_less_costs_no_run() -> None:
    planner = RetentionPlanner(RetentionPolicy(days=30))
    recent = run("recent", days=1)

    assert overdue(planner, recent, now=NOW + timedelta(days=400)) == []
    assert overdue(planner, recent, monotonic=600) == []
    later = NOW + timedelta(days=400)
    assert overdue(planner, recent, now=later, monotonic=CERTAIN_S) == []


def test_when_all_is_too_much_the_runs_published_longest_ago_go() -> None:
    planner = RetentionPlanner(RetentionPolicy(size_bytes=100))
    runs = [run("b", days=2, size=40), run("a", days=3, size=40), run("c", days=1, size=30)]

    assert overdue(planner, *runs) == ["a"]


def test_days_without_end_keep_every_run() -> None:
    planner = RetentionPlanner(RetentionPolicy(days=float("inf")))

    for monotonic in (0, 2 * CERTAIN_S):
        assert overdue(planner, run("old", days=10_000), monotonic=monotonic) == []


def test_a_run_with_clients_is_never_removed() -> None:
    planner = RetentionPlanner(RetentionPolicy(days=1, size_bytes=10))
    used = run("used", days=100, size=100, is_needed=True)

    for monotonic in (0, 2 * CERTAIN_S):
        assert overdue(planner, used, missing_bytes=1_000, monotonic=monotonic) == []


def test_where_removing_is_not_enough_the_largest_runs_lose_their_older_half() -> None:
    runs = [
        run("idle", size=10),
        run("small", size=30, is_needed=True),
        run("large", size=90, is_needed=True),
        run("larger", size=100, is_needed=True),
    ]

    assert planned(RetentionPlanner(RetentionPolicy(size_bytes=200)), *runs) == Plan(
        ["idle"], ["larger"]
    )
    assert planned(RetentionPlanner(RetentionPolicy(size_bytes=150)), *runs) == Plan(
        ["idle"], ["larger", "large"]
    )
    assert planned(RetentionPlanner(RetentionPolicy()), *runs, missing_bytes=1_000) == Plan(
        ["idle"], []
    )


def test_a_disk_that_is_short_of_room_gets_some() -> None:
    planner = RetentionPlanner(RetentionPolicy())
    runs = [run(name, days=3 - n, size=50) for n, name in enumerate("abc")]

    assert overdue(planner, *runs, missing_bytes=51) == ["a", "b"]
    assert overdue(planner, *runs) == []


def test_a_run_whose_time_is_not_known_is_not_too_old() -> None:
    planner = RetentionPlanner(RetentionPolicy(days=0))
    runs = [
        StoredRun("none", None, 1, is_needed=False),
        StoredRun("odd", "yesterday", 1, is_needed=False),
    ]

    overdue(planner, *runs)

    assert overdue(planner, *runs, monotonic=CERTAIN_S) == []


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 50), st.booleans())))
def test_what_is_left_is_within_the_bound_or_used(given_runs: list[tuple[int, int, bool]]) -> None:
    policy = RetentionPolicy(days=30, size_bytes=100)
    runs = [
        run(f"run-{n}", days=days, size=size, is_needed=is_needed)
        for n, (days, size, is_needed) in enumerate(given_runs)
    ]

    names = set(overdue(RetentionPlanner(policy), *runs))

    left = [run for run in runs if run.name not in names]
    assert not names & {run.name for run in runs if run.is_needed}
    assert sum(run.size_bytes for run in left) <= 100 or all(run.is_needed for run in left)
