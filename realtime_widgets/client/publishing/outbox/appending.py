"""How an event is put into the buffer of its run: with a listener, in a browser, at the exit.

`append` is an attribute with the function that applies, because a call of it is to take a
microsecond.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from realtime_widgets.client.browser import IN_BROWSER, polled_loop
from realtime_widgets.client.publishing.outbox.exit_budget import exit_budget

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from realtime_widgets.client.publishing.outbox.buffer import Buffer
    from realtime_widgets.client.publishing.outbox.joining import JoiningKey
    from realtime_widgets.client.publishing.outbox.metric_rows import Row
    from realtime_widgets.client.target import PublishTarget

    AnyRow: TypeAlias = dict[str, Any] | Row

__all__ = ["Appending"]


class Appending:
    """The part of an outbox that takes events from the user's threads."""

    _target: PublishTarget
    _buffer: Buffer

    def close(self, timeout: float) -> int:
        """Flush, then disconnect; see `Outbox`."""
        raise NotImplementedError

    def _reset_appending(self) -> None:
        self._listener: Callable[[AnyRow], None] | None = None
        self._append = self._append_and_poll if IN_BROWSER else self._buffer.append
        """Without a listener."""
        self.append = self._append
        """Publish an event; see `Buffer.append`."""
        if exit_budget.has_started:
            self.publish_synchronously()

    @property
    def has_listener(self) -> bool:
        """Whether a listener is set."""
        return self._listener is not None

    def set_listener(self, listener: Callable[[AnyRow], None] | None) -> None:
        """Call a function with each event that is published, in the thread that publishes it.

        It is no longer called at the exit of the process, nor in a forked child.
        """
        self._listener = listener
        if not exit_budget.has_started:
            self.append = self._append if listener is None else self._append_and_notify

    def publish_synchronously(self) -> None:
        """Let `append` wait until its event is stored, as no exit hook runs after this."""
        self.append = self._append_at_end

    def _append_and_notify(
        self, event: AnyRow, size: int, *, may_drop: bool = False, joins: JoiningKey | None = None
    ) -> None:
        self._append(event, size, may_drop=may_drop, joins=joins)
        listener = self._listener
        if listener is not None:
            listener(event)

    def _append_and_poll(
        self, event: AnyRow, size: int, *, may_drop: bool = False, joins: JoiningKey | None = None
    ) -> None:
        self._buffer.append(event, size, may_drop=may_drop, joins=joins)
        polled_loop.poll_if_due()

    def _append_at_end(
        self, event: AnyRow, size: int, *, may_drop: bool = False, joins: JoiningKey | None = None
    ) -> None:
        if not self._target.is_server:
            return  # the hub in this process has ended
        self._buffer.append(event, size, may_drop=may_drop, joins=joins)
        if not sys.is_finalizing():  # then no other thread runs
            with exit_budget.remaining() as timeout:
                self.close(timeout)
