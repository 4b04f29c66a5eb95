"""The curve of one metric, in buckets whose number is bounded.

When there are too many, neighbours are joined. Buckets are in the order of their first steps: a
point whose step lies before the newest one is put where it belongs, so steps may go backwards and
repeat. `frontend/src/model/metrics/series.ts` has the same rules, and `tests/vectors/series.json`
holds both to them.
"""

from __future__ import annotations

import operator
import sys
from bisect import bisect_right
from functools import reduce
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COLUMNS", "MAX_BUCKETS", "Series"]

MAX_BUCKETS = 2_000

COLUMNS = ("steps", "times", "mins", "maxs", "sums", "counts")
"""The names of the columns."""


class Series:
    """The finite values of a metric by their steps, in columns with an item for each bucket.

    Args:
        limit: Most buckets.

    Attributes:
        width: How many points a bucket takes before the next one begins.
        steps: The step of its first point.
        times: When that was made, in seconds since 1970; None where it is unknown.
        mins: Its least value.
        maxs: Its greatest value.
        sums: The sum of its values.
        counts: How many points it has.
    """

    def __init__(self, limit: int = MAX_BUCKETS) -> None:
        self._limit = limit
        self.width = 1
        self.steps: list[float] = []
        self.times: list[float | None] = []
        self.mins: list[float] = []
        self.maxs: list[float] = []
        self.sums: list[float] = []
        self.counts: list[int] = []

    def add(self, step: float, value: float, time: float | None = None) -> None:
        """Add a finite value."""
        steps, counts = self.steps, self.counts
        before = len(steps) - 1 if steps and step >= steps[-1] else bisect_right(steps, step) - 1
        at = max(before, 0)
        is_full = not steps or counts[at] >= self.width
        is_inside = 0 <= before < len(steps) - 1
        if is_full and (self.width == 1 or not is_inside):
            self._insert(before + 1, step, value, time)
        else:
            self._join(at, step, value, time)
        if len(steps) > self._limit:
            self.halve()

    def extend(
        self, steps: Sequence[float], values: Sequence[float], times: Sequence[float | None]
    ) -> None:
        """Add finite values in the order of their steps, none of which is before the newest bucket.

        It does the same as `add` for each of them, for less than a tenth of the time.
        """
        start = 0
        while start < len(values):
            room = self.width - self.counts[-1] if self.counts else 0
            if room <= 0:
                self._insert(len(self.steps), steps[start], values[start], times[start])
                start += 1
                if len(self.steps) > self._limit:
                    self.halve()
                continue
            chunk = values[start : start + room]
            self.mins[-1] = min(self.mins[-1], *chunk)
            self.maxs[-1] = max(self.maxs[-1], *chunk)
            # Not `sum`, which some versions of Python round less often than browsers do.
            self.sums[-1] = _bounded(reduce(operator.add, chunk, self.sums[-1]))
            self.counts[-1] += len(chunk)
            start += room

    def can_extend(self, steps: Sequence[float]) -> bool:
        """Return whether `extend` may be called with values at these steps."""
        is_after = not self.steps or steps[0] >= self.steps[-1]
        return is_after and all(map(operator.le, steps, steps[1:]))

    def shortened(self, limit: int) -> Self:
        """Return it in at most `limit` buckets: itself, or a copy whose neighbours are joined."""
        if len(self.steps) <= limit:
            return self
        copy = type(self)(self._limit)
        copy.width = self.width
        for name in COLUMNS:
            setattr(copy, name, list(getattr(self, name)))
        while len(copy.steps) > limit:
            copy.halve()
        return copy

    def halve(self) -> None:
        """Join neighbours."""
        steps, times, counts = self.steps, self.times, self.counts
        mins, maxs, sums = self.mins, self.maxs, self.sums
        mins[:] = [min(mins[at : at + 2]) for at in range(0, len(steps), 2)]
        maxs[:] = [max(maxs[at : at + 2]) for at in range(0, len(steps), 2)]
        sums[:] = [_bounded(sum(sums[at : at + 2])) for at in range(0, len(steps), 2)]
        counts[:] = [sum(counts[at : at + 2]) for at in range(0, len(steps), 2)]
        del steps[1::2], times[1::2]
        self.width *= 2

    def _insert(self, index: int, step: float, value: float, time: float | None) -> None:
        self.steps.insert(index, step)
        self.times.insert(index, time)
        for column in (self.mins, self.maxs, self.sums):
            column.insert(index, value)
        self.counts.insert(index, 1)

    def _join(self, index: int, step: float, value: float, time: float | None) -> None:
        if step < self.steps[index]:
            self.steps[index], self.times[index] = step, time
        self.mins[index] = min(self.mins[index], value)
        self.maxs[index] = max(self.maxs[index], value)
        self.sums[index] = _bounded(self.sums[index] + value)
        self.counts[index] += 1


def _bounded(total: float) -> float:
    """Return a sum, at most the largest finite number."""
    return min(max(total, -sys.float_info.max), sys.float_info.max)
