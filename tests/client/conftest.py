"""Fixtures of the publisher's tests: a name for a run, and a server to publish it to."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from realtime_widgets import Sprint
from realtime_widgets.backoff import Backoff
from realtime_widgets.client import diagnosis, discovery, history, link
from realtime_widgets.client.publishing import fit
from realtime_widgets.client.publishing.blocks import track
from realtime_widgets.client.publishing.outbox import outboxes
from tests.hidden_servers import hide_servers

from .hub_server import PATIENCE_S, HubServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    hide_servers(monkeypatch)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connect again at once; how long to wait is tested where it is decided."""
    monkeypatch.setattr(Backoff, "next_delay", lambda _: 0.01)


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take nothing for lost, only because the machine is busy."""
    for module in (discovery, diagnosis):
        monkeypatch.setattr(module, "CHECK_S", PATIENCE_S)
    for name in ("CONNECT_S", "SEND_S"):
        monkeypatch.setattr(link, name, PATIENCE_S)
    monkeypatch.setattr(fit, "FOREIGN_S", PATIENCE_S)
    monkeypatch.setattr(history, "SHOW_S", PATIENCE_S)
    monkeypatch.setattr(track, "EVERY_S", PATIENCE_S)
    for method in (Sprint.flush, Sprint.close, Sprint.aflush, Sprint.aclose):
        monkeypatch.setattr(method, "__defaults__", (PATIENCE_S,))


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    """Forget what a test did not send, or it would be reported when the tests end."""
    yield
    _forget_outboxes()


def _forget_outboxes() -> None:
    # ruff: noqa: SLF001 - there is no public way to lose events
    for box in outboxes._outboxes.values():
        box.close(timeout=0)
        assert box.changed.wait_for(lambda box=box: not box._is_running, PATIENCE_S)
    outboxes._outboxes.clear()


@pytest.fixture
def sprint_id(request: pytest.FixtureRequest) -> str:
    """A run of this test alone: the hub in this process keeps those of all tests."""
    return "t-" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16]


@pytest.fixture
def sprint(sprint_id: str) -> Sprint:
    """A run in the hub of this process."""
    return Sprint(sprint_id)


@pytest.fixture
def server() -> Iterator[HubServer]:
    with HubServer() as server:
        yield server
        # A server that is closed leaves a connection open that comes in that moment.
        _forget_outboxes()


@pytest.fixture
def remote(server: HubServer, sprint_id: str) -> Iterator[Sprint]:
    """A run on the server."""
    sprint = Sprint(sprint_id, server=server.argument)
    yield sprint
    sprint.close(timeout=1)
