"""The shorter forms of the columns of an event `metrics`: ranges and packed numbers (protocol 4.6).

`frontend/src/model/metrics/columns.ts` reads them by the same rules, and
`tests/vectors/columns.json` holds both to them.
"""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import core_schema

from realtime_widgets.protocol.event_base import Number
from realtime_widgets.protocol.json_limits import MAX_INTEGER

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

__all__ = ["DOUBLE", "MAX_ROWS", "PackedNumbers", "Ranges", "Shorter", "expanded"]

MAX_ROWS = 500
"""Most rows of an event."""

DOUBLE = 8
"""Bytes of a number in IEEE 754."""

_MAX_PACKED = -(-MAX_ROWS * DOUBLE // 3) * 4
"""Characters of so many numbers in base64."""


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, allow_inf_nan=False)


class Ranges(_Form):
    """Numbers at equal distances, such as the steps of a loop."""

    ranges: Annotated[
        list[Annotated[list[Number], Field(min_length=3, max_length=3)]],
        Field(max_length=MAX_ROWS),
    ]
    """Of each its first number, the distance to the next one, and how many numbers it has."""

    def expanded(self) -> list[float]:
        """Return the numbers.

        Raises:
            ValueError: There are more than an event has rows, or one is too large.
        """
        column: list[float] = []
        for start, distance, count in self.ranges:
            if not isinstance(count, int) or not 0 < count <= MAX_ROWS - len(column):
                raise ValueError(f"ranges: the ranges have 1 to {MAX_ROWS} numbers in all")
            # The product as well, as a browser would round its last digits.
            length = distance * (count - 1)
            if max(abs(length), abs(start + length)) > MAX_INTEGER:
                raise ValueError(f"ranges: a range goes beyond {MAX_INTEGER}")
            column += [start + distance * index for index in range(count)]
        return column


class PackedNumbers(_Form):
    """Numbers in IEEE 754 with 8 bytes, the most significant one first."""

    head: Annotated[str, Field(pattern="^([0-9a-f]{2}){0,7}$")]
    """The first bytes, which all numbers have in common, in hexadecimal digits."""

    width: Annotated[int, Field(ge=1, le=DOUBLE)]
    """How many bytes of each number follow. Those after them are 0."""

    packed: Annotated[str, Field(max_length=_MAX_PACKED)]
    """These bytes of one number after the other, in base64."""

    def expanded(self) -> list[float]:
        """Return the numbers.

        Raises:
            ValueError: It is not base64 of whole numbers.
        """
        head, width = bytes.fromhex(self.head), self.width
        if len(head) + width > DOUBLE:
            raise ValueError(f"width: a number has {DOUBLE} bytes, not {len(head) + width}")
        try:
            data = base64.b64decode(self.packed, validate=True)
        except ValueError:
            raise ValueError("packed: is no base64") from None
        count, rest = divmod(len(data), width)
        if rest:
            raise ValueError(f"packed: {len(data)} bytes are no numbers of {width} bytes")
        doubles = bytearray(DOUBLE * count)
        for place, byte in enumerate(head):
            doubles[place::DOUBLE] = bytes([byte]) * count
        for place in range(width):
            doubles[len(head) + place :: DOUBLE] = data[place::width]
        return list(struct.unpack(f">{count}d", doubles))


@dataclass(frozen=True)
class Shorter:
    """Annotates a list of numbers: a shorter form of it is expanded to the list.

    Args:
        form: The model of the shorter form.
    """

    form: type[Ranges | PackedNumbers]

    def __get_pydantic_core_schema__(
        self,
        source: Any,  # noqa: ANN401 - the annotated type
        handler: GetCoreSchemaHandler,
    ) -> core_schema.CoreSchema:
        """Read the shorter form before the list is checked."""
        return core_schema.no_info_before_validator_function(self._list_of, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the schema of both forms."""
        # A definition of its name, which the schemas of all columns refer to.
        name = self.form.__name__
        form: Any = {**self.form.__pydantic_core_schema__, "ref": name}
        reference = core_schema.definition_reference_schema(name)
        both = core_schema.definitions_schema(reference, [form])
        return {"anyOf": [handler(schema), handler(both)]}

    def _list_of(self, value: object) -> object:
        if not isinstance(value, dict):
            return value
        try:
            return self.form.model_validate(value).expanded()
        except ValidationError as error:
            first, *_ = error.errors(include_url=False, include_input=False)
            raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def expanded(event: dict[str, Any]) -> dict[str, Any]:
    """Return a valid event `metrics` whose columns are lists.

    Args:
        event: Its fields.
    """

    def column(value: Any) -> Any:  # noqa: ANN401 - a list or a shorter form
        if not isinstance(value, dict):
            return value
        form = Ranges if "ranges" in value else PackedNumbers
        return form.model_validate(value).expanded()

    values = {name: column(value) for name, value in event["values"].items()}
    lists = {**event, "steps": column(event["steps"]), "values": values}
    return lists | {"times": column(event["times"])} if "times" in event else lists
