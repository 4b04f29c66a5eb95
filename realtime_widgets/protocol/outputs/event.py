"""The event `output` (protocol 4.7): a figure, a table or another value that a run shows."""

from __future__ import annotations

import re
from typing import Annotated, Literal, final

from pydantic import AfterValidator, Field, JsonValue

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.event_base import EventBase
from realtime_widgets.protocol.json_limits import check_json
from realtime_widgets.protocol.outputs.blob import OutputBlob  # noqa: TC001 - of a field
from realtime_widgets.protocol.outputs.types import IMAGES, JSON, TYPES

__all__ = ["MAX_CAPTION", "MAX_INLINE", "MAX_NAME", "Output"]

MAX_NAME = 128
"""Most characters of the name of an output."""

MAX_CAPTION = 256
"""Most characters of its caption."""

MAX_INLINE = 98_304
"""Most bytes of an image, and most characters of a text."""

MAX_BASE64 = MAX_INLINE // 3 * 4
"""Most characters of an image in base64."""

_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}", re.ASCII)


def _check_data(data: dict[str, JsonValue]) -> dict[str, JsonValue]:
    for kind, value in data.items():
        if kind not in TYPES:
            raise _refusal(kind, f"is none of the media types {', '.join(TYPES)}")
        if kind == JSON:
            continue
        if not isinstance(value, str):
            raise _refusal(kind, "is no text")
        if kind in IMAGES:
            if len(value) > MAX_BASE64:
                raise _refusal(kind, f"has {len(value):,} characters, the limit is {MAX_BASE64:,}")
            if len(value) % 4 or not _BASE64.fullmatch(value):
                raise _refusal(kind, "is no base64")
        elif len(value) > MAX_INLINE:
            raise _refusal(kind, f"has {len(value):,} characters, the limit is {MAX_INLINE:,}")
    check_json({"data": data})  # with the level that it lies on
    return data


def _refusal(kind: str, reason: str) -> InvalidEventError:
    return InvalidEventError(ErrorCode.BAD_FIELD, reason, field=f"data.{kind}")


@final
class Output(EventBase):
    """A value that the run shows, in one or more media types."""

    type: Literal["output"]
    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME)] | None = None
    """Views show the newest output of a name; one without a name is replaced by none."""

    caption: Annotated[str, Field(max_length=MAX_CAPTION)] | None = None
    data: Annotated[
        dict[str, JsonValue],
        Field(min_length=1, max_length=len(TYPES)),
        AfterValidator(_check_data),
    ]
    """The value by media type: an image in base64, a text, or a JSON value."""

    blob: OutputBlob | None = None
    """The whole value, where `data` has only a smaller form of it."""
