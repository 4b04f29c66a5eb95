"""Finds the lines of a stored batch that match a query."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic_core import from_json

from realtime_widgets.protocol.json_parts import has_many_values, parts
from realtime_widgets.protocol.search.matchers import matcher_of
from realtime_widgets.protocol.search.prefilter import Prefilter
from realtime_widgets.protocol.search.query import LEVELS
from realtime_widgets.protocol.terminal_text import has_controls, lines_of, without_colours

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from realtime_widgets.protocol.search.matchers import Matcher
    from realtime_widgets.protocol.search.query import SearchQuery

__all__ = ["BatchSearch", "FoundEvent", "FoundLine", "found_in"]

_RANKS: dict[object, int] = {level: rank for rank, level in enumerate(LEVELS)}
_BASIC_PLANE = "\uffff"


class FoundLine(NamedTuple):
    """A line that matches, and where it does first."""

    line: int
    """Which line of the event's message, from 0."""

    start: int
    """Offset of the match in the line as it is shown, in UTF-16 code units, as browsers count."""

    end: int


class FoundEvent(NamedTuple):
    """A log event of which a line matches."""

    seq: int
    lines: list[FoundLine]


class BatchSearch:
    """Searches batches of one log.

    Args:
        query: What is searched.

    Raises:
        InvalidSearchError: The regular expression cannot be used.
    """

    def __init__(self, query: SearchQuery) -> None:
        self._query = query
        self._matcher = None if query.text is None else matcher_of(query)
        self._prefilter = Prefilter(query)
        self._least_rank = _RANKS[query.level]

    def find(self, first: int, timestamp: str, raw: bytes, seqs: range) -> list[FoundEvent]:
        """Return the log events of a batch of which a line matches.

        Args:
            first: Seq of its first event.
            timestamp: When it was stored.
            raw: The JSON array of its events.
            seqs: Which events are searched; others of the batch are left out.
        """
        if not self._prefilter.passes(raw):
            return []
        logs = self._wanted_logs(first, timestamp, raw, seqs)
        if self._matcher is None:
            return [FoundEvent(seq, [FoundLine(0, 0, 0)]) for seq, _ in logs]
        return found_in(logs, self._matcher)

    def _wanted_logs(
        self, first: int, timestamp: str, raw: bytes, seqs: range
    ) -> list[tuple[int, str]]:
        """Return seqs and messages of the log events with the level, source and time."""
        query = self._query
        has_times = query.since is not None or query.until is not None
        stored = datetime.fromisoformat(timestamp).timestamp() if has_times else 0.0
        logs = []
        for seq, event in enumerate(_parsed(raw), first):
            if event.get("type") != "log" or seq not in seqs:
                continue
            if _RANKS.get(event.get("level"), _RANKS["info"]) < self._least_rank:
                continue
            if query.source is not None and event.get("source") != query.source:
                continue
            if has_times and not self._is_within_times(event, stored):
                continue
            logs.append((seq, event["message"]))
        return logs

    def _is_within_times(self, event: dict[str, Any], stored: float) -> bool:
        """Whether it was made in the time range; by when it was stored, where that is not known."""
        made, query = event.get("time"), self._query
        time = stored if made is None else made
        is_late_enough = query.since is None or time >= query.since
        return is_late_enough and (query.until is None or time < query.until)


def found_in(logs: list[tuple[int, str]], matcher: Matcher) -> list[FoundEvent]:
    """Return which of some log events match, given by their seqs and messages."""
    if not _may_match(logs, matcher):
        return []
    found = []
    for seq, message in logs:
        lines = [
            _found_line(index, line, *span)
            for index, line in enumerate(lines_of(message))
            if (span := matcher.find(line)) is not None
        ]
        if lines:
            found.append(FoundEvent(seq, lines))
    return found


def _may_match(logs: Iterable[tuple[int, str]], matcher: Matcher) -> bool:
    """Look into all of them at once, as far as their lines are shown as they are stored."""
    together = without_colours("".join([f"{message}\n" for _, message in logs]))
    return has_controls(together) or matcher.may_match(together)


def _parsed(raw: bytes) -> Iterator[dict[str, Any]]:
    """Yield the events; what is too much to be in memory at once is parsed one by one."""
    if has_many_values(raw):
        return (from_json(part) for part in parts(raw))
    return iter(from_json(raw))


def _found_line(index: int, line: str, start: int, end: int) -> FoundLine:
    if not line.isascii():
        start, end = (at + _count_beyond_basic_plane(line[:at]) for at in (start, end))
    return FoundLine(index, start, end)


def _count_beyond_basic_plane(text: str) -> int:
    return sum(character > _BASIC_PLANE for character in text)
