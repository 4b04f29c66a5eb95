"""Every exception that a user of this package may want to catch.

RealtimeWidgetsError
├── ProtocolError              a rule of docs/protocol.md was broken
│   ├── LocalProtocolError     by this side: a bug in the calling code
│   └── RemoteProtocolError    by the peer
├── ConnectionClosedError      a connection ended, with its close code
├── InvalidEventError          an event breaks a rule of protocol 4 (also a ValueError)
├── InvalidSearchError         a search breaks a rule of protocol 10 (also a ValueError)
├── InvalidSprintIdError       a sprint id breaks protocol 1.1 (also a ValueError)
├── PublisherError
│   ├── NoAnswerError          a question got no answer (also a TimeoutError)
│   ├── QueueFullError         the publisher's buffer stayed full for too long
│   └── ServerNotFoundError    an explicitly named server cannot be reached or refuses
├── UnknownRunError            nothing was published to the run (also a LookupError)
├── FollowTimeoutError         `follow` got no new event within its time-out (also a TimeoutError)
├── StoreError                 the store cannot read or write
│   ├── StoreInUseError        another server uses its file
│   ├── StoreDamagedError      the storage of the logs is corrupt and must be recreated
│   └── StoreUnavailableError  temporarily: publishers resend
│       └── StoreFullError     no space is left
└── PositionLostError          the log cannot be read from a given position

Cancelled                      a user has stopped the run; derived from BaseException
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath
from typing import Literal, TypeAlias

__all__ = [
    "Cancelled",
    "ConnectionClosedError",
    "FollowTimeoutError",
    "InvalidEventError",
    "InvalidSearchError",
    "InvalidSprintIdError",
    "LocalProtocolError",
    "NoAnswerError",
    "PositionLostError",
    "ProtocolError",
    "PublisherError",
    "QueueFullError",
    "RealtimeWidgetsError",
    "RemoteProtocolError",
    "ServerNotFoundError",
    "StoreDamagedError",
    "StoreError",
    "StoreFullError",
    "StoreInUseError",
    "StoreUnavailableError",
    "UnknownRunError",
]

MAX_FIELD = 256
"""Maximum characters of a field's name in an error, which is sent and stored."""


class RealtimeWidgetsError(Exception):
    """Base of all errors of this package."""


class Cancelled(BaseException):
    """A user has stopped the run.

    It is derived from `BaseException`, as `KeyboardInterrupt` is, so that no `except Exception` of
    a program continues the run.

    Attributes:
        sprint_id: The run.
        user: The user who has stopped it, as the server knows them; None where it does not.
    """

    def __init__(self, sprint_id: str, user: str | None = None) -> None:
        by = f" by {user}" if user else ""
        super().__init__(f"the run {sprint_id!r} was stopped{by}")
        self.sprint_id = sprint_id
        self.user = user

    def __reduce__(self) -> tuple[type[Cancelled], tuple[str, str | None]]:
        return Cancelled, (self.sprint_id, self.user)


class ProtocolError(RealtimeWidgetsError):
    """A rule of docs/protocol.md was broken."""


class LocalProtocolError(ProtocolError):
    """This side called a session in a state that does not allow it."""


class RemoteProtocolError(ProtocolError):
    """The peer sent a message that the protocol does not allow."""


class ConnectionClosedError(RealtimeWidgetsError):
    """A connection to a server ended.

    Attributes:
        code: The close code (protocol 8).
        reason: Its name.
    """

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        return f"the connection was closed: {self.reason or 'no reason given'} ({self.code})"


class InvalidEventError(RealtimeWidgetsError, ValueError):
    """An event breaks a rule of protocol 4.

    Attributes:
        code: The rule's name, as in protocol 4.1.
        field: Path of the field in the event, with dots: `event.delta`. None for the event as a
            whole. Cut to `MAX_FIELD` characters, because its names come from the sender.
        reason: What is wrong, with the limit, as text.
    """

    def __init__(self, code: str, reason: str, *, field: str | None = None) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason
        self.field = field[:MAX_FIELD] if field else None

    def __str__(self) -> str:
        where = f"{self.field}: " if self.field else ""
        return f"{where}{self.reason} ({self.code})"


class InvalidSearchError(RealtimeWidgetsError, ValueError):
    """A search breaks a rule of protocol 10.

    Attributes:
        reason: What is wrong, with the limit, as text.
        field: The argument that is wrong.
    """

    def __init__(self, reason: str, field: str) -> None:
        super().__init__(reason, field)
        self.reason = reason
        self.field = field

    def __str__(self) -> str:
        return self.reason


class InvalidSprintIdError(RealtimeWidgetsError, ValueError):
    """A sprint id breaks the rule of protocol 1.1."""

    def __init__(self, sprint_id: object) -> None:
        super().__init__(sprint_id)
        self.sprint_id = sprint_id

    def __str__(self) -> str:
        shown = repr(self.sprint_id)
        if len(shown) > 80:  # noqa: PLR2004 - a hostile id must not fill the screen
            shown = shown[:77] + "..."
        return (
            f"{shown} is not a sprint id: use 1 to 64 ASCII letters, digits, dots, dashes or "
            f"underscores, starting with a letter or digit{_proposal(self.sprint_id)}"
        )


