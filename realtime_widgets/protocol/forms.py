"""Forms of questions: a part of JSON schema that a page can draw (protocol 13.2)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from pydantic_core import to_json

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MAX_FIELDS", "MAX_FORM_BYTES", "FormField", "check_filled", "check_form"]

MAX_FORM_BYTES = 8_192
"""Most bytes of a form as JSON."""

MAX_FIELDS = 30
"""Most fields of a form."""


class FormField(BaseModel):
    """One field of a form."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False, strict=True)

    type: Literal["string", "integer", "number", "boolean"]
    title: Annotated[str, Field(max_length=256)] | None = None
    description: Annotated[str, Field(max_length=1_024)] | None = None
    enum: Annotated[list[str | int | float], Field(min_length=1, max_length=50)] | None = None
    format: Annotated[str, Field(max_length=64)] | None = None
    minimum: float | None = None
    maximum: float | None = None
    min_length: Annotated[int | None, Field(alias="minLength")] = None
    max_length: Annotated[int | None, Field(alias="maxLength")] = None
    default: JsonValue = None


class _Form(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    type: Literal["object"]
    properties: Annotated[dict[str, FormField], Field(min_length=1, max_length=MAX_FIELDS)]
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
    _read(form)
    return form


def _read(form: Mapping[str, JsonValue]) -> _Form:
    try:
        return _Form.model_validate(form)
    except ValidationError as error:
        detail = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(["form", *map(str, detail["loc"])])
        raise InvalidEventError(ErrorCode.BAD_FIELD, detail["msg"], field=field) from None


def check_filled(form: Mapping[str, JsonValue], value: JsonValue) -> None:
    """Check the answer to a form.

    Raises:
        InvalidEventError: It does not fit; names the field.
    """
    known = _read(form)
    if not isinstance(value, dict):
        raise _bad("is not an object with the fields of the form", "value")
    for name in value:
        if name not in known.properties:
            raise _bad("is no field of the form", f"value.{name}")
    for name, field in known.properties.items():
        if name in value:
            _check_field(field, value[name], f"value.{name}")
        elif name in known.required:
            raise _bad("is missing", f"value.{name}")


def _check_field(field: FormField, value: JsonValue, where: str) -> None:
    if field.enum is not None:
        if not any(value == one and type(value) is type(one) for one in field.enum):
            raise _bad("is none of the values of the form", where)
        return
    match field.type:
        case "boolean" if not isinstance(value, bool):
            raise _bad("is not true or false", where)
        case "string" if not isinstance(value, str):
            raise _bad("is not a text", where)
        case "integer" if isinstance(value, bool) or not isinstance(value, int):
            raise _bad("is not a whole number", where)
        case "number" if isinstance(value, bool) or not isinstance(value, int | float):
            raise _bad("is not a number", where)
        case _:
            pass
    if isinstance(value, str):
        _check_range(len(value), field.min_length, field.max_length, f"{where} (characters)")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        _check_range(value, field.minimum, field.maximum, where)


def _check_range(value: float, least: float | None, most: float | None, where: str) -> None:
    if value < (-math.inf if least is None else least):
        raise _bad(f"is below {least:g}", where)
    if value > (math.inf if most is None else most):
        raise _bad(f"is above {most:g}", where)


def _bad(reason: str, field: str) -> InvalidEventError:
    return InvalidEventError(ErrorCode.BAD_FIELD, reason, field=field)
