"""Writes `schema.json` from the models: `python -m realtime_widgets.protocol.schema`.

A test compares the committed file, from which the types of the front end are generated.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from realtime_widgets.protocol.events import AnyEvent, KnownEvent
from realtime_widgets.protocol.index import IndexClientMessage, IndexServerMessage
from realtime_widgets.protocol.messages import ClientMessage, ServerMessage

__all__ = ["SCHEMA_FILE", "schema"]

SCHEMA_FILE = Path(__file__).with_name("schema.json")


class _Generator(GenerateJsonSchema):
    """Leaves out field titles, from which the TypeScript generator would make aliases."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002 - the base class's signature
        return False


def schema() -> dict[str, Any]:
    """Return the JSON schema of all events and messages, as they are on the wire.

    Each union has its own definition, which lists its members.
    """
    unions, document = TypeAdapter.json_schemas(
        [(name, "serialization", TypeAdapter(union)) for name, union in _UNIONS.items()],
        by_alias=True,
        schema_generator=_Generator,
    )
    definitions = document["$defs"] | {name: unions[name, "serialization"] for name in _UNIONS}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": "Generated from events.py, messages.py and index.py by schema.py.",
        "$defs": definitions,
    }


_UNIONS: dict[str, Any] = {
    "KnownEvent": Annotated[KnownEvent, Field(discriminator="type")],
    "AnyEvent": AnyEvent,
    "ClientMessage": Annotated[ClientMessage, Field(discriminator="type")],
    "ServerMessage": Annotated[ServerMessage, Field(discriminator="type")],
    "IndexClientMessage": Annotated[IndexClientMessage, Field(discriminator="type")],
    "IndexServerMessage": Annotated[IndexServerMessage, Field(discriminator="type")],
}


if __name__ == "__main__":
    SCHEMA_FILE.write_text(json.dumps(schema(), indent=2, ensure_ascii=False) + "\n")
