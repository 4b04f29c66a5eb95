"""Makes events out of what a user passes, and refuses at once what the server would refuse."""

from __future__ import annotations

import logging
import math
import operator
from typing import TYPE_CHECKING, Any, SupportsFloat, SupportsIndex, get_args

from pydantic_core import from_json, to_json

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.events import Stream, check_event
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.text import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "LEVELS",
    "MAX_LINE",
    "MAX_SOURCE",
    "SMALL_LINE",
    "STREAMS",
    "cut_line",
    "cut_words",
    "line_length",
    "make_event",
    "number",
]

MAX_LINE = 65_536
"""Characters of one log line (protocol 4)."""

SMALL_LINE = 16_384
"""Characters up to which a log line fits into an event whatever they are."""

MAX_SOURCE = 256

MAX_WORDS = 4096
"""Characters of what goes with a status."""

LEVELS: Mapping[str | int, str] = {
    spelling: level
    for level, number in {
        "debug": logging.DEBUG,
        "info": logging.INFO,
        "warning": logging.WARNING,
        "error": logging.ERROR,
        "critical": logging.CRITICAL,
    }.items()
    for spelling in (level, level.upper(), number)
} | {"warn": "warning"}
"""The levels of `logging`, as names in either case and as numbers."""

STREAMS: frozenset[str] = frozenset(get_args(Stream))

_ENVELOPE = 2048
"""Room for the other fields of an event, in bytes: six for each character of the source."""


def cut(text: str, limit: int) -> str:
    """Cut a text to a number of characters, with a visible mark of how many are missing."""
    if len(text) <= limit:
        return text
    # Two steps, for the mark takes room too.
    kept = limit - len(_mark(len(text)))
    return text[:kept] + _mark(len(text) - kept)


def _mark(missing: int) -> str:
    return f" … [{missing:,} more characters]"


def line_length(text: str) -> int:
    """Return how many characters, from the first, one log line holds, in number and as JSON."""
    if len(text) <= SMALL_LINE:
        return len(text)
    length = min(len(text), MAX_LINE)
    allowed = Limits().event_bytes - _ENVELOPE
    while (size := len(to_json(replace_surrogates(text[:length])))) > allowed:
        # Characters of many bytes, such as escapes: keep the share that fits.
        length = length * allowed // size
    return length


def cut_line(message: str) -> str:
    """Cut a log line to what one event may hold; what it overwrites itself does not count."""
    length = line_length(message)
    if len(message) > length and "\r" in message:
        from realtime_widgets.publisher._screen import as_shown

        message = as_shown(message, MAX_LINE)
        length = line_length(message)
    return cut(message, length)


def cut_words(words: str) -> str:
    """Cut the words that go with a status."""
    return cut(words, MAX_WORDS)


def number(value: SupportsIndex | SupportsFloat) -> int | float:
    """Return a plain number for one of Python, NumPy, or a one-element array."""
    if isinstance(value, int | float):
        return value
    if isinstance(value, SupportsIndex):
        try:
            return operator.index(value)
        except TypeError:
            pass  # an array of floats says that it could be an index
    try:
        return float(value)
    except OverflowError:
        return math.inf  # refused with the reason, as all that is too large


def make_event(fields: object) -> tuple[dict[str, Any], int]:
    """Copy an event into plain JSON values and check it (protocol 4).

    Args:
        fields: A mapping, or a model of pydantic; its values are what JSON can hold.

    Returns:
        The event, and its size as JSON.

    Raises:
        InvalidEventError: It breaks a rule; names the field and the limit.
    """
    try:
        event = from_json(_to_json(fields))
    except (ValueError, RecursionError) as error:
        raise InvalidEventError(ErrorCode.BAD_JSON, f"cannot be written as JSON: {error}") from None
    _, body = check_event(event)
    return event, len(body)


def _to_json(value: Any) -> bytes:  # noqa: ANN401 - whatever the user passed
    try:
        return to_json(value, exclude_none=True)  # of models; a mapping keeps its nulls
    except ValueError:
        return to_json(replace_surrogates(value))
