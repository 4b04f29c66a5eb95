"""`POST sprints/{id}/events`: publishes events without a WebSocket (protocol 10.3)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.service.api_error import ApiError, bad_field, result_of

if TYPE_CHECKING:
    from realtime_widgets.service.admission import Holder
    from realtime_widgets.service.service import Service

__all__ = ["post_events"]

MAX_KEY = 256
"""Most characters of an idempotency key."""

PUBLISHER_DIGITS = 32


async def post_events(  # noqa: PLR0913 - most of them by name
    service: Service,
    sprint_id: str,
    body: bytes,
    *,
    is_ndjson: bool,
    key: str,
    holder: Holder,
    user: str | None,
) -> dict[str, Any]:
    """Store the events of a request: all of them, or none.

    Args:
        service: Where the run is.
        sprint_id: The run.
        body: One event or an array of events as JSON, or one event a line.
        is_ndjson: Whether it is one event a line.
        key: The idempotency key, "" where there is none.
        holder: The user or program to which the key belongs.
        user: The user that is shown as their publisher.

    Returns:
        The body of the answer.

    Raises:
        ApiError: An event or the key breaks its rule, or they cannot be stored now.
    """
    publisher_id = _publisher_of(key, holder)
    hub = service.hub
    try:
        posting = hub.post(sprint_id, _array_of(body, is_ndjson), publisher_id, user)
        stored, count = await result_of(hub, posting)
    except InvalidEventError as error:
        raise ApiError(400, error.code, error.reason, error.field) from None
    return {
        "epoch": stored.epoch,
        "first": stored.seq - count + 1,
        "last": stored.seq,
        "duplicate": stored.duplicate,
    }


def _array_of(body: bytes, is_ndjson: bool) -> bytes:  # noqa: FBT001 - of the request
    """Return the events as a JSON array; what is no JSON is found out when it is checked."""
    if is_ndjson:
        return b"[%b]" % b",".join(line for line in body.splitlines() if line.strip())
    text = body.strip()
    return text if text.startswith(b"[") else b"[%b]" % text


def _publisher_of(key: str, holder: Holder) -> str | None:
    """Return the publisher that represents a key of a holder; the store knows its numbers.

    Raises:
        ApiError: The key breaks its rule.
    """
    if not key:
        return None
    if len(key) > MAX_KEY or not (key.isascii() and key.isprintable()):
        words = f"Idempotency-Key has at most {MAX_KEY} printable ASCII characters"
        raise bad_field(words, "Idempotency-Key")
    digest = hashlib.sha256(f"{holder.name}\n{key}".encode()).hexdigest()
    return digest[:PUBLISHER_DIGITS]
