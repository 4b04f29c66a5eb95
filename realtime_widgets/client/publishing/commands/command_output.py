"""Publishes what a command writes, as long as any process can still write it.

Theory of operation. A command may leave background processes that keep its output open. So one
thread per stream reads it to its end, however late, and passes the data to one more thread, which
splits it into lines and publishes them. The caller waits for the command only; the threads are not
joined, and end with the last process that can write.

    stream --reader--+
                     +--> queue --publisher--> Sprint.log
    stream --reader--+
"""

from __future__ import annotations

import errno
import heapq
import logging
import math
import os
import queue
import threading
import time
from functools import partial
from typing import IO, TYPE_CHECKING, Literal

from realtime_widgets.client.publishing.text.lines import SETTLE_S, Line, LineSplitter
from realtime_widgets.client.runtime import SLICE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["CommandOutput", "StreamName"]

StreamName = Literal["stderr"] | None

TICK_S = 0.1
"""How often lines that wait are looked at."""

CHUNK_BYTES = 65_536

MAX_CHUNKS = 8
"""How many may wait to be published before the command has to."""

GRACE_S = 1.0
"""How long to wait for the end of the output after that of the command."""

MAX_GRACE_S = 3.0
"""The same where the output of the command itself may not have been read yet."""

IDLE_S = 0.02
"""A reader that has waited so long has read what was there."""

_log = logging.getLogger("realtime_widgets")


class _Reader:
    """One stream, to be read in a separate thread."""

    def __init__(self, file: IO[bytes], name: StreamName) -> None:
        self.name = name
        self.splitter = LineSplitter()
        self.is_open = True
        """Whether a process can still write to it."""
        self.waits_since = math.inf
        """Since when there is nothing to read."""
        self._file = file

    def chunks(self) -> Iterator[bytes]:
        """Yield what is read, until the end."""
        with self._file:
            while data := self._wait():
                yield data
        self.is_open = False

    def _wait(self) -> bytes:
        self.waits_since = time.monotonic()
        try:
            return os.read(self._file.fileno(), CHUNK_BYTES)
        except OSError as error:
            if error.errno == errno.EIO:
                return b""  # the end of a pseudo-terminal
            raise
        finally:
            self.waits_since = math.inf


class CommandOutput:
    """The output of one command.

    Args:
        log: Publishes a line, as `Sprint.log`.
        source: The source of its lines.
        streams: What to read, each with the name that marks its lines.
    """

    def __init__(
        self, log: Callable[..., None], source: str, streams: Iterable[tuple[IO[bytes], StreamName]]
    ) -> None:
        self._publish_line = log
        self._source = source
        self._readers = [_Reader(file, name) for file, name in streams]
        self._unfinished = len(self._readers)
        """How many streams were not published to their end."""
        self._queue: queue.Queue[tuple[_Reader, bytes] | threading.Event] = queue.Queue(MAX_CHUNKS)
        self._looked_at = -math.inf
        self._has_failed = False
        self._has_ended = threading.Event()  # to join a thread is not safe from Ctrl-C before 3.13
        self._start(self._publish)
        for reader in self._readers:
            self._start(partial(self._read, reader))

    def settle(self) -> None:
        """Wait until what the command wrote is published, now that it has ended."""
        ended_at = time.monotonic()
        while any(reader.is_open for reader in self._readers):
            waited = time.monotonic() - ended_at
            if waited >= (GRACE_S if self._is_read() else MAX_GRACE_S):
                self._publish_held()
                self._publish_line(
                    f"{self._source} has ended; processes that it started in the background are "
                    "still running, and their output is still published here",
                    source=self._source,
                )
                return
            self._has_ended.wait(IDLE_S)
        while not self._has_ended.wait(SLICE_S):
            pass

    def _is_read(self) -> bool:
        """Whether all that was written has been read."""
        idle_since = time.monotonic() - IDLE_S
        return self._queue.empty() and all(
            not reader.is_open or reader.waits_since < idle_since for reader in self._readers
        )

    def _publish_held(self) -> None:
        is_done = threading.Event()
        self._queue.put(is_done)
        while not (self._has_ended.is_set() or is_done.wait(SLICE_S)):
            pass

    # What follows runs in the threads.

    def _start(self, target: Callable[[], None]) -> None:
        threading.Thread(target=target, name=f"output of {self._source}", daemon=True).start()

    def _read(self, reader: _Reader) -> None:
        try:
            for data in reader.chunks():
                self._queue.put((reader, data))
        except Exception as error:  # noqa: BLE001 - any error is reported
            self._report(error)
        finally:
            reader.is_open = False
            self._queue.put((reader, b""))

    def _publish(self) -> None:
        while self._unfinished:
            try:
                self._take(self._next())
            except Exception as error:  # noqa: BLE001 - as above; the command must not be held up
                self._report(error)
        self._has_ended.set()

    def _next(self) -> tuple[_Reader, bytes] | threading.Event | None:
        is_waiting = any(reader.splitter.is_waiting for reader in self._readers)
        try:
            return self._queue.get(timeout=TICK_S if is_waiting else None)
        except queue.Empty:
            return None

    def _take(self, item: tuple[_Reader, bytes] | threading.Event | None) -> None:
        now = time.monotonic()
        if isinstance(item, threading.Event):
            try:
                self._log((reader, reader.splitter.take_all(now)) for reader in self._readers)
            finally:
                item.set()
            return
        if item is not None:
            reader, data = item
            self._unfinished -= not data
            reader.splitter.feed(data, now)
            if not data:
                self._log([(reader, reader.splitter.take_all(now))])
        self._look(now)

    def _look(self, now: float) -> None:
        """Publish the lines that are ready, of both streams in the order in which they came."""
        splitters = [reader.splitter for reader in self._readers]
        final_at = max(splitter.final_at for splitter in splitters)
        if now - self._looked_at < TICK_S and not final_at:
            return
        self._looked_at = now
        settled_at = max(now - SETTLE_S, final_at)
        self._log((reader, reader.splitter.take(now, settled_at)) for reader in self._readers)

    def _log(self, lines: Iterable[tuple[_Reader, list[Line]]]) -> None:
        marked = ([(line, reader.name) for line in part] for reader, part in lines)
        for line, name in heapq.merge(*marked, key=lambda item: item[0].changed_at):
            try:
                self._publish_line(line.text, source=self._source, stream=name)
            except Exception as error:  # noqa: BLE001 - the lines after it are published all the same
                self._report(error)

    def _report(self, error: Exception) -> None:
        if self._has_failed:
            return
        self._has_failed = True
        try:
            message = f"a part of the output of {self._source} is missing: {error!r}"
            self._publish_line(message, "error", self._source)
        except Exception:  # noqa: BLE001 - as above
            _log.exception("realtime-widgets: cannot publish the output of %s", self._source)
