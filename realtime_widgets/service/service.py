"""`Service`: what a web framework needs to host the channels; it adds routes and identity."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from realtime_widgets.hub import Hub
from realtime_widgets.service.sharing.sharing import Sharing
from realtime_widgets.service.slots import Slots
from realtime_widgets.service.tickets import BearerCodec, NameCodec, Tickets
from realtime_widgets.service.webhooks.delivery import Delivery

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from realtime_widgets.hub import RetentionPolicy
    from realtime_widgets.protocol.limits import Limits
    from realtime_widgets.protocol.run_state import RunState
    from realtime_widgets.service.admission import Admission
    from realtime_widgets.service.sharing.access import SharingRules
    from realtime_widgets.service.storage import Storage
    from realtime_widgets.service.webhooks.settings import Webhook

__all__ = ["PAGES_AT_ONCE", "Service"]

PAGES_AT_ONCE = 8
"""How many pages of 1 MiB may be in memory until their clients have received them."""

BLOBS_AT_ONCE = 2
"""How many blobs of 8 MiB may be in memory until they are stored or were received."""

_log = logging.getLogger("realtime_widgets")
_NAMES = NameCodec()


class Service:
    """The hub of a server, with its store, its tickets and the bounds of what clients may use.

    Args:
        storage: Where runs are kept.
        limits: The limits of the protocol.
        retention: Which runs are removed.
        admission: How many connections are taken.
        bearer_codec: How tickets are shared with other servers of the same store.
        webhooks: Where changes of statuses are sent to.
        sharing: How runs are shared between users; None where each user may use all runs.
        log: Where it logs how it starts, and what is not delivered.

    Attributes:
        hub: Channels and connections.
        tickets: For pages, which have no token (protocol 3.1).
        admission: Counts connections.
        sharing: Decides which users may use which runs; None where each may use all.
        pages: Held for each page of an answer that is in memory.
        blobs: Held for each blob that is in memory.
        compressing: Held while a page is compressed, so that it takes one core at most.
        search_slots: Held by each search that runs.
        download_slots: Held by each download that runs.
    """

    def __init__(  # noqa: PLR0913 - all but one by name
        self,
        storage: Storage,
        *,
        limits: Limits,
        retention: RetentionPolicy,
        admission: Admission,
        bearer_codec: BearerCodec[object] = _NAMES,
        webhooks: Sequence[Webhook] = (),
        sharing: SharingRules | None = None,
        log: logging.Logger = _log,
    ) -> None:
        self._storage = storage
        deliveries = [Delivery(webhook, log) for webhook in webhooks]
        self._new_hub = partial(
            Hub,
            limits=_checked(limits, log),
            retention=retention,
            on_status=lambda state: _queue(deliveries, state),
        )
        # It is replaced at the start, by one with the store that can be used.
        self.hub = self._new_hub(storage.memory())
        self.tickets: Tickets[object] = Tickets(bearer_codec)
        self.admission = admission
        self.sharing = Sharing(sharing, lambda: self.hub.store) if sharing is not None else None
        self.pages = asyncio.Semaphore(PAGES_AT_ONCE)
        self.blobs = asyncio.Semaphore(BLOBS_AT_ONCE)
        self.compressing = asyncio.Lock()
        self.search_slots = Slots("searches")
        self.download_slots = Slots("downloads")
        self._log = log
        self._starting: asyncio.Task[None] | None = None
        self._background: list[tuple[str, Callable[[], Coroutine[Any, Any, None]]]] = []
        self._tasks: list[asyncio.Task[None]] = []
        for delivery in deliveries:
            self.add_task("realtime-widgets webhook", delivery.run)

    def add_task(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a coroutine function in the background from the start to the stop.

        Args:
            name: What debuggers show.
            work: Called once, when the hub has started.
        """
        self._background.append((name, work))

    async def started(self) -> None:
        """Wait until the hub is ready; the first call starts it."""
        if self._starting is None:
            self._starting = asyncio.create_task(self._start(), name="start realtime-widgets")
        await asyncio.shield(self._starting)

    async def _start(self) -> None:
        self.hub = await self._storage.start(self._new_hub, self._log)
        self.tickets.shared = self.hub.store.shared
        self._tasks = [asyncio.create_task(work(), name=name) for name, work in self._background]

    async def stop(self) -> None:
        """Close all connections as going away and store what is left. Safe before the start."""
        if self._starting is not None:
            await self._starting
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self.hub.stop()


def _queue(deliveries: list[Delivery], state: RunState) -> None:
    for delivery in deliveries:
        delivery.on_status(state)


def _checked(limits: Limits, log: logging.Logger) -> Limits:
    """Return limits under which a quiet publisher is not lost: it answers pings, and no more."""
    if limits.lease_s > limits.ping_s:
        return limits
    lease_s = limits.ping_s + limits.pong_s
    log.warning(
        "realtime-widgets: lease_s is %g, and has to be above ping_s (%g); %g is used instead",
        limits.lease_s,
        limits.ping_s,
        lease_s,
    )
    return replace(limits, lease_s=lease_s)
