"""Text that is written in pieces, as `print` writes it, published as lines."""

from __future__ import annotations

from _thread import get_ident
from typing import TYPE_CHECKING

from realtime_widgets.client.publishing.events import SMALL_LINE

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["WrittenLines"]


class WrittenLines:
    """Publishes each line when it is complete, in the thread that writes it.

    Threads that write at the same time have a line each. It takes no lock, so it works in signal
    handlers, in finalizers and in forked children. Of a line without an end, such as a progress
    bar, it keeps what was written after the last carriage return, at most 16,384 characters.

    Args:
        publish: Publishes a line.
    """

    def __init__(self, publish: Callable[[str], None]) -> None:
        self._publish = publish
        self._begun: dict[int, str] = {}
        """The line that each thread has begun."""

    def write(self, text: str) -> None:
        """Add text."""
        thread = get_ident()
        # Taken out, so that `end` in another thread publishes nothing twice.
        *lines, rest = (self._begun.pop(thread, "") + text).split("\n")
        for line in lines:
            self._publish(line)
        if "\r" in rest:
            redrawn = rest.rstrip("\r")
            rest = redrawn[redrawn.rfind("\r") + 1 :] + rest[len(redrawn) :]
        while len(rest) > SMALL_LINE:
            self._publish(rest[:SMALL_LINE])
            rest = rest[SMALL_LINE:]
        if rest:
            self._begun[thread] = rest

    def end(self) -> None:
        """Publish the lines that have no end yet."""
        for thread in tuple(self._begun):
            line = self._begun.pop(thread, "")
            if line:
                self._publish(line)
