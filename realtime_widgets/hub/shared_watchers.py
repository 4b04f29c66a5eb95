"""Exchanges with the other servers of a store which users watch the runs that are watched here."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from realtime_widgets.hub.channel import Channel
    from realtime_widgets.hub.channels import Channels
    from realtime_widgets.hub.stores.shared import SharedState

__all__ = ["SharedWatchers"]


class SharedWatchers:
    """Reports the users of this server, and passes on those of the others.

    Args:
        shared: The store's part for that.
        channels: The channels in memory.

    Attributes:
        every_s: Seconds between two exchanges.
    """

    every_s = 1.0

    def __init__(self, shared: SharedState, channels: Channels) -> None:
        self._shared = shared
        self._channels = channels

    async def exchange(self) -> None:
        """Exchange them once, of each run that a page of this server watches.

        Raises:
            StoreError: The store cannot be reached.
        """
        watched = [one for one in self._channels.in_memory.values() if one.watchers.here]
        await asyncio.gather(*map(self._exchange, watched))

    async def _exchange(self, channel: Channel) -> None:
        users = await self._shared.share_watchers(channel.name, channel.watchers.here)
        channel.watchers.set_elsewhere(users)
