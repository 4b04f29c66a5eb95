"""Messages as the text of WebSocket frames.

Frames are read by `parse_client_message` and `parse_server_message` only. `publish` and `events`
have separate readers and writers, because the bytes of their events are kept as they are.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, get_args

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from realtime_widgets.errors import InvalidEventError, RemoteProtocolError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.events import type_name
from realtime_widgets.protocol.json_parts import MANY_VALUES, has_many_values, members
from realtime_widgets.protocol.messages import ClientMessage, Ping, Publish, ServerMessage

__all__ = ["is_ping", "parse_client_message", "parse_server_message", "write_publish"]

MAX_PING = 64
"""Most characters of a `ping`, with any spaces that JSON allows."""

_CLIENT: dict[str, type[ClientMessage]] = {
    type_name(model): model for model in get_args(ClientMessage)
}
_SERVER: TypeAdapter[ServerMessage] = TypeAdapter(
    Annotated[ServerMessage, Field(discriminator="type")]
)

_LEASES = {"bool", "constrained-str"}

# What follows this prefix is the value of `events` if it is valid JSON, which is checked with the
# batch; so the bytes can be kept without parsing the frame twice.
_CANONICAL_PUBLISH = re.compile(
    rb'\{"type":"publish","first_n":([1-9][0-9]{0,14}),"events":(\[.*\])\}', re.DOTALL
)


def write_publish(publisher_seq: int, events: bytes) -> str:
    """Return a `publish` message around a JSON array of events."""
    return f'{{"type":"publish","first_n":{publisher_seq},"events":{events.decode()}}}'


def parse_client_message(text: str | bytes) -> ClientMessage:
    """Read a message from a client.

    Raises:
        InvalidEventError: It is not JSON, of no known type, or a field is invalid; names the field.
    """
    try:
        data = text.encode() if isinstance(text, str) else text
        canonical = _CANONICAL_PUBLISH.fullmatch(data)
        if canonical:
            return Publish(first_n=int(canonical[1]), events=canonical[2])
        fields = _parse_apart(data) if has_many_values(data) else _parse(data)
    except InvalidEventError:
        raise
    except ValueError as error:
        raise InvalidEventError(ErrorCode.BAD_JSON, f"the message is not JSON: {error}") from None
    if not isinstance(fields, dict):
        raise InvalidEventError(ErrorCode.BAD_JSON, "a message is a JSON object")
    return _client_message(fields)


def _parse(data: bytes) -> Any:  # noqa: ANN401 - any value of JSON
    return from_json(data, allow_inf_nan=False)


def _parse_apart(data: bytes) -> dict[str, Any]:
    """Parse a message without its events, which are parsed one by one when they are checked."""
    fields: dict[str, Any] = {}
    for key, value in members(data):
        name = _parse(key)
        if name == "events":
            fields[name] = value.strip()
        elif has_many_values(value):
            reason = f"has more than {MANY_VALUES:,} values"
            raise InvalidEventError(ErrorCode.TOO_MANY_VALUES, reason, field=name)
        else:
            fields[name] = _parse(value)
    return fields


def _client_message(fields: dict[str, Any]) -> ClientMessage:
    kind = fields.get("type")
    try:
        if kind == "publish":
            events = fields.get("events")
            is_raw_array = isinstance(events, bytes) and events.startswith(b"[")
            if not isinstance(events, list) and not is_raw_array:
                raise InvalidEventError(ErrorCode.BAD_FIELD, "is not an array", field="events")
        if isinstance(kind, str) and kind in _CLIENT:
            return _CLIENT[kind].model_validate(fields)
    except ValidationError as error:
        detail = error.errors(include_url=False, include_input=False)[0]
        # Which member of the union of `lease` was tried is no part of the field's name.
        field = ".".join(str(part) for part in detail["loc"] if part not in _LEASES)
        raise InvalidEventError(ErrorCode.BAD_FIELD, detail["msg"], field=field) from None
    raise InvalidEventError(ErrorCode.UNKNOWN_TYPE, "no message has this type", field="type")


def is_ping(text: str) -> bool:
    """Whether a message of the server is a `Ping`; longer ones are not parsed."""
    if len(text) > MAX_PING:
        return False
    try:
        return isinstance(parse_server_message(text), Ping)
    except RemoteProtocolError:
        return False


def parse_server_message(text: str | bytes) -> ServerMessage:
    """Read a message from the server.

    Raises:
        RemoteProtocolError: This version knows no such message.
    """
    try:
        return _SERVER.validate_json(text)
    except ValidationError as error:
        detail = error.errors(include_url=False, include_input=False)[0]
        raise RemoteProtocolError(f"unreadable message from the server: {detail['msg']}") from None
