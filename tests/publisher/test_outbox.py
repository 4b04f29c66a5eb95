"""From the user's threads to a hub behind a real WebSocket, over whatever happens to it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from realtime_widgets import Sprint
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.publisher._outbox import EXIT_S

from .hub_server import PATIENCE_S
from .reading import own_fields

if TYPE_CHECKING:
    import pytest

    from .hub_server import HubServer


def messages(server: HubServer, sprint: Sprint) -> list[str]:
    return [event["message"] for event in server.events(sprint.sprint_id)]


def test_events_reach_the_server(server: HubServer, remote: Sprint) -> None:
    remote.log("hello")

    assert remote.flush(PATIENCE_S) == 0
    assert [own_fields(event) for event in server.events(remote.sprint_id)] == [
        {"type": "log", "message": "hello", "level": "info"}
    ]


def test_what_was_published_while_the_server_was_down_is_sent_when_it_is_back(
    server: HubServer, remote: Sprint
) -> None:
    remote.log("before")
    remote.flush(PATIENCE_S)
    server.stop()
    for number in range(1_000):
        remote.log(number)
    assert remote.flush(0.01) == 1_000

    server.start()

    assert remote.flush(PATIENCE_S) == 0
    assert messages(server, remote) == ["before", *map(str, range(1_000))]


def test_every_event_is_stored_once_and_in_order_over_lost_connections(
    server: HubServer, remote: Sprint
) -> None:
    for number in range(20_000):
        remote.log(number)
        if number % 2_000 == 0:
            server.cut()

    assert remote.flush(PATIENCE_S) == 0
    assert messages(server, remote) == [str(number) for number in range(20_000)]
    assert server.connections > 1


def test_publishing_to_a_server_that_is_down_does_not_raise_or_wait(sprint_id: str) -> None:
    sprint = Sprint(sprint_id, server="http://127.0.0.1:9/")

    began = time.monotonic()
    with sprint:
        sprint.log("hello")
        for _ in sprint.track([1, 2], "train"):
            pass
    sprint.close(timeout=0)

    assert time.monotonic() - began < EXIT_S / 2


def test_flush_and_close_tell_how_many_events_are_not_stored(sprint_id: str) -> None:
    sprint = Sprint(sprint_id, server="http://127.0.0.1:9/")
    sprint.log("one")
    sprint.log("two")

    assert sprint.flush(0.01) == 2
    assert sprint.close(0.01) == 2


def test_what_was_left_when_it_was_closed_goes_with_the_next_event(
    server: HubServer, remote: Sprint
) -> None:
    server.stop()
    remote.log("one")
    assert remote.close(timeout=0.1) == 1

    server.start()
    remote.log("two")

    assert remote.flush(PATIENCE_S) == 0
    assert messages(server, remote) == ["one", "two"]


def test_a_server_that_cannot_be_reached_is_told_of_once(
    server: HubServer, remote: Sprint, caplog: pytest.LogCaptureFixture
) -> None:
    server.stop()
    remote.log("hello")
    remote.flush(0.5)
    server.start()

    assert remote.flush(PATIENCE_S) == 0
    (record,) = caplog.records
    assert "is not published yet" in record.message
    assert "token" not in record.message


def test_a_server_that_refuses_for_good_is_told_of_and_publishing_goes_on_as_if(
    server: HubServer, remote: Sprint, caplog: pytest.LogCaptureFixture
) -> None:
    server.refuse_with = CloseCode.FORBIDDEN

    remote.log("one")
    assert remote.flush(PATIENCE_S) == 1
    remote.status("running")

    assert remote.flush(PATIENCE_S) == 2
    assert server.connections == 1
    assert ["forbidden" in record.message for record in caplog.records] == [True]


def test_after_a_refusal_and_close_the_next_event_tries_again(
    server: HubServer, remote: Sprint
) -> None:
    server.refuse_with = CloseCode.FORBIDDEN
    remote.log("one")
    assert remote.close(PATIENCE_S) == 1

    server.refuse_with = None
    remote.log("two")

    assert remote.flush(PATIENCE_S) == 0
    assert messages(server, remote) == ["two"]


def test_a_server_that_lost_its_log_gets_the_rest(server: HubServer, remote: Sprint) -> None:
    remote.log("one")
    assert remote.flush(PATIENCE_S) == 0

    server.forget_everything()
    remote.log("two")

    assert remote.flush(PATIENCE_S) == 0
    assert messages(server, remote) == ["two"]


def test_a_wrong_token_is_told_of_without_the_token(
    server: HubServer, sprint_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    sprint = Sprint(sprint_id, server=f"{server.url}?token=wr0ng")

    sprint.log("hello")
    sprint.flush(0.5)
    sprint.close(0)

    assert "refuses the token" in caplog.text
    assert "wr0ng" not in caplog.text


def test_an_idle_connection_is_used_again(server: HubServer, remote: Sprint) -> None:
    for number in range(20):
        remote.log(number)
        assert remote.flush(PATIENCE_S) == 0

    assert server.connections == 1
