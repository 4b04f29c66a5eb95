"""Messages that are passed on, between a page and a hub."""

from __future__ import annotations

import json

import pytest

from realtime_widgets.protocol.messages import Hello, Watch
from realtime_widgets.protocol.sessions.relay import RelaySession

HELLO = Hello(v=1, sprint_id="run", watch=Watch())


def test_the_hello_it_was_given_is_its_first_message() -> None:
    session = RelaySession(HELLO)

    session.open(now=0)

    assert session.to_send() == [HELLO.to_json()]
    assert session.to_send() == []


def test_without_a_hello_it_sends_nothing_by_itself() -> None:
    session = RelaySession()

    session.open(now=0)

    assert session.to_send() == []


@pytest.mark.parametrize("ping", ['{"type":"ping"}', ' { "type" : "ping" }\n'])
def test_a_ping_is_answered_and_not_passed_on(ping: str) -> None:
    session = RelaySession()

    session.receive(ping, now=0)

    assert session.take() == []
    assert [json.loads(message) for message in session.to_send()] == [{"type": "pong"}]


@pytest.mark.parametrize(
    "message",
    [
        '{"type":"pong"}',
        '{"type":"of a later version"}',
        "no JSON",
        '{"type":"events","text":"{\\"type\\":\\"ping\\"}"}',
        " " * 100 + '{"type":"ping"}',
    ],
)
def test_any_other_message_is_passed_on_as_it_is(message: str) -> None:
    session = RelaySession()

    session.receive(message, now=0)

    assert session.to_send() == []
    assert session.size == len(message)
    assert session.take() == [message]
    assert (session.size, session.take()) == (0, [])


def test_a_lost_connection_leaves_received_messages_and_drops_answers() -> None:
    session = RelaySession()
    session.open(now=0)
    session.receive('{"type":"ping"}', now=0)
    session.receive("last words", now=0)

    session.lost()

    assert session.to_send() == []
    assert session.take() == ["last words"]
