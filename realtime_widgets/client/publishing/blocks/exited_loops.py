"""Loops of `track` that were exited early, to find out later whether an exception exited them.

An iterator cannot distinguish an exception in the loop's body from a `break`: in both cases it is
dropped. But the traceback of the exception contains the line at which it was dropped.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType

    from realtime_widgets.client.publishing.blocks.nesting import Path

__all__ = ["ExitedLoop", "ExitedLoops"]

MAX_LOOPS = 200
"""Number of loops that are recorded, the newest: as many as a run has tasks."""

MAX_ERRORS = 100
"""Maximum number of exceptions of a chain or a group that are searched."""


@dataclass(frozen=True)
class ExitedLoop:
    """How far a loop was."""

    parents: Path
    task: str
    done: int
    total: int | None
    unit: str | None


class ExitedLoops:
    """The loops of a run that were exited early, and at which line."""

    def __init__(self) -> None:
        self._loops: deque[tuple[CodeType, int | None, ExitedLoop]] = deque(maxlen=MAX_LOOPS)

    def note(self, frame: FrameType | None, loop: ExitedLoop) -> None:
        """Record a loop whose iterator was dropped while this frame ran."""
        if frame is not None:
            self._loops.append((frame.f_code, frame.f_lineno, loop))

    def take(self, error: BaseException) -> list[ExitedLoop]:
        """Remove all loops, and return those that this exception has exited."""
        loops = tuple(self._loops)
        self._loops.clear()
        lines = {line for each in _errors(error) for line in _lines(each)}
        return [loop for code, line, loop in loops if (code, line) in lines]


def _errors(error: BaseException) -> list[BaseException]:
    """Return an exception with those that led to it and those of its group."""
    found = [error]
    for each in found:
        more = [each.__cause__, each.__context__]
        if isinstance(each, BaseExceptionGroup):
            more += each.exceptions
        found += [e for e in more if e is not None and e not in found][: MAX_ERRORS - len(found)]
    return found


def _lines(error: BaseException) -> Iterator[tuple[CodeType, int | None]]:
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame.f_code, trace.tb_lineno
        trace = trace.tb_next
