"""The messages of `realtime-widgets.v1` (protocol 3 to 7): one model per WebSocket text frame.

`message_text.py` reads and writes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError

from realtime_widgets.protocol.events import AnyEvent
from realtime_widgets.protocol.ids import PublisherId, SprintId
from realtime_widgets.protocol.position import Position
from realtime_widgets.protocol.run_state import RunState

if TYPE_CHECKING:
    from realtime_widgets.protocol.limits import Limits

__all__ = [
    "MAX_NEWEST",
    "MAX_SIMILAR",
    "PROTOCOL_VERSION",
    "SUBPROTOCOL",
    "Ack",
    "Batch",
    "ClientLimits",
    "ClientMessage",
    "Deliver",
    "Direct",
    "Error",
    "Events",
    "Gap",
    "GapReason",
    "Hello",
    "Nack",
    "Ping",
    "Pong",
    "Presence",
    "Publish",
    "PublishAs",
    "Reset",
    "ServerMessage",
    "State",
    "Trouble",
    "Watch",
    "Watching",
    "Welcome",
]

PROTOCOL_VERSION = 1
SUBPROTOCOL = "realtime-widgets.v1"

MAX_NEWEST = 1_000
"""Most events of the newest page that a viewer starts with, as of a page of REST."""

MAX_WATCHERS = 20
"""Most names of users who watch a run."""

MAX_WATCHER_NAME = 64
"""Most characters of such a name."""

MAX_SIMILAR = 5
"""Most names in `welcome.similar`."""

Seq = Annotated[int, Field(ge=0, le=2**53 - 1)]
"""The number of an event in a log; 0 for none."""

EventSeq = Annotated[int, Field(ge=1, le=2**53 - 1)]

Count = Annotated[int, Field(ge=0, le=2**53 - 1)]

PublisherSeq = Annotated[int, Field(ge=1, le=2**53 - 1)]
"""The number of an event among those of its publisher (protocol 6.1): `n` on the wire."""


class Message(BaseModel):
    """The base class of all messages."""

    # Strict: `true` or `"5"` for a number is an error of the client. The schema is of what is
    # written, where every field is present.
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, json_schema_serialization_defaults_required=True
    )

    def to_json(self) -> str:
        """Write the message as the text of one frame."""
        return self.model_dump_json(by_alias=True)


class Watch(Message):
    """Where a viewer starts to read."""

    after: Position | None = None
    """Resume after this position."""

    newest: Annotated[int, Field(ge=1, le=MAX_NEWEST)] | None = None
    """Without a position: start with so many of the newest events; from the first event kept when
    it is None."""

    @field_validator("newest", mode="wrap")
    @classmethod
    def _check_newest(
        cls, value: object, check: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> int | None:
        try:
            newest: int | None = check(value)
        except ValidationError:
            words = f"is a whole number from 1 to {MAX_NEWEST:,}"
            raise PydanticCustomError("newest", words) from None
        if newest is not None and info.data.get("after") is not None:
            raise PydanticCustomError("newest", "is only for a viewer without a position: `after`")
        return newest


class PublishAs(Message):
    """The identity of a publisher."""

    publisher_id: PublisherId

    lease: bool | Annotated[str, Field(min_length=1, max_length=32)] = False
    """The lease that it held on an earlier connection: the id of its member, or true if it named
    none (protocol 6.4)."""


class Hello(Message):
    """Client to server, first message: what this connection is for (protocol 3.2)."""

    type: Literal["hello"] = "hello"
    v: int
    sprint_id: SprintId
    ticket: str | None = Field(default=None, max_length=128)
    watch: Watch | None = None
    publish: PublishAs | None = None


class Publish(Message):
    """Client to server: events in the order of their publisher seqs (protocol 6.1)."""

    type: Literal["publish"] = "publish"
    first_n: PublisherSeq
    """Publisher seq of the first event."""

    events: Annotated[
        bytes | list[JsonValue], WithJsonSchema({"type": "array", "items": {"type": "object"}})
    ]
    """Unchecked; bytes are the JSON array itself."""


class Ping(Message):
    """Either direction: are you there? (protocol 7)."""

    type: Literal["ping"] = "ping"


class Pong(Message):
    """Either direction: yes."""

    type: Literal["pong"] = "pong"


class ClientLimits(Message):
    """What the server accepts from this client (protocol 4.1 and 6.1)."""

    message_bytes: Count
    event_bytes: Count
    batch_events: Count
    batch_bytes: Count
    window: Count

    @classmethod
    def of(cls, limits: Limits) -> ClientLimits:
        """Return the limits that concern a client."""
        return cls.model_validate(limits, from_attributes=True)


class Welcome(Message):
    """Server to client: the connection is open; what the log holds (protocol 3.3)."""

    type: Literal["welcome"] = "welcome"
    v: int = PROTOCOL_VERSION
    session: str
    sprint_id: str
    epoch: str | None
    first: Seq
    head: Seq
    entry: str | None
    recovered: bool | None
    may_publish: bool
    last_n: Count | None
    limits: ClientLimits
    ping_s: float
    pong_s: float
    server_time: str
    similar: list[str] = Field(default=[], max_length=MAX_SIMILAR)
    """Names of other runs, the most similar first, for a viewer of a run that has not begun."""

    kept_in_memory_because: str | None = None
    """Why the runs of this server end with it; None where they outlive it."""


class Batch(Message):
    """Consecutive events that were stored together (protocol 5.1)."""

    first: EventSeq
    entry: str
    timestamp: str
    user: str | None
    events: list[AnyEvent]


class Events(Message):
    """Server to client: the next batches of the log (protocol 5.1)."""

    type: Literal["events"] = "events"
    epoch: str
    batches: list[Batch]


GapReason: TypeAlias = Literal["trimmed", "damaged", "skipped"]
"""Why a viewer does not get events: they are not kept any more, or, where it requested the
newest ones only, they are older."""


class Gap(Message):
    """Server to client: events `from` to `to` are left out (protocol 5.3)."""

    type: Literal["gap"] = "gap"
    from_: Seq = Field(alias="from")
    to: Seq
    reason: GapReason = "trimmed"

    model_config = ConfigDict(populate_by_name=True)


class Reset(Message):
    """Server to client: the client's events are not the beginning of this log (protocol 5.3)."""

    type: Literal["reset"] = "reset"
    epoch: str | None
    first: Seq
    reason: Literal["epoch", "ahead", "diverged"]


