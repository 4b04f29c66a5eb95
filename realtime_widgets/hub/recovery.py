"""Re-creates a damaged store and publishes the status of the active runs into the new one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from realtime_widgets.errors import StoreError
from realtime_widgets.protocol.codes import CloseCode

if TYPE_CHECKING:
    from realtime_widgets.hub.channels import Channels
    from realtime_widgets.hub.health import Damage, StorageHealth
    from realtime_widgets.hub.registry import Registry
    from realtime_widgets.hub.server_events import ServerEvents
    from realtime_widgets.hub.stores.base import Store

__all__ = ["Recovery"]

_log = logging.getLogger(__name__)


class Recovery:
    """Carries out what `StorageHealth` requests.

    Args:
        store: The store.
        health: Reports the damage.
        registry: The clients, which have to reconnect.
        channels: The channels in memory, which are read again.
        server_events: Publishes the status of the runs.
    """

    def __init__(
        self,
        store: Store,
        health: StorageHealth,
        registry: Registry,
        channels: Channels,
        server_events: ServerEvents,
    ) -> None:
        self._store = store
        self._health = health
        self._registry = registry
        self._channels = channels
        self._server_events = server_events

    async def recover_once(self) -> None:
        """Wait until the store is damaged, then re-create it."""
        damage = await self._health.damaged()
        try:
            await self._recover(damage)
        finally:
            self._health.clear_damage(damage)
            damage.repaired.set()

    async def _recover(self, damage: Damage) -> None:
        # Clients first: when they reconnect they get the new log, and none of them sends
        # numbers that belong to the old one.
        self._registry.close(CloseCode.RECONNECT)
        try:
            _log.error("%s; %s", damage.error, await self._store.recreate())
        except StoreError as error:
            _log.error("%s; recovery failed: %s", damage.error, error)
            self._health.recreation_failed()
        finally:
            states = await self._channels.clear()
            self._health.clear_damage(damage)
        await self._server_events.restate(states)
