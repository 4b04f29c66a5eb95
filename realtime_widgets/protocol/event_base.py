"""What every event of a sprint has, and the numbers in events (protocol 4)."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from realtime_widgets.protocol.json_limits import MAX_INTEGER

__all__ = ["EventBase", "Number", "Seconds"]

Seconds = Annotated[float, Field(ge=-MAX_INTEGER, le=MAX_INTEGER, allow_inf_nan=False)]
# Bounds on the union would be checked in Python. An error has the message of the first member.
Number = Seconds | Annotated[int, Field(ge=-MAX_INTEGER, le=MAX_INTEGER)]


class EventBase(BaseModel):
    """What every event has."""

    # Strict, because the bytes are kept as they came: "5" for 5 would reach every viewer.
    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False, strict=True)

    type: str

    time: Seconds | None = None
    """When the event was made, in seconds since 1970 by the publisher's clock."""

    sprint_id: str | None = None
    """The run. Set by the server, like the next three."""

    seq: int | None = None
    """The event's number in its log: 1, 2, 3 ... without a hole."""

    timestamp: str | None = None
    """When the event was stored: ISO 8601, UTC, milliseconds."""

    user: str | None = None
    """The user who published it, as the server knows them."""
