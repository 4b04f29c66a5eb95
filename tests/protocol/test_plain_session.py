"""The server's side of the plain mode (protocol 9)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import CloseCode, ErrorCode
from realtime_widgets.protocol.events import Log
from realtime_widgets.protocol.messages import Hello, PublishAs, Watch
from realtime_widgets.protocol.plain_session import PlainSession
from realtime_widgets.protocol.position import Bounds
from realtime_widgets.protocol.server_session import Close, Open, Send, Store

PUBLISHER_ID = "0f" * 16


def fresh(*, may_publish: bool = True) -> PlainSession:
    return PlainSession("run", publisher_id=PUBLISHER_ID, may_publish=may_publish)


def opened(*, may_publish: bool = True) -> PlainSession:
    session = fresh(may_publish=may_publish)
    session.to_do()
    session.opened(session="s", bounds=Bounds(), resume=None, last_n=None, server_time="now")
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


def said(session: PlainSession) -> list[dict[str, Any]]:
    found = []
    for action in session.to_do():
        assert isinstance(action, Send)
        found.append(json.loads(action.text))
    return found


@pytest.mark.parametrize("may_publish", [True, False])
def test_it_opens_by_itself_to_watch_and_where_allowed_to_publish(*, may_publish: bool) -> None:
    session = fresh(may_publish=may_publish)

    publishing = PublishAs(publisher_id=PUBLISHER_ID) if may_publish else None
    assert session.to_do() == [Open(Hello(v=1, sprint_id="run", watch=Watch(), publish=publishing))]
    assert session.publisher_id == (PUBLISHER_ID if may_publish else None)


def test_a_ping_is_answered() -> None:
    session = opened()

    session.receive('{"type": "ping", "more": 1}', now=0.0)

    assert said(session) == [{"type": "pong"}]


def test_any_other_object_is_published_as_one_event() -> None:
    session = opened()

    session.receive('{"type": "log", "message": "a"}', now=0.0)
    session.receive('{"no": "type"}', now=0.0)

    first, second = session.to_do()
    assert isinstance(first, Store)
    assert isinstance(second, Store)
    assert (first.publish.first_n, first.publish.events) == (1, [{"type": "log", "message": "a"}])
    assert (second.publish.first_n, second.publish.events) == (2, [{"no": "type"}])


def test_a_number_that_browsers_cannot_read_gets_as_far_as_the_check_of_the_event() -> None:
    session = opened()

    session.receive('{"type": "mine", "n": 1e400}', now=0.0)

    assert numbers(session) == [1]


@pytest.mark.parametrize("text", ["nonsense", "[]", "7", '{"n": NaN}', '"\\ud800"', "[" * 300])
def test_what_is_no_json_object_is_answered_with_an_error(text: str) -> None:
    session = opened()

    session.receive(text, now=0.0)

    [error] = said(session)
    assert (error["type"], error["code"]) == ("error", "bad_json")


def test_who_may_only_read_is_told_so() -> None:
    session = opened(may_publish=False)

    publish(session)

    [error] = said(session)
    assert error["code"] == "not_publishing"


def test_a_refused_event_is_answered_with_an_error() -> None:
    session = opened()

    session.refused(1, InvalidEventError("bad_field", "too long", field="message"))
    session.unusable(InvalidEventError("id_case", "differs only in case"), now=0.0)

    refused, unusable = said(session)
    assert (refused["code"], refused["field"]) == ("bad_field", "message")
    assert unusable["code"] == "id_case"


def test_this_mode_has_no_acks_no_notices_and_no_pings() -> None:
    session = opened()

    session.stored(up_to=1, seq=1, epoch="e")
    session.gap(1, 2)
    session.forgive(10.0, now=10.0)
    session.tick(now=1_000.0)

    assert session.to_do() == []


def test_an_event_for_this_client_only_is_sent_flat() -> None:
    session = opened()

    session.direct(Log(type="log", message="for you"))

    assert said(session) == [{"type": "log", "message": "for you", "level": "info"}]


def test_the_numbers_of_events_that_were_not_stored_are_used_again() -> None:
    """The later failure set the number of the next event, which was then a hole for ever."""
    session = opened()
    for _ in range(3):
        publish(session)
    assert numbers(session) == [1, 2, 3]
    session.stored(up_to=1, seq=1, epoch="e")

    session.later(2, ErrorCode.STORAGE_UNAVAILABLE, "the disk is full")
    session.later(3, ErrorCode.STORAGE_UNAVAILABLE, "the disk is full")

    assert {error["code"] for error in said(session)} == {"storage_unavailable"}
    publish(session)
    publish(session)
    assert numbers(session) == [2, 3]


def test_an_event_behind_one_that_was_not_stored_is_reported_too() -> None:
    session = opened()
    for _ in range(2):
        publish(session)
    session.to_do()

    session.later(1, ErrorCode.STORAGE_UNAVAILABLE, "the disk is full")
    session.hole(2, expect=1)

    assert [error["code"] for error in said(session)] == ["storage_unavailable"] * 2
    publish(session)
    assert numbers(session) == [1]


def test_the_number_after_the_last_one_stored_is_used_next() -> None:
    """The first number of an unknown publisher may be any, so the second can outlive the first."""
    session = opened()
    for _ in range(2):
        publish(session)
    session.to_do()

    session.later(1, ErrorCode.STORAGE_UNAVAILABLE, "the disk is full")
    session.stored(up_to=2, seq=1, epoch="e")
    session.to_do()

    publish(session)
    assert numbers(session) == [3]


def test_a_binary_frame_closes_and_after_that_nothing_is_taken_or_said() -> None:
    session = opened()

    session.receive_binary()
    assert session.to_do() == [Close(CloseCode.BINARY_NOT_SUPPORTED)]

    publish(session)
    session.receive("nonsense", now=0.0)
    session.receive('{"type": "ping"}', now=0.0)
    session.close(CloseCode.GOING_AWAY)
    assert session.to_do() == []
