"""One-time tickets."""

from __future__ import annotations

import pytest

from realtime_widgets.service.tickets import MAX_TICKETS, TICKET_S, Tickets


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_ticket_is_good_once() -> None:
    tickets = Tickets()
    ticket = tickets.issue("alice", "run")

    assert tickets.redeem(ticket, "alice", "run")
    assert not tickets.redeem(ticket, "alice", "run")


@pytest.mark.parametrize(("username", "sprint_id"), [("bob", "run"), ("alice", "other")])
def test_a_ticket_is_refused_for_another_user_or_run_and_used_up(
    username: str, sprint_id: str
) -> None:
    tickets = Tickets()
    ticket = tickets.issue("alice", "run")

    assert not tickets.redeem(ticket, username, sprint_id)
    assert not tickets.redeem(ticket, "alice", "run")


@pytest.mark.parametrize("ticket", [None, "", "x" * 43])
def test_a_ticket_that_was_not_issued_is_refused(ticket: str | None) -> None:
    tickets = Tickets()
    tickets.issue("alice", "run")

    assert not tickets.redeem(ticket, "alice", "run")


@pytest.mark.parametrize(("age", "is_good"), [(TICKET_S - 0.1, True), (TICKET_S, False)])
def test_a_ticket_expires(age: float, *, is_good: bool) -> None:
    clock = Clock()
    tickets = Tickets(clock)
    ticket = tickets.issue("alice", "run")

    clock.now = age

    assert tickets.redeem(ticket, "alice", "run") is is_good


def test_beyond_the_maximum_the_oldest_ticket_is_dropped() -> None:
    tickets = Tickets(Clock())
    issued = [tickets.issue("alice", "run") for _ in range(MAX_TICKETS + 1)]

    assert len(set(issued)) == len(issued)
    assert not tickets.redeem(issued[0], "alice", "run")
    assert tickets.redeem(issued[1], "alice", "run")
    assert tickets.redeem(issued[-1], "alice", "run")
