"""The open WebSockets: counted, and checked from time to time for the rights of their users."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from realtime_widgets.protocol.codes import CloseCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from logging import Logger

    from realtime_widgets.service import Admission, Holder

__all__ = ["OpenSockets", "Socket"]

RECHECK_S = 30.0
"""How long an identity provider may take for one user; a Hub is reached over the network."""


class Socket(Protocol):
    """What is used of an open WebSocket."""

    sprint_id: str | None
    """The run; None for the index."""

    counted_for: Holder

    async def recheck(self) -> None:
        """Close, if the user is not logged in any more, or may do less than at the upgrade."""

    def close_for(self, code: CloseCode) -> None:
        """Close the connection with this code."""


class OpenSockets:
    """Keeps `Admission` up to date.

    Args:
        admission: Counts connections.
        log: Where failed checks are logged.
    """

    def __init__(self, admission: Admission, log: Logger) -> None:
        self._log = log
        self._admission = admission
        self._sockets: set[Socket] = set()

    def __iter__(self) -> Iterator[Socket]:
        return iter(self._sockets)

    def __len__(self) -> int:
        return len(self._sockets)

    def add(self, socket: Socket) -> None:
        """Count a connection."""
        self._sockets.add(socket)
        self._admission.opened(socket.sprint_id, socket.counted_for)

    def add_if_room(self, socket: Socket) -> bool:
        """Count a connection, if that exceeds no limit; return whether it was counted."""
        if self._admission.is_full(socket.sprint_id, socket.counted_for):
            return False
        self.add(socket)
        return True

    def discard(self, socket: Socket) -> None:
        """Count a connection no more. Safe for one that was not counted."""
        if socket in self._sockets:
            self._sockets.discard(socket)
            self._admission.closed(socket.sprint_id, socket.counted_for)

    async def recheck(self, sprint_id: str) -> None:
        """Check the users of the connections to a run now."""
        for socket in tuple(self._sockets):
            if socket.sprint_id == sprint_id:
                await self._recheck(socket)

    async def recheck_forever(self, every_s: float) -> None:
        """Check the users of all connections, again and again."""
        while True:
            await asyncio.sleep(every_s)
            for socket in tuple(self._sockets):
                await self._recheck(socket)

    async def _recheck(self, socket: Socket) -> None:
        try:
            async with asyncio.timeout(RECHECK_S):
                await socket.recheck()
        except Exception:  # noqa: BLE001 - it is logged
            # One request that cannot be checked must not spare the others.
            self._log.exception("realtime-widgets: cannot check the user of a connection")
            socket.close_for(CloseCode.TRY_LATER)
