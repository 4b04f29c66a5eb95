"""`ConnectionManager`: the manager of the usual FastAPI service, over durable channels."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from realtime_widgets.asgi.transport import AsgiTransport
from realtime_widgets.hub import Login
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.service import Holder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

    from realtime_widgets.asgi.app import RealtimeApp
    from realtime_widgets.asgi.identity import User
    from realtime_widgets.hub import Connection

__all__ = ["ConnectionManager"]

CHANNEL = "sprint:"
"""Prefix of a channel's name, which may be left out."""


class _Member:
    """One WebSocket of a manager, which an endpoint of the application reads from."""

    def __init__(self, sprint_id: str, user: User | None) -> None:
        self.sprint_id: str | None = sprint_id
        self.counted_for = Holder(user.name if user else None, is_page=True)
        self.connection: Connection | None = None
        self.transport: AsgiTransport | None = None

    async def recheck(self) -> None:
        """Do nothing: the endpoint has let it in."""

    def close_for(self, code: CloseCode) -> None:
        """Close the connection with this code."""
        if self.connection is not None:
            self.connection.close(code)


class ConnectionManager:
    """Sends the events of runs to WebSockets that the application's own endpoints accept and read.

    What is broadcast is stored first, and a WebSocket that joins gets what was stored before, each
    event as one flat JSON object (protocol 9). Endpoints let users in themselves, for example by
    `Depends`: the manager requires no login.

    Args:
        realtime: The app, started by its lifespan.
    """

    def __init__(self, realtime: RealtimeApp) -> None:
        self._realtime = realtime
        self._members: dict[Any, _Member] = {}

    async def connect(self, websocket: Any, channel: str, *, user: User | None = None) -> None:  # noqa: ANN401 - of any framework
        """Accept a WebSocket, and send it the events of a run, stored and new.

        Where there are too many connections it is closed with 1013, and the endpoint's next read
        finds it closed.

        Args:
            websocket: Starlette's or FastAPI's, before it is accepted.
            channel: The name of the run, with or without `sprint:`.
            user: Its user, for the limit per user; those without a user share one.

        Raises:
            InvalidSprintIdError: The name breaks the rule.
            RuntimeError: The app is not started.
        """
        sprint_id = channel.removeprefix(CHANNEL)
        member = _Member(sprint_id, user)
        host = self._realtime.host
        is_counted = host.sockets.add_if_room(member)
        try:
            await websocket.accept()
            if not is_counted:
                await websocket.close(int(CloseCode.TRY_LATER))
                return
            member.transport = AsgiTransport(
                websocket.send, on_gone=lambda: self.disconnect(websocket)
            )
            member.connection = await host.service.hub.connect_plain(
                sprint_id, member.transport, login=Login(user=user.shown_name if user else None)
            )
        except BaseException:
            host.sockets.discard(member)
            raise
        self._members[websocket] = member

    def disconnect(self, websocket: Any, channel: str | None = None) -> None:  # noqa: ANN401, ARG002 - as the original
        """Forget a WebSocket that is closed. Safe to call twice.

        Args:
            websocket: From `connect`.
            channel: The same as in `connect`; it is not needed.
        """
        member = self._members.pop(websocket, None)
        if member is None or member.connection is None or member.transport is None:
            return
        host = self._realtime.host
        host.sockets.discard(member)
        host.service.hub.disconnect(member.connection)
        member.transport.gone()

    async def broadcast(self, channel: str, message: Mapping[str, JsonValue]) -> int:
        """Store an event, then send it to all viewers of a run, those of other routes included.

        Args:
            channel: The name of the run, with or without `sprint:`.
            message: The event: flat, with its `type` (protocol 4).

        Returns:
            Its seq.

        Raises:
            InvalidSprintIdError: The name breaks the rule.
            InvalidEventError: The event breaks protocol 4.
            StoreUnavailableError: It was not stored.
            RuntimeError: The app is not started.
        """
        sprint_id = channel.removeprefix(CHANNEL)
        return await self._realtime.hub.broadcast(sprint_id, dict(message))

    async def send_personal(self, websocket: Any, message: Mapping[str, JsonValue]) -> None:  # noqa: ANN401 - of any framework
        """Send a message to one WebSocket only; it is not stored.

        Args:
            websocket: From `connect`; nothing is sent to one that has left.
            message: Any JSON object, such as `{"type": "pong"}`.
        """
        member = self._members.get(websocket)
        if member is None or member.transport is None:
            return
        taking = member.transport.write(to_json(message))
        if taking is not None:
            await asyncio.wait([taking])
