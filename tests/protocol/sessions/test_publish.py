"""Publishing beyond the vectors: what cannot be sent, lost logs, and lossy connections."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.messages import Ack, ClientLimits, Nack, Welcome
from realtime_widgets.protocol.sessions.publish import RETRY_S, PublishSession

LIMITS = Limits()


def welcome(*, last_n: int | None = None, may_publish: bool = True, **limits: int) -> Welcome:
    names = ("message_bytes", "event_bytes", "batch_events", "batch_bytes", "window")
    return Welcome(
        session="s",
        sprint_id="run",
        epoch="e",
        first=1,
        head=0,
        entry=None,
        recovered=None,
        may_publish=may_publish,
        last_n=last_n,
        limits=ClientLimits(**{name: getattr(LIMITS, name) for name in names} | limits),
        ping_s=25,
        pong_s=20,
        server_time="",
    )


def opened(**fields: Any) -> PublishSession:
    session = PublishSession(lambda: "0" * 32)
    session.receive(welcome(**fields), now=0)
    return session


def sent(session: PublishSession) -> list[tuple[int, list[Any]]]:
    messages = [json.loads(message) for message in session.to_send()]
    return [(message["first_n"], message["events"]) for message in messages]


def test_half_a_surrogate_pair_spoils_no_other_event() -> None:
    session = opened()

    session.feed([{"type": "log", "message": text} for text in ("a", "\ud800", "b")])

    ((_, events),) = sent(session)
    assert [event["message"] for event in events] == ["a", "\N{REPLACEMENT CHARACTER}", "b"]


def test_an_event_that_is_too_large_is_reported_in_its_place() -> None:
    session = opened(event_bytes=100)

    session.feed([{"type": "log", "message": text} for text in ("a", "x" * 65_536, "b")])

    events = [event for _, events in sent(session) for event in events]
    assert [event["type"] for event in events] == ["log", "dropped", "log"]
    assert events[1]["reason"] == "refused"


@pytest.mark.parametrize("message_bytes", [10_000, 60_000])
def test_no_message_is_larger_than_the_server_takes(message_bytes: int) -> None:
    session = opened(message_bytes=message_bytes)

    session.feed([{"type": "log", "message": "x" * size} for size in range(0, 65_536, 4_096)])
    messages = session.to_send()

    assert max(len(message) for message in messages) <= message_bytes
    assert len(messages) > 1


def test_an_event_that_fits_into_no_message_is_reported_in_its_place() -> None:
    session = opened(message_bytes=1_000)

    session.feed([{"type": "log", "message": "x" * 950}, {"type": "log", "message": "b"}])

    events = [event for _, events in sent(session) for event in events]
    assert [event["type"] for event in events] == ["dropped", "log"]


def test_a_client_that_may_not_publish_sends_nothing() -> None:
    session = opened(may_publish=False)

    assert session.room == 0
    assert not session.may_publish


def test_a_pause_ends_by_itself_and_all_goes_again() -> None:
    session = opened()
    session.feed([{"type": "log", "message": "a"}])
    sent(session)

    full = Nack(n=1, code="storage_unavailable", message="", retry=True)
    session.receive(full, now=10)

    assert session.retry_at == 10 + RETRY_S
    session.tick(now=10 + RETRY_S / 2)
    assert sent(session) == []
    session.tick(now=10 + RETRY_S)
    assert [first_n for first_n, _ in sent(session)] == [1]


def test_an_ack_in_the_middle_of_a_batch_leaves_its_end() -> None:
    session = opened()
    session.feed([{"n": number} for number in range(1, 6)])
    sent(session)

    session.receive(Ack(up_to=3, seq=3, epoch="e"), now=0)
    session.lost()
    session.receive(welcome(last_n=3), now=0)

    assert (session.acked, session.unacked) == (3, 2)
    assert sent(session) == [(4, [{"n": 4}, {"n": 5}])]


class Log:
    """A server that keeps the rules of protocol 6.2, and counts violations of them."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def store(self, message: str) -> Ack | Nack:
        publish = json.loads(message)
        expect = len(self.events) + 1
        if publish["first_n"] > expect:
            return Nack(n=publish["first_n"], code="hole", message="", retry=True, expect=expect)
        self.events += publish["events"][expect - publish["first_n"] :]
        return Ack(up_to=len(self.events), seq=len(self.events), epoch="e")


@given(
    total=st.integers(1, 400),
    batch_events=st.integers(1, 50),
    window=st.integers(1, 5),
    fates=st.lists(st.sampled_from(["ok", "request lost", "answer lost"]), max_size=60),
)
def test_over_any_losses_every_event_is_stored_once_and_in_order(
    total: int, batch_events: int, window: int, fates: list[str]
) -> None:
    session = PublishSession(lambda: "0" * 32)
    log = Log()
    waiting = [{"n": number} for number in range(total)]
    fate = iter(fates)

    while session.acked < total:
        session.lost()
        last_n = len(log.events) or None
        session.receive(welcome(last_n=last_n, batch_events=batch_events, window=window), now=0)
        while session.acked < total:
            while waiting and (room := session.room):
                session.feed(waiting[:room])
                del waiting[:room]
            outcomes = [(next(fate, "ok"), message) for message in session.to_send()]
            for outcome, message in outcomes:
                if outcome != "request lost":
                    answer = log.store(message)
                if outcome == "ok":
                    session.receive(answer, now=0)
            if any(outcome != "ok" for outcome, _ in outcomes):
                break  # the connection is gone

    assert log.events == [{"n": number} for number in range(total)]
    assert session.unacked == 0
