"""The inbox of the run of an outbox: stops and messages that were delivered (protocol 14.3)."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakSet

from realtime_widgets.client.browser import IN_BROWSER
from realtime_widgets.client.publishing.execution_points import (
    ExecutionPoint,
    cancel_task,
    interrupt_main,
)
from realtime_widgets.errors import Cancelled
from realtime_widgets.protocol.inbox_events import Control, UserMessage

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets.client.changes import Changes
    from realtime_widgets.client.publishing.outbox.membership import Membership
    from realtime_widgets.protocol.messages import Deliver

__all__ = ["Received"]

MAX_SEEN = 200
"""How many deliveries are remembered, as each may come again."""


class Stoppable(Protocol):
    """A `Sprint` object, as far as a stop uses it."""

    @property
    def is_under_way(self) -> bool:
        """Whether it has set a status that is not final."""

    def points_to_interrupt(self) -> list[ExecutionPoint]:
        """Return where code is interrupted by a stop."""

    def call_on_cancel(self) -> None:
        """Call the function that was given as `on_cancel`."""


class Received:
    """Passes stops and messages from the background thread to the program.

    Args:
        sprint_id: The run.
        changed: Notified after each change.
        membership: The membership of this process in the run.
        publish: Publishes an event of the run.
    """

    def __init__(
        self,
        sprint_id: str,
        changed: Changes,
        membership: Membership,
        publish: Callable[[dict[str, Any]], object],
    ) -> None:
        self._sprint_id = sprint_id
        self._changed = changed
        self._membership = membership
        self._publish = publish
        # Reentrant: a signal handler may leave a block while it is held.
        self.leaving = threading.RLock()
        """Held while a block is left and while the main thread is interrupted, so that a stop never
        interrupts what comes after the block."""
        self._sprints: WeakSet[Stoppable] = WeakSet()
        self._stop: tuple[Control, str | None] | None = None
        self._messages: deque[tuple[UserMessage, str | None]] = deque()
        self._seen: deque[tuple[int | None, str | None]] = deque(maxlen=MAX_SEEN)
        self.read_by: str | bool = False
        """The membership for which an inbox was opened."""

    def register(self, sprint: Stoppable) -> None:
        """Stop this object, too."""
        with self.leaving:
            self._sprints.add(sprint)

    @property
    def stop(self) -> Control | None:
        """The stop of the newest attempt of this process; None while there is none."""
        if self._stop is None or not self._membership.is_newest(self._stop[1]):
            return None
        return self._stop[0]

    def check(self) -> None:
        """Raise where the run was stopped.

        Raises:
            Cancelled: It was.
        """
        if (stop := self.stop) is not None:
            raise Cancelled(self._sprint_id, stop.user)

    def has_message(self) -> bool:
        """Whether a message waits."""
        return bool(self._messages)

    def take(self) -> UserMessage | None:
        """Take the oldest message, and publish that it was taken; None where none waits."""
        while self._messages:
            try:
                message, member = self._messages.popleft()
            except IndexError:
                break  # another thread has taken it
            if self._membership.is_newest(member):
                by = {} if member is None else {"attempt": member}
                self._publish({"type": "taken", "seqs": [message.seq], **by})
                return message
        return None

    # In the background thread only.

    def receive(self, delivered: Deliver) -> None:
        """Keep what was delivered; an event may come again."""
        event, member = delivered.event, delivered.member
        if not isinstance(event, Control | UserMessage) or not self._membership.is_newest(member):
            return
        key = event.seq, event.timestamp
        if key in self._seen:
            return
        self._seen.append(key)
        if isinstance(event, UserMessage):
            self._messages.append((event, member))
        else:
            self._stop = event, member
            # Not in this thread, which publishes: functions of the user are called.
            if IN_BROWSER:
                self._act(event)
            else:
                act = threading.Thread(target=self._act, args=[event], daemon=True)
                act.name = "realtime-widgets stop"
                act.start()
        self._changed.notify()

    def _act(self, stop: Control) -> None:
        """Stop the program."""
        self._publish({"type": "taken", "seqs": [stop.seq]})
        with self.leaving:
            sprints = [one for one in self._sprints if one.is_under_way]
            points = {point for one in sprints for point in one.points_to_interrupt()}
            if any(point.is_in_main and point.task is None for point in points):
                interrupt_main()
        for point in points:
            cancel_task(point)
        for one in sprints:
            one.call_on_cancel()
