"""Names of runs that a mistyped name may have meant."""

from __future__ import annotations

import heapq
from difflib import get_close_matches
from typing import TYPE_CHECKING

from realtime_widgets.protocol.ids import is_sprint_id
from realtime_widgets.protocol.messages import MAX_SIMILAR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from realtime_widgets.hub.clock import Clock
    from realtime_widgets.hub.stores.base import Store

__all__ = ["SimilarNames", "most_similar"]

MATCHED = 12
"""How many names are compared letter by letter, which takes up to 0.3 ms for each."""


NAMES_COMPARED = 300
"""In how many names similar ones are looked for: 3 to 7 ms of processor time."""

CACHE_S = 2.0
"""How long an answer is used again, as many viewers may wait for one run."""

CACHED_NAMES = 100
"""For how many names an answer is cached."""


class SimilarNames:
    """Looks for similar names among the runs of a store.

    Args:
        store: The store.
        clock: The time.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._cache: dict[str, tuple[float, list[str]]] = {}
        """By name, with the monotonic seconds when they were found."""

    async def find(self, name: str) -> list[str]:
        """Return names of runs that are similar to one that has not begun, the nearest first.

        A bounded number of runs is compared, see `Store.names_near`.

        Raises:
            StoreError: They cannot be read.
        """
        now = self._clock.monotonic()
        cached = self._cache.get(name)
        if cached is None or cached[0] < now - CACHE_S:
            names = await self._store.names_near(name, NAMES_COMPARED)
            if len(self._cache) >= CACHED_NAMES:
                self._cache.clear()
            cached = self._cache[name] = now, most_similar(name, names)
        return cached[1]


def most_similar(name: str, names: Iterable[str]) -> list[str]:
    """Return the names that are similar to a name, the nearest first: at most `MAX_SIMILAR`.

    One that differs only in case comes first.
    """
    wanted = name.lower()
    by_lower = {other.lower(): other for other in names if other != name and is_sprint_id(other)}
    near = heapq.nlargest(MATCHED, by_lower, key=_SharedPairs(wanted))
    return [by_lower[match] for match in get_close_matches(wanted, near, MAX_SIMILAR)]


class _SharedPairs:
    """The share of neighbouring letters that another name has in common with one, 0 to 1."""

    def __init__(self, name: str) -> None:
        self._pairs = _pairs(name)

    def __call__(self, other: str) -> float:
        pairs = _pairs(other)
        return 2 * len(pairs & self._pairs) / (len(pairs) + len(self._pairs))


def _pairs(name: str) -> set[str]:
    ended = f" {name} "
    return {ended[at : at + 2] for at in range(len(ended) - 1)}
