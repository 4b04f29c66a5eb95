"""The server's side of the index channel: what it answers, and when it closes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from realtime_widgets.errors import LocalProtocolError
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.index import IndexHello, IndexPosition
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.messages import Ping, Pong
from realtime_widgets.protocol.sessions.index import IndexSession
from realtime_widgets.protocol.sessions.session import Close, Send

HELLO = IndexHello(v=1)
HERE = IndexPosition(epoch="e1", version=7)


def fresh() -> IndexSession:
    return IndexSession(limits=Limits(), now=0.0)


def opened() -> IndexSession:
    session = fresh()
    session.receive(HELLO.to_json(), now=0.0)
    assert session.hello == HELLO
    session.opened(session="s", position=HERE, server_time="now", kept_in_memory_because=None)
    return session


def sent(session: IndexSession) -> list[dict[str, Any]]:
    return [json.loads(action.text) for action in session.to_do() if isinstance(action, Send)]


def test_a_client_is_welcomed_with_where_the_index_is() -> None:
    [welcome] = sent(opened())

    assert (welcome["type"], welcome["epoch"], welcome["version"]) == ("welcome", "e1", 7)
    assert (welcome["ping_s"], welcome["pong_s"], welcome["server_time"]) == (25.0, 20.0, "now")


def test_a_reset_has_the_new_position() -> None:
    session = opened()
    session.to_do()
    session.reset(IndexPosition(epoch="e1", version=9))

    assert sent(session) == [{"type": "reset", "epoch": "e1", "version": 9}]


def test_a_ping_is_answered() -> None:
    session = opened()
    session.to_do()
    session.receive(Ping().to_json(), now=1.0)
    session.receive(Pong().to_json(), now=1.0)

    assert sent(session) == [{"type": "pong"}]


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([Ping()], CloseCode.BAD_MESSAGE),
        ([IndexHello(v=2)], CloseCode.PROTOCOL_VERSION),
        ([HELLO, HELLO], CloseCode.BAD_MESSAGE),
        ([HELLO, Ping()], CloseCode.BAD_MESSAGE),
    ],
)
def test_what_does_not_begin_with_one_hello_is_closed(messages: list[Any], code: CloseCode) -> None:
    session = fresh()
    for message in messages:
        session.receive(message.to_json(), now=0.0)

    assert session.to_do() == [Close(code)]


def test_it_is_opened_once_and_after_hello() -> None:
    for session in (fresh(), opened()):
        with pytest.raises(LocalProtocolError):
            session.opened(
                session="s", position=HERE, server_time="now", kept_in_memory_because=None
            )


def test_a_client_that_sends_nothing_is_closed() -> None:
    session = fresh()
    session.tick(now=10.0)
    assert session.to_do() == [Close(CloseCode.HELLO_TIMEOUT)]

    session = opened()
    session.to_do()
    session.tick(now=25.0)
    assert sent(session) == [{"type": "ping"}]
    session.tick(now=45.0)
    assert session.to_do() == [Close(CloseCode.NO_PONG)]


def test_what_cannot_be_used_is_answered_and_too_much_of_it_closed() -> None:
    session = opened()
    session.to_do()
    for _ in range(5):
        session.receive('{"type":"publish"}', now=1.0)

    *errors, close = session.to_do()
    assert [json.loads(error.text)["code"] for error in errors if isinstance(error, Send)] == [
        "unknown_type"
    ] * 5
    assert close == Close(CloseCode.TOO_MANY_ERRORS)
    session.receive(Ping().to_json(), now=2.0)
    assert session.to_do() == []
