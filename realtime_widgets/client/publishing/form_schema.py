"""The form of a question, made from the JSON schema of a pydantic model (protocol 13.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.forms import check_form

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["form_of", "heading_of"]

_KEPT = (
    "type",
    "title",
    "description",
    "enum",
    "format",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "default",
)


def form_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the form of a model.

    Raises:
        InvalidEventError: A field is of a type that a form does not have; names the field.
    """
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})
    fields = {
        name: _field(name, part, definitions) for name, part in schema.get("properties", {}).items()
    }
    form = {"type": "object", "properties": fields, "required": schema.get("required", [])}
    return check_form(form)


def heading_of(model: type[BaseModel]) -> str:
    """Return the question of a model: the first paragraph of its docstring, or its name."""
    words = (model.__doc__ or "").strip().partition("\n\n")[0]
    return " ".join(words.split()) or model.__name__


def _field(name: str, part: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    whole = dict(part)
    if "$ref" in whole:
        whole = {**definitions[whole["$ref"].rpartition("/")[2]], **whole}
    options = [one for one in whole.get("anyOf", []) if one.get("type") != "null"]
    if len(options) == 1:
        whole = {**_field(name, options[0], definitions), **whole}
    if "const" in whole:
        whole["enum"] = [whole["const"]]
    field = {key: whole[key] for key in _KEPT if whole.get(key) is not None}
    if field.get("type") not in {"string", "integer", "number", "boolean"}:
        reason = (
            "is of a type that a form does not have: use str, int, float, bool, date, or an Enum"
        )
        raise InvalidEventError(ErrorCode.BAD_FIELD, reason, field=name)
    return field
