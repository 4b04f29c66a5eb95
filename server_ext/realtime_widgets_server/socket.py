"""The WebSockets (protocol 2 and 12): decide which are accepted, then move text frames."""

from __future__ import annotations

from contextlib import contextmanager
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.websocket import WebSocketMixin
from tornado.web import Finish, HTTPError
from tornado.websocket import WebSocketHandler

from realtime_widgets.errors import InvalidSprintIdError
from realtime_widgets.hub import Login
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.ids import check_sprint_id
from realtime_widgets.protocol.index import MAX_INDEX_MESSAGE
from realtime_widgets.protocol.messages import SUBPROTOCOL
from realtime_widgets.service import ApiError
from realtime_widgets.service.arguments import is_plain_mode, read_since
from realtime_widgets_server.identity import USER_CHARACTERS, RealtimeHandler
from realtime_widgets_server.publish_tokens import Program
from realtime_widgets_server.read_ahead import read_ahead
from realtime_widgets_server.transport import TornadoTransport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator

    from realtime_widgets.hub import Connection
    from realtime_widgets.hub.index_connection import IndexConnection
    from realtime_widgets.hub.login import CheckTicket

__all__ = ["IndexSocket", "SprintSocket"]

RETRY_AFTER_S = 5
"""Value of `Retry-After` for a connection that is refused because there are too many."""


@contextmanager
def _refusals() -> Iterator[None]:
    """Refuse the upgrade where the block raises an `ApiError`."""
    try:
        yield
    except ApiError as error:
        raise HTTPError(error.status, reason=str(error)) from None


class _Socket(WebSocketMixin, WebSocketHandler, RealtimeHandler):
    """Base of the WebSockets: signs of life, frames, rights, the end."""

    connection: Connection | IndexConnection | None = None
    sprint_id: str | None

    open_to_programs = frozenset({"GET"})

    def set_default_headers(self) -> None:
        """Leave out the headers that JupyterHandler sets on pages."""

    @property
    def max_message_size(self) -> int:
        """Largest inbound frame; tornado closes with 1009 beyond it."""
        return self.hub.limits.message_bytes

    @property
    def ping_interval(self) -> int:
        """Milliseconds between Jupyter's pings; none where the protocol has pings (7)."""
        interval: int = super().ping_interval
        return 0 if SUBPROTOCOL in self._offered else interval

    def get_compression_options(self) -> dict[str, Any] | None:
        """Follow the server's setting; off by default, because it costs more than it saves."""
        options: dict[str, Any] | None = self.settings.get("websocket_compression_options")
        return options

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        """Choose ours where it is offered; else the connection is of the plain mode."""
        return SUBPROTOCOL if SUBPROTOCOL in subprotocols else None

    async def _admit(self, sprint_id: str | None) -> None:
        """Find out for whom the connection is counted, and refuse it where there are too many.

        The last step before the upgrade, with no wait in between, so that a storm cannot pass it.
        """
        self.sprint_id = sprint_id
        self.counted_for = await self.holder()
        if self.context.service.admission.is_full(sprint_id, self.counted_for):
            # Not an HTTPError: answering that drops the headers.
            self.set_status(503, "too many connections")
            self.set_header("Retry-After", str(RETRY_AFTER_S))
            raise Finish

    def _opened(self) -> TornadoTransport:
        """Count the connection, and return what writes to it."""
        # A short message must not wait for the ack of the one before it.
        self.set_nodelay(True)
        read_ahead(self)
        self.context.sockets.add(self)
        return TornadoTransport(self)

    def _check_ticket(self, login: Login) -> CheckTicket | None:
        """Return what checks the ticket of `hello`; None where none is needed.

        Args:
            login: What the user of the request may do.
        """
        # A token in the request proves intent; a cookie is sent by any page.
        if self.token_authenticated:
            return None
        tickets, username = self.context.service.tickets, self.current_user.username

        async def check(ticket: str | None) -> Login | CloseCode:
            is_theirs = await tickets.redeem(ticket, self.sprint_id) == username
            return login if is_theirs else CloseCode.UNAUTHORIZED

        return check

    @property
    def _offered(self) -> list[str]:
        """The subprotocols that the client offers."""
        header = self.request.headers.get("Sec-WebSocket-Protocol", "")
        return [name.strip() for name in header.split(",") if name.strip()]

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        """Feed one frame; the next is read when this one is carried out.

        No coroutine, because that would keep the frame in memory for as long.
        """
        if self.connection is None:
            return None
        if isinstance(message, bytes):
            return self.connection.receive_binary()
        return self.connection.receive(message)

    async def recheck(self) -> None:
        """Close, if the user is not logged in any more, or may do less than at the upgrade."""
        # As if the request came now: a provider remembers whom it found for a handler, and may
        # need to set a cookie, which an open socket refuses.
        checked = RealtimeHandler(self.application, self.request, context=self.context)
        checked.open_to_programs = self.open_to_programs
        found: Any = checked.identity_provider.get_user(checked)
        checked.current_user = await found if isawaitable(found) else found
        if checked.current_user is None:
            self.close_for(CloseCode.UNAUTHORIZED)
        elif not await checked.may("read"):
            self.close_for(CloseCode.FORBIDDEN)
        elif not await self.may_as_before(checked):
            self.close_for(CloseCode.RECONNECT)

    async def may_as_before(self, checked: RealtimeHandler) -> bool:
        """Whether the user may still do, beside reading, what they could at the upgrade.

        Args:
            checked: A request of theirs that comes now.
        """
        raise NotImplementedError

    def close_for(self, code: CloseCode) -> None:
        """Close the connection with this code."""
        if self.connection is not None:
            self.connection.close(code)

    def on_close(self) -> None:
        """Forget the connection."""
        # It holds the stream, with what was read of a frame; and this lives on until its next ping
        # would be due.
        self.request.server_connection = None
        self.context.sockets.discard(self)
        if self.connection is not None:
            self.hub.disconnect(self.connection)


