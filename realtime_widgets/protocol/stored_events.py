"""How a batch of events is read that was checked when it was stored."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.events import AnyEvent, Event, UnknownEvent, validate_event
from realtime_widgets.protocol.json_parts import has_many_values, parts
from realtime_widgets.protocol.state_events import reduced_to_state

__all__ = ["read_stored"]

_STORED: TypeAdapter[list[Event]] = TypeAdapter(list[AnyEvent])


def read_stored(raw: bytes) -> list[Event]:
    """Return the events of a batch that was checked by the limits of when it was stored.

    An event that is none by the rules of this version is given as one of an unknown type. What is
    too much to be parsed at once is given in brief.
    """
    if has_many_values(raw):
        one_by_one = (_read_stored(b"[%b]" % part) for part in parts(raw))
        return [event for events in one_by_one for event in reduced_to_state(events)]
    return _read_stored(raw)


def _read_stored(raw: bytes) -> list[Event]:
    try:
        return _STORED.validate_json(raw)
    except ValidationError:
        return [_as_far_as_known(item) for item in from_json(raw)]


def _as_far_as_known(fields: dict[str, Any]) -> Event:
    try:
        return validate_event(fields)
    except InvalidEventError:
        return UnknownEvent.model_construct(**fields)
