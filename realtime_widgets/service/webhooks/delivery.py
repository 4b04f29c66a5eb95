"""The delivery of the documents of one webhook, one after another, with retries."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from realtime_widgets.backoff import Backoff
from realtime_widgets.hub.clock import timestamp
from realtime_widgets.service.webhooks.addresses import PrivateAddressError
from realtime_widgets.service.webhooks.message import SIGNATURE_HEADER, document, signature
from realtime_widgets.service.webhooks.request import post

if TYPE_CHECKING:
    from logging import Logger

    from realtime_widgets.protocol.run_state import RunState
    from realtime_widgets.service.webhooks.settings import Webhook

__all__ = ["Delivery"]

MAX_QUEUED = 200
"""Documents that wait, of which each has at most about 10 kB, and most have 300 bytes."""

MAX_ATTEMPTS = 12
"""About two minutes, by the back-off of the protocol."""

_RETRIED = {408, 425, 429}
"""Statuses below 500 after which a later request may succeed."""


class Delivery:
    """Sends the documents of one webhook.

    Args:
        webhook: Where to, and of which statuses.
        log: Where it logs what was not delivered.
    """

    def __init__(self, webhook: Webhook, log: Logger) -> None:
        self.webhook: Final = webhook
        self._log = log
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(MAX_QUEUED)

    def on_status(self, state: RunState) -> None:
        """Queue a document about the new status of a run, if the webhook is for it."""
        if state.status not in self.webhook.events:
            return
        if self._queue.full():
            self._queue.get_nowait()
            self._lost(f"{MAX_QUEUED} others wait")
        self._queue.put_nowait(document(state, timestamp(time)))

    async def run(self) -> None:
        """Send what is queued, until it is cancelled."""
        try:
            while True:
                await self._deliver(await self._queue.get())
        finally:
            if not self._queue.empty():
                self._lost(f"the server stops, and {self._queue.qsize()} wait")

    async def _deliver(self, body: bytes) -> None:
        backoff = Backoff()
        for attempt in range(1, MAX_ATTEMPTS + 1):
            why, may_retry = await self._try(body)
            if why is None:
                return
            if not may_retry or attempt == MAX_ATTEMPTS:
                self._lost(f"{why}, attempt {attempt}")
                return
            await asyncio.sleep(backoff.next_delay())

    async def _try(self, body: bytes) -> tuple[str | None, bool]:
        """Send it once; return why it was not delivered, and whether a retry may help."""
        hook = self.webhook
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "realtime-widgets",
            SIGNATURE_HEADER: signature(hook.secret, body, int(time.time())),
        }
        try:
            status = await post(hook.url, headers, body, allow_private=hook.allow_private)
        except PrivateAddressError as error:
            return str(error), False
        except TimeoutError:
            return "no answer in time", True
        except OSError as error:
            return str(error) or type(error).__name__, True
        if 200 <= status < 300:  # noqa: PLR2004 - of HTTP
            return None, False
        return f"HTTP {status}", status >= 500 or status in _RETRIED  # noqa: PLR2004 - of HTTP

    def _lost(self, why: str) -> None:
        self._log.warning(
            "realtime-widgets: a document of the webhook at %s is not delivered: %s",
            self.webhook.place,
            why,
        )
