"""One-time tickets: the proof that a page meant to connect, and of its user (protocol 3.1)."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

__all__ = ["TICKET_S", "Tickets"]

TICKET_S = 30.0
"""How long a ticket is good: longer than a slow page takes to connect, too short to collect."""

TICKET_BYTES = 32
MAX_TICKETS = 10_000
"""Unused tickets kept; beyond it the oldest is dropped, so that requests cost bounded memory."""

MAX_PER_HOLDER = 1_000
"""Of them for one user, so that one user alone cannot push out the tickets of others."""

Bearer = TypeVar("Bearer")


@dataclass(frozen=True, slots=True)
class _Grant(Generic[Bearer]):
    bearer: Bearer
    sprint_id: str | None
    holder: Hashable
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
        self._of_holder: dict[Hashable, dict[str, None]] = {}
        """The tickets of each user, in the same order."""

    def issue(self, bearer: Bearer, sprint_id: str | None, *, holder: Hashable = None) -> str:
        """Return a new ticket.

        Args:
            bearer: What `redeem` returns.
            sprint_id: The sprint that it is good for; None for the index.
            holder: The user for whom it is counted.
        """
        self._forget_old()
        own = self._of_holder.get(holder, {})
        if len(own) >= MAX_PER_HOLDER:
            self._take(next(iter(own)))
        ticket = secrets.token_urlsafe(TICKET_BYTES)
        self._grants[ticket] = _Grant(bearer, sprint_id, holder, self._now() + TICKET_S)
        self._of_holder.setdefault(holder, {})[ticket] = None
        return ticket

    def redeem(self, ticket: str | None, sprint_id: str | None) -> Bearer | None:
        """Use up the ticket; return its bearer, None where it is not good for this sprint."""
        grant = self._take(ticket or "")
        if grant is None or grant.until <= self._now() or grant.sprint_id != sprint_id:
            return None
        return grant.bearer

    def _take(self, ticket: str) -> _Grant[Bearer] | None:
        grant = self._grants.pop(ticket, None)
        if grant is not None:
            own = self._of_holder[grant.holder]
            del own[ticket]
            if not own:
                del self._of_holder[grant.holder]
        return grant

    def _forget_old(self) -> None:
        now = self._now()
        while self._grants:
            ticket, oldest = next(iter(self._grants.items()))
            if oldest.until > now and len(self._grants) < MAX_TICKETS:
                return
            self._take(ticket)
