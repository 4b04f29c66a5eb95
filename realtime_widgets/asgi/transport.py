"""Writes frames to a WebSocket of an ASGI server, without a task for each of them.

An ASGI server writes by a coroutine, which in the existing servers ends at its first step unless
the socket is full. So that step is made by hand: with 100 viewers a task for each frame is most of
the cost of fan-out (benchmarks, `asgi`). Only what has not ended then is driven by a task.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Generator

    from realtime_widgets.asgi.request import Message, Send
    from realtime_widgets.protocol.codes import CloseCode

__all__ = ["AsgiTransport"]

CLOSE_S = 1.0
"""How long a client may take to receive what was written before the close, in seconds."""


class _Decoder:
    """Decodes messages; the next viewer's is mostly the same as the last one's."""

    def __init__(self) -> None:
        self._message, self._text = b"", ""

    def text(self, message: bytes) -> str:
        """Return the message as text."""
        if message is not self._message:
            self._message, self._text = message, message.decode()
        return self._text


_decoder = _Decoder()


class _Rest:
    """A coroutine that has waited once already, for a task to complete.

    Args:
        coroutine: The coroutine.
        first: What it waits for.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, None], first: object) -> None:
        self._coroutine = coroutine
        self._first = first

    def __await__(self) -> Generator[Any, Any, None]:
        waiting = self._first
        while True:
            error: BaseException | None = None
            try:
                yield waiting
            except BaseException as raised:  # noqa: BLE001 - the coroutine's, as with `await`
                error = raised
            try:
                waiting = (
                    self._coroutine.send(None) if error is None else self._coroutine.throw(error)
                )
            except StopIteration:
                return


class AsgiTransport:
    """Writes text frames to an accepted WebSocket; implements the hub's `Transport`.

    Args:
        send: The `send` of the ASGI server.
        on_gone: Called when it reports that the client is gone.

    Attributes:
        ended: Done when the close was written, or can not be.
    """

    def __init__(self, send: Send, *, on_gone: Callable[[], object] = lambda: None) -> None:
        self._send = send
        self._on_gone = on_gone
        self._unsent: list[asyncio.Task[None]] = []
        """Each writes a message that the socket has not taken at once, after the one before."""
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def write(self, message: bytes) -> asyncio.Future[None] | None:
        """Hand over one text frame; see `Transport.write`."""
        return self._write({"type": "websocket.send", "text": _decoder.text(message)})

    def close(self, code: CloseCode) -> None:
        """Close the connection; what a client does not receive in time is left to the server."""
        closing = self._write({"type": "websocket.close", "code": int(code), "reason": code.reason})
        if closing is None or closing.done():
            self._end()
        else:
            closing.add_done_callback(self._end)
            asyncio.get_running_loop().call_later(CLOSE_S, self._end)

    def _end(self, _: object = None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)

    def gone(self) -> None:
        """Write nothing any more: the client is gone."""
        for task in self._unsent:
            task.cancel()

    def _write(self, message: Message) -> asyncio.Future[None] | None:
        if self._unsent:
            return self._later(self._unsent[-1], message)
        sending: Any = self._send(message)
        if not hasattr(sending, "send"):  # Granian returns another kind of awaitable
            sending = _coroutine(sending)
        try:
            waiting = sending.send(None)
        except StopIteration:
            return None
        except Exception:  # noqa: BLE001 - each server has its own for a client that is gone
            self._report_gone()
            return _cancelled()
        return self._later(None, message, _Rest(sending, waiting))

    def _later(
        self, before: asyncio.Task[None] | None, message: Message, rest: _Rest | None = None
    ) -> asyncio.Future[None]:
        task = asyncio.create_task(self._finish(before, message, rest), name="send to a client")
        self._unsent.append(task)
        task.add_done_callback(self._unsent.remove)
        return task

    async def _finish(
        self, before: asyncio.Task[None] | None, message: Message, rest: _Rest | None
    ) -> None:
        try:
            if before is not None:
                await asyncio.wait([before])
            await (rest or self._send(message))
        except Exception:  # noqa: BLE001 - each server has its own for a client that is gone
            self._report_gone()
            raise asyncio.CancelledError from None

    def _report_gone(self) -> None:
        # Later: the hub may be in the middle of writing to all viewers.
        asyncio.get_running_loop().call_soon(self._on_gone)


async def _coroutine(awaitable: Awaitable[None]) -> None:
    await awaitable


def _cancelled() -> asyncio.Future[None]:
    gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    gone.cancel()
    return gone
