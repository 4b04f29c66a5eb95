"""One-time tickets: the proof that a page meant to connect, and of its user (protocol 3.1)."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TICKET_S", "Tickets"]

TICKET_S = 30.0
"""How long a ticket is good: longer than a slow page takes to connect, too short to collect."""

TICKET_BYTES = 32
MAX_TICKETS = 10_000
"""Unused tickets kept; beyond it the oldest is forgotten, so that asking costs bounded memory."""


Bearer = TypeVar("Bearer")


@dataclass(frozen=True, slots=True)
class _Grant(Generic[Bearer]):
    bearer: Bearer
    sprint_id: str | None
    until: float


class Tickets(Generic[Bearer]):
    """Issues and redeems tickets; a `Bearer` is what a server has to know of the user.

    Args:
        now: Monotonic seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._grants: OrderedDict[str, _Grant[Bearer]] = OrderedDict()
        """In the order of issue, which is the order of expiry."""

    def issue(self, bearer: Bearer, sprint_id: str | None) -> str:
        """Return a new ticket for this user and sprint; for the index where `sprint_id` is None."""
        self._forget_old()
        ticket = secrets.token_urlsafe(TICKET_BYTES)
        self._grants[ticket] = _Grant(bearer, sprint_id, self._now() + TICKET_S)
        return ticket

    def redeem(self, ticket: str | None, sprint_id: str | None) -> Bearer | None:
        """Use up the ticket; return its bearer, None where it is not good for this sprint."""
        grant = self._grants.pop(ticket or "", None)
        if grant is None or grant.until <= self._now() or grant.sprint_id != sprint_id:
            return None
        return grant.bearer

    def _forget_old(self) -> None:
        now = self._now()
        while self._grants:
            oldest = next(iter(self._grants.values()))
            if oldest.until > now and len(self._grants) < MAX_TICKETS:
                return
            self._grants.popitem(last=False)
