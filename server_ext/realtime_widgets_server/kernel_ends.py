"""Finds out from Jupyter's kernel manager why a publisher in a kernel is disconnected.

The kernel manager is in this process, so it knows at once whether a kernel is alive; the hub alone
would wait for the end of the lease. It is queried when the connection of a publisher ends. Its own
check of all kernels runs every 3 s and restarts a dead kernel, which then counts as alive again.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from jupyter_core.utils import ensure_async

if TYPE_CHECKING:
    from jupyter_client.manager import KernelManager
    from jupyter_client.multikernelmanager import MultiKernelManager

    from realtime_widgets.hub.leases import FindCause
    from realtime_widgets.protocol.events import LostCause

__all__ = ["KernelEnds"]

LOOK_EVERY_S = 0.1

ALIVE_S = 2.0
"""Time that a kernel must stay alive after its connection ended, to count as alive: a process
closes its sockets before the system reports its end, and Python's exit hooks run even earlier."""

SHUTDOWN_S = 30.0
"""Maximum time for the shutdown of a kernel; Jupyter kills it after 5 s by default."""


class KernelEnds:
    """Watches the kernels of one kernel manager that publish.

    Args:
        manager: The kernel manager.
    """

    def __init__(self, manager: MultiKernelManager) -> None:
        self._manager = manager
        self._died_at: WeakKeyDictionary[KernelManager, float] = WeakKeyDictionary()
        """Monotonic seconds when Jupyter's own check found a kernel dead, -inf where it has not."""

    def watch(self, kernel_id: str) -> FindCause | None:
        """Return a function that finds the cause, to be called when the kernel's connection ends.

        Returns:
            None if the kernel is not one of this manager.
        """
        if kernel_id not in self._manager:
            return None
        kernel = self._manager.get_kernel(kernel_id)
        if kernel not in self._died_at:
            self._died_at[kernel] = float("-inf")
            for event in ("restart", "dead"):
                kernel.add_restart_callback(partial(self._note_death, kernel), event)
        return partial(self._find_cause, kernel_id, kernel)

    def _note_death(self, kernel: KernelManager) -> None:
        self._died_at[kernel] = time.monotonic()

    async def _find_cause(self, kernel_id: str, kernel: KernelManager) -> LostCause | None:
        began = time.monotonic()
        is_shutting_down = False
        while time.monotonic() < began + (SHUTDOWN_S if is_shutting_down else ALIVE_S):
            if self._died_at[kernel] > began - ALIVE_S:
                return "kernel_died"
            if kernel_id not in self._manager:
                # The shutdown of a kernel long ago is not the cause for a process that it started.
                return "kernel_shut_down" if is_shutting_down else None
            if kernel.shutting_down:
                is_shutting_down = True
            elif is_shutting_down:
                return "kernel_restarted"
            elif not await ensure_async(kernel.is_alive()):
                return "kernel_died"
            await asyncio.sleep(LOOK_EVERY_S)
        return None
