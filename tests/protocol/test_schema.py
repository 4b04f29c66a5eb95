"""The schema file matches the models, and what is written conforms to it in shape."""

from __future__ import annotations

import json

import pytest

from realtime_widgets.protocol import messages
from realtime_widgets.protocol.events import EventBase
from realtime_widgets.protocol.schema import SCHEMA_FILE, schema


def test_the_committed_schema_is_that_of_the_models() -> None:
    """Where this fails: `python -m realtime_widgets.protocol.schema`, then `npm run types`."""
    assert json.loads(SCHEMA_FILE.read_text(encoding="utf-8")) == schema()


def test_the_schema_has_every_event_and_every_message() -> None:
    definitions = schema()["$defs"]
    models = {
        *(model.__name__ for model in EventBase.__subclasses__()),
        *(model.__name__ for model in messages.ClientMessage.__args__),
        *(model.__name__ for model in messages.ServerMessage.__args__),
    }

    assert models <= set(definitions)


@pytest.mark.parametrize("name", ["Welcome", "Ack", "Nack", "Gap", "Reset", "Error", "Events"])
def test_a_client_may_rely_on_every_field_of_a_message(name: str) -> None:
    definition = schema()["$defs"][name]

    assert set(definition["required"]) == set(definition["properties"])
    assert definition["additionalProperties"] is False


def test_a_gap_is_named_as_on_the_wire() -> None:
    assert "from" in schema()["$defs"]["Gap"]["properties"]
