"""From the user's threads to a hub behind a real WebSocket, with all that may happen to it."""

from __future__ import annotations

import asyncio
import itertools
import threading
from typing import TYPE_CHECKING

import pytest

from realtime_widgets import ServerNotFoundError, Sprint
from realtime_widgets.backoff import Backoff
from realtime_widgets.client import link as link_module
from realtime_widgets.client import runtime as runtime_module
from realtime_widgets.client.in_process import InProcess
from realtime_widgets.client.publishing import publisher
from realtime_widgets.client.publishing.outbox import buffer, outbox
from realtime_widgets.client.publishing.outbox.outbox import Outbox
from realtime_widgets.client.runtime import runtime
from realtime_widgets.client.server import Server
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.sessions import publish
from tests.client.hub_server import TOKEN, HubServer
from tests.client.interrupts import ctrl_c
from tests.client.reading import lines, own_fields
from tests.hosts.tls_proxy import TlsProxy
from tests.waiting import PATIENCE_S, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from realtime_widgets.client.link import Link
    from realtime_widgets.client.runtime import Runtime


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
    remote.log(0)
    remote.flush(PATIENCE_S)
    for number in range(1, 20_000):
        remote.log(number)
        if number % 2_000 == 0:
            server.cut()

    assert remote.flush(PATIENCE_S) == 0
    assert messages(server, remote) == [str(number) for number in range(20_000)]
    assert server.connections > 1


def test_publishing_to_a_server_that_is_down_does_not_raise_or_wait(sprint_id: str) -> None:
    sprint = Sprint(sprint_id, server="http://127.0.0.1:9/")
    done = threading.Event()

    async def hold_the_loop() -> None:
        done.wait(PATIENCE_S)

    # Nothing is sent and nothing refused until all calls are back: they wait for neither.
    holding = runtime().spawn(hold_the_loop())
    with sprint:
        sprint.log("hello")
        for _ in sprint.track([1, 2], "train"):
            pass
    left = sprint.close(timeout=0)
    was_held = not holding.done()
    done.set()

    assert (left, was_held) == (5, True)


def test_flush_and_close_return_how_many_events_are_not_stored(sprint_id: str) -> None:
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


def test_what_was_left_when_it_was_closed_goes_with_the_next_flush(
    server: HubServer, remote: Sprint
) -> None:
    server.stop()
    remote.log("one")
    assert remote.close(timeout=0.1) == 1

    server.start()

    assert remote.flush(PATIENCE_S) == 0
    assert messages(server, remote) == ["one"]


def test_what_is_published_while_it_disconnects_is_sent(sprint_id: str) -> None:
    class Leaving(InProcess):
        async def connect(self, sprint_id: str) -> Link:
            link = await super().connect(sprint_id)
            close = link.close

            async def publish_and_close(code: CloseCode = CloseCode.NORMAL) -> None:
                if not published:
                    published.append(True)
                    event = {"type": "log", "message": "late"}
                    await asyncio.to_thread(box.append, event, 4, may_drop=True)
                await close(code)

            link.close = publish_and_close  # type: ignore[method-assign]
            return link

    published: list[bool] = []
    box = Outbox(Leaving(), sprint_id)
    box.append({"type": "log", "message": "early"}, 5, may_drop=True)

    assert box.close(PATIENCE_S) == 0

    assert box.changed.wait_for(lambda: box.left == 0, PATIENCE_S)
    box.close(PATIENCE_S)

    events = InProcess().page(sprint_id, limit=9)["events"]
    assert [event["message"] for event in events] == ["early", "late"]


def test_threads_that_close_and_threads_that_publish_lose_nothing(sprint: Sprint) -> None:
    numbers = iter(range(20_000))
    while burst := list(itertools.islice(numbers, 100)):
        closing = threading.Thread(target=sprint.close)
        closing.start()
        for number in burst:
            sprint.log(number)
        closing.join()

    assert lines(sprint) == [str(number) for number in range(20_000)]


