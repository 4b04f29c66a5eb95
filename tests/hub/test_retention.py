"""Which runs are forgotten, in invented time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from realtime_widgets.hub.retention import CERTAIN_S, Forgetter, Keep, KeptRun, Plan

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def run(name: str, *, days: float = 0, size: int = 0, is_used: bool = False) -> KeptRun:
    """A run whose last event is so many days old."""
    updated = (NOW - timedelta(days=days)).isoformat().replace("+00:00", "Z")
    return KeptRun(name, updated, size, is_used)


def planned(
    forgetter: Forgetter,
    *runs: KeptRun,
    missing_bytes: int = 0,
    now: datetime = NOW,
    monotonic: float = 0,
) -> Plan:
    return forgetter.plan(
        runs,
        total_bytes=sum(run.size_bytes for run in runs),
        missing_bytes=missing_bytes,
        now=now,
        monotonic=monotonic,
    )


def overdue(forgetter: Forgetter, *runs: KeptRun, **circumstances: Any) -> list[str]:
    """The runs to forget."""
    return planned(forgetter, *runs, **circumstances).forget


def test_a_run_goes_when_it_has_been_too_old_for_an_hour() -> None:
    forgetter = Forgetter(Keep(days=30))
    runs = [run("old", days=31), run("new", days=29)]

    assert overdue(forgetter, *runs) == []
    assert overdue(forgetter, *runs, monotonic=CERTAIN_S - 1) == []
    assert overdue(forgetter, *runs, monotonic=CERTAIN_S) == ["old"]


def test_a_clock_that_was_wrong_for_less_costs_no_run() -> None:
    forgetter = Forgetter(Keep(days=30))
    recent = run("recent", days=1)

    assert overdue(forgetter, recent, now=NOW + timedelta(days=400)) == []
    assert overdue(forgetter, recent, monotonic=600) == []
    later = NOW + timedelta(days=400)
    assert overdue(forgetter, recent, now=later, monotonic=CERTAIN_S) == []


def test_when_all_is_too_much_the_runs_published_longest_ago_go() -> None:
    forgetter = Forgetter(Keep(size_bytes=100))
    runs = [run("b", days=2, size=40), run("a", days=3, size=40), run("c", days=1, size=30)]

    assert overdue(forgetter, *runs) == ["a"]


def test_days_without_end_keep_every_run() -> None:
    forgetter = Forgetter(Keep(days=float("inf")))

    for monotonic in (0, 2 * CERTAIN_S):
        assert overdue(forgetter, run("old", days=10_000), monotonic=monotonic) == []


def test_a_run_that_somebody_uses_never_goes() -> None:
    forgetter = Forgetter(Keep(days=1, size_bytes=10))
    used = run("used", days=100, size=100, is_used=True)

    for monotonic in (0, 2 * CERTAIN_S):
        assert overdue(forgetter, used, missing_bytes=1_000, monotonic=monotonic) == []


def test_where_forgetting_is_not_enough_the_largest_runs_lose_their_older_half() -> None:
    runs = [
        run("idle", size=10),
        run("small", size=30, is_used=True),
        run("large", size=90, is_used=True),
        run("larger", size=100, is_used=True),
    ]

    assert planned(Forgetter(Keep(size_bytes=200)), *runs) == Plan(["idle"], ["larger"])
    assert planned(Forgetter(Keep(size_bytes=150)), *runs) == Plan(["idle"], ["larger", "large"])
    assert planned(Forgetter(Keep()), *runs, missing_bytes=1_000) == Plan(["idle"], [])


def test_a_disk_that_is_short_of_room_gets_some() -> None:
    forgetter = Forgetter(Keep())
    runs = [run(name, days=3 - n, size=50) for n, name in enumerate("abc")]

    assert overdue(forgetter, *runs, missing_bytes=51) == ["a", "b"]
    assert overdue(forgetter, *runs) == []


def test_a_run_whose_time_is_not_known_is_not_too_old() -> None:
    forgetter = Forgetter(Keep(days=0))
    runs = [KeptRun("none", None, 1, is_used=False), KeptRun("odd", "yesterday", 1, is_used=False)]

    overdue(forgetter, *runs)

    assert overdue(forgetter, *runs, monotonic=CERTAIN_S) == []


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 50), st.booleans())))
def test_what_is_left_is_within_the_bound_or_used(given_runs: list[tuple[int, int, bool]]) -> None:
    keep = Keep(days=30, size_bytes=100)
    runs = [
        run(f"run-{n}", days=days, size=size, is_used=is_used)
        for n, (days, size, is_used) in enumerate(given_runs)
    ]

    names = set(overdue(Forgetter(keep), *runs))

    left = [run for run in runs if run.name not in names]
    assert not names & {run.name for run in runs if run.is_used}
    assert sum(run.size_bytes for run in left) <= 100 or all(run.is_used for run in left)
