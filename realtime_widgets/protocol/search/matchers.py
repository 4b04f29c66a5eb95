"""Finds a text or a regular expression in a line.

Regular expressions are those of RE2, whose time grows with the length of a line and never
exponentially: any user of a server may send one. Their size is bounded too, because in the worst
case the time grows with the product of both.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from realtime_widgets.errors import InvalidSearchError
from realtime_widgets.protocol.search.folding import fold

if TYPE_CHECKING:
    from realtime_widgets.protocol.search.query import SearchQuery

__all__ = ["Matcher", "PlainMatcher", "RegexMatcher", "Span", "matcher_of"]

MAX_INSTRUCTIONS = 5_000
"""Largest regular expression, as RE2 compiles it: 0.6 s for the longest line in the worst case."""

MAX_REGEX_BYTES = 1024 * 1024
"""Most memory that RE2 takes for one regular expression."""

# In a text of several lines these match elsewhere than in each line alone.
_NEEDS_ONE_LINE = re.compile(r"\\[Az]|\(\?[A-Za-z]*-")


class Span(NamedTuple):
    """Where a line matches, in characters."""

    start: int
    end: int


class Matcher(Protocol):
    """Finds something in lines."""

    def may_match(self, text: str) -> bool:
        """Return False where no line of a text without control characters matches."""

    def find(self, line: str) -> Span | None:
        """Return the first match in a line, None where there is none."""


class PlainMatcher:
    """Finds a text.

    Args:
        text: The text, not empty.
        case: Whether upper and lower case differ.
        word: Whether no letter, digit or underscore may be beside it.
    """

    def __init__(self, text: str, *, case: bool, word: bool) -> None:
        self._text = text if case else fold(text)
        self._case = case
        self._word = word

    def may_match(self, text: str) -> bool:
        """Return whether the text occurs."""
        return self._text in (text if self._case else fold(text))

    def find(self, line: str) -> Span | None:
        """Return where the text occurs first, as a word where only words count."""
        folded = line if self._case else fold(line)
        start = folded.find(self._text)
        while start >= 0:
            end = start + len(self._text)
            if not self._word or not _touches_a_word(line, start, end):
                return Span(start, end)
            start = folded.find(self._text, start + 1)
        return None


def _touches_a_word(line: str, start: int, end: int) -> bool:
    sides = (line[max(start - 1, 0) : start], line[end : end + 1])
    return any(side == "_" or side.isalnum() for side in sides)


class RegexMatcher:
    r"""Finds a regular expression.

    Args:
        pattern: The expression.
        case: Whether upper and lower case differ.
        word: Whether a match begins and ends at `\b`, whose words are of ASCII.

    Raises:
        InvalidSearchError: It is no regular expression of RE2, or too large; or RE2 is not there.
    """

    def __init__(self, pattern: str, *, case: bool, word: bool) -> None:
        self._line = _compile(pattern, case=case)  # alone first, so that its brackets match
        if word:
            pattern = rf"\b(?:{pattern})\b"
            self._line = _compile(pattern, case=case)
        has_one_line_only = _NEEDS_ONE_LINE.search(pattern) is not None
        self._lines = None if has_one_line_only else _compile(f"(?m){pattern}", case=case)

    def may_match(self, text: str) -> bool:
        """Return whether it matches anywhere, where that can be found out for all lines at once."""
        return self._lines is None or self._lines.search(text.encode()) is not None

    def find(self, line: str) -> Span | None:
        """Return the first match."""
        encoded = line.encode()
        match = self._line.search(encoded)
        if match is None:
            return None
        start, end = match.span()
        if len(encoded) != len(line):
            start, end = (len(encoded[:at].decode(errors="ignore")) for at in (start, end))
        return Span(start, end)


def matcher_of(query: SearchQuery) -> Matcher:
    """Return what finds the text of a query in lines.

    Args:
        query: The query, with a text.

    Raises:
        InvalidSearchError: It is no regular expression, or too large; or RE2 is not there.
    """
    kind = RegexMatcher if query.regex else PlainMatcher
    return kind(query.text or "", case=query.case, word=query.word)


def _compile(pattern: str, *, case: bool) -> Any:  # noqa: ANN401 - RE2 has no types
    try:
        import re2
    except ImportError:
        words = "regular expressions need the package google-re2, which is not installed here"
        raise InvalidSearchError(words, field="regex") from None
    options = re2.Options()
    options.case_sensitive = case
    options.log_errors = False
    options.max_mem = MAX_REGEX_BYTES
    options.never_capture = True
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        reason = _reason_of(error)
        words = f"the text to search for is not a regular expression of RE2: {reason}"
        raise InvalidSearchError(words, field="text") from None
    if compiled.programsize > MAX_INSTRUCTIONS:
        words = (
            f"the regular expression compiles to {compiled.programsize:,} instructions, at most"
            f" {MAX_INSTRUCTIONS:,} are allowed"
        )
        raise InvalidSearchError(words, field="text")
    return compiled


def _reason_of(error: Exception) -> str:
    [reason] = error.args
    with contextlib.suppress(AttributeError):
        reason = reason.decode(errors="replace")
    return str(reason)
