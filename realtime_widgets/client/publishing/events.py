"""Makes events out of what a user passes to the verbs of `Sprint`.

What the data holds is fitted to the bounds of an event, with a mark where it is cut; see `fit`.
Only a wrong call raises: a status that does not exist, an event without a type.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel
from pydantic_core import from_json, to_json

from realtime_widgets.client.publishing.agui import on_the_wire
from realtime_widgets.client.publishing.fit import cut, finite, fit, name, plain_number, text
from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.events import (
    EVENT_MODELS,
    MAX_PARENTS,
    MAX_PATH,
    Status,
    Stream,
    TaskStatus,
)
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.text import replace_surrogates
from realtime_widgets.protocol.validation import check_event

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "LEVELS",
    "MAX_LINE",
    "SMALL_LINE",
    "any_event",
    "check_stream",
    "check_strictly",
    "check_word",
    "cut_line",
    "cut_words",
    "fitted_event",
    "level_name",
    "line_length",
]

MAX_LINE = 65_536
"""Characters of one log line (protocol 4)."""

SMALL_LINE = 16_384
"""Characters up to which a log line fits into an event, with any characters."""

MAX_WORDS = 4096
"""Characters of what goes with a status."""

MAX_UNIT = 32
MAX_STEP = 64
MAX_TYPE = 64

_NUMBERS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
}

LEVELS: Mapping[str | int, str] = {
    spelling: level
    for level, number in _NUMBERS.items()
    for spelling in (level, level.upper(), number)
} | {"warn": "warning"}
"""The levels of `logging`, as names in either case and as numbers."""

_OTHER_LEVELS = {
    "trace": "debug",
    "notset": "debug",
    "verbose": "debug",
    "success": "info",
    "notice": "info",
    "warn": "warning",
    "exception": "error",
    "fatal": "critical",
    "panic": "critical",
    "alert": "critical",
    "emergency": "critical",
}
"""Levels that other loggers have: loguru, structlog, syslog and those of other languages."""

STATUSES = tuple(status for status in get_args(Status) if status != "lost")
"""What a publisher may set; `lost` is set by the server."""

STATES = get_args(TaskStatus)
"""States of a task."""

_OTHER_WORDS = {
    **dict.fromkeys(("success", "ok", "done", "complete", "completed", "finished"), ("succeeded",)),
    **dict.fromkeys(("error", "errored", "failure", "crashed"), ("failed",)),
    **dict.fromkeys(
        ("cancelled", "canceled", "stopped", "aborted", "interrupted"), ("cancelled", "stopped")
    ),
    **dict.fromkeys(("started", "start", "active", "in_progress"), ("running",)),
    **dict.fromkeys(("queued", "waiting", "created", "scheduled"), ("pending",)),
}
"""What other tools call a status, to propose ours: of a run, and of a task where it differs."""

STREAMS = get_args(Stream)
"""Where a program writes its output."""

_ENVELOPE = 2048
"""Room for the other fields of an event, in bytes: six for each character of the source."""


def line_length(line: str) -> int:
    """Return how many characters, from the first, one log line holds, in number and as JSON."""
    if len(line) <= SMALL_LINE:
        return len(line)
    length = min(len(line), MAX_LINE)
    allowed = Limits().event_bytes - _ENVELOPE
    while (size := len(to_json(replace_surrogates(line[:length])))) > allowed:
        # Characters of many bytes, such as escapes: keep the share that fits.
        length = length * allowed // size
    return length


def cut_line(message: str) -> str:
    """Cut a log line to what one event may hold; what it overwrites itself does not count."""
    limit = line_length(message)
    if len(message) > limit and "\r" in message:
        from realtime_widgets.client.publishing.screen import as_shown

        message = as_shown(message, MAX_LINE)
        limit = line_length(message)
    while True:
        line = cut(message, limit)
        # The beginning may be of shorter characters than the end, which is kept as well.
        if (fits := line_length(line)) == len(line):
            return line
        limit = fits


def cut_words(words: object) -> str:
    """Return the words that go with a status."""
    return cut(text(words), MAX_WORDS)


def level_name(level: object) -> str:
    """Return the level for any spelling: a number means the nearest level below it.

    Names are taken without case, those of other loggers and those that `logging` was given too.
    An unknown one is `info`.
    """
    # Of its type, as `isinstance` reads the class of an object, and that may raise.
    if issubclass(type(level), str):
        spelled = text(level).strip().lower()
        known = LEVELS.get(spelled) or _OTHER_LEVELS.get(spelled)
        if known is not None:
            return known
        level = logging.getLevelNamesMapping().get(spelled.upper())
    number = finite(level)
    if number is None:
        return "info"
    below = [name for name, value in _NUMBERS.items() if value <= number]
    return below[-1] if below else "debug"


def check_status(status: object) -> str:
    """Return a status that a publisher may set.

    Raises:
        InvalidEventError: There is none of this name; it proposes one.
    """
    return check_word("status", status, STATUSES)


def check_state(state: object) -> str:
    """Return a state of a task.

    Raises:
        InvalidEventError: There is none of this name; it proposes one.
    """
    return check_word("state", state, STATES)


def check_stream(stream: object) -> str:
    """Return a stream of a program's output.

    Raises:
        InvalidEventError: There is none of this name.
    """
    return check_word("stream", stream, STREAMS)


def check_word(field: str, word: object, words: tuple[str, ...]) -> str:
    """Return a word that is one of these.

    Raises:
        InvalidEventError: It is none of them; it proposes one.
    """
    given = text(word)
    if given in words and issubclass(type(word), str):
        return given
    spelled = given.strip().lower()
    meant = [each for each in _OTHER_WORDS.get(spelled, ()) if each in words]
    meant += get_close_matches(spelled, words, n=1)
    proposal = f"; did you mean {meant[0]!r}?" if meant else ""
    if spelled == "lost":
        proposal = "; `lost` is set by the server"
    reason = f"{name(given)!r} is none of {', '.join(words)}{proposal}"
    raise InvalidEventError(ErrorCode.BAD_FIELD, reason, field=field)


def any_event(given: object, *, strict: bool) -> tuple[dict[str, Any], int]:
    """Return an event for what a user passes to `emit`, and about how many bytes it holds.

    Args:
        given: A mapping, or a model of pydantic.
        strict: Whether what an event cannot hold as it is raises.

    Raises:
        InvalidEventError: It is no mapping with a `type`, or lacks a field of its type.
    """
    fields = _fields(given)
    kind = fields.get("type")
    if not isinstance(kind, str) or not kind:
        reason = "an event is a mapping with a `type`, a text"
        raise InvalidEventError(ErrorCode.BAD_FIELD, reason, field="type")
    fields["time"] = _seconds(fields.get("time"))
    if strict:
        check_strictly(fields)
    fields["type"] = kind = name(kind, MAX_TYPE)
    event, size = fitted_event(fields)
    if kind in EVENT_MODELS:
        check_event(event)
    return event, size


def fitted_event(fields: dict[str, Any], *, strict: bool = False) -> tuple[dict[str, Any], int]:
    """Return an event within the bounds of its type, and about how many bytes it holds.

    Args:
        fields: Its fields, which are changed.
        strict: Whether what an event cannot hold as it is raises.

    Raises:
        InvalidEventError: A word (status, state) does not exist.
    """
    if strict:
        check_strictly(fields)
    kind, current = fields["type"], fields.get("current")
    for field, fitter in _FITTERS.get(kind, {}).items():
        if field not in fields:
            continue
        if fields[field] is None and (kind, field) not in _REQUIRED:
            del fields[field]
        else:
            fields[field] = fitter(fields[field])
    if kind == "build_progress" and fields.get("current", 0) is None:
        words = f"progress of {fields.get('task')!r} is not a number: {text(current)}"
        line = {"type": "log", "message": cut_line(words), "level": "warning"}
        return line | {"time": fields["time"]}, len(words)
    event, size = _whole(fields)
    if event["type"] == "agent_message":
        event["event"] = on_the_wire(event.get("event"))
    return event, size


def _whole(fields: dict[str, Any]) -> tuple[dict[str, Any], int]:
    event, size = fit(fields)
    if isinstance(event, dict):
        return event, size
    # The caller is at the end of its stack.
    return {"type": "log", "message": str(event), "level": "warning"}, size


def _fields(given: object) -> dict[str, Any]:
    if isinstance(given, BaseModel):
        return given.model_dump(by_alias=True, exclude_none=True, warnings=False)
    if isinstance(given, Mapping):
        return dict(given)
    reason = f"an event is a mapping with a `type`, not {type(given).__name__}"
    raise InvalidEventError(ErrorCode.BAD_FIELD, reason)


def _seconds(given: Any) -> float:  # noqa: ANN401 - of any package
    """Return the time of an event: its own `time`, or else now."""
    if issubclass(type(given), datetime):
        with suppress(OverflowError, OSError, ValueError):
            return float(given.timestamp())
    moment = None if given is None else finite(given)
    return time.time() if moment is None else float(moment)


def _words(value: object) -> str:
    return cut_words(value)


def _line(value: object) -> str:
    return cut_line(text(value))


def _name(value: object) -> str:
    return name(value) or "unnamed"


def _names(value: object) -> list[str]:
    given = value if isinstance(value, (list, tuple)) else [value]
    names = [_name(each) for each in given[:MAX_PARENTS]]
    if sum(map(len, names)) > MAX_PATH:
        names = [name(each, MAX_PATH // MAX_PARENTS) for each in names]
    return names


def _step(value: object) -> str:
    return name(value, MAX_STEP)


def _unit(value: object) -> str:
    return name(value, MAX_UNIT)


_FITTERS: dict[str, dict[str, Callable[[Any], object]]] = {
    "status_update": {"status": check_status, "message": _words},
    "log": {"message": _line, "level": level_name, "source": name, "stream": check_stream},
    "build_progress": {
        "task": _name,
        "parent": name,
        "parents": _names,
        "current": finite,
        "total": finite,
        "unit": _unit,
        "step": _step,
        "state": check_state,
    },
    "agent_message": {"agent": _name},
    "dropped": {"message": _words},
}
"""How fields of a type are fitted, beside what all values are."""

_REQUIRED = {
    ("status_update", "status"),
    ("log", "message"),
    ("build_progress", "task"),
    ("build_progress", "current"),
    ("build_progress", "state"),
    ("agent_message", "agent"),
}
"""Where None is a value like any other, and not the same as to leave the field out."""


def check_strictly(fields: dict[str, Any]) -> None:
    """Check an event as it was passed, for `Sprint(..., strict=True)`.

    Raises:
        InvalidEventError: It breaks a rule of protocol 4; names the field and the limit.
    """
    numbers = {}
    for field in ("current", "total"):
        with suppress(Exception):  # it is no number
            numbers[field] = plain_number(fields[field])
    try:
        event = from_json(_to_json({**fields, **numbers}))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidEventError(ErrorCode.BAD_JSON, f"cannot be written as JSON: {error}") from None
    check_event(event)


def _to_json(value: Any) -> bytes:  # noqa: ANN401 - any value of the user
    try:
        return to_json(value, exclude_none=True)  # of models; a mapping keeps its nulls
    except ValueError:
        return to_json(replace_surrogates(value))
