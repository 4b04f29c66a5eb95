"""Limits the number of connections, in total, per user and per run.

Programs (kernels, scripts) may open hundreds of connections by a bug or with many workers. A share
of all connections is reserved for pages, so that the user can still see the runs.
"""

from __future__ import annotations

import contextlib
import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from realtime_widgets.protocol.codes import HttpCode
from realtime_widgets.service.api_error import ApiError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

__all__ = ["Admission", "Holder"]

RETRY_AFTER_S = 5

KEPT_FOR_PAGES = 4
"""1/4 of all connections, and of those of each run, is reserved for pages."""

SHARE_OF_DESCRIPTORS = 0.6
"""Share of the process's file descriptors that connections may use: kernels need some, too."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The user or program for which a connection is counted."""

    name: str | None
    """The user; None for all clients together that have the server's token and no name."""

    is_page: bool
    """Whether it is a browser with a login."""

    has_limit: bool = True
    """Whether the limit per user applies."""


class Admission:
    """Counts connections.

    Args:
        max_total: Maximum number of all connections.
        max_per_user: Maximum per user.
        max_per_sprint: Maximum per run.
    """

    def __init__(self, *, max_total: int, max_per_user: int, max_per_sprint: int) -> None:
        self._max_total = max_total
        self._max_per_user = max_per_user
        self._max_per_sprint = max_per_sprint
        self._open: Counter[Hashable] = Counter()

    def is_full(self, sprint_id: str | None, holder: Holder) -> bool:
        """Return whether another connection of this holder would exceed a limit.

        Args:
            sprint_id: The run that it is to; None for the index, which has no separate limit.
            holder: For whom it is counted.
        """
        most = min(self._max_total, _descriptors())
        return (
            self._has("all", most, holder)
            or (
                sprint_id is not None
                and self._has(("sprint", sprint_id), self._max_per_sprint, holder)
            )
            or (holder.has_limit and self._open[holder] >= self._max_per_user)
        )

    def _has(self, what: Hashable, most: float, holder: Holder) -> bool:
        if self._open[what] >= most:
            return True
        return not holder.is_page and self._open["programs", what] >= most - most // KEPT_FOR_PAGES

    @contextlib.contextmanager
    def counted(self, sprint_id: str, holder: Holder) -> Iterator[None]:
        """Count a connection for the block.

        Raises:
            ApiError: It would exceed a limit.
        """
        if self.is_full(sprint_id, holder):
            words = "too many connections"
            raise ApiError(503, HttpCode.CONNECTION_LIMIT, words, retry_after_s=RETRY_AFTER_S)
        self.opened(sprint_id, holder)
        try:
            yield
        finally:
            self.closed(sprint_id, holder)

    def opened(self, sprint_id: str | None, holder: Holder) -> None:
        """Count a connection."""
        self._open.update(_counted(sprint_id, holder))

    def closed(self, sprint_id: str | None, holder: Holder) -> None:
        """Count a connection no more."""
        for what in _counted(sprint_id, holder):
            self._open[what] -= 1
            if not self._open[what]:
                del self._open[what]


def _counted(sprint_id: str | None, holder: Holder) -> Iterator[Hashable]:
    """Yield the keys of all counters of a connection."""
    yield holder
    for what in ("all", ("sprint", sprint_id)):
        yield what
        if not holder.is_page:
            yield "programs", what


def _descriptors() -> float:
    """Return how many connections the limit of file descriptors allows."""
    with contextlib.suppress(ImportError):  # no such limit on Windows
        import resource

        most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if most != resource.RLIM_INFINITY:
            return most * SHARE_OF_DESCRIPTORS
    return math.inf
