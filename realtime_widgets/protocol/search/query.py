"""`SearchQuery`: which lines of a log are looked for, within the limits of protocol 10."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from realtime_widgets.errors import InvalidSearchError
from realtime_widgets.protocol.events import MAX_SOURCE, Level
from realtime_widgets.protocol.json_limits import MAX_INTEGER

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LEVELS", "MAX_TEXT", "SearchQuery"]

MAX_TEXT = 1_000
"""Most characters of the text or regular expression."""

LEVELS: tuple[Level, ...] = get_args(Level)
"""The levels from the least to the most severe."""

_OF_TEXT = ("regex", "case", "word")
"""What needs a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """Which lines of the log match.

    Attributes:
        text: What a line contains, as a view shows it: without colours and other controls. None for
            every log event with the level, source and time, of which one at least narrows the
            search; an event then matches once, at its first line.
        regex: Whether `text` is a regular expression, of RE2.
        case: Whether upper and lower case differ.
        word: Whether no letter, digit or underscore may be beside the text.
        level: The least severe level of a line.
        source: The source of a line; None for any.
        since: Only lines that were made at this time or later, in seconds since 1970; None for all.
        until: Only lines that were made before this time; None for all.

    Raises:
        InvalidSearchError: One of them is not within its limits.
    """

    text: str | None = None
    regex: bool = False
    case: bool = False
    word: bool = False
    level: str = "debug"
    source: str | None = None
    since: float | None = None
    until: float | None = None

    def __post_init__(self) -> None:
        for name in _OF_TEXT:
            if not isinstance(getattr(self, name), bool):
                raise InvalidSearchError(f"`{name}` is true or false", field=name)
        if self.text is None:
            self._check_without_text()
        else:
            self._check_text(self.text)
        if self.level not in LEVELS:
            raise InvalidSearchError(f"`level` is one of {', '.join(LEVELS)}", field="level")
        if self.source is not None:
            _check_text("source", self.source, MAX_SOURCE, "`source`")
        for name in ("since", "until"):
            _check_time(name, getattr(self, name))

    def _check_text(self, text: str) -> None:
        _check_text("text", text, MAX_TEXT, "the text to search for")
        if not text:
            raise InvalidSearchError("the text to search for is empty", field="text")
        if "\n" in text and not self.regex:
            words = "the text to search for has a line break: a search is within lines"
            raise InvalidSearchError(words, field="text")

    def _check_without_text(self) -> None:
        unused = next((name for name in _OF_TEXT if getattr(self, name)), None)
        if unused is not None:
            raise InvalidSearchError(f"`{unused}` needs a text to search for", field=unused)
        has_others = any(value is not None for value in (self.source, self.since, self.until))
        if self.level == LEVELS[0] and not has_others:
            words = "give a text to search for, a level above debug, a source, or a time"
            raise InvalidSearchError(words, field="text")

    def as_arguments(self) -> Mapping[str, str]:
        """Return it as the arguments of a request (protocol 10)."""
        arguments = {} if self.text is None else {"text": self.text}
        arguments |= {"level": self.level}
        arguments |= {name: "true" for name in _OF_TEXT if getattr(self, name)}
        optional = {"source": self.source, "since": self.since, "until": self.until}
        return arguments | {
            name: str(value) for name, value in optional.items() if value is not None
        }


def _check_text(name: str, value: object, most: int, subject: str) -> None:
    if not isinstance(value, str):
        raise InvalidSearchError(f"{subject} is no text", field=name)
    if len(value) > most:
        words = f"{subject} has {len(value):,} characters, at most {most:,} are allowed"
        raise InvalidSearchError(words, field=name)
    try:
        value.encode()
    except UnicodeEncodeError:
        words = f"{subject} has a lone surrogate, which no stored text has"
        raise InvalidSearchError(words, field=name) from None


def _check_time(name: str, value: object) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_within(value):
        words = f"`{name}` is a time in seconds since 1970, within ±{MAX_INTEGER:,}"
        raise InvalidSearchError(words, field=name)


def _is_within(seconds: float) -> bool:
    return math.isfinite(seconds) and abs(seconds) <= MAX_INTEGER
