"""The method of `Sprint` by which a program reads messages of users."""

from __future__ import annotations

import asyncio
import logging
import math
import threading
import time
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, TypeAlias

from realtime_widgets.client.waiting import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets.client.publishing.outbox.outbox import Outbox
    from realtime_widgets.protocol.inbox_events import UserMessage

    OnMessage: TypeAlias = Callable[["Message"], object]

__all__ = ["InboxVerbs", "Message", "Messages", "check_on_message"]

_log = logging.getLogger("realtime_widgets")


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a user to the program of a run.

    Attributes:
        text: The text, at most 8,192 bytes of UTF-8.
        user: The user, as the server knows them; None where it does not.
        seq: The number of its event in the log.
        timestamp: When it was stored: ISO 8601, UTC.
    """

    text: str
    user: str | None
    seq: int
    timestamp: str

    def __str__(self) -> str:
        return self.text


class InboxVerbs:
    """Reads messages of users; what it takes and raises is documented at `Sprint`."""

    _outbox: Outbox
    _sprint_id: str
    _on_message: OnMessage | None = None

    def _publish(self, fields: dict[str, Any]) -> None:
        raise NotImplementedError

    def _is_headless(self) -> bool:
        """Whether a program executes the notebook, so that no user is expected."""
        return False

    def inbox(self, *, timeout: float | None = None) -> Messages:
        """Read what users send to the program, in `for` or in `async for`.

        ```python
        for message in sprint.inbox():
            reply(message.text)
        ```

        From the first call on, views of the run have a line to write messages in, for users who may
        write to the run. A message is shown as waiting until a loop has taken it; each is taken
        once. Of a run at most 20 messages wait. The loop ends when the run is stopped or has ended.
        Where several processes take part in an attempt, each of those that read gets each message.

        In a notebook that a program executes, the loop ends at once where no `timeout` is given.

        Args:
            timeout: For how many seconds to wait for the next message before the loop ends; 0 takes
                what is there. By default until the run ends.

        Raises:
            RuntimeError: The run is not under way.
        """
        membership = self._open_inbox()
        if timeout is None:
            timeout = 0.0 if self._is_headless() else math.inf
        return Messages(self._outbox, membership, timeout)

    def _open_inbox(self) -> str | bool:
        """Publish that this member reads messages, once; return its membership."""
        membership = self._outbox.membership.lease
        if not membership:
            msg = f"{self._sprint_id!r} is not running: read messages in its `with` block"
            raise RuntimeError(msg)
        received = self._outbox.received
        if received.read_by != membership:
            received.read_by = membership
            member = {"attempt": membership} if isinstance(membership, str) else {}
            self._publish({"type": "inbox", **member})
        return membership

    def _pass_messages(self) -> None:
        """Call the function that was given as `on_message` with each message of this attempt."""
        function, outbox = self._on_message, self._outbox
        if function is None or outbox.received.read_by == outbox.membership.lease:
            return
        messages = Messages(outbox, self._open_inbox(), math.inf)

        def run() -> None:
            for message in messages:
                try:
                    function(message)
                except Exception:  # noqa: BLE001 - it is logged, and the next message is taken
                    words = "realtime-widgets: on_message of %r has failed"
                    _log.exception(words, self._sprint_id)

        threading.Thread(target=run, name="realtime-widgets messages", daemon=True).start()


class Messages:
    """The messages of users, in the order in which they were stored.

    Args:
        outbox: The outbox of the run.
        membership: The membership of this process, with which the messages end.
        timeout: How long to wait for each, in seconds.
    """

    def __init__(self, outbox: Outbox, membership: str | bool, timeout: float) -> None:  # noqa: FBT001 - as in `Membership.lease`
        self._outbox = outbox
        self._timeout = timeout
        self._membership = membership
        self._is_abandoned = False

    def __iter__(self) -> Messages:
        return self

    def __next__(self) -> Message:
        message = self._next(time.monotonic() + self._timeout)
        if message is None:
            raise StopIteration
        return message

    def __aiter__(self) -> Messages:
        return self

    async def __anext__(self) -> Message:
        # The thread only waits: a message that it took would be lost when the task is cancelled.
        deadline = time.monotonic() + self._timeout
        while self._is_open and (message := self._take()) is None:
            if time.monotonic() >= deadline:
                break
            await self._wait_in_thread(deadline)
        if not self._is_open or message is None:
            raise StopAsyncIteration
        return message

    async def _wait_in_thread(self, deadline: float) -> None:
        try:
            await in_thread(lambda: self._wait(deadline))
        except asyncio.CancelledError:
            self._is_abandoned = True
            self._outbox.changed.notify()
            raise

    def _next(self, deadline: float) -> Message | None:
        while self._is_open:
            message = self._take()
            if message is not None or not self._wait(deadline):
                return message
        return None

    def _wait(self, deadline: float) -> bool:
        """Wait for a message or the end; return whether there is one of them."""
        return self._outbox.changed.wait_for(
            lambda: self._outbox.received.has_message() or not self._is_open,
            max(0.0, deadline - time.monotonic()),
        )

    @property
    def _is_open(self) -> bool:
        return (
            self._outbox.membership.lease == self._membership
            and self._outbox.received.stop is None
            and not self._outbox.has_given_up
            and not self._is_abandoned
        )

    def _take(self) -> Message | None:
        taken = self._outbox.received.take()
        return None if taken is None else _message(taken)


def _message(event: UserMessage) -> Message:
    return Message(event.text, event.user, event.seq or 0, event.timestamp or "")


def check_on_message(function: object) -> None:
    """Refuse what cannot be called with a message.

    Raises:
        TypeError: It is a coroutine function or no function.
    """
    if function is not None and (not callable(function) or iscoroutinefunction(function)):
        msg = (
            f"on_message={function!r}: it is a function, and no coroutine function, that is called"
        )
        raise TypeError(f"{msg} with each message")