def test_once_closed_it_does_not_try_again(
    server: HubServer, remote: Sprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait_long(_: Backoff) -> float:
        waiting.set()
        return 1_000

    async def count(_: Server, sprint_id: str) -> Link:
        attempts.append(sprint_id)  # of each outbox in this process, those of other tests included
        raise ServerNotFoundError(server.url, "it is down")

    waiting, attempts = threading.Event(), list[str]()
    monkeypatch.setattr(Backoff, "next_delay", wait_long)
    remote.log("hello")
    assert remote.flush(PATIENCE_S) == 0
    monkeypatch.setattr(Server, "connect", count)
    server.stop()
    assert waiting.wait(PATIENCE_S)

    assert remote.close(PATIENCE_S) == 0

    assert remote.sprint_id not in attempts


def test_closing_again_and_again_after_a_refusal_starts_one_publisher_only(
    server: HubServer, remote: Sprint
) -> None:
    server.refuse_with = CloseCode.FORBIDDEN
    for _ in range(5):
        remote.log("refused")
        assert remote.close(PATIENCE_S) == 1
    connections = server.connections

    server.refuse_with = None
    for number in range(5):
        remote.log(number)
        assert remote.close(PATIENCE_S) == 0

    assert messages(server, remote) == [*"01234"]
    assert (connections, server.connections) == (5, 10)


def interrupted() -> Runtime:
    raise KeyboardInterrupt


def test_ctrl_c_in_the_first_call_loses_no_later_event(
    sprint: Sprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "runtime", interrupted)
        with pytest.raises(KeyboardInterrupt):
            sprint.log("one")

    sprint.log("two")

    assert lines(sprint) == ["one", "two"]


def test_what_ctrl_c_left_in_the_queue_goes_with_the_next_flush(
    sprint: Sprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "runtime", interrupted)
        with pytest.raises(KeyboardInterrupt):
            sprint.log("one")

    assert lines(sprint) == ["one"]


def test_wherever_ctrl_c_comes_in_the_first_call_the_next_event_is_sent(sprint_id: str) -> None:
    files = [module.__file__ for module in (buffer, outbox, runtime_module, publisher)]
    moment = 0
    while True:
        sprint = Sprint(f"{sprint_id}-{moment}")
        try:
            with ctrl_c(moment, *files):
                sprint.log("one")
        except KeyboardInterrupt:
            sprint.log("two")
        else:
            break

        assert lines(sprint) in (["two"], ["one", "two"])
        moment += 1
    assert moment > 10


def test_a_server_that_takes_nothing_more_is_left_and_tried_again(
    sprint_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is noticed where sending waits, long before the network gives the connection up."""
    monkeypatch.setattr(link_module, "SEND_S", 1.0)
    numbers = range(100)
    with HubServer(Limits(window=len(numbers))) as server:
        server.deaf_connections = 1
        sprint = Sprint(sprint_id, server=server.argument)
        for number in numbers:
            sprint.emit({"type": "large", "number": number, "text": "x" * 250_000})

        assert sprint.flush(PATIENCE_S) == 0
        assert [event["number"] for event in server.events(sprint_id)] == [*numbers]
        assert server.connections >= 2
        sprint.close(PATIENCE_S)


def test_a_server_that_cannot_be_reached_is_logged_once(
    server: HubServer, remote: Sprint, caplog: pytest.LogCaptureFixture
) -> None:
    server.stop()
    remote.log("hello")
    wait_until(lambda: caplog.records, "it is logged")
    server.start()

    assert remote.flush(PATIENCE_S) == 0
    (record,) = caplog.records
    assert "cannot be published yet, its events are queued" in record.message
    assert "token" not in record.message


def test_what_is_published_while_the_certificates_file_is_rewritten_is_sent_afterwards(
    server: HubServer,
    sprint_id: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    given = tmp_path / "given.pem"
    given.touch()
    with TlsProxy(tmp_path, path="/user/alice/", to=server.url) as proxy:
        monkeypatch.setenv("REALTIME_WIDGETS_URL", proxy.url)
        monkeypatch.setenv("REALTIME_WIDGETS_TOKEN", TOKEN)
        monkeypatch.setenv("REALTIME_WIDGETS_CERTIFICATE", str(given))
        sprint = Sprint(sprint_id)
        sprint.log("kept")
        wait_until(lambda: "certificate file contains no certificate" in caplog.text, "logged")
        assert sprint.flush(0) == 1

        given.write_bytes(proxy.files.certificate.read_bytes())

        assert sprint.flush(PATIENCE_S) == 0
        assert messages(server, sprint) == ["kept"]
        sprint.close(PATIENCE_S)


def test_a_server_that_cannot_store_is_logged_once_and_gets_the_events_when_it_can(
    server: HubServer,
    remote: Sprint,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(publish, "RETRY_S", 0.01)
    server.store.full_appends = 3

    remote.log("kept")

    assert remote.flush(PATIENCE_S) == 0
    assert messages(server, remote) == ["kept"]
    (record,) = caplog.records
    assert record.message.endswith(
        "cannot be stored by the server now, its events are queued: no room (storage_full)"
    )


def test_a_sprint_holds_its_run(server: HubServer, remote: Sprint) -> None:
    remote.status("running")
    assert remote.flush(PATIENCE_S) == 0

    assert server.hub.has_held_run(max_age_s=60)


def test_a_server_that_refuses_for_good_is_logged_and_publishing_continues(
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


def test_a_wrong_token_is_logged_without_the_token(
    server: HubServer, sprint_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    sprint = Sprint(sprint_id, server=f"{server.url}?token=wr0ng")

    sprint.log("hello")
    wait_until(lambda: "refuses the token" in caplog.text, "logged")
    sprint.close(0)

    assert "wr0ng" not in caplog.text


def test_an_idle_connection_is_used_again(server: HubServer, remote: Sprint) -> None:
    for number in range(20):
        remote.log(number)
        assert remote.flush(PATIENCE_S) == 0

    assert server.connections == 1
