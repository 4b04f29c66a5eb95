"""The event `metrics`: values that a run measures, in columns (protocol 4.6)."""

from __future__ import annotations

from typing import Annotated, Literal, Self, final

from pydantic import Field, model_validator

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.event_base import EventBase, Number, Seconds
from realtime_widgets.protocol.json_limits import MAX_INTEGER
from realtime_widgets.protocol.metrics.columns import MAX_ROWS, Shorter

__all__ = [
    "MAX_NAME",
    "MAX_NAMES",
    "MAX_NUMBERS",
    "Finite",
    "MetricName",
    "MetricValue",
    "Metrics",
    "NotFinite",
]

MAX_NAMES = 200
"""Most names of an event."""

MAX_NUMBERS = 5_000
"""Most values of an event, in all of its columns."""

MAX_NAME = 128
"""Most characters of a name."""

NotFinite = Literal["NaN", "Infinity", "-Infinity"]
"""What JSON has no number for."""

Finite = (
    Annotated[float, Field(allow_inf_nan=False)]
    | Annotated[int, Field(ge=-MAX_INTEGER, le=MAX_INTEGER)]
)
"""A number that JSON has."""

_RANGES, _PACKED = Shorter(("ranges",)), Shorter(("head", "exponents"))

MetricValue = Finite | NotFinite
MetricName = Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
_Column = Annotated[list[MetricValue | None], Field(max_length=MAX_ROWS), _PACKED]


@final
class Metrics(EventBase):
    """Values of one or more metrics, in columns with a row for each call of the publisher."""

    # A shorter form of a column is expanded to the list when it is read.

    type: Literal["metrics"]
    steps: Annotated[list[Number], Field(min_length=1, max_length=MAX_ROWS), _RANGES]
    """The step of each row. Steps may repeat and go backwards."""

    values: Annotated[dict[MetricName, _Column], Field(min_length=1, max_length=MAX_NAMES)]
    """The column of each metric; null where it has no value in a row."""

    times: Annotated[list[Seconds], Field(max_length=MAX_ROWS), _RANGES] | None = None
    """When each row was made, in seconds after `time`."""

    @model_validator(mode="after")
    def _check_lengths(self) -> Self:
        rows = len(self.steps)
        columns = [("values." + name, column) for name, column in self.values.items()]
        for field, column in (("times", self.times), *columns):
            if column is not None and len(column) != rows:
                raise _refusal(f"has {len(column):,} rows, `steps` has {rows:,}", field)
        if (numbers := rows * len(columns)) > MAX_NUMBERS:
            raise _refusal(f"has {numbers:,} values, the limit is {MAX_NUMBERS:,}", "values")
        return self


def _refusal(reason: str, field: str) -> InvalidEventError:
    return InvalidEventError(ErrorCode.BAD_FIELD, reason, field=field)
