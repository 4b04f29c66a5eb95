"""Forms of questions: a part of JSON schema that a page can draw (protocol 13.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import to_json

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "MAX_FIELDS",
    "MAX_FORM_BYTES",
    "MAX_ITEMS",
    "Form",
    "FormField",
    "FormPart",
    "check_form",
    "read_form",
]

MAX_FORM_BYTES = 8_192
"""Most bytes of a form as JSON."""

MAX_FIELDS = 30
"""Most fields of a form, with those of its sections."""

MAX_ITEMS = 100
"""Most texts in a list."""

Value: TypeAlias = str | int | float
Enumeration: TypeAlias = Annotated[list[Value], Field(min_length=1, max_length=50)] | None


class _Part(BaseModel):
    model_config = ConfigDict(
        extra="ignore", allow_inf_nan=False, strict=True, alias_generator=to_camel
    )


class ListItems(_Part):
    """The texts of a list."""

    type: Literal["string"]
    enum: Enumeration = None
    min_length: int | None = None
    max_length: int | None = None


class _Values(_Part):
    """What a field of a form allows."""

    title: Annotated[str, Field(max_length=256)] | None = None
    description: Annotated[str, Field(max_length=1_024)] | None = None
    enum: Enumeration = None
    format: Annotated[str, Field(max_length=64)] | None = None
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: float | None = None
    exclusive_maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    items: ListItems | None = None
    """Of a list; without it, any texts."""

    min_items: int | None = None
    max_items: int | None = None
    default: JsonValue = None


class FormField(_Values):
    """One field of a form: a value, or a list of texts."""

    type: Literal["string", "integer", "number", "boolean", "array"]


class FormPart(_Values):
    """A field of a form, or a section with fields."""

    type: Literal["string", "integer", "number", "boolean", "array", "object"]
    properties: dict[str, FormField] = {}
    required: Annotated[list[str], Field(max_length=MAX_FIELDS)] = []


class Form(_Part):
    """An object that a user fills in."""

    type: Literal["object"]
    properties: Annotated[dict[str, FormPart], Field(min_length=1, max_length=MAX_FIELDS)]
    required: Annotated[list[str], Field(max_length=MAX_FIELDS)] = []


def check_form(form: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Return a form that is within the bounds.

    Raises:
        InvalidEventError: It is not; names the field and the limit.
    """
    size = len(to_json(form, inf_nan_mode="constants"))
    if size > MAX_FORM_BYTES:
        reason = f"is {size:,} bytes of JSON, {MAX_FORM_BYTES:,} are allowed"
        raise InvalidEventError(ErrorCode.TOO_LARGE, reason, field="form")
    parts = read_form(form).properties
    count = sum(len(part.properties) or 1 for part in parts.values())
    if count > MAX_FIELDS:
        reason = f"has {count} fields, {MAX_FIELDS} are allowed"
        raise InvalidEventError(ErrorCode.BAD_FIELD, reason, field="form.properties")
    return form


def read_form(form: Mapping[str, JsonValue]) -> Form:
    """Read a form.

    Raises:
        InvalidEventError: It is none; names the field.
    """
    try:
        return Form.model_validate(form)
    except ValidationError as error:
        detail = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(["form", *map(str, detail["loc"])])
        raise InvalidEventError(ErrorCode.BAD_FIELD, detail["msg"], field=field) from None
