"""Reads the arguments of REST requests (protocol 10)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from realtime_widgets.errors import InvalidSearchError
from realtime_widgets.protocol.messages import SUBPROTOCOL
from realtime_widgets.protocol.search.query import SearchQuery
from realtime_widgets.service.api_error import bad_field

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = [
    "MAX_LIMIT",
    "MAX_NUMBER",
    "Start",
    "has_query",
    "is_plain_mode",
    "read_attempt",
    "read_flag",
    "read_limit",
    "read_number",
    "read_query",
    "read_since",
    "read_start",
]

DEFAULT_LIMIT = 300
MAX_LIMIT = 1_000
MAX_NUMBER = 2**53 - 1

_FLAGS = {"true": True, "false": False}
_SECONDS = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,9})?")
_OF_QUERY = ("text", "regex", "case", "word", "level", "source", "since", "until")


def read_number(given: str, name: str, *, minimum: int, maximum: int) -> int:
    """Return a query argument that is a number.

    Raises:
        ApiError: It is none, or out of bounds.
    """
    is_number = given.isascii() and given.isdecimal() and len(given) <= len(str(MAX_NUMBER))
    if not is_number or not minimum <= int(given) <= maximum:
        raise bad_field(f"{name} is a number from {minimum:,} to {maximum:,}", name)
    return int(given)


def read_attempt(arguments: Mapping[str, str]) -> int | None:
    """Return the number of an attempt, None where none is given.

    Raises:
        ApiError: It is no number, or out of bounds.
    """
    given = arguments.get("attempt")
    return None if given is None else read_number(given, "attempt", minimum=1, maximum=MAX_NUMBER)


def read_since(arguments: Mapping[str, str]) -> int:
    """Return after which seq a client of the plain mode starts (protocol 9).

    Raises:
        ApiError: `since` is no whole number, or out of bounds.
    """
    given = arguments.get("since", "0")
    is_number = given.isascii() and given.isdecimal() and len(given) <= len(str(MAX_NUMBER))
    if not is_number or int(given) > MAX_NUMBER:
        raise bad_field(f"since is a whole number from 0 to {MAX_NUMBER}", "since")
    return int(given)


def is_plain_mode(offered: Collection[str]) -> bool:
    """Return whether a client requests the plain mode: it offers no subprotocol.

    Raises:
        ApiError: It offers subprotocols, and not ours.
    """
    if offered and SUBPROTOCOL not in offered:
        words = f"the only subprotocol is {SUBPROTOCOL}; the plain mode has none"
        raise bad_field(words, "Sec-WebSocket-Protocol")
    return not offered


def read_flag(arguments: Mapping[str, str], name: str, *, default: bool = False) -> bool:
    """Return an argument that is `true` or `false`.

    Raises:
        ApiError: It is neither.
    """
    if name not in arguments:
        return default
    if arguments[name] not in _FLAGS:
        raise bad_field(f"{name} is true or false", name)
    return _FLAGS[arguments[name]]


class Start(NamedTuple):
    """Where reading a log starts, and in which direction."""

    name: str
    """`after` or `before`."""

    seq: int


def read_start(arguments: Mapping[str, str]) -> Start:
    """Return `after` or `before`; after 0 without them.

    Raises:
        ApiError: Both are given, or it is no seq.
    """
    if {"after", "before"} <= arguments.keys():
        raise bad_field("give `after` or `before`, not both", "before")
    name = "before" if "before" in arguments else "after"
    return Start(name, read_number(arguments.get(name, "0"), name, minimum=0, maximum=MAX_NUMBER))


def read_limit(arguments: Mapping[str, str], *, default: int = DEFAULT_LIMIT) -> int:
    """Return `limit`.

    Raises:
        ApiError: It is no number from 1 to `MAX_LIMIT`.
    """
    return read_number(arguments.get("limit", str(default)), "limit", minimum=1, maximum=MAX_LIMIT)


def has_query(arguments: Mapping[str, str]) -> bool:
    """Return whether the arguments name what is searched."""
    return any(name in arguments for name in _OF_QUERY)


def read_query(arguments: Mapping[str, str]) -> SearchQuery | None:
    """Return what is searched, None where no argument names it.

    Raises:
        ApiError: An argument breaks its rule, or nothing narrows the search.
    """
    if not has_query(arguments):
        return None
    try:
        return SearchQuery(
            text=arguments.get("text"),
            regex=read_flag(arguments, "regex"),
            case=read_flag(arguments, "case"),
            word=read_flag(arguments, "word"),
            level=arguments.get("level", "debug"),
            source=arguments.get("source"),
            since=_read_seconds(arguments, "since"),
            until=_read_seconds(arguments, "until"),
        )
    except InvalidSearchError as error:
        raise bad_field(error.reason, error.field) from None


def _read_seconds(arguments: Mapping[str, str], name: str) -> float | None:
    given = arguments.get(name)
    if given is None:
        return None
    if _SECONDS.fullmatch(given) is None:
        raise bad_field(f"{name} is a time in seconds since 1970, such as 1795400000.5", name)
    return float(given)
