"""The server's side of the plain mode (protocol 9)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from realtime_widgets.errors import InvalidEventError, LocalProtocolError
from realtime_widgets.protocol.codes import CloseCode, ErrorCode
from realtime_widgets.protocol.events import Log
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.messages import Hello, Watch
from realtime_widgets.protocol.position import Bounds
from realtime_widgets.protocol.sessions.plain import PlainSession
from realtime_widgets.protocol.sessions.session import Close, Open, Send, Store


def fresh(*, may_publish: bool = True) -> PlainSession:
    return PlainSession("run", may_publish=may_publish, limits=Limits())


def opened(*, may_publish: bool = True) -> PlainSession:
    session = fresh(may_publish=may_publish)
    session.to_do()
    session.opened(
        session="s", bounds=Bounds(), resume=None, last_publisher_seq=None, server_time="now"
    )
    assert session.to_do() == []
    return session


def publish(session: PlainSession, message: str = "m") -> None:
    session.receive(json.dumps({"type": "log", "message": message}), now=0.0)


def numbers(session: PlainSession) -> list[int]:
    """The numbers under which it wants events stored; and nothing else is to be done."""
    found = []
    for action in session.to_do():
        assert isinstance(action, Store)
        found.append(action.publish.first_n)
    return found


def sent(session: PlainSession) -> list[dict[str, Any]]:
    found = []
    for action in session.to_do():
        assert isinstance(action, Send)
        found.append(json.loads(action.text))
    return found


@pytest.mark.parametrize("may_publish", [True, False])
def test_it_opens_by_itself_to_watch(*, may_publish: bool) -> None:
    session = fresh(may_publish=may_publish)

    assert session.to_do() == [Open(Hello(v=1, sprint_id="run", watch=Watch()))]


def test_a_ping_is_answered() -> None:
    session = opened()

    session.receive('{"type": "ping", "more": 1}', now=0.0)

    assert sent(session) == [{"type": "pong"}]


def test_any_other_object_is_published_as_one_event() -> None:
    session = opened()

    session.receive('{"type": "log", "message": "a"}', now=0.0)
    session.receive('{"no": "type"}', now=0.0)

    first, second = session.to_do()
    assert isinstance(first, Store)
    assert isinstance(second, Store)
    assert first.publish.events == [{"type": "log", "message": "a"}]
    assert second.publish.events == [{"no": "type"}]


def test_a_number_that_browsers_cannot_read_gets_as_far_as_the_check_of_the_event() -> None:
    session = opened()

    session.receive('{"type": "mine", "n": 1e400}', now=0.0)

    assert numbers(session) == [1]


@pytest.mark.parametrize("text", ["nonsense", "[]", "7", '{"n": NaN}', '"\\ud800"', "[" * 300])
def test_what_is_no_json_object_is_answered_with_an_error(text: str) -> None:
    session = opened()

    session.receive(text, now=0.0)

    [error] = sent(session)
    assert (error["type"], error["code"]) == ("error", "bad_json")


def test_a_client_that_may_only_read_gets_an_error_when_it_publishes() -> None:
    session = opened(may_publish=False)

    publish(session)

    [error] = sent(session)
    assert error["code"] == "not_publishing"


def test_a_refused_event_is_answered_with_an_error() -> None:
    session = opened()

    session.refused(1, InvalidEventError("bad_field", "too long", field="message"))
    session.unusable(InvalidEventError("id_case", "differs only in case"), now=0.0)

    refused, unusable = sent(session)
    assert (refused["code"], refused["field"]) == ("bad_field", "message")
    assert unusable["code"] == "id_case"


def test_this_mode_has_no_acks_no_notices_and_no_pings() -> None:
    session = opened()

    session.stored(up_to=1, seq=1, epoch="e")
    session.gap(1, 2)
    session.extend_deadlines(10.0, now=10.0)
    session.tick(now=1_000.0)

    assert session.to_do() == []


def test_an_event_for_this_client_only_is_sent_flat() -> None:
    session = opened()

    session.direct(Log(type="log", message="for you"))

    assert sent(session) == [{"type": "log", "message": "for you", "level": "info"}]


def test_what_cannot_be_stored_now_is_reported() -> None:
    session = opened()

    session.later(1, ErrorCode.STORAGE_UNAVAILABLE, "the disk is full")

    assert [error["code"] for error in sent(session)] == ["storage_unavailable"]


def test_a_hole_is_a_bug_because_no_event_waits_for_another() -> None:
    with pytest.raises(LocalProtocolError, match="publisher seq 2 arrived where 1 was expected"):
        opened().hole(2, expect=1)


def refuse(session: PlainSession, now: float) -> None:
    session.receive('{"type": "log"}', now=now)
    session.refused(1, InvalidEventError("bad_field", "missing", field="message"))


def clash(session: PlainSession, now: float) -> None:
    session.receive('{"type": "log", "message": "m"}', now=now)
    session.unusable(InvalidEventError("id_case", "differs only in case"), now=now)


BAD = [
    pytest.param(lambda session, now: session.receive("nonsense", now=now), id="no JSON"),
    pytest.param(lambda session, now: session.receive("[]", now=now), id="no object"),
    pytest.param(refuse, id="a refused event"),
    pytest.param(clash, id="an id in another case"),
]


@pytest.mark.parametrize("bad", BAD)
def test_l11_as_many_bad_messages_within_a_minute_as_elsewhere_close(bad: Any) -> None:
    session = opened()
    for now in (0.0, 1.0, 2.0, 3.0):
        bad(session, now)
    assert Close(CloseCode.TOO_MANY_ERRORS) not in session.to_do()

    bad(session, 59.0)

    assert session.to_do()[-1] == Close(CloseCode.TOO_MANY_ERRORS)
    bad(session, 60.0)
    assert session.to_do() == []


def test_l11_a_client_that_may_only_read_and_keeps_publishing_is_closed_too() -> None:
    session = opened(may_publish=False)
    for _ in range(5):
        publish(session)

    *answers, closed = session.to_do()
    assert len(answers) == 5
    assert closed == Close(CloseCode.TOO_MANY_ERRORS)


@pytest.mark.parametrize("bad", BAD)
def test_l11_bad_messages_now_and_then_do_not_close(bad: Any) -> None:
    session = opened()

    for minute in range(100):
        bad(session, minute * 60.0)

    assert not [action for action in session.to_do() if isinstance(action, Close)]


def test_l11_the_servers_own_trouble_is_not_counted() -> None:
    session = opened()

    for _ in range(100):
        publish(session)
        session.later(1, ErrorCode.STORAGE_UNAVAILABLE, "the disk is full")

    assert not [action for action in session.to_do() if isinstance(action, Close)]


def test_l11_no_event_has_a_publisher_whom_a_store_would_have_to_remember() -> None:
    session = opened()

    publish(session)
    publish(session)

    assert session.publisher_id is None
    assert numbers(session) == [1, 1]


def test_a_binary_frame_closes_and_after_that_nothing_is_taken_or_sent() -> None:
    session = opened()

    session.receive_binary()
    assert session.to_do() == [Close(CloseCode.BINARY_NOT_SUPPORTED)]

    publish(session)
    session.receive("nonsense", now=0.0)
    session.receive('{"type": "ping"}', now=0.0)
    session.close(CloseCode.GOING_AWAY)
    assert session.to_do() == []
