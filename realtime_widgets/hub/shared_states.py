"""States of runs in a shared store, for lists: reduced from the log, without following the run.

A server that followed each run of the list would be sent every event of all of them.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets.hub.channel import Channel
    from realtime_widgets.hub.stores.base import ChannelSummary
    from realtime_widgets.protocol.position import Bounds
    from realtime_widgets.protocol.run_state import RunState

__all__ = ["SharedStates"]

MAX_STATES = 200
"""States kept, of the runs that were read last: a page of the list has 100."""


class SharedStates:
    """The states that were reduced last."""

    def __init__(self) -> None:
        self._states: OrderedDict[str, tuple[Bounds, RunState]] = OrderedDict()

    async def state(
        self, summary: ChannelSummary, new_channel: Callable[[str, Bounds], Channel]
    ) -> RunState:
        """Return the state of a run as far as its bounds.

        Args:
            summary: The run.
            new_channel: Makes a channel from its name and bounds.

        Raises:
            StoreError: The log cannot be read.
        """
        name, bounds = summary.name, summary.bounds
        known = self._states.pop(name, None)
        if known is None or known[0] != bounds:
            channel = new_channel(name, bounds)
            await channel.restore_state(summary.saved_state)
            known = bounds, channel.state
        self._states[name] = known
        if len(self._states) > MAX_STATES:
            self._states.popitem(last=False)
        return known[1]
