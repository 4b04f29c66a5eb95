"""`Sprint.capture`: publishes what a process prints, logs and draws while a block is open."""

from __future__ import annotations

import atexit
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Literal, Self, get_args

from realtime_widgets.capturing.captured_streams import CapturedStreams
from realtime_widgets.capturing.hooks import Bars, Exceptions, Records, Warnings
from realtime_widgets.client.publishing.blocks.async_block import AsyncBlock

if TYPE_CHECKING:
    from types import TracebackType

    from realtime_widgets import Sprint
    from realtime_widgets.capturing.part import Part

__all__ = ["Capture", "What"]

What = Literal["output", "logging", "warnings", "tqdm", "exceptions"]
"""What can be captured."""

_streams = CapturedStreams()

# In the order in which they are installed: the output first, as what the others print is hidden.
_parts: dict[str, Part] = {
    "output": _streams,
    "logging": Records(_streams.settle),
    "warnings": Warnings(_streams.settle),
    "tqdm": Bars(_streams.settle),
    "exceptions": Exceptions(_streams.settle),
}
_lock = threading.RLock()


class Capture(AsyncBlock):
    """See `Sprint.capture`; it can be entered several times, one after the other or nested."""

    def __init__(self, run: Sprint, what: tuple[What, ...]) -> None:
        for name in what:
            if name not in _parts:
                known = ", ".join(map(repr, get_args(What)))
                raise ValueError(f"cannot capture {name!r}; known are {known}")
        self._run = run
        self._names = [name for name in _parts if name in what or not what]
        self._entered: list[ExitStack] = []

    def __enter__(self) -> Self:
        with _lock, ExitStack() as stack:
            for name in self._names:
                part = _parts[name]
                stack.callback(part.leave, self._run)
                part.enter(self._run)
            self._entered.append(stack.pop_all())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        with _lock:
            if self._entered:
                self._entered.pop().close()


def _restore_all() -> None:
    """Pass on what waits in the files of a capture that is still open at the exit of Python."""
    while (run := _streams.run) is not None:
        _streams.leave(run)


atexit.register(_restore_all)
