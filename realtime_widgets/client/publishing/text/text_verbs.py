"""The methods of `Sprint` by which other code logs and prints to it."""

from __future__ import annotations

import io
import weakref
from typing import TYPE_CHECKING, Any, Protocol

from realtime_widgets.client.publishing.text.written_lines import WrittenLines

if TYPE_CHECKING:
    from realtime_widgets.client.publishing.text.text_feed import TextFeed
    from realtime_widgets.protocol.events import Stream

__all__ = ["TextVerbs", "Texts"]


class Log(Protocol):
    """Publishes a log line, as `Sprint.log`."""

    def __call__(
        self,
        message: str,
        level: str = ...,
        source: str | None = ...,
        *,
        stream: Stream | None = ...,
    ) -> None: ...


class Texts:
    """The texts that are written to a run: by `print`, and to its streams.

    Args:
        log: Publishes a log line.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self.printed = WrittenLines(log)
        self._feeds: weakref.WeakSet[TextFeed] = weakref.WeakSet()

    def feed(
        self, level: str = "info", source: str | None = None, stream: Stream | None = None
    ) -> TextFeed:
        """Return where to write text whose lines are published with these fields."""
        from realtime_widgets.client.publishing.text.text_feed import TextFeed

        feed = TextFeed(lambda line: self._log(line, level, source, stream=stream))
        self._feeds.add(feed)
        return feed

    def end(self) -> None:
        """Publish the lines that wait."""
        self.printed.end()
        for feed in tuple(self._feeds):
            feed.end()


class TextVerbs:
    """Takes log lines and text from code that knows loggers, files or consoles."""

    _texts: Texts

    def log(self, message: object, level: str | int = "info", source: object | None = None) -> None:
        """Publish a log line."""
        raise NotImplementedError

    def info(self, message: object, source: object | None = None) -> None:
        """Publish a log line of level `info`; see `log`."""
        self.log(message, "info", source)

    def warning(self, message: object, source: object | None = None) -> None:
        """Publish a log line of level `warning`; see `log`."""
        self.log(message, "warning", source)

    def error(self, message: object, source: object | None = None) -> None:
        """Publish a log line of level `error`; see `log`."""
        self.log(message, "error", source)

    def write(self, text: str) -> int:
        """Publish text as log lines, each when it is complete: `print("loading", file=sprint)`.

        A line without an end is published by `flush`, by `close`, and at the end of the `with`
        block. Of a line that is redrawn with carriage returns the last form is kept.

        Args:
            text: The text, which may hold line breaks and ANSI colours.

        Returns:
            How many characters it has.

        Raises:
            TypeError: It is no text.
        """
        if not isinstance(text, str):
            raise TypeError(f"`text` must be a str, not {type(text).__name__}")
        self._texts.printed.write(text)
        return len(text)

    def stream(self, source: str | None = None, *, level: str = "info") -> io.TextIOBase:
        """Return a text file whose lines are published, also of a program that redraws them.

        ```python
        console = rich.console.Console(file=sprint.stream("rich"), force_terminal=True)
        ```

        A line is published half a second after its end; lines that are redrawn, such as progress
        bars, once they stand still for 2 s or are left, and at least every 10 s. `close` publishes
        what waits, as do `flush` and `close` of the sprint and the end of its `with` block.

        Args:
            source: The source of the lines, at most 256 characters.
            level: Their level, as in `log`.
        """
        return _TextFile(self._texts.feed(level, source))


class _TextFile(io.TextIOBase):
    """A text file that writes to a feed."""

    encoding: Any = "utf-8"

    def __init__(self, feed: TextFeed) -> None:
        super().__init__()
        self._feed = feed

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        if self.closed:
            raise ValueError("this stream is closed")
        self._feed.write(text)
        return len(text)

    def close(self) -> None:
        if not self.closed:
            self._feed.end()
        super().close()
