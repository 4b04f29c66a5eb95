"""What a webhook sends: the JSON document, and the header with its signature."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING

from realtime_widgets.protocol.ids import random_id

if TYPE_CHECKING:
    from realtime_widgets.protocol.run_state import RunState

__all__ = ["SIGNATURE_HEADER", "document", "signature"]

SIGNATURE_HEADER = "Realtime-Widgets-Signature"

_ID_BITS = 128

MAX_MESSAGE = 1_000
"""Characters of the message of the status that are sent."""

_FIELDS = (
    "sprint_id",
    "status",
    "attempt",
    "user",
    "notebook",
    "program",
    "started",
    "ended",
)


def document(state: RunState, time: str) -> bytes:
    """Return the document about the status that a run has now.

    Args:
        state: The run.
        time: Now, as the server writes it.
    """
    run = {name: getattr(state, name) for name in _FIELDS}
    run["message"] = state.message and state.message[:MAX_MESSAGE]
    made = {"type": "run_status", "v": 1, "id": random_id(_ID_BITS), "time": time, "run": run}
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()


def signature(secret: bytes, body: bytes, at: int) -> str:
    """Return the value of the header: the time and the HMAC-SHA256 of time and body.

    Args:
        secret: The shared secret.
        body: What is sent.
        at: When, in seconds since 1970, so that a receiver can refuse an old request.
    """
    mac = hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"
