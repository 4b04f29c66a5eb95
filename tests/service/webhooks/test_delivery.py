"""Webhooks, from a status that is stored to a request that a real HTTP server receives."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import logging
import socket
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets.backoff import Backoff
from realtime_widgets.hub import RetentionPolicy
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.service import Admission, Service, Storage
from realtime_widgets.service.webhooks import delivery, request
from realtime_widgets.service.webhooks.settings import webhooks_of
from tests.hub.loop import until
from tests.service.conftest import pytest_pyfunc_call  # noqa: F401 - runs coroutines

from .receiver import receiving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from .receiver import Received, Receiver

SECRET = b"a secret of some length"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Backoff, "next_delay", lambda _: 0.001)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_bytes(SECRET + b"\n")
    return path


@contextlib.asynccontextmanager
async def serving(*webhooks: dict[str, Any]) -> AsyncIterator[Service]:
    service = Service(
        Storage(None),
        limits=Limits(),
        retention=RetentionPolicy(),
        admission=Admission(max_total=10, max_per_user=10, max_per_sprint=10),
        webhooks=webhooks_of(webhooks),
    )
    await service.started()
    try:
        yield service
    finally:
        await service.stop()


async def publish(service: Service, *statuses: str, message: str | None = None) -> None:
    for status in statuses:
        event = {"type": "status_update", "status": status, "message": message}
        await service.hub.broadcast("nightly", event)


async def next_one(receiver: Receiver) -> Received:
    return await asyncio.to_thread(receiver.received.get)


@contextlib.contextmanager
def silent_address(port: int) -> Iterator[str]:
    """An address of which connections to a port are neither accepted nor refused."""
    address = "127.0.0.2"
    with contextlib.ExitStack() as sockets:
        listening = sockets.enter_context(socket.socket())
        listening.bind((address, port))
        listening.listen(0)
        for _ in range(4):  # more than its queue takes
            waiting = sockets.enter_context(socket.socket())
            waiting.settimeout(0)
            waiting.connect_ex((address, port))
        yield address


async def test_each_end_failure_loss_and_question_is_sent_signed(
    receiver: Receiver, secret_file: Path
) -> None:
    hook = {"url": receiver.url(), "secret_file": str(secret_file), "allow_private": True}
    async with serving(hook) as service:
        await publish(service, "running", "needs_input", "failed", message="no disk <b>")
        sent = [await next_one(receiver) for _ in range(2)]

    documents = [json.loads(each.body) for each in sent]
    assert [each["run"]["status"] for each in documents] == ["needs_input", "failed"]
    assert documents[1]["type"] == "run_status"
    assert documents[1]["run"]["message"] == "no disk <b>"
    assert documents[0]["id"] != documents[1]["id"]
    for each in sent:
        assert each.path == "/hooks/secret-path?team=a"
        assert each.headers["Content-Type"] == "application/json"
        at, mac = each.headers["Realtime-Widgets-Signature"].split(",")
        signed = at.removeprefix("t=").encode() + b"." + each.body
        assert mac == "v1=" + hmac.new(SECRET, signed, hashlib.sha256).hexdigest()
        assert abs(time.time() - int(at.removeprefix("t="))) < 600


async def test_only_the_chosen_events_are_sent(receiver: Receiver, secret_file: Path) -> None:
    hook = {
        "url": receiver.url(),
        "secret_file": str(secret_file),
        "events": ["failed"],
        "allow_private": True,
    }
    async with serving(hook) as service:
        await publish(service, "running", "succeeded", "running", "failed")
        sent = await next_one(receiver)

    assert json.loads(sent.body)["run"]["status"] == "failed"
    assert receiver.count == 0


async def test_a_server_that_fails_is_tried_again_with_the_same_document(
    receiver: Receiver, secret_file: Path
) -> None:
    receiver.statuses = [500, 503, 429]
    hook = {"url": receiver.url(), "secret_file": str(secret_file), "allow_private": True}
    async with serving(hook) as service:
        await publish(service, "running", "failed")
        sent = [await next_one(receiver) for _ in range(4)]

    assert len({each.body for each in sent}) == 1


@pytest.mark.parametrize("status", [302, 307, 400, 404])
async def test_a_redirect_is_not_followed_and_a_refusal_not_repeated(
    receiver: Receiver, secret_file: Path, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    receiver.statuses = [status]
    hook = {"url": receiver.url(), "secret_file": str(secret_file), "allow_private": True}
    async with serving(hook) as service:
        await publish(service, "running", "failed")
        await until(lambda: "is not delivered" in caplog.text)

    assert receiver.count == 1
    assert f"HTTP {status}" in caplog.text
    assert "secret-path" not in caplog.text
    assert SECRET.decode() not in caplog.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"])
async def test_an_address_of_this_machine_is_not_connected_to_unless_that_is_allowed(
    receiver: Receiver, secret_file: Path, caplog: pytest.LogCaptureFixture, host: str
) -> None:
    hook = {"url": receiver.url(host), "secret_file": str(secret_file)}
    async with serving(hook) as service:
        await publish(service, "running", "failed")
        await until(lambda: "is not delivered" in caplog.text)

    assert receiver.count == 0
    assert "allow_private" in caplog.text


async def send_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        await reader.read()
    writer.close()


async def test_a_server_that_does_not_answer_holds_up_nothing_else(
    receiver: Receiver,
    secret_file: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(request, "TIMEOUT_S", 0.05)
    monkeypatch.setattr(delivery, "MAX_ATTEMPTS", 2)
    silent = await asyncio.start_server(send_nothing, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    fields = {"secret_file": str(secret_file), "allow_private": True}
    hooks = [{"url": url} | fields for url in (f"http://127.0.0.1:{port}/", receiver.url())]
    async with silent, serving(*hooks) as service:
        await publish(service, "running", "failed")
        await next_one(receiver)
        await until(lambda: "no answer in time, attempt 2" in caplog.text)
        silent.close()


@pytest.mark.skipif(sys.platform != "linux", reason="others have no second loopback address")
async def test_an_address_that_does_not_answer_leaves_time_for_the_next_one(
    receiver: Receiver, secret_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request, "TIMEOUT_S", 2.0)
    with silent_address(receiver.port) as silent:

        async def find(*_: object, **__: object) -> list[Any]:
            return [(None, None, 0, "", (address, 0)) for address in (silent, "127.0.0.1")]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", find)
        url = receiver.url("hooks.example")
        hook = {"url": url, "secret_file": str(secret_file), "allow_private": True}
        async with serving(hook) as service:
            await publish(service, "running", "failed")
            sent = await next_one(receiver)

    assert json.loads(sent.body)["run"]["status"] == "failed"


async def test_what_waits_is_bounded_and_what_is_dropped_is_logged(
    secret_file: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Backoff, "next_delay", lambda _: 60.0)
    hook = {"url": "http://127.0.0.1:9/", "secret_file": str(secret_file), "allow_private": True}
    with caplog.at_level(logging.WARNING):
        async with serving(hook) as service:
            for _ in range(delivery.MAX_QUEUED + 5):
                await publish(service, "running", "failed", message="x" * 4_096)

    assert f"{delivery.MAX_QUEUED} others wait" in caplog.text
    assert f"the server stops, and {delivery.MAX_QUEUED} wait" in caplog.text


async def test_a_run_that_ended_before_the_server_started_is_not_sent(
    receiver: Receiver, secret_file: Path, tmp_path: Path
) -> None:
    hook = {"url": receiver.url(), "secret_file": str(secret_file), "allow_private": True}

    def service(*webhooks: dict[str, Any]) -> Service:
        return Service(
            Storage(tmp_path / "sprints.db", durability="normal"),
            limits=Limits(),
            retention=RetentionPolicy(),
            admission=Admission(max_total=10, max_per_user=10, max_per_sprint=10),
            webhooks=webhooks_of(webhooks),
        )

    before = service()
    await before.started()
    await publish(before, "running", "failed")
    await before.stop()
    after = service(hook)
    await after.started()
    await after.hub.broadcast("nightly", {"type": "log", "message": "a late line"})
    await publish(after, "running", "succeeded")
    sent = await next_one(receiver)
    await after.stop()

    assert json.loads(sent.body)["run"]["status"] == "succeeded"
    assert json.loads(sent.body)["run"]["attempt"] == 2
