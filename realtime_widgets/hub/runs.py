"""The list of the runs of a hub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.hub.pagination import page_of_runs

if TYPE_CHECKING:
    from realtime_widgets.hub.channels import Channels
    from realtime_widgets.hub.index import RunIndex
    from realtime_widgets.hub.login import Visible
    from realtime_widgets.hub.pagination import RunsPage
    from realtime_widgets.hub.similar import SimilarNames
    from realtime_widgets.protocol.index import IndexPosition
    from realtime_widgets.protocol.run_state import RunState

__all__ = ["Runs"]


class Runs:
    """The states of all runs, and which of them change.

    Args:
        channels: Has the states.
        index: Has the versions of changes.
        similar: Finds runs of similar names.
    """

    def __init__(self, channels: Channels, index: RunIndex, similar: SimilarNames) -> None:
        self._channels = channels
        self._index = index
        self._similar = similar

    async def states(self) -> list[RunState]:
        """Return the states of all runs, the newest first.

        Raises:
            StoreError: They cannot be read.
        """
        return [state async for _, state in self._channels.runs()]

    async def page(
        self, *, limit: int, before: int | None = None, visible: Visible | None = None
    ) -> RunsPage:
        """Return a page of the list, the newest run first.

        Args:
            limit: Most runs of the page; the size of their states is bounded too.
            before: Where given, the page has only runs created before this number.
            visible: Which runs the user may read; None for all.

        Raises:
            StoreError: They cannot be read.
        """
        return await page_of_runs(self._channels.runs(before, visible), limit, self.position)

    @property
    def position(self) -> IndexPosition:
        """Where the index of runs is: which changes a list has that is read from now on."""
        return self._index.position

    def invalidate(self) -> None:
        """Have all clients of the index read the list again: what is beside the states changed."""
        self._index.invalidate()

    async def similar(self, name: str) -> list[str]:
        """Return names of runs that are similar to one that has not begun, the nearest first.

        Raises:
            StoreError: They cannot be read.
        """
        return await self._similar.find(name)
