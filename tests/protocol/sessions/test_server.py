"""The server's side of `realtime-widgets.v1`: what it answers, and when it closes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from realtime_widgets.errors import InvalidEventError, LocalProtocolError
from realtime_widgets.protocol.codes import CloseCode, ErrorCode
from realtime_widgets.protocol.events import Log
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.message_text import write_publish
from realtime_widgets.protocol.messages import Hello, Ping, Pong, Publish, PublishAs, Watch
from realtime_widgets.protocol.position import Bounds, Resume
from realtime_widgets.protocol.sessions.server import ServerSession
from realtime_widgets.protocol.sessions.session import Close, Open, Send, Store

WATCH = Hello(v=1, sprint_id="run", watch=Watch())
PUBLISH = Hello(v=1, sprint_id="run", publish=PublishAs(publisher_id="0f" * 16))
LOG = Bounds(epoch="e1", first=11, head=20, batch_id="z")
ONE_EVENT = write_publish(1, b'[{"type":"log","message":"m"}]')


def fresh(*, may_publish: bool = True, limits: Limits | None = None) -> ServerSession:
    return ServerSession("run", may_publish=may_publish, limits=limits or Limits(), now=0.0)


def opening(hello: Hello = WATCH) -> ServerSession:
    session = fresh()
    session.receive(hello.to_json(), now=0.0)
    assert session.to_do() == [Open(hello)]
    return session


def welcome(session: ServerSession, resume: Resume | None = None) -> None:
    session.opened(
        session="s1",
        bounds=LOG,
        resume=resume,
        last_publisher_seq=None,
        server_time="2026-01-01T00:00:00.000Z",
    )


def opened(hello: Hello = WATCH) -> ServerSession:
    session = opening(hello)
    welcome(session)
    session.to_do()
    return session


def sent(session: ServerSession) -> list[dict[str, Any]]:
    """What it wants to send; and nothing else is to be done."""
    actions = session.to_do()
    assert all(isinstance(action, Send) for action in actions), actions
    return [json.loads(action.text) for action in actions if isinstance(action, Send)]


# Opening.


@pytest.mark.parametrize("hello", [WATCH, PUBLISH])
def test_a_good_hello_asks_the_hub_to_open(hello: Hello) -> None:
    session = fresh()

    session.receive(hello.to_json(), now=0.0)

    assert session.to_do() == [Open(hello)]
    assert session.publisher_id == (hello.publish and hello.publish.publisher_id)


@pytest.mark.parametrize(
    ("first", "code"),
    [
        (Ping().to_json(), CloseCode.BAD_MESSAGE),
        (Pong().to_json(), CloseCode.BAD_MESSAGE),
        (ONE_EVENT, CloseCode.BAD_MESSAGE),
        ("nonsense", CloseCode.BAD_MESSAGE),
        ('{"type":"dance"}', CloseCode.BAD_MESSAGE),
        ('{"type":"hello","v":1}', CloseCode.BAD_MESSAGE),
        (Hello(v=1, sprint_id="other", watch=Watch()).to_json(), CloseCode.BAD_MESSAGE),
        (Hello(v=1, sprint_id="Run", watch=Watch()).to_json(), CloseCode.BAD_MESSAGE),
        (Hello(v=1, sprint_id="run").to_json(), CloseCode.BAD_MESSAGE),
        (Hello(v=2, sprint_id="run", watch=Watch()).to_json(), CloseCode.PROTOCOL_VERSION),
        (Hello(v=0, sprint_id="run").to_json(), CloseCode.PROTOCOL_VERSION),
    ],
)
def test_a_wrong_first_message_closes(first: str, code: CloseCode) -> None:
    session = fresh()

    session.receive(first, now=0.0)

    assert session.to_do()[-1] == Close(code)


@pytest.mark.parametrize(
    "fields",
    [
        '"v":true,"watch":{}',
        '"v":"1","watch":{}',
        '"v":1.0,"watch":{}',
        '"v":1,"watch":true',
        '"v":1,"watch":{"after":{"epoch":"e","seq":true}}',
        '"v":1,"watch":{"after":{"epoch":"e","seq":"5"}}',
        '"v":1,"watch":{"after":{"epoch":"e","seq":5.0}}',
        '"v":1,"publish":{"publisher_id":"%s","lease":""}' % ("0f" * 16),
        '"v":1,"publish":{"publisher_id":"%s","lease":1}' % ("0f" * 16),
    ],
)
def test_l13_a_hello_with_a_value_of_another_kind_closes(fields: str) -> None:
    session = fresh()

    session.receive(f'{{"type":"hello","sprint_id":"run",{fields}}}', now=0.0)

    assert session.to_do()[-1] == Close(CloseCode.BAD_MESSAGE)


@pytest.mark.parametrize(
    ("watch", "words"),
    [
        ('{"newest":0}', "a whole number from 1 to 1,000"),
        ('{"newest":1001}', "a whole number from 1 to 1,000"),
        ('{"newest":1e9}', "a whole number from 1 to 1,000"),
        ('{"newest":"9"}', "a whole number from 1 to 1,000"),
        ('{"newest":true}', "a whole number from 1 to 1,000"),
        ('{"newest":2.5}', "a whole number from 1 to 1,000"),
        ('{"after":{"epoch":"e","seq":1},"newest":9}', "without a position"),
    ],
)
def test_a_newest_page_that_cannot_be_is_refused_with_the_field_and_the_limit(
    watch: str, words: str
) -> None:
    session = fresh()

    session.receive(f'{{"type":"hello","v":1,"sprint_id":"run","watch":{watch}}}', now=0.0)

    answer, close = session.to_do()
    assert isinstance(answer, Send)
    error = json.loads(answer.text)
    assert (error["type"], error["code"], error["field"]) == ("error", "bad_field", "watch.newest")
    assert words in error["message"]
    assert close == Close(CloseCode.BAD_MESSAGE)


def test_a_client_without_the_right_to_write_cannot_open_to_publish() -> None:
    reader = fresh(may_publish=False)

    reader.receive(PUBLISH.to_json(), now=0.0)

    assert reader.to_do() == [Close(CloseCode.FORBIDDEN)]


def test_a_client_without_the_right_to_write_can_watch() -> None:
    reader = fresh(may_publish=False)

    reader.receive(WATCH.to_json(), now=0.0)
    reader.to_do()
    welcome(reader)

    [message] = sent(reader)
    assert message["may_publish"] is False


@pytest.mark.parametrize("text", [WATCH.to_json(), Ping().to_json(), ONE_EVENT])
def test_any_message_before_welcome_closes(text: str) -> None:
    session = opening()

    session.receive(text, now=0.0)

    assert session.to_do() == [Close(CloseCode.BAD_MESSAGE)]


def test_a_second_hello_closes() -> None:
    session = opened()

    session.receive(WATCH.to_json(), now=0.0)

    assert session.to_do() == [Close(CloseCode.BAD_MESSAGE)]


def test_welcome_has_the_bounds_of_the_log_and_the_limits_for_the_client() -> None:
    session = opening()

    session.opened(session="s1", bounds=LOG, resume=None, last_publisher_seq=7, server_time="now")

    assert sent(session) == [
        {
            "type": "welcome",
            "v": 1,
            "session": "s1",
            "sprint_id": "run",
            "epoch": "e1",
            "first": 11,
            "head": 20,
            "entry": "z",
            "recovered": None,
            "may_publish": True,
            "last_n": 7,
            "limits": {
                "message_bytes": 1048576,
                "event_bytes": 262144,
                "batch_events": 200,
                "batch_bytes": 64000,
                "window": 10,
            },
            "ping_s": 25.0,
            "pong_s": 20.0,
            "server_time": "now",
            "similar": [],
            "kept_in_memory_because": None,
        }
    ]


@pytest.mark.parametrize(
    ("resume", "recovered", "notice"),
    [
        (None, None, []),
        (Resume(after=15, recovered=True), True, []),
        (
            Resume(after=10, recovered=False, reset="diverged"),
            False,
            [{"type": "reset", "epoch": "e1", "first": 11, "reason": "diverged"}],
        ),
        (
            Resume(after=10, recovered=False, gap=(6, 10)),
            False,
            [{"type": "gap", "from": 6, "to": 10, "reason": "trimmed"}],
        ),
    ],
)
def test_a_client_that_resumes_gets_how_the_log_continues_at_once(
    resume: Resume | None, *, recovered: bool | None, notice: list[dict[str, Any]]
) -> None:
    session = opening()

    welcome(session, resume)

    first, *rest = sent(session)
    assert first["recovered"] is recovered
    assert rest == notice


def test_opening_out_of_turn_is_a_mistake_of_the_caller() -> None:
    closed = opening()
    closed.close(CloseCode.GOING_AWAY)

    for session, state in ((fresh(), "AWAITING_HELLO"), (opened(), "OPEN"), (closed, "CLOSED")):
        with pytest.raises(LocalProtocolError, match=state):
            welcome(session)


# Publishing.


def test_a_publish_is_handed_to_the_store_as_it_came() -> None:
    session = opened(PUBLISH)

    session.receive(ONE_EVENT, now=1.0)

    [action] = session.to_do()
    assert isinstance(action, Store)
    assert isinstance(action.publish, Publish)
    assert action.publish.first_n == 1
    assert action.publish.events == b'[{"type":"log","message":"m"}]'


def test_a_client_that_did_not_ask_to_publish_is_refused_and_stays_connected() -> None:
    session = opened(WATCH)

    session.receive(ONE_EVENT, now=1.0)

    [message] = sent(session)
    assert (message["type"], message["code"]) == ("error", "not_publishing")


def test_the_publisher_gets_the_result_of_its_events() -> None:
    session = opened(PUBLISH)

    session.stored(up_to=18, seq=481, epoch="e1")
    session.hole(20, expect=19)
    session.refused(19, InvalidEventError("too_deep", "too deep", field="event.a"))
    session.later(19, ErrorCode.STORAGE_UNAVAILABLE, "the disk is full")

    assert sent(session) == [
        {"type": "ack", "up_to": 18, "seq": 481, "epoch": "e1", "duplicate": False},
        {
            "type": "nack",
            "n": 20,
            "code": "hole",
            "message": "publisher seq 20 arrived where 19 was expected",
            "field": None,
            "retry": True,
            "expect": 19,
        },
        {
            "type": "nack",
            "n": 19,
            "code": "too_deep",
            "message": "too deep",
            "field": "event.a",
            "retry": False,
            "expect": None,
        },
        {
            "type": "nack",
            "n": 19,
            "code": "storage_unavailable",
            "message": "the disk is full",
            "field": None,
            "retry": True,
            "expect": None,
        },
    ]


# Watching.


def test_notices_go_to_the_viewer_in_order() -> None:
    session = opened()

    session.gap(21, 30)
    session.direct(Log(type="log", message="for you"))

    gap, direct = sent(session)
    assert (gap["from"], gap["to"]) == (21, 30)
    assert direct["event"]["message"] == "for you"


# Staying alive and errors.


def test_a_ping_is_answered() -> None:
    session = opened()

    session.receive(Ping().to_json(), now=1.0)

    assert sent(session) == [{"type": "pong"}]


def test_a_client_that_does_not_introduce_itself_in_time_is_closed() -> None:
    session = fresh()

    session.tick(now=9.9)
    assert session.to_do() == []

    session.tick(now=10.0)
    assert session.to_do() == [Close(CloseCode.HELLO_TIMEOUT)]


def test_a_slow_store_is_not_the_fault_of_the_client() -> None:
    session = opening()

    session.tick(now=1_000.0)

    assert session.to_do() == []


def test_a_silent_client_is_asked_once_and_then_closed() -> None:
    session = opened()

    session.tick(now=24.9)
    assert sent(session) == []
    session.tick(now=25.0)
    assert sent(session) == [{"type": "ping"}]
    session.tick(now=44.9)
    assert sent(session) == []

    session.tick(now=45.0)
    assert session.to_do() == [Close(CloseCode.NO_PONG)]


@pytest.mark.parametrize("answer", [Pong().to_json(), Ping().to_json(), "nonsense"])
def test_any_message_of_a_client_counts_as_a_sign_of_life(answer: str) -> None:
    session = opened()
    session.tick(now=25.0)

    session.receive(answer, now=44.0)
    session.to_do()

    session.tick(now=68.9)
    assert sent(session) == []
    session.tick(now=69.0)
    assert sent(session) == [{"type": "ping"}]


def test_silence_while_the_server_slept_does_not_count() -> None:
    """After a laptop woke up, every client was closed that had no chance to speak."""
    fresh_one, open_one = fresh(), opened()

    for session in (fresh_one, open_one):
        session.extend_deadlines(1_000.0, now=1_000.0)
        session.tick(now=1_009.0)
        assert session.to_do() == []
    fresh_one.tick(now=1_010.0)
    open_one.tick(now=1_025.0)

    assert fresh_one.to_do() == [Close(CloseCode.HELLO_TIMEOUT)]
    assert sent(open_one) == [{"type": "ping"}]


def test_a_message_after_the_sleep_was_not_received_in_the_future() -> None:
    """A timer is late for the sleep too, and what came meanwhile was read before it."""
    session = opened()
    session.receive('{"type":"pong"}', now=1_000.0)

    session.extend_deadlines(1_000.0, now=1_000.0)

    assert session.received_at == 1_000.0


def test_an_unusable_message_is_answered_and_the_connection_stays_open() -> None:
    session = opened(PUBLISH)

    session.receive('{"type":"publish","first_n":0,"events":[]}', now=0.0)
    [error] = sent(session)
    session.receive(Ping().to_json(), now=0.0)

    assert (error["type"], error["code"], error["field"]) == ("error", "bad_field", "first_n")
    assert sent(session) == [{"type": "pong"}]


def test_five_unusable_messages_within_a_minute_close() -> None:
    session = opened()
    for now in (0.0, 10.0, 20.0, 59.0):
        session.receive("nonsense", now=now)
    assert len(sent(session)) == 4

    session.unusable(InvalidEventError("id_case", "differs only in case"), now=59.9)

    error, close = session.to_do()
    assert isinstance(error, Send)
    assert close == Close(CloseCode.TOO_MANY_ERRORS)


def test_five_unusable_messages_over_more_than_a_minute_do_not_close() -> None:
    session = opened()

    for now in range(0, 1_000, 15):
        session.receive("nonsense", now=float(now))

    assert {message["type"] for message in sent(session)} == {"error"}


def test_a_binary_frame_closes() -> None:
    session = opened()

    session.receive_binary()

    assert session.to_do() == [Close(CloseCode.BINARY_NOT_SUPPORTED)]


def test_after_the_end_nothing_is_taken_or_sent() -> None:
    session = opened(PUBLISH)
    session.close(CloseCode.FENCED)
    assert session.to_do() == [Close(CloseCode.FENCED)]

    session.receive(ONE_EVENT, now=1.0)
    session.receive("nonsense", now=1.0)
    session.receive_binary()
    session.tick(now=1_000.0)
    session.stored(up_to=1, seq=1, epoch="e1")
    session.gap(1, 2)
    session.unusable(InvalidEventError("id_case", "differs"), now=1.0)
    session.close(CloseCode.GOING_AWAY)

    assert session.to_do() == []


def test_what_was_asked_before_the_end_is_still_done() -> None:
    session = opened(PUBLISH)

    session.receive(ONE_EVENT, now=1.0)
    session.close(CloseCode.RESTARTING)

    store, close = session.to_do()
    assert isinstance(store, Store)
    assert close == Close(CloseCode.RESTARTING)


def test_the_limits_of_the_server_hold() -> None:
    limits = Limits(hello_s=2.0, ping_s=3.0, pong_s=4.0, errors_per_minute=1)
    late, session = fresh(limits=limits), fresh(limits=limits)

    late.tick(now=2.0)
    session.receive(WATCH.to_json(), now=1.0)
    session.to_do()
    welcome(session)
    session.to_do()
    session.tick(now=4.0)
    asked = sent(session)
    session.receive("nonsense", now=5.0)

    assert late.to_do() == [Close(CloseCode.HELLO_TIMEOUT)]
    assert asked == [{"type": "ping"}]
    assert session.to_do()[-1] == Close(CloseCode.TOO_MANY_ERRORS)
