"""Whether an answer fits the form of its question (protocol 13.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.forms import MAX_ITEMS, FormPart, read_form

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import JsonValue

    from realtime_widgets.protocol.forms import FormField, ListItems

__all__ = ["check_field", "check_filled"]


def check_filled(form: Mapping[str, JsonValue], value: JsonValue) -> None:
    """Check the answer to a form.

    Raises:
        InvalidEventError: It does not fit; names the field.
    """
    known = read_form(form)
    _check_object(known.properties, known.required, value, "value")


def _check_object(
    fields: Mapping[str, FormPart] | Mapping[str, FormField],
    required: Sequence[str],
    value: JsonValue,
    where: str,
) -> None:
    if not isinstance(value, dict):
        raise _bad("is not an object with the fields of the form", where)
    for name in value:
        if name not in fields:
            raise _bad("is no field of the form", f"{where}.{name}")
    for name, field in fields.items():
        if name in value:
            check_field(field, value[name], f"{where}.{name}")
        elif name in required:
            raise _bad("is missing", f"{where}.{name}")


def check_field(field: FormPart | FormField, value: JsonValue, where: str) -> None:
    """Check the value of one field.

    Raises:
        InvalidEventError: It does not fit; names the field by `where`.
    """
    if isinstance(field, FormPart) and field.type == "object":
        _check_object(field.properties, field.required, value, where)
    elif field.enum is not None:
        if not any(value == one and type(value) is type(one) for one in field.enum):
            raise _bad("is none of the values of the form", where)
    elif field.type == "array":
        _check_list(field, value, where)
    else:
        _check_type(field.type, value, where)
        _check_bounds(field, value, where)


def _check_type(kind: str, value: JsonValue, where: str) -> None:
    match kind:
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


def _check_list(field: FormPart | FormField, value: JsonValue, where: str) -> None:
    if not isinstance(value, list):
        raise _bad("is not a list of texts", where)
    most = MAX_ITEMS if field.max_items is None else min(field.max_items, MAX_ITEMS)
    _check_range(len(value), field.min_items, most, f"{where} (texts)")
    for index, one in enumerate(value):
        _check_type("string", one, f"{where}.{index}")
        if field.items is not None:
            _check_item(field.items, one, f"{where}.{index}")


def _check_item(items: ListItems, value: JsonValue, where: str) -> None:
    if items.enum is not None and value not in items.enum:
        raise _bad("is none of the values of the form", where)
    if isinstance(value, str):
        _check_range(len(value), items.min_length, items.max_length, f"{where} (characters)")


def _check_bounds(field: FormPart | FormField, value: JsonValue, where: str) -> None:
    if isinstance(value, str):
        _check_range(len(value), field.min_length, field.max_length, f"{where} (characters)")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        _check_range(value, field.minimum, field.maximum, where)
        if field.exclusive_minimum is not None and value <= field.exclusive_minimum:
            raise _bad(f"is not above {field.exclusive_minimum:g}", where)
        if field.exclusive_maximum is not None and value >= field.exclusive_maximum:
            raise _bad(f"is not below {field.exclusive_maximum:g}", where)


def _check_range(value: float, least: float | None, most: float | None, where: str) -> None:
    if least is not None and value < least:
        raise _bad(f"is below {least:g}", where)
    if most is not None and value > most:
        raise _bad(f"is above {most:g}", where)


def _bad(reason: str, field: str) -> InvalidEventError:
    return InvalidEventError(ErrorCode.BAD_FIELD, reason, field=field)
