"""One-time tickets."""

from __future__ import annotations

import pytest

from realtime_widgets.service.tickets import MAX_PER_HOLDER, MAX_TICKETS, TICKET_S, Tickets


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_ticket_is_good_once() -> None:
    tickets = Tickets[str]()
    ticket = tickets.issue("alice", "run")

    assert tickets.redeem(ticket, "run") == "alice"
    assert tickets.redeem(ticket, "run") is None


@pytest.mark.parametrize(("issued", "redeemed"), [("run", "other"), ("run", None), (None, "run")])
def test_a_ticket_is_refused_for_another_channel_and_used_up(
    issued: str | None, redeemed: str | None
) -> None:
    tickets = Tickets[str]()
    ticket = tickets.issue("alice", issued)

    assert tickets.redeem(ticket, redeemed) is None
    assert tickets.redeem(ticket, issued) is None


@pytest.mark.parametrize("ticket", [None, "", "x" * 43])
def test_a_ticket_that_was_not_issued_is_refused(ticket: str | None) -> None:
    tickets = Tickets[str]()
    tickets.issue("alice", "run")

    assert tickets.redeem(ticket, "run") is None


@pytest.mark.parametrize(("age", "is_good"), [(TICKET_S - 0.1, True), (TICKET_S, False)])
def test_a_ticket_expires(age: float, *, is_good: bool) -> None:
    clock = Clock()
    tickets = Tickets[str](clock)
    ticket = tickets.issue("alice", "run")

    clock.now = age

    assert (tickets.redeem(ticket, "run") == "alice") is is_good


def test_beyond_the_maximum_the_oldest_ticket_is_dropped() -> None:
    tickets = Tickets[str](Clock())
    issued = [tickets.issue("alice", "run", holder=n) for n in range(MAX_TICKETS + 1)]

    assert len(set(issued)) == len(issued)
    assert tickets.redeem(issued[0], "run") is None
    assert tickets.redeem(issued[1], "run") == "alice"
    assert tickets.redeem(issued[-1], "run") == "alice"


def test_a_user_with_too_many_tickets_loses_the_oldest_and_others_lose_none() -> None:
    tickets = Tickets[str](Clock())
    of_bob = tickets.issue("bob", "run", holder="bob")
    issued = [tickets.issue("alice", "run", holder="alice") for _ in range(MAX_PER_HOLDER + 1)]

    assert tickets.redeem(issued[0], "run") is None
    assert tickets.redeem(issued[1], "run") == "alice"
    assert tickets.redeem(of_bob, "run") == "bob"
