"""One-time tickets: the proof that a page of this server meant to connect (protocol 3.1)."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TICKET_S", "Tickets"]

TICKET_S = 30.0
"""How long a ticket is good: longer than a slow page takes to connect, too short to collect."""

TICKET_BYTES = 32
MAX_TICKETS = 10_000
"""Unused tickets kept; beyond it the oldest is forgotten, so that asking costs bounded memory."""


@dataclass(frozen=True, slots=True)
class _Grant:
    username: str
    sprint_id: str | None
    until: float


class Tickets:
    """Issues and redeems tickets.

    Args:
        now: Monotonic seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._grants: OrderedDict[str, _Grant] = OrderedDict()
        """In the order of issue, which is the order of expiry."""

    def issue(self, username: str, sprint_id: str | None) -> str:
        """Return a new ticket for this user and sprint; for the index where `sprint_id` is None."""
        self._forget_old()
        ticket = secrets.token_urlsafe(TICKET_BYTES)
        self._grants[ticket] = _Grant(username, sprint_id, self._now() + TICKET_S)
        return ticket

    def redeem(self, ticket: str | None, username: str, sprint_id: str | None) -> bool:
        """Tell whether the ticket is good for this user and sprint, and use it up."""
        grant = self._grants.pop(ticket or "", None)
        return (
            grant is not None
            and grant.until > self._now()
            and (grant.username, grant.sprint_id) == (username, sprint_id)
        )

    def _forget_old(self) -> None:
        now = self._now()
        while self._grants:
            oldest = next(iter(self._grants.values()))
            if oldest.until > now and len(self._grants) < MAX_TICKETS:
                return
            self._grants.popitem(last=False)
