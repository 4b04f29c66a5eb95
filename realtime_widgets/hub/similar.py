"""Names that a mistyped name may have meant."""

from __future__ import annotations

import heapq
from difflib import get_close_matches
from typing import TYPE_CHECKING

from realtime_widgets.protocol.ids import is_sprint_id
from realtime_widgets.protocol.messages import MAX_SIMILAR

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["most_similar"]

MATCHED = 12
"""How many names are compared letter by letter, which takes up to 0.3 ms for each."""


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