class Direct(Message):
    """Server to client: an event for this connection only (protocol 5.4)."""

    type: Literal["direct"] = "direct"
    event: AnyEvent


class Deliver(Message):
    """Server to client: what a user has sent to the run of this publisher (protocol 13.4)."""

    type: Literal["deliver"] = "deliver"
    event: AnyEvent
    """With the fields that the server sets."""

    member: str | None = None
    """Of what section 14 sends: the member of the attempt that it is for (protocol 14.3)."""


class Trouble(Message):
    """Server to client: the storage status: why new events cannot be stored (protocol 5.6)."""

    type: Literal["trouble"] = "trouble"
    code: str | None
    """None when they can be stored again."""

    message: str | None = None


class Presence(Message):
    """Server to client: whether a publisher of the status is connected (protocol 6.5)."""

    type: Literal["presence"] = "presence"
    disconnected_at: float | None
    """Since when none is, in seconds since 1970 by the server's clock; None while one is."""


class Watching(Message):
    """Server to client: the users who watch the run in pages (protocol 6.6)."""

    type: Literal["watching"] = "watching"
    count: Annotated[int, Field(ge=0)]
    names: Annotated[
        list[Annotated[str, Field(max_length=MAX_WATCHER_NAME)]], Field(max_length=MAX_WATCHERS)
    ]
    """Names of the first of them, in alphabetical order."""


class State(Message):
    """Server to client: the state at its `head`, where events are missing (protocol 5.7)."""

    type: Literal["state"] = "state"
    state: RunState


class Ack(Message):
    """Server to client: all events up to this publisher seq are stored (protocol 6.3)."""

    type: Literal["ack"] = "ack"
    up_to: PublisherSeq
    seq: Seq
    """Seq of the event with the publisher seq `up_to`."""

    epoch: str
    duplicate: bool = False
    """Whether all events that it acknowledges were stored before."""


class Nack(Message):
    """Server to client: this event was not stored (protocol 6.3)."""

    type: Literal["nack"] = "nack"
    n: PublisherSeq
    code: str
    message: str
    field: str | None = None
    retry: bool
    expect: PublisherSeq | None = None


class Error(Message):
    """Server to client: a message was unusable; the connection stays open (protocol 7)."""

    type: Literal["error"] = "error"
    code: str
    message: str
    field: str | None = None


ClientMessage = Hello | Publish | Ping | Pong
ServerMessage = (
    Welcome
    | Events
    | Gap
    | Reset
    | Direct
    | Deliver
    | Trouble
    | Presence
    | Watching
    | State
    | Ack
    | Nack
    | Error
    | Ping
    | Pong
)
