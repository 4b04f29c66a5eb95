"""Standard output and error: of Python, and below it of C code and children.

A stream of Python that writes to descriptor 1 or 2 is captured there. One that does not, as that of
a kernel, is captured where text is written to it. Its method `write` is replaced, and not the
stream itself, because handlers of loggers and others hold it.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import sys
import threading
from _thread import get_ident
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, TextIO

from realtime_widgets.capturing.descriptors import (
    CAN_REPLACE,
    Descriptor,
    Descriptors,
    marked,
    write_all,
)
from realtime_widgets.capturing.hidden import is_hidden
from realtime_widgets.capturing.part import Part, replace
from realtime_widgets.client.runtime import fork_lock
from realtime_widgets.display.terminal.terminal_display import without_displays

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets import Sprint
    from realtime_widgets.client.publishing.text.text_feed import TextFeed
    from realtime_widgets.protocol.events import Stream

__all__ = ["CapturedStreams"]

STREAMS = {"stdout": 1, "stderr": 2}

SETTLE_S = 1.0
"""How long an event waits at most until what was printed before it is read."""


class CapturedStreams(Part):
    """What the process writes to its standard output and error."""

    def __init__(self) -> None:
        super().__init__()
        self._restore = ExitStack()
        self._feeds: dict[tuple[int, Stream | None], TextFeed] = {}
        """By the identity of the run, and by stream."""
        self._descriptors: Descriptors | None = None
        self.is_over = threading.Event()
        """Set at the end, so that nothing waits for a place that takes no output."""

    def install(self) -> None:
        self.is_over.clear()
        self._restore.enter_context(without_displays())
        _flush()
        replaced = _replace_descriptors() if CAN_REPLACE else []
        numbers = {number for each in replaced for number in each.numbers}
        streams = {name: getattr(sys, name) for name in STREAMS}
        writers = {
            name: self._capture(name, stream, numbers)
            for name, stream in streams.items()
            if stream is not None
        }
        for each in replaced:
            each.sink = self._sink(each, streams, writers)
        if replaced:
            self._descriptors = Descriptors(replaced, _flush)

    def uninstall(self) -> None:
        try:
            if self._descriptors is not None:
                self._descriptors.stop()
        finally:
            self._descriptors = None
            self._restore.close()
            for feed in self._feeds.values():
                feed.end()
            self._feeds.clear()

    def publish(self, stream: Stream | None, text: str) -> None:
        """Publish text of a stream; None for both streams, or for standard output."""
        run = self.run
        if run is not None:
            self._feed(run, stream).write(text)

    def catch_up(self) -> None:
        """Pass on first what C code and children have written, so that the order stays."""
        if self._descriptors is not None:
            self._descriptors.catch_up()

    def settle(self) -> None:
        """Publish the lines that are complete, before an event that is made now."""
        if self._descriptors is not None:
            _flush()
            self._descriptors.catch_up(SETTLE_S)
        for feed in tuple(self._feeds.values()):
            feed.settle()

    def _feed(self, run: Sprint, stream: Stream | None) -> TextFeed:
        feed = self._feeds.get((id(run), stream))
        if feed is None:
            feed = run._texts.feed(stream=stream)  # noqa: SLF001 - of this package
            self._feeds[id(run), stream] = feed
        return feed

    def _capture(self, name: str, stream: Any, numbers: set[int]) -> Callable[[str], object]:  # noqa: ANN401 - any text file
        """Replace the method `write` of a stream, and return the one before."""
        before: Callable[[str], object] = stream.write
        number = _number(stream)
        write = (
            _marking_write(self, stream, number, before)
            if number in numbers
            else _publishing_write(self, name, stream, before)
        )
        with contextlib.suppress(AttributeError):  # its class allows no attributes
            self._restore.callback(replace(stream, "write", write))
        return before

    def _sink(
        self, descriptor: Descriptor, streams: dict[str, Any], writers: dict[str, Any]
    ) -> _Sink:
        """Return where the bytes of a descriptor go."""
        stream: Stream | None = "stderr" if descriptor.numbers == [2] else None
        name = stream or "stdout"
        python = streams[name]
        # A kernel reads the descriptor and writes its text to the stream: do the same at once.
        is_read_by_kernel = hasattr(python, "watch_fd_thread")
        write = writers.get(name) if is_read_by_kernel else None
        saved = _number(python) if is_read_by_kernel else descriptor.saved
        if os.isatty(descriptor.saved):
            for each in STREAMS:
                if _number(streams[each]) in descriptor.numbers:
                    self._restore.callback(replace(streams[each], "isatty", lambda: True))
        return _Sink(self, stream, saved, write)


class _Sink:
    """Passes on and publishes the bytes of a descriptor."""

    def __init__(
        self,
        output: CapturedStreams,
        stream: Stream | None,
        saved: int | None,
        write: Callable[[str], object] | None,
    ) -> None:
        self._output = output
        self._stream = stream
        self._saved = saved
        self._write = write
        self._passed_on = codecs.getincrementaldecoder("utf-8")("replace")
        self._published = codecs.getincrementaldecoder("utf-8")("replace")

    def pass_on(self, data: bytes) -> None:
        if self._write is not None and (text := self._passed_on.decode(data)):
            self._write(text)
        if self._saved is not None:
            write_all(self._saved, data, self._output.is_over)

    def publish(self, data: bytes) -> None:
        self._output.publish(self._stream, self._published.decode(data))


def _marking_write(
    output: CapturedStreams,
    stream: TextIO,
    number: int | None,
    before: Callable[[str], object],
) -> Callable[[str], object]:
    """Return `write` of a stream whose descriptor is captured: it marks what is hidden."""

    def write(text: str, /) -> object:
        if not (is_hidden() and output.run is not None and number is not None):
            return before(text)
        stream.flush()
        os.write(number, marked(text.encode(stream.encoding, stream.errors or "strict")))
        return len(text)

    return write


def _publishing_write(
    output: CapturedStreams,
    name: str,
    stream: TextIO,
    before: Callable[[str], object],
) -> Callable[[str], object]:
    """Return `write` of a stream that has no captured descriptor: it publishes the text."""
    of_kernel = getattr(stream, "watch_fd_thread", None)
    shown: Stream | None = "stderr" if name == "stderr" else None

    def write(text: str, /) -> object:
        # What the thread of a kernel reads of a descriptor is from before the capture.
        if of_kernel is not None and of_kernel.ident == get_ident():
            return before(text)
        if len(text) > 1:  # `print` writes blanks and line ends one by one
            output.catch_up()
        written = before(text)
        if not is_hidden():
            output.publish(shown, text)
        return written

    return write


def _replace_descriptors() -> list[Descriptor]:
    """Replace the descriptors that are open; both at once where they lead to the same place."""
    places: dict[tuple[int, int], list[int]] = {}
    for number in STREAMS.values():
        with contextlib.suppress(OSError):  # it is closed
            status = os.fstat(number)
            places.setdefault((status.st_dev, status.st_ino), []).append(number)
    return [Descriptor(numbers) for numbers in places.values()]


def _number(stream: object) -> int | None:
    try:
        number: int = stream.fileno()  # type: ignore[attr-defined]  # any text file, or none
    except (AttributeError, OSError, ValueError):
        return None
    return number


def _flush() -> None:
    """Write out what the streams of Python hold back; a child must not be forked meanwhile."""
    with fork_lock:
        for name in STREAMS:
            stream = getattr(sys, name, None)
            if _number(stream) in STREAMS.values():
                with contextlib.suppress(OSError, ValueError):
                    stream.flush()  # type: ignore[union-attr]  # it has a descriptor
