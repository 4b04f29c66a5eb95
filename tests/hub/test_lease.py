"""The hold of publishers on a run, in invented time."""

from __future__ import annotations

import pytest

from realtime_widgets.hub.lease import Lease
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.messages import Hello, PublishAs
from realtime_widgets.protocol.plain_session import PlainSession
from realtime_widgets.protocol.position import Bounds
from realtime_widgets.protocol.server_session import ServerSession

LEASE_S = 40


def session(now: float = 0) -> ServerSession:
    """A publisher's connection that was heard once, when it opened."""
    session = ServerSession("run", may_publish=True, limits=Limits(), now=now)
    publish = PublishAs(publisher_id="0" * 32, lease=True)
    session.receive(Hello(v=1, sprint_id="run", publish=publish).to_json(), now=now)
    session.opened(session="s", bounds=Bounds(), resume=None, last_n=None, server_time="t")
    return session


def verdict(lease: Lease, status: str, now: float) -> str | None:
    return lease.verdict(status, now=now, lease_s=LEASE_S)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", ["running", "needs_input"])
def test_a_run_that_nobody_holds_is_lost_after_the_lease(status: str) -> None:
    lease = Lease(now=100)

    assert verdict(lease, status, now=140) is None
    assert verdict(lease, status, now=140.1) == "lost"


@pytest.mark.parametrize("status", ["pending", "succeeded", "failed", "cancelled"])
def test_a_run_that_does_not_go_on_is_never_lost(status: str) -> None:
    assert verdict(Lease(now=0), status, now=1_000) is None


def test_a_publisher_that_is_heard_holds_its_run() -> None:
    lease = Lease(now=0)
    publisher = session()
    lease.hold(publisher, is_familiar=False)

    publisher.heard_at = 100
    assert verdict(lease, "running", now=140) is None
    assert lease.is_held(now=140, lease_s=LEASE_S)
    assert verdict(lease, "running", now=141) == "lost"
    assert not lease.is_held(now=141, lease_s=LEASE_S)


def test_one_of_several_publishers_is_enough() -> None:
    lease = Lease(now=0)
    silent, heard = session(), session()
    lease.hold(silent, is_familiar=False)
    lease.hold(heard, is_familiar=False)

    heard.heard_at = 100

    assert verdict(lease, "running", now=120) is None


def test_a_publisher_that_left_was_there_until_then() -> None:
    lease = Lease(now=0)
    publisher = session()
    lease.hold(publisher, is_familiar=False)

    lease.let_go(publisher, now=20)

    assert lease.seen_at(now=50) == 20
    assert not lease.is_held(now=21, lease_s=LEASE_S)
    assert verdict(lease, "running", now=60) is None
    assert verdict(lease, "running", now=61) == "lost"


def test_a_publisher_that_left_a_ping_unanswered_was_there_only_before() -> None:
    lease = Lease(now=0)
    publisher = session()
    lease.hold(publisher, is_familiar=False)
    publisher.tick(now=25)

    lease.let_go(publisher, now=45)

    assert lease.seen_at(now=50) == 0


def test_who_never_held_the_run_lets_nothing_go() -> None:
    lease = Lease(now=0)

    lease.let_go(session(), now=30)

    assert lease.seen_at(now=35) == 0


def test_a_publisher_that_published_before_takes_the_run_back() -> None:
    lease = Lease(now=0)
    assert verdict(lease, "lost", now=50) is None

    lease.hold(session(now=50), is_familiar=True)

    assert verdict(lease, "lost", now=51) == "back"


def test_a_stranger_does_not_take_the_run_back() -> None:
    lease = Lease(now=0)

    lease.hold(session(now=50), is_familiar=False)

    assert verdict(lease, "lost", now=51) is None


def test_a_publisher_that_was_silent_for_too_long_takes_the_run_back_when_it_speaks() -> None:
    lease = Lease(now=0)
    publisher = session()
    lease.hold(publisher, is_familiar=False)
    assert verdict(lease, "running", now=41) == "lost"
    assert verdict(lease, "lost", now=42) is None

    publisher.heard_at = 43

    assert verdict(lease, "lost", now=44) == "back"


def test_a_client_of_the_plain_mode_is_there_as_long_as_its_connection() -> None:
    lease = Lease(now=0)
    client = PlainSession("run", may_publish=True, limits=Limits())
    lease.hold(client, is_familiar=False)

    assert verdict(lease, "running", now=1_000) is None
    assert lease.seen_at(now=1_000) == 1_000

    lease.let_go(client, now=1_000)
    assert lease.seen_at(now=1_010) == 1_000


def test_time_in_which_the_server_slept_does_not_count() -> None:
    lease = Lease(now=0)

    lease.forgive(600, now=600)

    assert verdict(lease, "running", now=640) is None
    lease.forgive(600, now=640)
    assert lease.seen_at(now=10_000) == 640
