"""The hub inside this process, for where no server is: the one seam between kernel and hub side.

The kernel side talks to it over links that carry the same protocol as a WebSocket. Everything
here belongs to the event loop that first used it.
"""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from realtime_widgets.errors import ConnectionClosedError
from realtime_widgets.hub.hub import Hub
from realtime_widgets.hub.stores.memory import MemoryStore
from realtime_widgets.protocol.codes import CloseCode

if TYPE_CHECKING:
    from realtime_widgets.hub.connection import Connection
    from realtime_widgets.protocol.search.query import SearchQuery

__all__ = ["EmbeddedHub", "LocalLink", "embedded_hub", "link_to"]


class _LocalTransport:
    """Hands messages to the other end of the link, one taken at a time."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[tuple[str, asyncio.Future[None]] | CloseCode] = asyncio.Queue()

    def write(self, message: bytes) -> asyncio.Future[None]:
        taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.messages.put_nowait((message.decode(), taken))
        return taken

    def close(self, code: CloseCode) -> None:
        self.messages.put_nowait(code)

    def drop(self) -> None:
        """Close it from the receiving end: discard the queued messages, and end `receive`."""
        code = CloseCode.NORMAL
        while not self.messages.empty():
            item = self.messages.get_nowait()
            if isinstance(item, tuple):
                item[1].cancel()
            else:
                code = item
        self.close(code)


class LocalLink:
    """A connection to the hub in this process."""

    def __init__(self, hub: Hub, connection: Connection, transport: _LocalTransport) -> None:
        self._hub = hub
        self._connection = connection
        self._transport = transport

    async def send(self, message: str) -> None:
        """Hand a message to the hub; returns when the next may be handed over."""
        waiting = self._connection.receive(message)
        if waiting is not None:
            await waiting

    async def receive(self) -> str:
        """Return the hub's next message.

        Raises:
            ConnectionClosedError: The hub closed the connection.
        """
        item = await self._transport.messages.get()
        if not isinstance(item, tuple):
            # Put back, so that every later call raises, too.
            self._transport.messages.put_nowait(item)
            raise ConnectionClosedError(int(item), item.reason)
        message, taken = item
        if not taken.done():
            taken.set_result(None)
        return message

    async def close(self, code: CloseCode | None = None) -> None:  # noqa: ARG002 - as a WebSocket
        """Leave the hub. Safe to call twice."""
        self._hub.disconnect(self._connection)
        self._transport.drop()


def link_to(hub: Hub, sprint_id: str) -> LocalLink:
    """Connect to a hub that is started; called in its event loop."""
    transport = _LocalTransport()
    return LocalLink(hub, hub.connect(sprint_id, transport), transport)


class EmbeddedHub:
    """What the kernel side sees of the hub in its own process.

    Args:
        hub: The hub, not started; by default one that keeps its logs in memory.
    """

    def __init__(self, hub: Hub | None = None) -> None:
        self._hub = hub or Hub(MemoryStore())
        self._starting: asyncio.Task[None] | None = None

    async def _started(self) -> Hub:
        if self._starting is None:
            self._starting = asyncio.create_task(self._hub.start(), name="start the embedded hub")
        await asyncio.shield(self._starting)
        return self._hub

    async def connect(self, sprint_id: str) -> LocalLink:
        """Open a link for one sprint; the first message is `hello`, as on a WebSocket."""
        return link_to(await self._started(), sprint_id)

    async def sprints(self) -> list[dict[str, Any]]:
        """Return the states of all runs, like `GET sprints`."""
        hub = await self._started()
        return [state.model_dump() for state in await hub.runs.states()]

    async def sprint(self, sprint_id: str) -> dict[str, Any] | None:
        """Return the state of a run, like `GET sprints/{id}`; None when there is none."""
        hub = await self._started()
        state = await hub.state(sprint_id)
        return state.model_dump() if state else None

    async def position(self, sprint_id: str) -> dict[str, Any]:
        """Return how far the log of a run is, like `GET sprints/{id}/position`."""
        hub = await self._started()
        bounds = await hub.logs.position(sprint_id)
        is_unknown = bounds.epoch is None
        return {
            "epoch": bounds.epoch,
            "first": bounds.first,
            "head": bounds.head,
            **({"similar": await hub.runs.similar(sprint_id)} if is_unknown else {}),
        }

    async def reply(self, sprint_id: str, event: dict[str, Any]) -> int:
        """Store a reply to a run, like `POST sprints/{id}/replies`; return its seq."""
        hub = await self._started()
        return await hub.replies.store(sprint_id, event, None)

    async def put_blob(self, sprint_id: str, sha256: str, media_type: str, data: bytes) -> None:
        """Store a blob, like `PUT sprints/{id}/blobs/{sha256}`."""
        hub = await self._started()
        await hub.blobs.put(sprint_id, sha256, media_type, data)

    async def blob(self, sprint_id: str, sha256: str) -> bytes | None:
        """Return the bytes of a blob, like `GET sprints/{id}/blobs/{sha256}`."""
        hub = await self._started()
        blob = await hub.blobs.get(sprint_id, sha256)
        return None if blob is None else blob.data

    async def page(
        self,
        sprint_id: str,
        *,
        limit: int,
        after: int = 0,
        before: int | None = None,
        query: SearchQuery | None = None,
    ) -> dict[str, Any]:
        """Return a page of history, like `GET sprints/{id}/events` without `similar`."""
        hub = await self._started()
        page = await hub.logs.page(sprint_id, after=after, before=before, limit=limit, query=query)
        return {
            "epoch": page.bounds.epoch,
            "first": page.bounds.first,
            "head": page.bounds.head,
            "next": page.next,
            "events": [from_json(event) for event in page.events],
        }

    async def series(self, sprint_id: str, attempt: int | None = None) -> dict[str, Any]:
        """Return the series of the metrics of an attempt, like `GET sprints/{id}/series`."""
        hub = await self._started()
        return await hub.searches.series(sprint_id, attempt)


@functools.cache
def embedded_hub() -> EmbeddedHub:
    """Return the one hub of this process, made at the first call."""
    return EmbeddedHub()
