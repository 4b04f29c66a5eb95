"""One-time tickets: the proof that a page meant to connect, and of its user (protocol 3.1)."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from pydantic_core import from_json, to_json

from realtime_widgets.errors import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from pydantic import JsonValue

    from realtime_widgets.hub.stores.shared import SharedState

__all__ = ["TICKET_S", "BearerCodec", "NameCodec", "Tickets"]

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


class BearerCodec(Protocol[Bearer]):
    """Writes what a server has to know of a user, for other servers that share the store."""

    def encode(self, bearer: Bearer) -> JsonValue:
        """Return it as JSON; None where another server could not read it."""

    def decode(self, value: JsonValue) -> Bearer | None:
        """Return what was encoded; None where it is of another version."""


class NameCodec:
    """Of bearers that are names."""

    def encode(self, bearer: object) -> JsonValue:
        """Return the name."""
        return bearer if isinstance(bearer, str) else None

    def decode(self, value: JsonValue) -> object:
        """Return the name."""
        return value if isinstance(value, str) else None


class Tickets(Generic[Bearer]):
    """Issues and redeems tickets; a `Bearer` is what a server has to know of the user.

    Args:
        codec: How other servers of a shared store get a bearer.
        now: Monotonic seconds.

    Attributes:
        shared: Where other servers find the tickets of this one; None where there are none.
    """

    def __init__(
        self, codec: BearerCodec[Bearer], now: Callable[[], float] = time.monotonic
    ) -> None:
        self.shared: SharedState | None = None
        self._codec = codec
        self._now = now
        self._grants: OrderedDict[str, _Grant[Bearer]] = OrderedDict()
        """In the order of issue, which is the order of expiry."""
        self._of_holder: dict[Hashable, dict[str, None]] = {}
        """The tickets of each user, in the same order."""

    async def issue(self, bearer: Bearer, sprint_id: str | None, *, holder: Hashable = None) -> str:
        """Return a new ticket.

        Args:
            bearer: What `redeem` returns.
            sprint_id: The sprint that it is good for; None for the index.
            holder: The user for whom it is counted.
        """
        ticket = self._issue(bearer, sprint_id, holder)
        encoded = self._codec.encode(bearer)
        if self.shared is not None and encoded is not None:
            value = to_json({"sprint_id": sprint_id, "bearer": encoded})
            with contextlib.suppress(StoreUnavailableError):  # it is good at this server
                await self.shared.put_ticket(_hashed(ticket), value, TICKET_S)
        return ticket

    def _issue(self, bearer: Bearer, sprint_id: str | None, holder: Hashable) -> str:
        self._forget_old()
        own = self._of_holder.get(holder, {})
        if len(own) >= MAX_PER_HOLDER:
            self._take(next(iter(own)))
        ticket = secrets.token_urlsafe(TICKET_BYTES)
        self._grants[ticket] = _Grant(bearer, sprint_id, holder, self._now() + TICKET_S)
        self._of_holder.setdefault(holder, {})[ticket] = None
        return ticket

    async def redeem(self, ticket: str | None, sprint_id: str | None) -> Bearer | None:
        """Use up the ticket; return its bearer, None where it is not good for this sprint.

        Raises:
            StoreError: It is of another server that shares the store, and that cannot be read.
        """
        grant = self._take(ticket or "")
        if self.shared is not None and ticket:
            # Also of one that this server issued: another one must not redeem it again.
            try:
                value = await self.shared.take_ticket(_hashed(ticket))
            except StoreUnavailableError:
                if grant is None:
                    raise
            else:
                if grant is None:
                    return None if value is None else self._decoded(value, sprint_id)
        if grant is None or grant.until <= self._now() or grant.sprint_id != sprint_id:
            return None
        return grant.bearer

    def _decoded(self, value: bytes, sprint_id: str | None) -> Bearer | None:
        """Return the bearer of a ticket that another server has issued."""
        kept = from_json(value)
        return self._codec.decode(kept["bearer"]) if kept["sprint_id"] == sprint_id else None

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


def _hashed(ticket: str) -> str:
    # A reader of the store cannot use what is in it.
    return hashlib.sha256(ticket.encode(errors="replace")).hexdigest()