def _proposal(sprint_id: object) -> str:
    """Propose the nearest valid name, "" if no valid characters are left."""
    if not isinstance(sprint_id, str | int | PurePath):
        return ""
    plain = unicodedata.normalize("NFKD", str(sprint_id)[:256]).encode("ascii", "ignore").decode()
    proposed = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-._")[:64].rstrip("-._")
    return f"; did you mean {proposed!r}?" if proposed else ""


class PublisherError(RealtimeWidgetsError):
    """Publishing failed, and the caller has to handle it."""


class NoAnswerError(PublisherError, TimeoutError):
    """A question of the run has got no answer.

    Attributes:
        question: The question.
        reason: Why, as text.
        is_late: Whether the time for the answer is over, and not that none can come.
    """

    def __init__(self, question: str, reason: str, *, is_late: bool = False) -> None:
        super().__init__(question, reason)
        self.question = question
        self.reason = reason
        self.is_late = is_late

    def __str__(self) -> str:
        shown = self.question if len(self.question) <= MAX_FIELD else f"{self.question[:255]}…"
        return f"no answer to {shown!r}: {self.reason}"


class QueueFullError(PublisherError):
    """The publisher's buffer stayed full for longer than a publish call may wait."""

    def __init__(self, sprint_id: str, events: int, waited_s: float) -> None:
        super().__init__(sprint_id, events, waited_s)
        self.sprint_id = sprint_id
        self.events = events
        self.waited_s = waited_s

    def __str__(self) -> str:
        return (
            f"{self.events:,} events of {self.sprint_id!r} are queued and none was sent within "
            f"{self.waited_s:g} s; call realtime_widgets.doctor() to see why"
        )


ServerNotFoundKind: TypeAlias = Literal[
    "refused",
    "no_token",
    "redirected",
    "not_running",
    "server_error",
    "not_installed",
    "no_certificate",
    "tls",
    "unreachable",
]
"""See `ServerNotFoundError.kind`."""


class ServerNotFoundError(PublisherError):
    """No server with the realtime-widgets extension answers where one was expected.

    Attributes:
        url: The server's URL.
        reason: Why it cannot be used, as text.
        kind: The same as a code: `refused` and `no_token` (of the token), `redirected`,
            `not_running` (a user's server of JupyterHub), `server_error`, `not_installed` (the
            extension), `no_certificate` and `tls`, or `unreachable` for anything else.
    """

    def __init__(self, url: str, reason: str, kind: ServerNotFoundKind = "unreachable") -> None:
        super().__init__(url, reason, kind)
        self.url = url
        self.reason = reason
        self.kind = kind

    def __str__(self) -> str:
        return (
            f"no realtime-widgets server at {self.url}: {self.reason}; "
            "call realtime_widgets.doctor() to see what was tried"
        )


class UnknownRunError(RealtimeWidgetsError, LookupError):
    """Nothing was published to the run that is read.

    Attributes:
        sprint_id: The run.
        similar: Names of other runs, the most similar first.
    """

    def __init__(self, sprint_id: str, similar: tuple[str, ...] = ()) -> None:
        super().__init__(sprint_id, similar)
        self.sprint_id = sprint_id
        self.similar = similar

    def __str__(self) -> str:
        names = f"; similar names: {', '.join(map(repr, self.similar))}" if self.similar else ""
        return f"nothing was published to {self.sprint_id!r}{names}"


class FollowTimeoutError(RealtimeWidgetsError, TimeoutError):
    """`follow` has received no new event within its `timeout`.

    Attributes:
        sprint_id: The run.
        timeout: How long it waited, in seconds.
        reason: The cause: no such run, no connection to the server and since when, or nothing was
            published.
        similar: Names of other runs, the most similar first; empty if the run exists.
    """

    def __init__(
        self, sprint_id: str, timeout: float, reason: str, similar: tuple[str, ...] = ()
    ) -> None:
        super().__init__(sprint_id, timeout, reason, similar)
        self.sprint_id = sprint_id
        self.timeout = timeout
        self.reason = reason
        self.similar = similar

    def __str__(self) -> str:
        return f"no new events of {self.sprint_id!r} for {self.timeout:g} s: {self.reason}"


class StoreError(RealtimeWidgetsError):
    """The store cannot be opened, read or written.

    Attributes:
        reason: The cause, for clients: without paths, which the message may contain.
    """

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason or message


class StoreUnavailableError(StoreError):
    """The store cannot write now and may be able to later (a full or locked disk).

    Attributes:
        code: The code that publishers and viewers get (protocol 6.3).
    """

    code = "storage_unavailable"


class StoreFullError(StoreUnavailableError):
    """The store has no space left; stored events can be read."""

    code = "storage_full"


class StoreInUseError(StoreError):
    """Another server uses the file of the store."""


class StoreDamagedError(StoreError):
    """The storage of the logs is corrupt as a whole; it must be quarantined and recreated."""


class PositionLostError(RealtimeWidgetsError):
    """The log cannot be read from the requested position (protocol 5.3)."""

    def __init__(self, sprint_id: str, reason: str) -> None:
        super().__init__(sprint_id, reason)
        self.sprint_id = sprint_id
        self.reason = reason

    def __str__(self) -> str:
        return f"cannot resume reading {self.sprint_id!r} ({self.reason}); read it from the start"
