"""The hold of publishers on the members of a run, in invented time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets.hub.leases import Leases
from realtime_widgets.protocol.events import validate_event
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.members import Member
from realtime_widgets.protocol.messages import Hello, PublishAs
from realtime_widgets.protocol.position import Bounds
from realtime_widgets.protocol.sessions.plain import PlainSession
from realtime_widgets.protocol.sessions.server import ServerSession

if TYPE_CHECKING:
    from realtime_widgets.hub.leases import Session

LEASE_S = 40


class InventedTimeLeases(Leases):
    """A lease for which the seconds since 1970 are the monotonic ones."""

    def __init__(self, now: float) -> None:
        self.now = now
        super().__init__(now, LEASE_S, clock=lambda: self.now)

    def release(self, session: Session, *, now: float) -> list[str | None]:
        self.now = now
        return super().release(session, now=now)

    def seen_at(self, member_id: str | None, now: float) -> float:
        self.now = now
        return super().seen_at(member_id, now)


def session(now: float = 0) -> ServerSession:
    """A publisher's connection that sent a message once, when it opened."""
    session = ServerSession("run", may_publish=True, limits=Limits(), now=now)
    publish = PublishAs(publisher_id="0" * 32)
    session.receive(Hello(v=1, sprint_id="run", publish=publish).to_json(), now=now)
    session.opened(
        session="s", bounds=Bounds(), resume=None, last_publisher_seq=None, server_time="t"
    )
    return session


def verdict(lease: Leases, now: float, *, member: str | None = "a", is_lost: bool = False) -> Any:
    one = Member(id=member, status="running", is_lost=is_lost)
    return next((verdict for _, verdict in lease.evaluate([one], now=now)), None)


def publish_status(
    lease: Leases, publisher: Session, status: str, attempt: str | None = "a", now: float = 0
) -> str | None:
    """Publish a status, and return whose attempt it joins."""
    event = validate_event({"type": "status_update", "status": status, "attempt": attempt})
    return lease.receive(publisher, [event], [], now=now).get(0)


def test_a_member_without_a_connection_is_lost_after_the_lease() -> None:
    lease = InventedTimeLeases(100)

    assert verdict(lease, now=140) is None
    assert verdict(lease, now=140.1) == "lost"


@pytest.mark.parametrize("attempt", ["a", None])
@pytest.mark.parametrize("status", ["running", "needs_input"])
def test_m4_a_publisher_of_a_status_holds_the_run_while_it_sends_messages(
    status: str, attempt: str | None
) -> None:
    lease = InventedTimeLeases(0)
    publisher = session()
    publish_status(lease, publisher, status, attempt)

    publisher.received_at = 100
    assert verdict(lease, now=140, member=attempt) is None
    assert lease.is_held(now=140)
    assert verdict(lease, now=141, member=attempt) == "lost"
    assert not lease.is_held(now=141)


@pytest.mark.parametrize(
    "event",
    [
        {"type": "log", "message": "m"},
        {"type": "build_progress", "task": "t", "current": 1},
        {"type": "status_update", "status": "pending"},
        {"type": "status_update", "status": "succeeded", "attempt": "a"},
        {"type": "comment", "text": "still there?"},
    ],
)
def test_m4_a_publisher_of_no_status_that_holds_the_run_does_not_hold_it(event: Any) -> None:
    lease = InventedTimeLeases(0)
    publisher = session()
    publisher.received_at = 100

    lease.receive(publisher, [validate_event(event)], [], now=100)

    assert verdict(lease, now=100) == "lost"
    assert verdict(lease, now=100, member=None) == "lost"
    assert not lease.is_held(now=100)


@pytest.mark.parametrize("attempt", ["a", None])
def test_m4_a_publisher_that_has_ended_holds_the_run_no_longer(attempt: str | None) -> None:
    lease = InventedTimeLeases(0)
    publisher = session()
    publish_status(lease, publisher, "running")
    publisher.received_at = 100

    publish_status(lease, publisher, "succeeded", attempt, now=100)

    assert not lease.is_held(now=100)


