"""Which runs are removed, so that the stored history stays bounded in age and in size.

The store bounds each channel by itself (`RunRetention`); this is about all of them together. A run
that is watched or published is never removed; where removing others is not enough, the largest of
those lose their older half.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from realtime_widgets.settings import setting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from realtime_widgets.hub.channels import Channels
    from realtime_widgets.hub.clock import Clock
    from realtime_widgets.hub.stores.base import Store

__all__ = ["Plan", "RetentionJob", "RetentionPlanner", "RetentionPolicy", "StoredRun"]

_log = logging.getLogger(__name__)

CERTAIN_S = 3600.0
"""How long a run has to be too old to be removed: wrong clocks are often set right sooner."""

LOW_WATER = 0.9
"""Share of the bound that is left when the history is cut back."""

MAINTENANCE_S = 55.0
"""How long one server of a shared store alone removes old runs: a little less than the interval."""

UNKNOWN = "~"
"""Sorts behind all times: a run that cannot be read now is not removed first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPolicy:
    """How much is kept of all runs together."""

    days: float = setting(30.0, "Days after its last event for which a run is stored.", least=0.0)
    size_bytes: int = setting(
        2 * 1024**3,
        "Maximum size of all runs together, in bytes; beyond it the runs with the oldest last "
        "event are deleted.",
        least=1_024,
    )


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run, as far as the plan depends on it."""

    name: str
    updated: str | None
    """ISO 8601 timestamp of its last event."""

    size_bytes: int
    is_needed: bool
    """Whether it is watched or published, or its publisher is expected to return."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Names of runs."""

    remove: list[str]
    truncate: list[str]


class RetentionPlanner:
    """Decides which runs are removed.

    Args:
        policy: How much is kept.
    """

    def __init__(self, policy: RetentionPolicy) -> None:
        self._policy = policy
        self._too_old_since: dict[str, float] = {}

    def plan(
        self,
        runs: Iterable[StoredRun],
        *,
        total_bytes: int,
        missing_bytes: int,
        now: datetime,
        monotonic: float,
    ) -> Plan:
        """Decide which runs are removed, and which lose their older half.

        Args:
            runs: All runs.
            total_bytes: Size of all of them.
            missing_bytes: How many bytes the disk is short of.
            now: Time by the wall clock, with a zone.
            monotonic: Monotonic seconds.
        """
        runs = list(runs)
        idle = [run for run in runs if not run.is_needed]
        idle.sort(key=lambda run: run.updated or UNKNOWN)
        old = set(self._too_old(idle, now, monotonic))
        excess = 0
        if total_bytes > self._policy.size_bytes:
            excess = total_bytes - int(self._policy.size_bytes * LOW_WATER)
        wanted = max(excess, missing_bytes)
        remove, freed = [], 0
        for run in idle:
            if run.name in old or freed < wanted:
                remove.append(run.name)
                freed += run.size_bytes
        truncate = []
        for run in sorted(runs, key=lambda run: -run.size_bytes):
            if run.is_needed and freed < excess:
                truncate.append(run.name)
                freed += run.size_bytes // 2
        return Plan(remove, truncate)

    def _too_old(self, idle: list[StoredRun], now: datetime, monotonic: float) -> Iterator[str]:
        before = self._too_old_since
        self._too_old_since = {
            run.name: before.get(run.name, monotonic)
            for run in idle
            if _age(run, now) / timedelta(days=1) > self._policy.days
        }
        for name, since in self._too_old_since.items():
            if monotonic - since >= CERTAIN_S:
                yield name


def _age(run: StoredRun, now: datetime) -> timedelta:
    if run.updated is None:
        return timedelta()
    try:
        return now - datetime.fromisoformat(run.updated)
    except ValueError:
        return timedelta()  # damaged; what it takes is still bounded


class RetentionJob:
    """Removes and truncates runs by a policy.

    Args:
        policy: How much is kept.
        store: The store.
        channels: The channels.
        clock: The time.
    """

    def __init__(
        self, policy: RetentionPolicy, store: Store, channels: Channels, clock: Clock
    ) -> None:
        self._planner = RetentionPlanner(policy)
        self._store = store
        self._channels = channels
        self._clock = clock

    async def run(self) -> None:
        """Carry out the policy once.

        Raises:
            StoreError: The store cannot be read, or nothing can be removed now.
        """
        shared = self._store.shared
        if shared is not None and not await shared.begin_maintenance(MAINTENANCE_S):
            return
        expecting: dict[str, bool] = {}
        runs: list[StoredRun] = []
        async for summary, state in self._channels.runs():
            name = summary.name
            expects_publisher = expecting[name] = state.expects_publisher
            is_needed = self._channels.is_needed(name, expects_publisher=expects_publisher)
            runs.append(StoredRun(name, state.updated, summary.size_bytes, is_needed=is_needed))
        if shared is not None:
            used = await shared.used([run.name for run in runs])
            runs = [replace(run, is_needed=run.is_needed or run.name in used) for run in runs]
        plan = self._planner.plan(
            runs,
            total_bytes=await self._store.size_bytes(),
            missing_bytes=await self._store.missing_bytes(),
            now=datetime.fromtimestamp(self._clock.time(), UTC),
            monotonic=self._clock.monotonic(),
        )
        for name in plan.truncate:
            await self._truncate(name)
        for name in plan.remove:
            # A client may have connected while others were removed.
            is_needed = self._channels.is_needed(name, expects_publisher=expecting[name])
            if not is_needed and not (shared is not None and await shared.used([name])):
                await self._channels.remove(name)
                _log.info("removed run %r to keep the history within its limits", name)

    async def _truncate(self, name: str) -> None:
        """Remove the older half of a run's events.

        Raises:
            StoreError: The store cannot do it.
        """
        before = await self._store.bounds(name)
        await self._store.trim(name, (before.first + before.head) // 2)
        first = (await self._store.bounds(name)).first
        channel = self._channels.in_memory.get(name)
        if channel is not None:
            channel.set_first(first)
        if first > before.first:
            _log.warning(
                "removed events %d to %d of %r: all runs together exceed the retention policy",
                before.first,
                first - 1,
                name,
            )
