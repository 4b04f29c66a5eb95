"""The transport of messages to a hub and back: a WebSocket, or a queue inside this process."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from realtime_widgets.client.address import socket_address, socket_path, tls_context
from realtime_widgets.client.http import credentials, refusal, refusal_by
from realtime_widgets.client.runtime import close_in_child, forget_socket
from realtime_widgets.client.secret import Secret
from realtime_widgets.errors import ConnectionClosedError
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.messages import SUBPROTOCOL
from realtime_widgets.protocol.sessions.client import PONG_S

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

__all__ = ["Link", "WebSocketLink"]

CONNECT_S = 10.0
"""Time-out for the WebSocket upgrade."""

SEND_S = PONG_S
"""Time-out for sending one frame; the session's pong time-out does not run meanwhile."""

CLOSE_S = 1.0
"""Time-out for the closing handshake."""


_log = logging.getLogger("realtime_widgets.connection")
"""Logger of the WebSocket library: warnings only, without a handler, until the user configures it.

At DEBUG it logs each frame, so a log handler that publishes would cause an endless loop.
"""
_log.propagate = False
_log.setLevel(logging.WARNING)
_log.addHandler(logging.NullHandler())


class _WithoutToken(logging.LoggerAdapter[logging.Logger]):
    """Logs headers without the token in them."""

    def __init__(self, token: str) -> None:
        super().__init__(_log)
        self._token = Secret(token)

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:  # noqa: ANN401 - as there
        """Log the message with `***` in place of the token."""
        super().log(level, msg, *map(self._hide, args), **kwargs)

    def _hide(self, value: object) -> object:
        has_token = self._token and isinstance(value, str) and self._token in value
        return "***" if has_token else value


class Link(Protocol):
    """One connection; it belongs to the loop of the runtime."""

    async def send(self, message: str) -> None:
        """Send one text frame; returns when the transport has accepted it (back-pressure).

        Raises:
            ConnectionClosedError: The connection is closed, or sending timed out.
        """

    async def receive(self) -> str:
        """Return the next text frame. Cancelling loses none.

        Raises:
            ConnectionClosedError: The connection is closed.
        """

    async def close(self, code: CloseCode = CloseCode.NORMAL) -> None:
        """Close the connection. Safe to call twice."""


class WebSocketLink:
    """A connection to a Jupyter server with the extension."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._descriptor: int = connection.transport.get_extra_info("socket").fileno()
        close_in_child(self._descriptor)

    @classmethod
    async def connect(cls, url: str, token: str, certificate: str = "") -> WebSocketLink:
        """Open a connection.

        Args:
            url: The `http` or `https` URL of the WebSocket route.
            token: The token of the server, "" for none.
            certificate: Path of the server's certificate, "" for the system's trust store.

        Raises:
            ServerNotFoundError: The server cannot be reached, or refuses.
        """
        from websockets.exceptions import InvalidHandshake, InvalidStatus

        try:
            connection = await _upgrade(url, token, certificate)
        except InvalidStatus as error:
            response = error.response
            why = refusal(response.status_code, bytes(response.body or b""), has_token=bool(token))
        except (OSError, InvalidHandshake, ValueError) as error:
            why = refusal_by(error)
        else:
            return cls(connection)
        # Without context: local variables in its traceback contain the sent data with the token.
        raise why.error(url)

    async def send(self, message: str) -> None:
        from websockets.exceptions import ConnectionClosed

        try:
            async with asyncio.timeout(SEND_S):
                await self._connection.send(message)
        except TimeoutError:
            raise ConnectionClosedError(CloseCode.NO_PONG, CloseCode.NO_PONG.reason) from None
        except ConnectionClosed:
            raise self._closed() from None

    async def receive(self) -> str:
        from websockets.exceptions import ConnectionClosed

        try:
            return await self._connection.recv(decode=True)
        except ConnectionClosed:
            raise self._closed() from None

    async def close(self, code: CloseCode = CloseCode.NORMAL) -> None:
        forget_socket(self._descriptor)
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._connection.close(code, code.reason)
        except TimeoutError:
            self._connection.transport.abort()

    def _closed(self) -> ConnectionClosedError:
        from websockets.frames import CloseCode as StandardCode

        code = self._connection.close_code or StandardCode.ABNORMAL_CLOSURE
        return ConnectionClosedError(int(code), self._connection.close_reason or "lost")


async def _upgrade(url: str, token: str, certificate: str) -> ClientConnection:
    """Connect to the server and upgrade the connection to a WebSocket.

    Raises:
        OSError: The server cannot be reached.
        websockets.exceptions.InvalidHandshake: It refuses, or is no such server.
        ValueError: The URL or the token cannot be sent.
    """
    from websockets.asyncio.client import connect
    from websockets.typing import Subprotocol

    class Connect(connect):
        """Follows no redirect: the token is for the server that was named."""

        def process_redirect(self, exc: Exception) -> Exception:
            return exc

    def upgrade(**how: Any) -> Connect:  # noqa: ANN401 - options of websockets
        return Connect(
            socket_address(url),
            additional_headers=credentials(token),
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            compression=None,
            proxy=None,  # the server is the one that started the kernel
            logger=_WithoutToken(token),
            max_size=None,  # one batch may be larger than the usual limit of a client
            open_timeout=CONNECT_S,
            close_timeout=CLOSE_S,
            ping_interval=None,  # protocol 7 has its own
            **how,
        )

    context, path = tls_context(url, certificate), socket_path(url)
    try:
        return await upgrade(**({"unix": True, "path": path} if path else {"ssl": context}))
    except RuntimeError:
        if threading.main_thread().is_alive():
            raise
        # At the exit of the process, the executor that resolves host names is shut down.
        return await upgrade(ssl=context, sock=_socket_to(url))


def _socket_to(url: str) -> socket.socket:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connected = socket.create_connection((parts.hostname, port), CONNECT_S)
    connected.settimeout(0)
    return connected
