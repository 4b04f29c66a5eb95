"""One-time tickets."""

from __future__ import annotations

import pytest

from realtime_widgets.service.tickets import (
    MAX_PER_HOLDER,
    MAX_TICKETS,
    TICKET_S,
    NameCodec,
    Tickets,
)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_ticket_is_good_once() -> None:
    tickets = Tickets(NameCodec())
    ticket = await tickets.issue("alice", "run")

    assert await tickets.redeem(ticket, "run") == "alice"
    assert await tickets.redeem(ticket, "run") is None


@pytest.mark.parametrize(("issued", "redeemed"), [("run", "other"), ("run", None), (None, "run")])
async def test_a_ticket_is_refused_for_another_channel_and_used_up(
    issued: str | None, redeemed: str | None
) -> None:
    tickets = Tickets(NameCodec())
    ticket = await tickets.issue("alice", issued)

    assert await tickets.redeem(ticket, redeemed) is None
    assert await tickets.redeem(ticket, issued) is None


@pytest.mark.parametrize("ticket", [None, "", "x" * 43])
async def test_a_ticket_that_was_not_issued_is_refused(ticket: str | None) -> None:
    tickets = Tickets(NameCodec())
    await tickets.issue("alice", "run")

    assert await tickets.redeem(ticket, "run") is None


@pytest.mark.parametrize(("age", "is_good"), [(TICKET_S - 0.1, True), (TICKET_S, False)])
async def test_a_ticket_expires(age: float, *, is_good: bool) -> None:
    clock = Clock()
    tickets = Tickets(NameCodec(), clock)
    ticket = await tickets.issue("alice", "run")

    clock.now = age

    assert (await tickets.redeem(ticket, "run") == "alice") is is_good


async def test_beyond_the_maximum_the_oldest_ticket_is_dropped() -> None:
    tickets = Tickets(NameCodec(), Clock())
    issued = [await tickets.issue("alice", "run", holder=n) for n in range(MAX_TICKETS + 1)]

    assert len(set(issued)) == len(issued)
    assert await tickets.redeem(issued[0], "run") is None
    assert await tickets.redeem(issued[1], "run") == "alice"
    assert await tickets.redeem(issued[-1], "run") == "alice"


async def test_a_user_with_too_many_tickets_loses_the_oldest_and_others_lose_none() -> None:
    tickets = Tickets(NameCodec(), Clock())
    of_bob = await tickets.issue("bob", "run", holder="bob")
    issued = [
        await tickets.issue("alice", "run", holder="alice") for _ in range(MAX_PER_HOLDER + 1)
    ]

    assert await tickets.redeem(issued[0], "run") is None
    assert await tickets.redeem(issued[1], "run") == "alice"
    assert await tickets.redeem(of_bob, "run") == "bob"
