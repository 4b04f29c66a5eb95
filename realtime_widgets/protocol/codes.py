"""Close codes and error codes (protocol 8, 4.1, 6.3, 7 and 10)."""

from __future__ import annotations

from enum import IntEnum, StrEnum

__all__ = ["CloseCode", "ErrorCode", "HttpCode", "should_reconnect"]


class CloseCode(IntEnum):
    """Why a connection was closed; the reason on the wire is the name in lower case."""

    NORMAL = 1000
    GOING_AWAY = 1001
    BINARY_NOT_SUPPORTED = 1003
    MESSAGE_TOO_BIG = 1009
    INTERNAL_ERROR = 1011
    RESTARTING = 1012
    TRY_LATER = 1013
    RECONNECT = 4000
    SLOW_READER = 4001
    INSUFFICIENT_STATE = 4002
    NO_PONG = 4003
    HELLO_TIMEOUT = 4004
    STORAGE_UNAVAILABLE = 4007
    BAD_MESSAGE = 4500
    UNAUTHORIZED = 4501
    FORBIDDEN = 4503
    UNKNOWN_SPRINT = 4504
    CONNECTION_LIMIT = 4505
    PROTOCOL_VERSION = 4506
    FENCED = 4508
    TOO_MANY_ERRORS = 4509

    @property
    def reason(self) -> str:
        """The reason string that goes with the code."""
        return self.name.lower()


class ErrorCode(StrEnum):
    """What was wrong with a message or an event."""

    BAD_JSON = "bad_json"
    UNKNOWN_TYPE = "unknown_type"
    BAD_FIELD = "bad_field"
    NOT_PUBLISHING = "not_publishing"
    ID_CASE = "id_case"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    TOO_MANY_VALUES = "too_many_values"
    KEY_TOO_LONG = "key_too_long"
    NUMBER_OUT_OF_RANGE = "number_out_of_range"
    HOLE = "hole"
    RATE_LIMITED = "rate_limited"
    STORAGE_FULL = "storage_full"
    STORAGE_UNAVAILABLE = "storage_unavailable"
    ALREADY_ANSWERED = "already_answered"
    NOT_OPEN = "not_open"
    OTHER_ATTEMPT = "other_attempt"
    NOT_RUNNING = "not_running"
    NO_INBOX = "no_inbox"
    INBOX_FULL = "inbox_full"


class HttpCode(StrEnum):
    """Why an HTTP request is refused where nothing is wrong with an event (protocol 10)."""

    AUTHENTICATION_FAILED = "authentication_failed"
    BUSY = "busy"
    CONNECTION_LIMIT = "connection_limit"
    FORBIDDEN = "forbidden"
    FOREIGN_ORIGIN = "foreign_origin"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_FOUND = "not_found"
    NOT_SHARED = "not_shared"
    NOT_STARTED = "not_started"
    STILL_RUNNING = "still_running"
    TOO_SLOW = "too_slow"
    UNAUTHORIZED = "unauthorized"
    UNKNOWN_BLOB = "unknown_blob"
    UNKNOWN_SPRINT = "unknown_sprint"


_STOP_BELOW_4000 = {1003, 1007, 1009}
"""The client's messages are invalid; it would send them again."""


def should_reconnect(code: int) -> bool:
    """Whether a client that sees this close code connects again (protocol 8)."""
    if 4500 <= code < 5000:  # noqa: PLR2004 - the range is the rule
        return False
    return code not in _STOP_BELOW_4000
