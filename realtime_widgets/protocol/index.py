"""The messages of the index channel (protocol 12): which runs of a server have changed.

Frames are read by `parse_index_message` on the server; `Ping`, `Pong` and `Error` are those of the
channel of a run.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.messages import PROTOCOL_VERSION, Error, Message, Ping, Pong
from realtime_widgets.protocol.run_state import RunState

__all__ = [
    "MAX_INDEX_MESSAGE",
    "IndexClientMessage",
    "IndexHello",
    "IndexPosition",
    "IndexReset",
    "IndexServerMessage",
    "IndexWelcome",
    "Runs",
    "parse_index_message",
]

MAX_INDEX_MESSAGE = 4_096
"""Most bytes of a message from a client: a `hello` has less than 400."""

Version = Annotated[int, Field(ge=0, le=2**53 - 1)]
"""How many changes there have been in this epoch of the index."""


class IndexPosition(Message):
    """The last change that a client has: it has everything up to and including `version`."""

    epoch: str = Field(min_length=1, max_length=64)
    """Id of the index; each start of the server makes another one."""

    version: Version


class IndexHello(Message):
    """Client to server, first message: from where on changes are sent."""

    type: Literal["hello"] = "hello"
    v: int
    ticket: str | None = Field(default=None, max_length=128)
    after: IndexPosition | None = None
    """That of a page of the list, or of the last message; None for changes from now on."""


class IndexWelcome(Message):
    """Server to client: the connection is open; where the index is."""

    type: Literal["welcome"] = "welcome"
    v: int = PROTOCOL_VERSION
    session: str
    epoch: str
    version: Version
    ping_s: float
    pong_s: float
    server_time: str
    kept_in_memory_because: str | None = None
    """Why the runs of this server end with it; None where they outlive it."""


class Runs(Message):
    """Server to client: the newest states of runs that have changed."""

    type: Literal["runs"] = "runs"
    version: Version
    """The client has all changes up to this one."""

    changed: list[RunState]
    removed: list[str]
    notebooks: dict[str, str | None]
    """Of changed runs whose notebook is not at the path of their state: where it is now, or None
    where there is none, as in a page of the list."""


class IndexReset(Message):
    """Server to client: not all changes since the client's position are known; read the list."""

    type: Literal["reset"] = "reset"
    epoch: str
    version: Version


IndexClientMessage = IndexHello | Ping | Pong
IndexServerMessage = IndexWelcome | Runs | IndexReset | Error | Ping | Pong

_CLIENT: TypeAdapter[IndexClientMessage] = TypeAdapter(
    Annotated[IndexClientMessage, Field(discriminator="type")]
)

_CODES = {
    "json_invalid": ErrorCode.BAD_JSON,
    "dict_type": ErrorCode.BAD_JSON,
    "union_tag_invalid": ErrorCode.UNKNOWN_TYPE,
    "union_tag_not_found": ErrorCode.UNKNOWN_TYPE,
}


def parse_index_message(text: str) -> IndexClientMessage:
    """Read a message from a client.

    Raises:
        InvalidEventError: It is not JSON, of no known type, or a field is invalid; names the field.
    """
    try:
        return _CLIENT.validate_json(text)
    except ValidationError as error:
        detail = error.errors(include_url=False, include_input=False)[0]
    # The first part is the type of the message.
    field = ".".join(str(part) for part in detail["loc"][1:]) or None
    code = _CODES.get(detail["type"], ErrorCode.BAD_FIELD)
    raise InvalidEventError(code, detail["msg"], field=field)
