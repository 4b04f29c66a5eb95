"""The hub of an app as a target for `Sprint`: links from the runtime's loop to the app's loop."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from realtime_widgets.client.embedded import link_to
from realtime_widgets.client.warm_up import warm_up
from realtime_widgets.errors import ConnectionClosedError, ServerNotFoundError
from realtime_widgets.protocol.codes import CloseCode

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from realtime_widgets.client.embedded import LocalLink
    from realtime_widgets.client.large_value import LargeValue
    from realtime_widgets.client.link import Link
    from realtime_widgets.hub import Hub

__all__ = ["AppTarget"]

Result = TypeVar("Result")


class _Link:
    """A link of another loop; its coroutines run there.

    Args:
        link: The link.
        loop: Its loop.
    """

    def __init__(self, link: LocalLink, loop: asyncio.AbstractEventLoop) -> None:
        self._link = link
        self._loop = loop
        self._receiving: asyncio.Future[str] | None = None

    async def send(self, message: str) -> None:
        """Hand a message to the hub; returns when the next may be handed over."""
        await _run_in(self._loop, self._link.send(message))

    async def receive(self) -> str:
        """Return the next message of the hub. Cancelling loses none."""
        if self._receiving is None:
            self._receiving = asyncio.ensure_future(_run_in(self._loop, self._link.receive()))
        message = await asyncio.shield(self._receiving)
        self._receiving = None
        return message

    async def close(self, code: CloseCode = CloseCode.NORMAL) -> None:
        """Leave the hub. Safe to call twice."""
        await _run_in(self._loop, self._link.close(code))
        if self._receiving is not None:
            await asyncio.wait([self._receiving])
            self._receiving.exception()


async def _run_in(
    loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Result]
) -> Result:
    """Run a coroutine in another loop.

    Raises:
        ConnectionClosedError: The loop is closed.
    """
    try:
        running = asyncio.run_coroutine_threadsafe(coroutine, loop)
    except RuntimeError:
        coroutine.close()
        raise ConnectionClosedError(CloseCode.GOING_AWAY, "the application has ended") from None
    return await asyncio.wrap_future(running)


class AppTarget:
    """The hub of one `RealtimeApp`, for publishing from the same process."""

    name = "the application in this process"
    is_server = False

    def __init__(self) -> None:
        self._there: tuple[Hub, asyncio.AbstractEventLoop, int] | None = None
        """The hub while it runs, its loop, and its process, which may be forked."""

    def open(self, hub: Hub) -> None:
        """Lead to this hub from now on; called in its loop."""
        self._there = hub, asyncio.get_running_loop(), os.getpid()

    def close(self) -> None:
        """Lead nowhere, until it is opened again."""
        self._there = None

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a sprint of a RealtimeApp publishes in the process of the app only; in another "
            "process use Sprint(..., server=URL)"
        )

    def prepare(self) -> None:
        """Load what connecting needs, in the user's thread; see `warm_up`."""
        warm_up()

    async def connect(self, sprint_id: str) -> Link:
        """Open a link, in the loop of the runtime.

        Raises:
            ServerNotFoundError: The app is not started, or has stopped.
        """
        hub, loop = self._running()

        async def connected() -> LocalLink:
            return link_to(hub, sprint_id)

        return _Link(await _run_in(loop, connected()), loop)

    async def put_blob(self, sprint_id: str, value: LargeValue) -> None:
        """Store a blob, in the loop of the app; see `PublishTarget.put_blob`."""
        hub, loop = self._running()
        putting = hub.blobs.put(sprint_id, value.sha256, value.media_type, value.data)
        try:
            await _run_in(loop, putting)
        except ConnectionClosedError as error:
            raise ServerNotFoundError(self.name, error.reason, "not_running") from None

    def _running(self) -> tuple[Hub, asyncio.AbstractEventLoop]:
        there = self._there
        if there is None or there[2] != os.getpid():
            reason = "the RealtimeApp does not run in this process"
            raise ServerNotFoundError(self.name, reason, "not_running")
        return there[:2]