def test_m4_a_publisher_that_continues_without_naming_its_member_stands_for_it() -> None:
    lease = InventedTimeLeases(0)
    publisher = session()
    publish_status(lease, publisher, "running")

    publish_status(lease, publisher, "needs_input", None)
    publisher.received_at = 100

    assert verdict(lease, now=100) is None


def test_one_of_several_connections_of_a_member_is_enough() -> None:
    lease = InventedTimeLeases(0)
    silent, active = session(), session()
    lease.acquire(silent, "a")
    lease.acquire(active, "a")

    active.received_at = 100

    assert verdict(lease, now=120) is None


def test_b33_a_member_is_not_held_by_the_connection_of_another() -> None:
    lease = InventedTimeLeases(0)
    other = session()
    lease.acquire(other, "b")

    other.received_at = 100

    assert verdict(lease, now=100) == "lost"
    assert verdict(lease, now=100, member="b") is None


def test_a_publisher_that_left_was_there_until_then() -> None:
    lease = InventedTimeLeases(0)
    publisher = session()
    lease.acquire(publisher, "a")

    lease.release(publisher, now=20)

    assert lease.seen_at("a", now=50) == 20
    assert not lease.is_held(now=21)
    assert verdict(lease, now=60) is None
    assert verdict(lease, now=61) == "lost"


def test_a_publisher_that_left_a_ping_unanswered_was_there_only_before() -> None:
    lease = InventedTimeLeases(0)
    publisher = session()
    lease.acquire(publisher, "a")
    publisher.tick(now=25)

    lease.release(publisher, now=45)

    assert lease.seen_at("a", now=50) == 0


def test_a_connection_that_never_held_the_run_releases_nothing() -> None:
    lease = InventedTimeLeases(0)

    lease.release(session(), now=30)

    assert lease.seen_at("a", now=35) == 0


def test_a_publisher_that_stands_for_a_lost_member_again_takes_it_back() -> None:
    lease = InventedTimeLeases(0)
    assert verdict(lease, now=50, is_lost=True) is None

    lease.acquire(session(now=50), "a")

    assert verdict(lease, now=51, is_lost=True) == "back"
    assert verdict(lease, now=51, member="b", is_lost=True) is None


def test_a_publisher_that_was_silent_and_sends_again_takes_its_member_back() -> None:
    lease = InventedTimeLeases(0)
    publisher = session()
    lease.acquire(publisher, "a")
    assert verdict(lease, now=42, is_lost=True) is None

    publisher.received_at = 43

    assert verdict(lease, now=44, is_lost=True) == "back"


def test_a_client_of_the_plain_mode_is_there_as_long_as_its_connection() -> None:
    lease = InventedTimeLeases(0)
    client = PlainSession("run", may_publish=True, limits=Limits())
    publish_status(lease, client, "running", None)

    assert verdict(lease, now=1_000, member=None) is None
    assert lease.seen_at(None, now=1_000) == 1_000

    lease.release(client, now=1_000)
    assert lease.seen_at(None, now=1_010) == 1_000


def test_time_in_which_the_server_slept_does_not_count_against_a_member_nor_as_seen() -> None:
    lease = InventedTimeLeases(0)
    gone = session()
    lease.acquire(gone, "b")
    lease.release(gone, now=0)

    lease.extend(600, now=600)

    for member in ("a", "b"):
        assert verdict(lease, now=640, member=member) is None
        assert verdict(lease, now=641, member=member) == "lost"
    assert lease.seen_at("a", now=10_000) == lease.seen_at("b", now=10_000) == 0


def test_b33_a_running_joins_a_member_for_which_another_connection_is_there() -> None:
    lease = InventedTimeLeases(0)
    one, two, three = session(), session(), session()

    assert publish_status(lease, one, "running", "a") is None
    assert publish_status(lease, two, "running", "b") == "a"
    assert publish_status(lease, one, "succeeded", "a") is None
    assert publish_status(lease, three, "running", "c") == "b"


