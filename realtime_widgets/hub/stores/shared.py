"""What several servers coordinate by the store that they share: leases, tickets, maintenance."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic import JsonValue

__all__ = ["Heartbeats", "SharedMember", "SharedState"]

SharedMember: TypeAlias = tuple[str, str | None]
"""A run and the id of a member of its attempt (protocol 4.2)."""


class Heartbeats(NamedTuple):
    """What the servers together have received from the publishers of runs."""

    ages_s: dict[SharedMember, float]
    """For how many seconds no server has received anything from a member, by the store's clock."""

    silent: list[SharedMember]
    """Members without a sign of life for the time of a lease, which this server is to report."""

    changed: list[str]
    """Runs that changed since the last call."""


class SharedState(Protocol):
    """The part of a store that only servers that share it need.

    Each method raises `StoreUnavailableError` where the store cannot be reached.
    """

    async def heartbeat(
        self,
        held: Sequence[SharedMember],
        ended: Sequence[SharedMember],
        watched: Sequence[SharedMember],
        *,
        lease_s: float,
    ) -> Heartbeats:
        """Report which publishers are connected to this server.

        Args:
            held: Members whose lease a connection of this server holds.
            ended: Members that ended or are marked as lost: they are evaluated no more.
            watched: Further members, whose ages are returned.
            lease_s: How long a member may be silent, in seconds.
        """

    async def used(self, names: Iterable[str]) -> set[str]:
        """Return those of these runs that a server has in memory."""

    async def begin_maintenance(self, seconds: float) -> bool:
        """Return whether this server maintains the store for the next seconds, and no other."""

    async def share_watchers(
        self, name: str, users: Sequence[tuple[str, str]]
    ) -> set[tuple[str, str]]:
        """Report the users who watch a run at this server, and return those of the others.

        Args:
            name: The run.
            users: The id and the name of each.
        """

    async def put_ticket(self, ticket: str, value: bytes, seconds: float) -> None:
        """Keep the value of a ticket until it is taken or the time is over."""

    def describe(self) -> dict[str, JsonValue]:
        """Return what is known of the store and its servers, for the health of this server."""

    async def take_ticket(self, ticket: str) -> bytes | None:
        """Return the value of a ticket, once; None where it is unknown or used."""
