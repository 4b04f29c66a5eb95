"""The WebSockets (protocol 2 and 12): decide which are accepted, then move text frames."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from realtime_widgets.asgi.identity import Bearer
from realtime_widgets.asgi.transport import AsgiTransport
from realtime_widgets.errors import InvalidSprintIdError
from realtime_widgets.hub import Login
from realtime_widgets.protocol.codes import CloseCode, HttpCode
from realtime_widgets.protocol.ids import check_sprint_id
from realtime_widgets.protocol.index import MAX_INDEX_MESSAGE
from realtime_widgets.protocol.messages import SUBPROTOCOL
from realtime_widgets.service import ApiError, Holder
from realtime_widgets.service.api_error import bad_field, bad_sprint_id
from realtime_widgets.service.arguments import is_plain_mode, read_since

if TYPE_CHECKING:
    from realtime_widgets.asgi.identity import Identity, User
    from realtime_widgets.asgi.request import Connection, Receive, Send
    from realtime_widgets.hub import Connection as HubConnection
    from realtime_widgets.hub.index_connection import IndexConnection
    from realtime_widgets.service import Service
    from realtime_widgets.service.open_sockets import OpenSockets

__all__ = ["Host", "refuse_socket", "serve_socket"]

RETRY_AFTER_S = 5
"""After how many seconds a client may try again that is refused because there are too many."""

UNKNOWN = Holder(None, is_page=True)
"""All pages that have not presented their ticket: together they have the limit of one user."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """Why a WebSocket is accepted.

    Attributes:
        bearer: Its user with rights; None where a ticket has to name the user.
        user: The user of the request's own login, None where it has none.
        login: The same for the hub.
        since: Seq after which a client of the plain mode starts; None for one of the protocol.
    """

    bearer: Bearer | None
    user: User | None
    since: int | None
    login: Login | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """What a WebSocket needs of its app."""

    service: Service
    sockets: OpenSockets
    identity: Identity


class Socket:
    """A WebSocket that is accepted.

    Args:
        host: The app.
        request: The upgrade.
        sprint_id: The run; None for the index.
        admitted: Why it is accepted.
    """

    def __init__(
        self, host: Host, request: Connection, sprint_id: str | None, admitted: Admitted
    ) -> None:
        self.sprint_id = sprint_id
        self._service, self._sockets, self._identity = host.service, host.sockets, host.identity
        self._request = request
        self._admitted = admitted
        self._bearer = admitted.bearer
        self._login = admitted.login
        self.counted_for = self._holder()
        self._connection: HubConnection | IndexConnection | None = None

    def _holder(self) -> Holder:
        if self._bearer is None:
            return UNKNOWN
        is_program = "authorization" in self._request.headers
        return Holder(self._bearer.user.name, is_page=not is_program)

    def count(self) -> None:
        """Count the connection, with no wait since the check, so that a storm cannot pass it.

        Raises:
            ApiError: There are too many.
        """
        if not self._sockets.add_if_room(self):
            words = "too many connections"
            raise ApiError(503, HttpCode.CONNECTION_LIMIT, words, retry_after_s=RETRY_AFTER_S)

    async def run(self, receive: Receive, send: Send) -> None:
        """Accept the upgrade, and exchange messages until the connection ends.

        Args:
            receive: Of the ASGI server.
            send: Of the ASGI server.
        """
        is_plain = self._admitted.since is not None
        transport = None
        try:
            chosen = None if is_plain else SUBPROTOCOL
            await send({"type": "websocket.accept", "subprotocol": chosen})
            transport = AsgiTransport(send)
            self._connection = await self._connect(transport)
            await self._exchange(receive, transport)
        finally:
            self._sockets.discard(self)
            if self._connection is not None:
                self._service.hub.disconnect(self._connection)
            if transport is not None:
                transport.gone()

    async def _exchange(self, receive: Receive, transport: AsgiTransport) -> None:
        reading = asyncio.create_task(self._read(receive), name="read from a client")
        try:
            await asyncio.wait([reading, transport.ended], return_when="FIRST_COMPLETED")
        finally:
            reading.cancel()
            await asyncio.wait([reading])
        if not reading.cancelled():
            reading.result()

    async def _connect(self, transport: AsgiTransport) -> HubConnection | IndexConnection:
        hub = self._service.hub
        login = self._login or Login()
        check = self._redeem if self._bearer is None else None
        if self.sprint_id is None:
            return hub.connect_index(transport, login=login, check_ticket=check)
        since = self._admitted.since
        if since is not None:
            return await hub.connect_plain(self.sprint_id, transport, login=login, since=since)
        return hub.connect(self.sprint_id, transport, login=login, check_ticket=check)

    async def _redeem(self, ticket: str | None) -> Login | CloseCode:
        """Take the user of a ticket; see `CheckTicket`."""
        bearer = await self._service.tickets.redeem(ticket, self.sprint_id)
        if not isinstance(bearer, Bearer):
            return CloseCode.UNAUTHORIZED
        if self._admitted.user is not None and self._admitted.user.name != bearer.user.name:
            return CloseCode.UNAUTHORIZED
        login = await self._identity.login(bearer, self.sprint_id)
        if login is None:
            return CloseCode.FORBIDDEN
        self._sockets.discard(self)
        self._bearer = bearer
        self.counted_for = self._holder()
        return login if self._sockets.add_if_room(self) else CloseCode.TRY_LATER

    async def _read(self, receive: Receive) -> None:
        """Feed the connection one frame after the other."""
        connection, limits = self._connection, self._service.hub.limits
        assert connection is not None, "it is made before"  # noqa: S101 - narrows the type
        most = MAX_INDEX_MESSAGE if self.sprint_id is None else limits.message_bytes
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if message["type"] != "websocket.receive":
                continue
            if text is None:
                waiting = connection.receive_binary()
            elif len(text) > most // 4 and len(text.encode()) > most:
                connection.close(CloseCode.MESSAGE_TOO_BIG)
                return
            else:
                waiting = connection.receive(text)
            del message, text  # the frame need not be kept while the next one waits
            if waiting is not None:
                await waiting

    # For `OpenSockets`.

    async def recheck(self) -> None:
        """Close, if the user is not logged in any more, or may do less than at the upgrade."""
        if self._bearer is None:
            return
        before, user = self._bearer.user, await self._current_user(self._bearer.user)
        if user is None or user.name != before.name:
            self.close_for(CloseCode.UNAUTHORIZED)
        elif self.sprint_id is None and user.person != before.person:
            self.close_for(CloseCode.RECONNECT)  # the list that the user sees is another one
        elif not await self._identity.may(user, "read", self.sprint_id):
            self.close_for(CloseCode.FORBIDDEN)
        elif self._bearer.may_publish and not await self._identity.may(
            user, "write", self.sprint_id
        ):
            self.close_for(CloseCode.RECONNECT)

    async def _current_user(self, user: User) -> User | None:
        """Return the user by what is known now, None where the login is over."""
        if self._admitted.user is not None:
            return await self._identity.user(self._request)
        return await self._identity.refreshed(user)

    def close_for(self, code: CloseCode) -> None:
        """Close the connection with this code."""
        if self._connection is not None:
            self._connection.close(code)


async def serve_socket(  # noqa: PLR0913, PLR0917 - of ASGI and the app
    host: Host,
    request: Connection,
    sprint_id: str | None,
    receive: Receive,
    send: Send,
    user: User | None = None,
) -> None:
    """Serve a WebSocket from its upgrade to its end.

    Args:
        host: The app.
        request: The upgrade.
        sprint_id: The run; None for the index.
        receive: Of the ASGI server.
        send: Of the ASGI server.
        user: Its user where the application has found out; None where the app has to.
    """
    await receive()  # the upgrade itself
    try:
        socket = Socket(host, request, sprint_id, await _admit(host, request, sprint_id, user))
        socket.count()
    except ApiError as error:
        await refuse_socket(request, receive, send, error)
    else:
        await socket.run(receive, send)


async def _admit(
    host: Host, request: Connection, sprint_id: str | None, user: User | None
) -> Admitted:
    """Decide whether a WebSocket is accepted, before the upgrade (protocol 2).

    Raises:
        ApiError: It is refused.
    """
    identity = host.identity
    if sprint_id is not None:
        try:
            check_sprint_id(sprint_id)
        except InvalidSprintIdError as error:
            raise bad_sprint_id(error) from None
    is_plain = is_plain_mode(request.scope.get("subprotocols") or ())
    if is_plain and sprint_id is None:
        raise bad_field("the subprotocol is missing", "Sec-WebSocket-Protocol")
    since = read_since(request.query_params)
    if user is None and not request.has_credentials:
        if is_plain:
            raise ApiError(403, HttpCode.FORBIDDEN, "plain mode needs a token")
        # Another site may have opened it with the user's cookie, which then counts for nothing.
        is_foreign = identity.origins.is_foreign(request)
        return Admitted(None, None if is_foreign else await identity.user(request), None)
    identity.origins.check(request)
    own = None if user is not None else await identity.user(request)
    found = user or own
    if found is None:
        raise ApiError(403, HttpCode.FORBIDDEN, "the login is not valid")
    bearer = await identity.bearer(found, sprint_id)
    login = await identity.login(bearer, sprint_id)
    if login is None or not await identity.may(found, "read", sprint_id):
        raise await identity.refusal(found, "read", sprint_id)
    return Admitted(bearer, own, since if is_plain else None, login)


async def refuse_socket(request: Connection, receive: Receive, send: Send, error: ApiError) -> None:
    """Refuse an upgrade with an HTTP status or, where the server cannot send one, with 403."""
    if "websocket.http.response" not in request.scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": int(CloseCode.FORBIDDEN)})
        return
    headers: list[tuple[bytes, bytes]] = [(b"content-type", b"application/json")]
    if error.retry_after_s is not None:
        headers.append((b"retry-after", str(error.retry_after_s).encode()))
    start = {"type": "websocket.http.response.start", "status": error.status, "headers": headers}
    await send(start)
    await send({"type": "websocket.http.response.body", "body": error.body})
    # uvicorn logs an error of the app where that returns before the connection is closed.
    while (await receive())["type"] != "websocket.disconnect":
        pass
    await asyncio.sleep(0)
