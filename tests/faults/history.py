"""What the clients of a test saw and did, written down as it happened.

Publishing is kept by stream: one thread of one process, whose events have an order. Watching is
kept by watcher, over all its connections: what came over the wire, and what it applied.
Nothing is judged here; `checker` does that.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Stream:
    """The events of one thread of a publishing process, numbered from 1 in the order of calls."""

    bodies: dict[int, str] = field(default_factory=dict)
    """What was handed to the publisher, or was about to be."""

    returned: set[int] = field(default_factory=set)
    """The calls that came back; another one may have been interrupted before its event was kept."""

    acked: int = 0
    """So many of the first calls are known to be stored."""

    taken: int = 0
    """So many of the first calls the test may have taken away from where they were stored."""


@dataclass(frozen=True)
class Welcome:
    """The server's greeting on a connection that resumes after a position, or starts from 1."""

    epoch: str | None
    first: int
    head: int
    recovered: bool | None
    asked_epoch: str | None
    asked_seq: int


@dataclass(frozen=True)
class Batch:
    """Events as they came."""

    epoch: str
    first: int
    entry: str
    bodies: tuple[str, ...]

    @property
    def last(self) -> int:
        return self.first + len(self.bodies) - 1


@dataclass(frozen=True)
class Gap:
    """The server, or the client's library, reported that these are not kept."""

    first: int
    last: int


@dataclass(frozen=True)
class Reset:
    """The server, or the client's library, reported that the log was replaced."""

    reason: str


@dataclass(frozen=True)
class Applied:
    """The watcher showed this event."""

    epoch: str
    seq: int
    body: str


@dataclass(frozen=True)
class Disconnected:
    """The connection ended; with a close code, or without a word."""

    code: int | None


@dataclass(frozen=True)
class Trouble:
    """The server reported why it stores nothing for now; or, with None, that it stores again."""

    code: str | None


@dataclass(frozen=True)
class State:
    """The server sent the state of the run at this seq, because events are missing."""

    head: int


@dataclass(frozen=True)
class Rewound:
    """The test took away what the log held after this seq, and nothing else, while all were off."""

    epoch: str
    kept: int


Record = Welcome | Batch | Gap | Reset | Applied | Disconnected | Trouble | State | Rewound


@dataclass
class Watcher:
    """One viewer of the log, over all its connections."""

    records: list[Record] = field(default_factory=list)
    start: int = 0
    """It requested what follows this seq."""

    is_complete: bool = False
    """It was waited for until it had everything."""

    def applied(self) -> list[Applied]:
        return [record for record in self.records if isinstance(record, Applied)]

    def closes(self) -> list[int | None]:
        return [record.code for record in self.records if isinstance(record, Disconnected)]

    def resets(self) -> list[str]:
        return [record.reason for record in self.records if isinstance(record, Reset)]

    def troubles(self) -> list[str | None]:
        return [record.code for record in self.records if isinstance(record, Trouble)]


@dataclass(frozen=True)
class Given:
    """A viewer has answered a question: the server has stored it, or refused it with a code."""

    viewer: str
    question: str
    value: str
    response: str


@dataclass
class History:
    """All that happened to one run."""

    streams: dict[str, Stream] = field(default_factory=dict)
    watchers: dict[str, Watcher] = field(default_factory=dict)
    given: list[Given] = field(default_factory=list)
    received: dict[str, str] = field(default_factory=dict)
    """The answers that the program has received, by the ids of their questions."""

    may_reset: bool = False
    """The test took the log away, so the server may have another one."""

    def stream(self, name: str) -> Stream:
        return self.streams.setdefault(name, Stream())

    def watcher(self, name: str) -> Watcher:
        return self.watchers.setdefault(name, Watcher())


def body_of(event: dict[str, Any]) -> str:
    """What makes an event this one: what its publisher gave, in words."""
    match event["type"]:
        case "log":
            return str(event["message"])
        case "dropped":
            return f"dropped {event['count']} {event['reason']}"
        case _:
            return json.dumps(event, sort_keys=True)
