"""Validation of sprint ids (protocol 1.1), and random ids."""

from __future__ import annotations

import re
import secrets
from typing import Annotated

from pydantic import StringConstraints

from realtime_widgets.errors import InvalidSprintIdError

__all__ = [
    "PUBLISHER_BITS",
    "PUBLISHER_ID",
    "SPRINT_ID",
    "PublisherId",
    "SprintId",
    "check_sprint_id",
    "is_sprint_id",
    "random_id",
]

SPRINT_ID = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
"""Pattern of a sprint id; the whole string has to match."""

PUBLISHER_BITS = 128
"""Randomness of a publisher id: no two processes ever have the same."""

PUBLISHER_ID = rf"[0-9a-f]{{{PUBLISHER_BITS // 4}}}"

SprintId = Annotated[str, StringConstraints(pattern=rf"^{SPRINT_ID}$")]
PublisherId = Annotated[str, StringConstraints(pattern=rf"^{PUBLISHER_ID}$")]

_SPRINT_ID = re.compile(SPRINT_ID)


def check_sprint_id(sprint_id: object) -> str:
    """Return the id unchanged.

    Raises:
        InvalidSprintIdError: It is not a string that follows protocol 1.1.
    """
    if not isinstance(sprint_id, str) or not is_sprint_id(sprint_id):
        raise InvalidSprintIdError(sprint_id)
    return sprint_id


def is_sprint_id(text: str) -> bool:
    """Whether a text follows protocol 1.1."""
    # fullmatch: `match` with `$` would let a final newline through.
    return _SPRINT_ID.fullmatch(text) is not None


def random_id(bits: int) -> str:
    """Return that many random bits as lower-case hex digits."""
    return secrets.token_hex(bits // 8)
