"""The index: which runs of a hub have changed since a version (protocol 12).

Each change of a run's state gets the next version. The index keeps the names of the runs that
changed last with the version of their last change, and no states: a client that is behind gets the
newest ones. What is older than the oldest change kept is unknown, and the client reads the list.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from itertools import takewhile

from realtime_widgets.hub.stores.base import EPOCH_BITS
from realtime_widgets.protocol.ids import random_id
from realtime_widgets.protocol.index import IndexPosition

__all__ = ["MAX_CHANGES", "RunIndex"]

MAX_CHANGES = 10_000
"""Names kept: about 1.5 MB. More runs than that change only while a client is away for long."""


class RunIndex:
    """The order in which runs changed.

    Args:
        max_changes: See `MAX_CHANGES`.
    """

    def __init__(self, max_changes: int = MAX_CHANGES) -> None:
        self.epoch = random_id(EPOCH_BITS)
        self.version = 0
        self._known_after = 0
        """All changes after this version are kept."""
        self._versions: OrderedDict[str, int] = OrderedDict()
        """The version of each run's last change, the oldest first."""
        self._max_changes = max_changes
        self._has_changed = asyncio.Event()

    @property
    def position(self) -> IndexPosition:
        """Where it is now."""
        return IndexPosition(epoch=self.epoch, version=self.version)

    def change(self, name: str) -> None:
        """Count a change of a run: of its state, its presence, or that it was removed."""
        self.version += 1
        self._versions[name] = self.version
        self._versions.move_to_end(name)
        if len(self._versions) > self._max_changes:
            _, self._known_after = self._versions.popitem(last=False)
        self._has_changed.set()

    def invalidate(self) -> None:
        """Have all clients read the list again."""
        self.version += 1
        self._versions.clear()
        self._known_after = self.version
        self._has_changed.set()

    def knows(self, position: IndexPosition) -> bool:
        """Whether all changes after a position are kept."""
        is_of_this_life = position.epoch == self.epoch
        return is_of_this_life and self._known_after <= position.version <= self.version

    def changes_after(self, version: int) -> list[tuple[str, int]]:
        """Return the runs that changed after a version, with their last change, the oldest first.

        Args:
            version: One that it `knows`.
        """
        newest_first = takewhile(
            lambda change: change[1] > version, reversed(self._versions.items())
        )
        return list(newest_first)[::-1]

    async def wait_after(self, version: int) -> None:
        """Wait until there is a change after a version."""
        while self.version <= version:
            self._has_changed.clear()
            await self._has_changed.wait()
