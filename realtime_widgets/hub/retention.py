"""Which runs are forgotten, so that what is kept stays bounded in age and in size.

The store bounds each channel by itself (`Retention`); this is about all of them together. A run
that somebody watches or publishes is never forgotten; where forgetting others is not enough, the
largest of those lose their older half.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Forgetter", "Keep", "KeptRun", "Plan"]

CERTAIN_S = 3600.0
"""How long a run has to be too old before it goes: a wrong clock is often set right in less."""

LOW_WATER = 0.9
"""To which part of the bound everything together is brought once it is over."""

UNKNOWN = "~"
"""Sorts behind all times: a run that cannot be read just now is not the first to go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """What is kept of all runs together."""

    days: float = 30.0
    """Days after its last event for which a run is kept."""

    size_bytes: int = 2 * 1024**3
    """Size of all runs; beyond it the idle ones published to longest ago are forgotten."""


@dataclass(frozen=True, slots=True)
class KeptRun:
    """What housekeeping knows of a run."""

    name: str
    updated: str | None
    """ISO 8601 timestamp of its last event."""

    size_bytes: int
    is_used: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done; names of runs."""

    forget: list[str]
    halve: list[str]


class Forgetter:
    """Decides which runs go.

    Args:
        keep: What is kept.
    """

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._too_old_since: dict[str, float] = {}

    def plan(
        self,
        runs: Iterable[KeptRun],
        *,
        total_bytes: int,
        missing_bytes: int,
        now: datetime,
        monotonic: float,
    ) -> Plan:
        """Decide which runs are forgotten, and which lose their older half.

        Args:
            runs: All runs.
            total_bytes: How much room they take.
            missing_bytes: How much room the disk is short of.
            now: Time by the wall clock, with a zone.
            monotonic: Monotonic seconds.
        """
        runs = list(runs)
        idle = [run for run in runs if not run.is_used]
        idle.sort(key=lambda run: run.updated or UNKNOWN)
        old = set(self._too_old(idle, now, monotonic))
        excess = 0
        if total_bytes > self._keep.size_bytes:
            excess = total_bytes - int(self._keep.size_bytes * LOW_WATER)
        wanted = max(excess, missing_bytes)
        forget, freed = [], 0
        for run in idle:
            if run.name in old or freed < wanted:
                forget.append(run.name)
                freed += run.size_bytes
        halve = []
        for run in sorted(runs, key=lambda run: -run.size_bytes):
            if run.is_used and freed < excess:
                halve.append(run.name)
                freed += run.size_bytes // 2
        return Plan(forget, halve)

    def _too_old(self, idle: list[KeptRun], now: datetime, monotonic: float) -> Iterator[str]:
        before = self._too_old_since
        self._too_old_since = {
            run.name: before.get(run.name, monotonic)
            for run in idle
            if _age(run, now) / timedelta(days=1) > self._keep.days
        }
        for name, since in self._too_old_since.items():
            if monotonic - since >= CERTAIN_S:
                yield name


def _age(run: KeptRun, now: datetime) -> timedelta:
    if run.updated is None:
        return timedelta()
    try:
        return now - datetime.fromisoformat(run.updated)
    except ValueError:
        return timedelta()  # damaged; what it takes is still bounded
