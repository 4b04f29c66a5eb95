"""An exception as text: the message of a failed run's status, and the traceback for its log.

Exceptions are foreign code: `__str__`, notes and properties of theirs may raise, be huge or be of
another type. Python's own formatting copes with most of that. What it cannot format, or only in
too long a time, is shown by its own line and its last calls.
"""

from __future__ import annotations

import os
import sys
from itertools import islice
from pathlib import Path
from traceback import FrameSummary, StackSummary, TracebackException, walk_tb
from typing import TYPE_CHECKING

from realtime_widgets.client.publishing.events import MAX_LINE, cut_words
from realtime_widgets.client.publishing.fit import cut

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["failure"]

MAX_PARTS = 5_000
"""Exceptions and calls that are formatted, a tenth of a second at most: a loop that retries in an
`except` block, or a group of tasks, may gather any number of them."""

FIRST_CALLS = 15
LAST_CALLS = 45
"""Calls shown of a deeper stack: where it began, and above all where it ended."""

MAX_NOTES = 5
MAX_MEMBERS = 5
MAX_REASONS = 3
MAX_OWN_LINE = 2_000
MAX_OTHER_LINE = 300
"""How much of notes, groups and chains goes into the words of a status."""

_OUR_FOLDER = f"{Path(__file__).parents[1]}{os.sep}"


def failure(error: BaseException) -> tuple[str, str]:
    """Describe an exception; never raises.

    Args:
        error: Any exception, with its traceback.

    Returns:
        Words for the status: the exception's own line, then its notes, the members of a group and
        the exceptions that led to it. And the traceback for the log, which names cells as IPython
        does (`Cell In[2], line 3`) and leaves out the calls within this package.
    """
    try:
        if _count_parts(error) <= MAX_PARTS:
            described = TracebackException.from_exception(error, compact=True)
            return cut_words("\n".join(_words(described))), _traceback(described)
        own_line = _own_line(error)
        calls = StackSummary.extract(walk_tb(error.__traceback__), limit=-LAST_CALLS)
        text = f"Traceback (most recent call last):\n{''.join(_Calls(calls).format())}{own_line}"
        return cut_words(own_line), cut(text, MAX_LINE)
    except BaseException:  # noqa: BLE001 - the run's own error is on its way, none may replace it
        own_line = cut_words(_own_line(error))
        return own_line, own_line


def _count_parts(error: BaseException) -> int:
    """Count the exceptions that belong to this one, and their calls, at most until too many."""
    count = 0
    seen = set()
    waiting = [error]
    while waiting and count <= MAX_PARTS:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        count += 1 + sum(1 for _ in walk_tb(part.__traceback__))
        notes = getattr(part, "__notes__", None)
        count += len(notes) if isinstance(notes, list) else 0
        members = part.exceptions if isinstance(part, BaseExceptionGroup) else ()
        related = (part.__cause__, part.__context__, *islice(members, MAX_PARTS))
        waiting += (each for each in related if each is not None)
    return count


def _words(described: TracebackException) -> Iterator[str]:
    own_line, notes = _lines(described)
    yield cut(own_line, MAX_OWN_LINE)
    for note in notes[:MAX_NOTES]:
        yield cut(note, MAX_OTHER_LINE)
    if described.exceptions is not None:
        members = [_lines(member)[0] for member in _members(described)]
        for line in members[:MAX_MEMBERS]:
            yield f"- {cut(line, MAX_OTHER_LINE)}"
        if len(members) > MAX_MEMBERS:
            yield f"- and {len(members) - MAX_MEMBERS:,} more"
    for word, line in islice(_reasons(described), MAX_REASONS):
        yield f"{word} {cut(line, MAX_OTHER_LINE)}"


def _lines(described: TracebackException) -> tuple[str, list[str]]:
    """Return an exception's own line and the lines of its notes."""
    lines = list(described.format_exception_only())
    notes, described.__notes__ = described.__notes__, None
    *excerpt, own_line = described.format_exception_only()  # a SyntaxError shows its code first
    described.__notes__ = notes
    return own_line.strip(), [line.rstrip() for line in lines[len(excerpt) + 1 :]]


def _members(group: TracebackException) -> Iterator[TracebackException]:
    """Go through the exceptions of a group, and of the groups in it."""
    waiting = [group]
    while waiting:
        part = waiting.pop()
        if part.exceptions is None:
            yield part
        else:
            waiting += reversed(part.exceptions)


def _reasons(described: TracebackException) -> Iterator[tuple[str, str]]:
    """Go through the exceptions that led to one, the nearest first."""
    part = described
    while reason := part.__cause__ or part.__context__:
        yield "caused by" if part.__cause__ else "while handling", _lines(reason)[0]
        part = reason


def _traceback(described: TracebackException) -> str:
    waiting = [described]
    while waiting:
        part = waiting.pop()
        part.stack = _Calls(part.stack)
        related = (part.__cause__, part.__context__, *(part.exceptions or ()))
        waiting += (each for each in related if each is not None)
    return cut("".join(described.format()).rstrip(), MAX_LINE)


class _Calls(StackSummary):
    """The calls of a traceback as a user of this package wants to read them."""

    def __init__(self, calls: StackSummary) -> None:
        foreign = [call for call in calls if not call.filename.startswith(_OUR_FOLDER)]
        super().__init__(foreign or calls)

    def format(self, **options: bool) -> list[str]:
        calls = super().format(**options)
        missing = len(calls) - FIRST_CALLS - LAST_CALLS
        if missing > 0:
            calls[FIRST_CALLS:-LAST_CALLS] = [f"  [{missing:,} more calls]\n"]
        return calls

    def format_frame_summary(self, frame_summary: FrameSummary, **options: bool) -> str:
        text = super().format_frame_summary(frame_summary, **options)
        cell = _cell_name(frame_summary.filename)
        if cell is None:
            return text
        text = text.replace(f'File "{frame_summary.filename}"', cell, 1)
        return text.replace(", in <module>\n", "\n", 1)


def _cell_name(filename: str) -> str | None:
    """Return what IPython calls the cell whose code has this file name, None for other code."""
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    # The terminal's shell and that of a kernel name the files of cells in other ways.
    compiler = getattr(get_ipython(), "compile", None)
    label = compiler.format_code_name(filename) if compiler is not None else None
    return " ".join(label) if label else None


def _own_line(error: BaseException) -> str:
    """Return the last line that Python prints for an exception, as far as it can be had."""
    name = type.__dict__["__name__"].__get__(type(error))  # not that of its metaclass
    try:
        text = str.__str__(str(error))
    except BaseException:  # noqa: BLE001 - as in `failure`
        text = "<exception str() failed>"
    return f"{name}: {text}" if text else name
