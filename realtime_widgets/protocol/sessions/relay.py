"""The client's side of one connection whose messages are passed on, and not parsed.

It is for a kernel that carries messages between a page and a hub (protocol 11). Pings of the hub
are answered here, because a page cannot answer while a cell runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.protocol.message_text import is_ping
from realtime_widgets.protocol.messages import Pong

if TYPE_CHECKING:
    from realtime_widgets.protocol.codes import CloseCode
    from realtime_widgets.protocol.messages import Hello

__all__ = ["RelaySession"]


class RelaySession:
    """Collects the messages of the hub. It does what `ClientSession` does, without deadlines.

    Args:
        hello: The first message; None where the first message that is passed on is one.
    """

    next_deadline = None

    def __init__(self, hello: Hello | None = None) -> None:
        self._hello = hello
        self._pending: list[str] = []
        self._messages: list[str] = []

        self.size = 0
        """Characters of the messages that `take` returns."""

        self.is_open = False
        """Whether the transport is open."""

        self.close_code: CloseCode | None = None

    def open(self, *, now: float) -> None:  # noqa: ARG002 - there are no deadlines
        """Begin a connection, whose transport is open."""
        self.is_open = True
        if self._hello is not None:
            self._pending.append(self._hello.to_json())

    def lost(self) -> None:
        """End the connection, whose transport is closed."""
        self.is_open = False
        self._pending.clear()

    def receive(self, text: str, *, now: float) -> None:  # noqa: ARG002 - there are no deadlines
        """Take in one text frame. You should send what is `to_send` afterwards."""
        if is_ping(text):
            self._pending.append(Pong().to_json())
        else:
            self._messages.append(text)
            self.size += len(text)

    def tick(self, *, now: float) -> None:
        """Do nothing: there are no deadlines."""

    def to_send(self) -> list[str]:
        """Drain the messages that have to go out now."""
        pending, self._pending = self._pending, []
        return pending

    def take(self) -> list[str]:
        """Drain the messages to pass on, in order."""
        messages, self._messages = self._messages, []
        self.size = 0
        return messages
