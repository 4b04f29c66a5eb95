"""The metadata of an AG-UI event for which AG-UI has no field (protocol 4.5)."""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic_core import to_json

from realtime_widgets.client.publishing.events import check_strictly
from realtime_widgets.client.publishing.failure import failure
from realtime_widgets.client.publishing.fit import cut, fit
from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode

__all__ = ["INTERRUPTIONS", "KEY", "as_json", "as_text", "ending", "metadata"]

KEY = "realtime-widgets"
"""The key of this package in the metadata of an event."""

MAX_VALUE = 16_384
"""Maximum characters of an input or output."""

MAX_JSON = 65_536
"""Maximum bytes of a value as JSON."""

INTERRUPTIONS = (KeyboardInterrupt, asyncio.CancelledError, GeneratorExit)
"""What ends a loop or a block from outside: nothing in it is wrong."""


def metadata(**fields: object) -> dict[str, Any]:
    """Return the field `metadata` of an event with what is not None; no field where all is."""
    known = {field: value for field, value in fields.items() if value is not None}
    return {"metadata": {KEY: known}} if known else {}


def ending(error: BaseException | None) -> dict[str, object]:
    """Return the metadata of how a block ended: without an error, with its words, or cancelled."""
    match error:
        case None | SystemExit(code=0 | None):
            return {"error": False}
        case KeyboardInterrupt() | asyncio.CancelledError() | GeneratorExit():
            return {"outcome": "cancelled"}
        case _:
            return {"error": failure(error)[0]}


def as_json(field: str, value: object, *, strict: bool = False) -> str:
    """Return a value as JSON of at most `MAX_JSON` bytes; what is larger in it is cut, with a mark.

    Args:
        field: What the value is, for errors.
        value: Any value.
        strict: Whether a value that JSON cannot hold, or a larger one, raises.

    Raises:
        InvalidEventError: With `strict`.
    """
    if strict:
        check_strictly({"type": "value", field: value})
    fitted, _ = fit(value) if strict else fit(value, limit_bytes=MAX_JSON)
    written = to_json(fitted)
    if len(written) > MAX_JSON:
        reason = f"`{field}` has {len(written):,} bytes as JSON, the limit is {MAX_JSON:,}"
        raise InvalidEventError(ErrorCode.TOO_LARGE, reason, field=field)
    return written.decode()


def as_text(field: str, value: object, limit: int = MAX_VALUE, *, strict: bool = False) -> str:
    """Return a value as text: a text as it is, any other value as JSON; cut, with a mark.

    Args:
        field: What the value is, for errors.
        value: Any value.
        limit: Maximum characters.
        strict: Whether a value that JSON cannot hold, or a longer one, raises.

    Raises:
        InvalidEventError: With `strict`.
    """
    text: str = value if type(value) is str else as_json(field, value, strict=strict)
    if strict and len(text) > limit:
        reason = f"`{field}` has {len(text):,} characters, the limit is {limit:,}"
        raise InvalidEventError(ErrorCode.TOO_LARGE, reason, field=field)
    return cut(text, limit)
