"""The form of a question that is a pydantic model, and what comes back of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime_widgets.protocol.schema_form import form_from, is_nullable, resolved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel, JsonValue

__all__ = ["completed", "form_of", "heading_of"]


def form_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the form of a model.

    Raises:
        InvalidEventError: A field is of a type that a form does not have; names the field.
    """
    return form_from(model.model_json_schema())


def heading_of(model: type[BaseModel]) -> str:
    """Return the question of a model: the first paragraph of its docstring, or its name."""
    words = (model.__doc__ or "").strip().partition("\n\n")[0]
    return " ".join(words.split()) or model.__name__


def completed(model: type[BaseModel], value: JsonValue) -> JsonValue:
    """Return an answer with null for fields that have no default, and that the form may lack."""
    schema = model.model_json_schema()
    return _completed(schema, value, schema.get("$defs", {}))


def _completed(
    schema: Mapping[str, Any], value: JsonValue, definitions: Mapping[str, Any]
) -> JsonValue:
    if not isinstance(value, dict):
        return value
    parts = schema.get("properties", {})
    missing = [name for name in schema.get("required", []) if is_nullable(parts[name])]
    given = {
        name: _completed(resolved(parts.get(name, {}), definitions), one, definitions)
        for name, one in value.items()
    }
    return {**dict.fromkeys(missing), **given}