@pytest.mark.parametrize("gone", ["closed", "silent", "ended", "itself", "anonymous"])
def test_b33_a_running_joins_no_member_without_a_connection(gone: str) -> None:
    lease = InventedTimeLeases(0)
    one, two = session(), session()
    publish_status(lease, one, "running", None if gone == "anonymous" else "a")
    now = 41 if gone == "silent" else 1
    if gone == "closed":
        lease.release(one, now=1)
    if gone == "ended":
        publish_status(lease, one, "failed", "a")

    assert publish_status(lease, one if gone == "itself" else two, "running", "b", now=now) is None


def test_b33_a_running_joins_a_member_of_the_attempt_rather_than_one_of_an_earlier() -> None:
    lease = InventedTimeLeases(0)
    member, stale, new = session(), session(), session()
    lease.acquire(member, "a")
    lease.acquire(stale, "old")
    running = validate_event({"type": "status_update", "status": "running", "attempt": "n"})

    members = [Member(id="a", status="running")]

    assert lease.receive(new, [running], members, now=1) == {0: "a"}


def test_b33_what_is_remembered_of_members_that_are_gone_is_forgotten() -> None:
    lease = InventedTimeLeases(0)
    for number in range(100):
        publisher = session()
        lease.acquire(publisher, str(number))
        lease.release(publisher, now=10)

    lease.prune([Member(id="0", status="running")], now=51)

    assert lease.seen_at("0", now=60) == 10
    assert lease.seen_at("1", now=60) == 0


def test_a_member_of_an_earlier_life_of_the_server_was_seen_before_it() -> None:
    lease = InventedTimeLeases(1_000)
    lease.default_seen_at = 700

    assert lease.seen_at("a", now=1_010) == 700
    assert lease.disconnected_at([Member(id="a", status="running")], now=0) == 700
    assert verdict(lease, now=1_040) is None
    assert verdict(lease, now=1_041) == "lost"


def test_no_member_was_seen_later_than_now_where_the_clock_was_set_back() -> None:
    lease = InventedTimeLeases(0)
    lease.default_seen_at = 700

    assert lease.seen_at("a", now=50) == 50


def test_members_are_disconnected_when_no_connection_stands_for_any_of_them() -> None:
    lease = InventedTimeLeases(0)
    members = [Member(id="a", status="running"), Member(id="b", status="needs_input")]
    one, two = session(), session()
    lease.acquire(one, "a")
    lease.acquire(two, "b")
    assert lease.disconnected_at(members, now=0) is None

    assert lease.release(one, now=10) == ["a"]
    assert lease.disconnected_at(members, now=0) is None
    lease.release(two, now=20.00049)
    assert lease.disconnected_at(members, now=0) == 20
    assert lease.disconnected_at([], now=0) is None

    lease.acquire(session(now=30), "a")
    assert lease.disconnected_at(members, now=0) is None


def test_a_connection_that_held_nothing_or_whose_member_has_another_leaves_no_member() -> None:
    lease = InventedTimeLeases(0)
    one, two = session(), session()
    lease.acquire(one, "a")
    lease.acquire(two, "a")

    assert lease.release(session(), now=1) == []
    assert lease.release(one, now=1) == []
    assert lease.release(two, now=1) == ["a"]


def test_a_member_is_lost_at_once_where_the_cause_is_known() -> None:
    lease = InventedTimeLeases(0)
    publisher = session()
    lease.acquire(publisher, "a")
    lease.release(publisher, now=10)

    lease.set_cause("a", "kernel_died")

    assert lease.cause("a") == "kernel_died"
    assert verdict(lease, now=10) == "lost"
    assert verdict(lease, now=10, member="b") is None


def test_a_cause_is_void_when_a_connection_stands_for_the_member_again() -> None:
    lease = InventedTimeLeases(0)
    publisher = session()
    lease.acquire(publisher, "a")
    lease.release(publisher, now=10)
    lease.set_cause("a", "kernel_died")

    lease.acquire(session(now=11), "a")
    assert lease.cause("a") is None
    assert verdict(lease, now=11, is_lost=True) == "back"

    lease.set_cause("a", "kernel_died")
    assert lease.cause("a") is None
