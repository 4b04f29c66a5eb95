"""Receives a run from the server, over any number of connections."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from realtime_widgets.client.driver import Driver
from realtime_widgets.client.runtime import runtime
from realtime_widgets.errors import ConnectionClosedError
from realtime_widgets.protocol.sessions.client import ClientSession
from realtime_widgets.protocol.sessions.watch import WatchSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets.client.server import Server
    from realtime_widgets.protocol.sessions.watch import Notice

__all__ = ["PAGE_EVENTS", "Feed"]

PAGE_EVENTS = 300
"""Events of the newest page, and of each page before it, as in the views of browsers."""


class Feed:
    """Joins the log of a run at its end, and resumes after a lost connection.

    All callbacks are called in the thread of the runtime.

    Args:
        server: The server.
        sprint_id: The run, which may begin later.
        on_notices: Called with what was received; `taken` has to be called after it.
        on_change: Called when the connection was opened or lost.
        on_end: Called with why the server refuses the connection for good.
    """

    def __init__(
        self,
        server: Server,
        sprint_id: str,
        *,
        on_notices: Callable[[list[Notice]], object],
        on_change: Callable[[], object],
        on_end: Callable[[BaseException], object],
    ) -> None:
        self._watch = WatchSession(sprint_id, newest=PAGE_EVENTS)
        session = ClientSession(sprint_id, watch=self._watch)
        self._driver = Driver(server, sprint_id, session)
        self._on_notices, self._on_change, self._on_end = on_notices, on_change, on_end
        self._has_taken: asyncio.Event | None = None
        self._is_open = False
        server.prepare()
        runtime().call_soon(self._start)

    @property
    def lost_at(self) -> float | None:
        """Since when the server is out of reach, in seconds since 1970; None while it is not."""
        return self._driver.lost_at

    @property
    def is_open(self) -> bool:
        """Whether the server has accepted the connection."""
        return self._watch.is_open

    @property
    def epoch(self) -> str | None:
        """Which log is read; None before it is known."""
        return None if self._watch.position is None else self._watch.position.epoch

    @property
    def similar(self) -> list[str]:
        """Names of other runs, while this one has not begun."""
        return self._watch.similar

    def taken(self) -> None:
        """What was received is shown; until then nothing more is received."""
        runtime().call_soon(self._continue)

    def close(self) -> None:
        """Disconnect, and receive nothing more."""
        runtime().call_soon(self._stop)

    def _start(self) -> None:
        self._has_taken = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._run(), name="rtw watch")

    def _stop(self) -> None:
        self._task.cancel()
        self._driver.close_soon()

    def _continue(self) -> None:
        if self._has_taken is not None:
            self._has_taken.set()

    async def _run(self) -> None:
        try:
            await self._driver.run(
                self._receive, until=lambda: False, on_failure=lambda _: self._note_change()
            )
        except ConnectionClosedError as error:
            self._on_end(error)

    async def _receive(self) -> None:
        """Receive one message, and wait until what it brought is taken."""
        if not self._driver.is_connected:
            await self._driver.open()
        await self._driver.exchange()
        if self._watch.is_open != self._is_open:
            self._note_change()
        notices = self._watch.take()
        if notices:
            self._driver.backoff.reset()
            assert self._has_taken is not None, "it has started"  # noqa: S101 - narrows the type
            self._has_taken.clear()
            self._on_notices(notices)
            await self._has_taken.wait()

    def _note_change(self) -> None:
        self._is_open = self._watch.is_open
        self._on_change()
