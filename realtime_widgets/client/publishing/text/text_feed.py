"""Text that programs redraw, published as lines once they stand still.

Theory of operation. Writers append text to a feed, which takes no lock and no more than a
microsecond. One thread of the process takes it from all feeds, passes it to the `LineSplitter` of
each, and publishes the lines that are ready. It sleeps while no line waits.

Where this thread cannot run (in a forked child of the process that made the feed, in a browser, at
the exit of Python) the writer publishes its text line by line.
"""

from __future__ import annotations

import atexit
import logging
import os
import queue
import threading
import time
import weakref
from collections import deque
from typing import TYPE_CHECKING

from realtime_widgets.client.browser import IN_BROWSER
from realtime_widgets.client.publishing.text.lines import SETTLE_S, LineSplitter
from realtime_widgets.client.publishing.text.written_lines import WrittenLines

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets.client.publishing.text.lines import Line

__all__ = ["TextFeed"]

TICK_S = 0.1
"""How often lines that wait are looked at."""

MAX_PIECES = 10_000
"""Pieces of text that may wait for the thread before the writer does its work."""

_log = logging.getLogger("realtime_widgets")


class TextFeed:
    """Publishes what is written as the lines that a terminal would show.

    Args:
        publish: Publishes a line; it is called in the thread.
    """

    def __init__(self, publish: Callable[[str], None]) -> None:
        self._publish = publish
        self._by_line = WrittenLines(publish)
        self._pieces: deque[str] = deque()
        self._splitter = LineSplitter()
        self._lock = threading.Lock()
        """Held while the splitter is used."""
        self._is_watched = False
        """Whether the thread looks at this feed."""
        self._runs_in = os.getpid()
        _feeds.add(self)

    def write(self, text: str) -> None:
        """Add text."""
        if self._runs_in != os.getpid() or not _thread.can_run:
            self._by_line.write(text)
            return
        self._pieces.append(text)
        if not self._is_watched:
            self._is_watched = True
            _thread.watch(self)
        if len(self._pieces) > MAX_PIECES:
            self.look()

    def look(self) -> bool:
        """Publish the lines that are ready, and return whether others wait."""
        with self._lock:
            now = time.monotonic()
            self._is_watched = False  # first: what is written from here on is looked at again
            self._feed(now)
            settled_at = max(now - SETTLE_S, self._splitter.final_at)
            self._publish_all(self._splitter.take(now, settled_at))
            if self._splitter.is_waiting:
                self._is_watched = True
            return self._is_watched

    def settle(self) -> None:
        """Publish the lines that have ended, unless this interrupts another call that does."""
        if self._runs_in == os.getpid() and self._lock.acquire(timeout=TICK_S):
            try:
                now = time.monotonic()
                self._feed(now)
                self._publish_all(self._splitter.take(now, settled_at=now))
            finally:
                self._lock.release()

    def end(self) -> None:
        """Publish all lines as they stand."""
        self._by_line.end()
        if self._runs_in != os.getpid():
            return
        with self._lock:
            now = time.monotonic()
            self._feed(now)
            self._publish_all(self._splitter.take_all(now))

    def _feed(self, now: float) -> None:
        count = len(self._pieces)
        if count:
            text = "".join(self._pieces.popleft() for _ in range(count))
            self._splitter.feed(text.encode("utf-8", "replace"), now)

    def _publish_all(self, lines: list[Line]) -> None:
        for line in lines:
            try:
                self._publish(line.text)
            except Exception:  # noqa: BLE001 - the lines after it are published all the same
                _log.exception("realtime-widgets: cannot publish a line")


class _Thread:
    """The thread that looks at the feeds where something waits."""

    def __init__(self) -> None:
        self.can_run = not IN_BROWSER
        # Its `put` may interrupt itself: signal handlers and finalizers write text, too.
        self._written: queue.SimpleQueue[TextFeed] = queue.SimpleQueue()
        self._has_started = False

    def watch(self, feed: TextFeed) -> None:
        """Look at a feed from now on, until no line of it waits."""
        self._written.put(feed)
        if self._has_started:
            return
        self._has_started = True
        try:
            threading.Thread(target=self._run, name="realtime-widgets text", daemon=True).start()
        except RuntimeError:  # Python exits
            self.can_run = False
            feed.end()

    def _run(self) -> None:
        watched: set[TextFeed] = set()
        while True:
            try:
                watched.add(self._written.get(timeout=TICK_S if watched else None))
            except queue.Empty:
                watched = {feed for feed in watched if feed.look()}


_feeds: weakref.WeakSet[TextFeed] = weakref.WeakSet()
_thread = _Thread()


def _end_all() -> None:
    """Publish what waits, at the exit of the process, before the outboxes are closed."""
    _thread.can_run = False
    for feed in tuple(_feeds):
        feed.end()


def _reset_in_child() -> None:
    _feeds.clear()
    _thread.__init__()  # type: ignore[misc]  # the thread of the parent does not run here


atexit.register(_end_all)

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_in_child)
