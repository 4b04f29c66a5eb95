"""The event `details` (protocol 4.8): what a run is about, and how it was configured."""

from __future__ import annotations

from typing import Annotated, Literal, final

from pydantic import AfterValidator, Field

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.event_base import EventBase, Number

__all__ = [
    "MAX_NAME",
    "MAX_NOTES",
    "MAX_SETTINGS",
    "MAX_TAG",
    "MAX_TAGS",
    "MAX_TEXT",
    "MAX_TITLE",
    "Details",
    "Setting",
    "Settings",
]

MAX_TITLE = 256
"""Most characters of a title."""

MAX_NOTES = 4_096
"""Most characters of the notes."""

MAX_TAG = 64
"""Most characters of a tag."""

MAX_TAGS = 20
"""Most tags of a run."""

MAX_SETTINGS = 200
"""Most settings of a configuration, and of an environment."""

MAX_NAME = 128
"""Most characters of the name of a setting."""

MAX_TEXT = 1_024
"""Most characters of a setting that is a text."""

Setting = bool | Number | Annotated[str, Field(max_length=MAX_TEXT)] | None
"""The value of a setting: a text, a number, true, false or null."""

Settings = Annotated[
    dict[Annotated[str, Field(min_length=1, max_length=MAX_NAME)], Setting],
    Field(max_length=MAX_SETTINGS),
]


def _check_tags(tags: list[str]) -> list[str]:
    if len(set(tags)) < len(tags):
        reason = "has the same tag twice"
        raise InvalidEventError(ErrorCode.BAD_FIELD, reason, field="tags")
    return tags


@final
class Details(EventBase):
    """What the run is about, and how it was configured; a field that is null changes nothing."""

    type: Literal["details"]
    title: Annotated[str, Field(max_length=MAX_TITLE)] | None = None
    notes: Annotated[str, Field(max_length=MAX_NOTES)] | None = None
    tags: (
        Annotated[
            list[Annotated[str, Field(min_length=1, max_length=MAX_TAG)]],
            Field(max_length=MAX_TAGS),
            AfterValidator(_check_tags),
        ]
        | None
    ) = None
    """They replace the former tags."""

    config: Settings | None = None
    """Settings by their names, such as `optimizer.lr`; they replace former ones of these names."""

    environment: Settings | None = None
    """Where the run is: commit, host, versions and the like, by name as in `config`."""
