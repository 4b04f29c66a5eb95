"""The form that is made from a JSON schema, such as that of a pydantic model (protocol 13.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.forms import FormField, check_form

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["form_from", "is_nullable", "resolved"]

_KEPT = {field.alias or name for name, field in FormField.model_fields.items()} - {"items"}
"""Keywords of the schema of a value that a form has."""

_TYPES = {"string", "integer", "number", "boolean", "array"}


def form_from(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form of an object.

    Raises:
        InvalidEventError: A field is of a type that a form does not have; names the field.
    """
    definitions = schema.get("$defs", {})
    fields = {
        name: _part(name, part, definitions) for name, part in schema.get("properties", {}).items()
    }
    form: dict[str, Any] = {
        "type": "object",
        "properties": fields,
        "required": _required(schema),
    }
    return check_form(form)


def resolved(part: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a value without references, and without the alternative of null."""
    whole = dict(part)
    if "$ref" in whole:
        whole = {**definitions.get(whole.pop("$ref").rpartition("/")[2], {}), **whole}
    options = [one for one in whole.get("anyOf", []) if one.get("type") != "null"]
    if len(options) == 1:
        whole = {**resolved(options[0], definitions), **whole}
    if "const" in whole:
        whole["enum"] = [whole["const"]]
    return whole


def is_nullable(part: Mapping[str, Any]) -> bool:
    """Whether null is one of the alternatives."""
    return any(one.get("type") == "null" for one in part.get("anyOf", []))


def _required(schema: Mapping[str, Any]) -> list[str]:
    parts = schema.get("properties", {})
    return [name for name in schema.get("required", []) if not is_nullable(parts.get(name, {}))]


def _part(name: str, part: dict[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Return a field, or a section of fields."""
    whole = _titled(name, part, definitions)
    if whole.get("type") != "object" or not whole.get("properties"):
        return _field(name, whole, definitions)
    fields = {
        inner: _field(f"{name}.{inner}", _titled(inner, one, definitions), definitions)
        for inner, one in whole["properties"].items()
    }
    return {**_kept(whole), "properties": fields, "required": _required(whole)}


def _field(name: str, whole: dict[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    field = _kept(whole)
    items = resolved(whole.get("items", {}), definitions)
    is_list = field.get("type") == "array"
    if field.get("type") not in _TYPES or (is_list and items.get("type") != "string"):
        reason = (
            "is of a type that a form does not have: use str, int, float, bool, date, an Enum, "
            "a list of str or, not within another one, a model"
        )
        raise InvalidEventError(ErrorCode.BAD_FIELD, reason, field=name)
    return {**field, "items": _kept(items)} if is_list else field


def _kept(whole: Mapping[str, Any]) -> dict[str, Any]:
    return {key: whole[key] for key in _KEPT if whole.get(key) is not None}


def _titled(name: str, part: dict[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a field; its title is not that of the class of its value."""
    title = part.get("title") or name.replace("_", " ").capitalize()
    return {**resolved(part, definitions), "title": title}
