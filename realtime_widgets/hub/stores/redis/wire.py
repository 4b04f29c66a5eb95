"""One connection to Redis: commands in, replies and pushes out, in Redis' own order.

Replies are handled in the loop that reads them, so a push that Redis has sent before a reply is
handled before it. Commands of one turn of the event loop are sent with one write.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import hiredis

from realtime_widgets.errors import StoreFullError, StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets.hub.stores.redis.address import Place

__all__ = ["LOST", "OnReply", "Wire", "connect", "error_of"]

OnReply: TypeAlias = "Callable[[Any], None]"
"""Called with a reply: a value of hiredis, or an exception."""

LOST = "the connection to Redis is lost"


class Wire(asyncio.Protocol):
    """A connection to Redis with RESP3.

    Args:
        on_push: Called with the channel and the message of a publication.

    Attributes:
        lost: Done when the connection has ended.
    """

    def __init__(self, on_push: Callable[[bytes], None]) -> None:
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._on_push = on_push
        self._reader = hiredis.Reader()
        self._waiting: deque[tuple[OnReply, float]] = deque()
        """What is done with the replies, and when the commands were sent, in their order."""
        self._commands: list[bytes] = []
        """What is written at the end of this turn of the loop."""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what is written to."""
        # Not by `isinstance`: that of uvloop is no subclass.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Handle each whole reply."""
        self._reader.feed(data)
        while True:
            try:
                reply = self._reader.gets()
            except hiredis.ProtocolError:
                self.close()
                return
            if reply is False:
                return
            if isinstance(reply, hiredis.PushNotification):
                if reply[0] == b"message":
                    self._on_push(reply[2])
                elif reply[0] == b"subscribe":
                    self._waiting.popleft()[0](reply)
            elif self._waiting:
                self._waiting.popleft()[0](reply)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the reason is the same to all
        """Fail what waits for a reply."""
        if not self.lost.done():
            self.lost.set_result(None)
        error = StoreUnavailableError(LOST)
        while self._waiting:
            self._waiting.popleft()[0](error)

    def close(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def call(self, on_reply: OnReply, *command: Any) -> None:
        """Send a command; `on_reply` is called with its reply in the loop that reads it."""
        if self.lost.done() or self._transport is None:
            on_reply(StoreUnavailableError(LOST))
            return
        loop = asyncio.get_running_loop()
        self._waiting.append((on_reply, loop.time()))
        if not self._commands:
            loop.call_soon(self._flush)
        self._commands.append(hiredis.pack_command(command))

    def _flush(self) -> None:
        data = b"".join(self._commands)
        self._commands.clear()
        if self._transport is not None:
            self._transport.write(data)

    async def command(self, *command: Any) -> Any:
        """Send a command and return its reply.

        Raises:
            StoreUnavailableError: The connection is lost, or Redis refuses the command.
        """
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def on_reply(reply: Any) -> None:
            if done.done():
                return
            error = error_of(reply)
            if error is None:
                done.set_result(reply)
            else:
                done.set_exception(error)

        self.call(on_reply, *command)
        return await done

    @property
    def silent_s(self) -> float:
        """For how many seconds the oldest command has waited for its reply."""
        if not self._waiting:
            return 0.0
        return asyncio.get_running_loop().time() - self._waiting[0][1]


def error_of(reply: Any) -> Exception | None:
    """Return what a reply means for the caller; None for a value."""
    if isinstance(reply, StoreUnavailableError):
        return reply
    if not isinstance(reply, hiredis.ReplyError):
        return None
    text = str(reply)
    code = text.split(" ", 1)[0]
    if code == "OOM":
        return StoreFullError("Redis has no memory left for new events")
    if code in {"NOAUTH", "WRONGPASS", "NOPERM"}:
        return StoreUnavailableError(f"the server may not write to Redis: {code}")
    return StoreUnavailableError(f"Redis cannot be used now: {text[:200]}")


async def connect(
    place: Place,
    on_push: Callable[[bytes], None] = lambda _: None,
    *,
    tls: ssl.SSLContext | None,
    login: list[str],
    database: int = 0,
) -> Wire:
    """Connect and log in.

    Args:
        place: A host and a port, or the path of a socket.
        on_push: See `Wire`.
        tls: The settings of TLS; None where it is not used.
        login: The arguments of AUTH; empty for none.
        database: The number of the database.

    Raises:
        OSError: The server cannot be reached.
        StoreUnavailableError: Its certificate is not trusted, or it refuses the login.
    """
    try:
        wire = await _open(place, on_push, tls)
    except ssl.SSLCertVerificationError as error:
        raise StoreUnavailableError(
            f"its TLS certificate is refused: {error.verify_message} "
            "(redis_ca_file names the certificates that are trusted)"
        ) from None
    except ssl.SSLError as error:
        raise StoreUnavailableError(f"TLS failed: {error.reason}") from None
    try:
        await wire.command("HELLO", "3", *(["AUTH", *login] if login else []))
        if database:
            await wire.command("SELECT", str(database))
    except BaseException:
        wire.close()
        raise
    return wire


async def _open(place: Place, on_push: Callable[[bytes], None], tls: ssl.SSLContext | None) -> Wire:
    loop = asyncio.get_running_loop()
    if isinstance(place, str):
        _, wire = await loop.create_unix_connection(lambda: Wire(on_push), place)
    else:
        _, wire = await loop.create_connection(lambda: Wire(on_push), *place, ssl=tls)
    return wire
