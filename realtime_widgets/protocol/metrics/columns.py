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

__all__ = [
    "DOUBLE",
    "FRACTION",
    "MAX_ROWS",
    "PackedByExponent",
    "PackedNumbers",
    "Ranges",
    "Shorter",
    "expanded",
]

MAX_ROWS = 500
"""Most rows of an event."""

DOUBLE = 8
"""Bytes of a number in IEEE 754."""

FRACTION = 52
"""Its bits after the sign and the exponent."""

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
        data = _decoded(self.packed)
        count, rest = divmod(len(data), width)
        if rest:
            raise ValueError(f"packed: {len(data)} bytes are no numbers of {width} bytes")
        doubles = bytearray(DOUBLE * count)
        for place, byte in enumerate(head):
            doubles[place::DOUBLE] = bytes([byte]) * count
        for place in range(width):
            doubles[len(head) + place :: DOUBLE] = data[place::width]
        return list(struct.unpack(f">{count}d", doubles))


class PackedByExponent(_Form):
    """Numbers in IEEE 754 that have no byte in common, such as those of both signs."""

    exponents: Annotated[str, Field(pattern=f"^([0-9a-f]{{3}}){{1,{MAX_ROWS}}}$")]
    """The different first 12 bits of the numbers, sign and exponent, as 3 hexadecimal digits."""

    packed: Annotated[str, Field(max_length=_MAX_PACKED)]
    """The last 52 bits of each number; then of each the index of its first bits, in as few bits as
    all of them need; filled with zeros to whole bytes, in base64."""

    def expanded(self) -> list[float]:
        """Return the numbers.

        Raises:
            ValueError: It is not base64 of whole numbers, or an index is too large.
        """
        data = _decoded(self.packed)
        firsts = _parts(self.exponents, 3)
        indexed = (len(firsts) - 1).bit_length()
        width = FRACTION + indexed
        count, rest = divmod(8 * len(data), width)
        if rest >= 8:  # noqa: PLR2004 - the bits of a byte
            raise ValueError(f"packed: {8 * len(data)} bits are no numbers of {width} bits")
        lasts, indices = divmod(int.from_bytes(data) >> rest, 1 << count * indexed)
        try:
            of_each = [firsts[index] for index in _indices(indices, indexed, count)]
        except IndexError:
            raise ValueError(f"packed: an index is beyond the {len(firsts)} exponents") from None
        digits = _parts(f"{lasts:0{count * FRACTION // 4}x}", FRACTION // 4)
        row = "".join([first + last for first, last in zip(of_each, digits, strict=False)])
        return list(struct.unpack(f">{count}d", bytes.fromhex(row)))


def _parts(text: str, length: int) -> list[str]:
    return [text[at : at + length] for at in range(0, len(text), length)]


def _indices(row: int, width: int, count: int) -> list[int]:
    """Return the numbers that a row of bits has."""
    if width == 0:
        return [0] * count
    return [int(bits, 2) for bits in _parts(f"{row:0{count * width}b}", width)[:count]]


def _decoded(packed: str) -> bytes:
    try:
        return base64.b64decode(packed, validate=True)
    except ValueError:
        raise ValueError("packed: is no base64") from None


_Forms = type[Ranges | PackedNumbers | PackedByExponent]

_FORMS: dict[str, _Forms] = {"ranges": Ranges, "head": PackedNumbers, "exponents": PackedByExponent}
"""The forms, by a field that no other one has."""


@dataclass(frozen=True)
class Shorter:
    """Annotates a list of numbers: a shorter form of it is expanded to the list.

    Args:
        marks: The forms that are allowed, each by a field that no other one has.
    """

    marks: tuple[str, ...]

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
        """Return the schema of all forms."""
        # Definitions of their names, which the schemas of all columns refer to.
        forms = []
        for form in (_FORMS[mark] for mark in self.marks):
            name = form.__name__
            definition: Any = {**form.__pydantic_core_schema__, "ref": name}
            reference = core_schema.definition_reference_schema(name)
            forms.append(handler(core_schema.definitions_schema(reference, [definition])))
        return {"anyOf": [handler(schema), *forms]}

    def _list_of(self, value: object) -> object:
        if not isinstance(value, dict):
            return value
        mark = next((mark for mark in self.marks if mark in value), self.marks[0])
        try:
            return _FORMS[mark].model_validate(value).expanded()
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
        form = next(form for mark, form in _FORMS.items() if mark in value)
        return form.model_validate(value).expanded()

    values = {name: column(value) for name, value in event["values"].items()}
    lists = {**event, "steps": column(event["steps"]), "values": values}
    return lists | {"times": column(event["times"])} if "times" in event else lists
