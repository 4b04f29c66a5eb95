"""Events of the server itself: what its extensions broadcast, lost and returning publishers."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from realtime_widgets.errors import StoreError
from realtime_widgets.hub.appender import PublisherIdentity
from realtime_widgets.protocol.ids import check_sprint_id
from realtime_widgets.protocol.validation import ValidBatch, check_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pydantic import JsonValue

    from realtime_widgets.hub.appender import Appender
    from realtime_widgets.hub.channels import Channels
    from realtime_widgets.hub.registry import Registry
    from realtime_widgets.protocol.limits import Limits
    from realtime_widgets.protocol.run_state import RunState

__all__ = ["ServerEvents"]


class ServerEvents:
    """Publishes events of the server itself.

    Args:
        registry: The clients, for events to one of them.
        channels: The channels.
        appender: Stores the events.
        limits: What an event may hold.
    """

    def __init__(
        self, registry: Registry, channels: Channels, appender: Appender, limits: Limits
    ) -> None:
        self._registry = registry
        self._channels = channels
        self._appender = appender
        self._limits = limits
        self._one_at_a_time = asyncio.Lock()

    async def broadcast(
        self,
        sprint_id: str,
        event: dict[str, JsonValue],
        *,
        user: str | None = None,
        is_current: Callable[[], bool] = lambda: True,
    ) -> int | None:
        """Store an event, then send it to all viewers of the run.

        Args:
            sprint_id: The run.
            event: The event.
            user: The user that is shown as its publisher.
            is_current: Called just before the event is stored; False cancels it.

        Returns:
            Its seq, None where `is_current` was False.

        Raises:
            InvalidSprintIdError: The id breaks protocol 1.1.
            InvalidEventError: The event breaks protocol 4.
            StoreUnavailableError: It was not stored.
        """
        channel = await self._channels.open(check_sprint_id(sprint_id))
        checked, body = check_event(event, self._limits, is_of_hub=True)
        batch = ValidBatch([checked], b"[" + body + b"]", [])
        # Never sent again, so the store need not remember its publisher seq.
        publisher = PublisherIdentity(None, user, start_publisher_seq=1)
        # One after the other, so that `is_current` sees the effect of the event before.
        async with self._one_at_a_time:
            if not is_current():
                return None
            appended = await self._appender.append(channel.name, publisher, 1, batch)
        return appended.seq

    async def send(self, connection_id: str, event: dict[str, JsonValue]) -> None:
        """Send an event to one connection only; it is not stored.

        Raises:
            InvalidEventError: The event breaks protocol 4.
            KeyError: No such connection is open.
        """
        checked, _ = check_event(event, self._limits, is_of_hub=True)
        self._registry.connections[connection_id].direct(checked)

    async def restate(self, states: Iterable[RunState]) -> None:
        """Publish the statuses from which these states follow, into new logs."""
        for state in states:
            with contextlib.suppress(StoreError):
                for event in state.members.as_events():
                    await self.broadcast(state.sprint_id, event)
