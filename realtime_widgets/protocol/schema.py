"""Writes `schema.json` from the models: `python -m realtime_widgets.protocol.schema`.

A test compares the committed file, from which the types of the front end are generated.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from realtime_widgets.protocol.events import Event
from realtime_widgets.protocol.messages import ClientMessage, ServerMessage

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["SCHEMA_FILE", "schema"]

SCHEMA_FILE = Path(__file__).with_name("schema.json")


class _Generator(GenerateJsonSchema):
    """Leaves out field titles, from which the TypeScript generator would make aliases."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002 - the base class's signature
        return False


def schema() -> dict[str, Any]:
    """Return the JSON schema of all events and messages, as they are on the wire."""
    models: list[type[BaseModel]] = [
        *get_args(Event),
        *dict.fromkeys((*get_args(ClientMessage), *get_args(ServerMessage))),
    ]
    _, document = models_json_schema(
        [(model, "serialization") for model in models],
        by_alias=True,
        schema_generator=_Generator,
    )
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **document}


if __name__ == "__main__":
    SCHEMA_FILE.write_text(json.dumps(schema(), indent=2, ensure_ascii=False) + "\n")
