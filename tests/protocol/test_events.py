"""The types of events: each is in the one list from which all else is made."""

from __future__ import annotations

from typing import get_args

import pytest

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.events import (
    EVENT_MODELS,
    Event,
    EventBase,
    UnknownEvent,
    validate_event,
)


def test_every_model_of_an_event_is_in_the_list() -> None:
    assert {*EventBase.__subclasses__()} == {*get_args(Event)}
    assert {*EVENT_MODELS.values()} == {*get_args(Event)} - {UnknownEvent}


@pytest.mark.parametrize("kind", EVENT_MODELS)
def test_an_event_of_a_known_type_is_never_taken_for_an_unknown_one(kind: str) -> None:
    fields = EVENT_MODELS[kind].model_fields.keys() - {"type"}
    with pytest.raises(InvalidEventError):
        validate_event({"type": kind} | {name: [[]] for name in fields})
    with pytest.raises(ValueError, match="shape of its type"):
        UnknownEvent(type=kind)
