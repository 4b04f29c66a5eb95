"""How measurements are repeated, and what is made of the repetitions."""

from __future__ import annotations

import math
import sys
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, TypeVar

from benchmarks.load import LoadError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_T = TypeVar("_T")
Sample = dict[str, Any]
"""What one measurement of one target gave."""


@dataclass(frozen=True)
class Effort:
    """How long to look.

    Attributes:
        is_quick: Only to see that everything works: the figures mean little.
    """

    is_quick: bool = False

    @property
    def rounds(self) -> int:
        """Repetitions."""
        return 1 if self.is_quick else 3

    @property
    def warm_s(self) -> float:
        """Before each measurement."""
        return 0.3 if self.is_quick else 1.0

    @property
    def for_s(self) -> float:
        """Length of a measurement."""
        return 0.7 if self.is_quick else 3.0

    def pick(self, quick: _T, long: _T) -> _T:
        """Choose what depends on the effort."""
        return quick if self.is_quick else long


def print_progress(words: str) -> None:
    """Print to stderr how far it is; results go to stdout."""
    print(f"{time.strftime('%H:%M:%S')}  {words}", file=sys.stderr, flush=True)


class Samples:
    """What was measured, by target, repetition after repetition."""

    def __init__(self) -> None:
        self._by_name: dict[str, list[Sample | None]] = {}

    def add(self, name: str, sample: Sample | None) -> None:
        """Put one more repetition of a target; None where it failed."""
        self._by_name.setdefault(name, []).append(sample)

    @property
    def names(self) -> list[str]:
        """The targets, in the order in which they came."""
        return list(self._by_name)

    def of(self, name: str) -> list[Sample]:
        """The repetitions of a target that went well."""
        return [sample for sample in self._by_name.get(name, ()) if sample is not None]

    def middle(self, name: str, of: Callable[[Sample], float]) -> float | None:
        """Median of a figure over the repetitions."""
        return median_of(map(of, self.of(name)))

    def rows(self, figures: Iterable[str]) -> list[list[str | float | None]]:
        """A row for each target: its name, and the medians of these figures."""

        def of(figure: str) -> Callable[[Sample], float]:
            return lambda sample: sample.get(figure, math.nan)

        return [
            [name, *(self.middle(name, of(figure)) for figure in figures)] for name in self.names
        ]

    def least(self, name: str, of: Callable[[Sample], float]) -> float | None:
        """Lowest of a figure over the repetitions."""
        return min(map(of, self.of(name)), default=None)

    def ratio(self, name: str, to: str, of: Callable[[Sample], float]) -> float | None:
        """Median of how a figure of one target stands to another's, both of one repetition."""
        pairs = zip(self._by_name.get(name, ()), self._by_name.get(to, ()), strict=False)
        ratios = [of(a) / of(b) for a, b in pairs if a and b and of(b)]
        return median_of(ratios)


def median_of(values: Iterable[float]) -> float | None:
    """Median; None of nothing, or of what is no number."""
    kept = [value for value in values if math.isfinite(value)]
    return median(kept) if kept else None


def interleaved(
    effort: Effort,
    targets: Sequence[_T],
    measure: Callable[[_T], Sample],
    *,
    name: Callable[[_T], str],
) -> Samples:
    """Measure each target once, and then all of them again; what fails is printed and left out."""
    samples = Samples()
    for number in range(1, effort.rounds + 1):
        for target in targets:
            label = name(target)
            try:
                sample: Sample | None = measure(target)
            except (LoadError, OSError, RuntimeError, TimeoutError) as error:
                print_progress(f"{label}: failed: {str(error)[-600:]}")
                sample = None
            samples.add(label, sample)
            print_progress(f"round {number} of {effort.rounds}: {label}")
    return samples
