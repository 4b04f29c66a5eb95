"""A Redis of one test, and servers that compare often."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from realtime_widgets.hub.stores.redis import store as store_module
from tests.redis_server import RedisServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def compare_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let servers compare what they know with Redis more often than every 10 s."""
    monkeypatch.setattr(store_module, "CHECK_S", 0.3)


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """A server of the test alone, which it may kill; it keeps what is acknowledged."""
    server = RedisServer("redis", "--appendonly", "yes", "--appendfsync", "always").start()
    yield server
    server.remove()