class SprintSocket(_Socket):
    """`{base_url}realtime/ws/sprints/{sprint_id}`."""

    @ws_authenticated
    async def get(self, sprint_id: str) -> None:
        """Refuse before the upgrade what may not connect (protocol 2)."""
        if not await self.may("read"):
            raise HTTPError(403)
        try:
            check_sprint_id(sprint_id)
        except InvalidSprintIdError as error:
            raise HTTPError(400, reason="bad sprint id") from error
        with _refusals():
            if is_plain_mode(self._offered) and not self.token_authenticated:
                raise HTTPError(403, reason="plain mode needs a token")
            names = self.request.query_arguments
            given = {name: self.get_query_argument(name, strip=False) for name in names}
            self._since = read_since(given)
        await self.context.service.started()
        self._may_publish = await self.may("write")
        await self._admit(sprint_id)
        await super().get(sprint_id=sprint_id)

    async def open(self, sprint_id: str) -> None:
        """Hand the connection to the hub."""
        super().open(sprint_id)
        transport = self._opened()
        user = self.current_user
        login = Login(
            user=user.name[:USER_CHARACTERS],
            user_id=user.username[:USER_CHARACTERS],
            may_publish=self._may_publish,
        )
        kernel_id = user.kernel_id if isinstance(user, Program) else None
        find_cause = None if kernel_id is None else self.context.kernel_ends.watch(kernel_id)
        if self.selected_subprotocol is None:
            self.connection = await self.hub.connect_plain(
                sprint_id,
                transport,
                login=login,
                since=self._since,
                find_cause=find_cause,
            )
            return
        self.connection = self.hub.connect(
            sprint_id,
            transport,
            login=login,
            check_ticket=self._check_ticket(login),
            find_cause=find_cause,
        )

    async def may_as_before(self, checked: RealtimeHandler) -> bool:
        """Whether the user may still publish, if they could at the upgrade."""
        return not self._may_publish or await checked.may("write")


class IndexSocket(_Socket):
    """`{base_url}realtime/ws/index`: which runs change."""

    @property
    def max_message_size(self) -> int:
        """Largest inbound frame; tornado closes with 1009 beyond it."""
        return MAX_INDEX_MESSAGE

    @ws_authenticated
    async def get(self) -> None:
        """Refuse before the upgrade what may not connect (protocol 12)."""
        if not await self.may("read"):
            raise HTTPError(403)
        if SUBPROTOCOL not in self._offered:
            raise HTTPError(400, reason="the subprotocol is missing")
        await self.context.service.started()
        self._may_find_notebooks = await self.may_find_notebooks()
        await self._admit(None)
        await super().get()

    def open(self) -> None:
        """Hand the connection to the hub."""
        super().open()
        self.connection = self.hub.connect_index(
            self._opened(),
            check_ticket=self._check_ticket(Login()),
            find_notebooks=self.context.notebooks.moved if self._may_find_notebooks else None,
        )

    async def may_as_before(self, checked: RealtimeHandler) -> bool:
        """Whether the user may still know where notebooks are, if they could at the upgrade."""
        return not self._may_find_notebooks or await checked.may_find_notebooks()
