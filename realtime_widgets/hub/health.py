"""Whether the store works: the storage status for viewers, and requests to re-create the store.

The store itself is re-created by `recovery`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from realtime_widgets.errors import StoreDamagedError, StoreUnavailableError
from realtime_widgets.protocol.messages import Trouble

if TYPE_CHECKING:
    from realtime_widgets.errors import StoreError
    from realtime_widgets.hub.clock import Clock
    from realtime_widgets.hub.registry import Registry

__all__ = ["Damage", "StorageHealth"]

DEGRADED_S = 30.0
"""How long the status stays degraded without another failed append: publishers retry in seconds."""

RECREATE_RETRY_S = 60.0
"""Pause after a failed attempt to re-create the store, so that it does not flood the log."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A request to re-create the store."""

    error: StoreDamagedError
    repaired: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the store is re-created and the active runs are published again."""


class StorageHealth:
    """The status of one store, from the results of calls to it.

    Args:
        registry: The clients that are sent a changed status.
        clock: The time.
    """

    def __init__(self, registry: Registry, clock: Clock) -> None:
        self.status: Trouble | None = None
        """Why new events cannot be stored (protocol 5.6); None while they can."""

        self._registry = registry
        self._clock = clock
        self._degraded_at = 0.0
        """Monotonic seconds of the last failure."""
        self._retry_at = 0.0
        """Monotonic seconds before which the store is not re-created again."""
        self._damage: Damage | None = None
        self._is_damaged = asyncio.Event()

    # The status.

    def append_succeeded(self) -> None:
        """Note that events were stored."""
        if self.status is not None:
            self._set_status(None)

    def store_reached(self) -> None:
        """Note that a store on another machine can be reached, though nothing may be stored."""
        if self.status is not None and self.status.code == StoreUnavailableError.code:
            self._set_status(None)

    def append_failed(self, error: StoreError) -> None:
        """Note that events could not be stored."""
        if isinstance(error, StoreUnavailableError):
            self._degrade(Trouble(code=error.code, message=error.reason))
        else:
            self.failed(error)

    def expire(self, now: float) -> None:
        """End a degraded status when nothing was published for `DEGRADED_S`."""
        if self.status is not None and now - self._degraded_at > DEGRADED_S:
            self._set_status(None)

    def _degrade(self, status: Trouble) -> None:
        self._degraded_at = self._clock.monotonic()
        self._set_status(status)

    def _set_status(self, status: Trouble | None) -> None:
        if self.status != status:
            self.status = status
            self._registry.report_storage(status or Trouble(code=None))

    # Damage.

    def failed(self, error: StoreError) -> None:
        """Note that a call to the store failed; if it is damaged, request to re-create it."""
        is_requested = self._damage is not None or self._clock.monotonic() < self._retry_at
        if isinstance(error, StoreDamagedError) and not is_requested:
            self._damage = Damage(error)
            self._is_damaged.set()

    async def damaged(self) -> Damage:
        """Wait for a request to re-create the store."""
        await self._is_damaged.wait()
        assert self._damage is not None, "both are set together"  # noqa: S101 - narrows the type
        return self._damage

    def recreation_failed(self) -> None:
        """Degrade the status, and try again after `RECREATE_RETRY_S` at the earliest."""
        self._retry_at = self._clock.monotonic() + RECREATE_RETRY_S
        message = "the history is damaged; see the server's log for what to do"
        self._degrade(Trouble(code=StoreUnavailableError.code, message=message))

    def clear_damage(self, damage: Damage) -> None:
        """End a request: the store may be read again. Safe to call twice."""
        if self._damage is damage:
            self._damage = None
            self._is_damaged.clear()

    async def wait_until_usable(self) -> None:
        """Return at once, or when the store has been re-created."""
        while (damage := self._damage) is not None:
            await damage.repaired.wait()
