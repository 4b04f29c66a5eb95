"""Log lines as most are published, and whether bytes hold nothing but such lines."""

from __future__ import annotations

from typing import Literal, NotRequired

from pydantic import ConfigDict
from typing_extensions import TypedDict

from realtime_widgets.protocol.event_base import Seconds  # noqa: TC001 - pydantic reads it
from realtime_widgets.protocol.events import (  # noqa: TC001 - as above
    Level,
    Source,
    Stream,
    Text,
)

__all__ = ["PlainLog", "is_plain"]


class PlainLog(TypedDict):
    """A `Log` as most are published: no field of the server, no unknown field and no null.

    So each of its values but the time is a text.
    """

    __pydantic_config__ = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)  # type: ignore[misc]  # as pydantic has it

    type: Literal["log"]
    message: Text
    level: NotRequired[Level]
    source: NotRequired[Source]
    stream: NotRequired[Stream]
    time: NotRequired[Seconds]


def is_plain(raw: bytes, lines: list[PlainLog]) -> bool:
    """Tell whether these lines account for all quotes of their bytes, and for most characters.

    A tenth of the cost of encoding them again. Each key and each text has two quotes, and what is
    between two is one character, or an escape of at most six for one.
    """
    message = "".join([line["message"] for line in lines])
    keys = numbers = 0
    for line in lines:
        keys += len(line)
        numbers += "time" in line
    escapes = len(raw) - len(raw.replace(b"\\", b""))
    quotes = 2 * (2 * keys - numbers)
    if escapes and (in_message := message.count('"')):
        # From the end, because that looks for the backslash, which is rarer than the 2.
        if raw.rfind(b"\\u0022") >= 0:
            return False  # this one is not among the quotes of the bytes
        quotes += in_message
    characters = len(raw) if raw.isascii() else len(raw.decode())
    most = len(message) + _MAX_ESCAPE * escapes + _MAX_FIELD * keys
    return characters <= most and _count_quotes(raw, quotes) == quotes


def _count_quotes(raw: bytes, expected: int) -> int:
    # `count` looks at each byte, `replace` jumps from one to the next.
    if len(raw) > _FAR_APART * expected:
        return len(raw) - len(raw.replace(b'"', b""))
    return raw.count(b'"')


_FAR_APART = 30
"""How many bytes are between two quotes for a jump to be worth it."""

_MAX_ESCAPE = 6
_MAX_FIELD = 64
"""Characters of a field of a line, on average and without its message; few have half as many."""
