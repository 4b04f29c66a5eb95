"""Loops that were left before their end, as it may turn out that an exception was the reason.

When an exception leaves a loop, the loop sees no more of it than of a `break`: its iterator is
dropped. But the traceback of the exception then has the line at which that happened.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType

    from realtime_widgets.client.publishing.nesting import Path

__all__ = ["ExitedLoop", "ExitedLoops"]

MAX_LOOPS = 200
"""Loops that are remembered, the last ones: as many as a run has tasks."""

MAX_ERRORS = 100
"""Exceptions that are looked through, of a chain or a group."""


@dataclass(frozen=True)
class ExitedLoop:
    """How far a loop was."""

    parents: Path
    task: str
    done: int
    total: int | None
    unit: str | None


class ExitedLoops:
    """The loops of a run that were left, and where."""

    def __init__(self) -> None:
        self._loops: deque[tuple[CodeType, int | None, ExitedLoop]] = deque(maxlen=MAX_LOOPS)

    def note(self, frame: FrameType | None, loop: ExitedLoop) -> None:
        """Remember a loop whose iterator was dropped while this frame ran."""
        if frame is not None:
            self._loops.append((frame.f_code, frame.f_lineno, loop))

    def take(self, error: BaseException) -> list[ExitedLoop]:
        """Forget all loops, and return those that this exception has left."""
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
