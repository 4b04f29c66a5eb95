"""A store of each kind, open, with what it announces."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pytest

from realtime_widgets.hub import MemoryStore, RunRetention, SQLiteStore
from realtime_widgets.hub.stores.redis.store import RedisStore
from realtime_widgets.hub.stores.sqlite import file as file_module
from tests.hub.loop import run
from tests.redis_server import KINDS, new_address

from .batches import Announced, no_reset

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from realtime_widgets.hub import Store


@pytest.fixture
def announced() -> Announced:
    return Announced()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a file may be made, in a folder that is not there yet."""
    return tmp_path / "realtime-widgets" / "sprints.db"


@pytest.fixture
def on_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every path be one on a network file system."""
    monkeypatch.setattr(file_module, "network_file_system", lambda _: "nfs4")


@pytest.fixture(params=["memory", "sqlite", "sqlite on a network file system", *KINDS])
def new_store(request: pytest.FixtureRequest, path: Path) -> Callable[[RunRetention], Store]:
    """Makes a store of each kind."""
    if request.param == "memory":
        return lambda retention: MemoryStore(retention=retention)
    if request.param in KINDS:
        address = new_address(request.param)
        return lambda retention: RedisStore(address, retention=retention)
    if request.param != "sqlite":
        request.getfixturevalue("on_network")
    return lambda retention: SQLiteStore(path, durability="normal", retention=retention)


@pytest.fixture
def store(new_store: Callable[[RunRetention], Store], announced: Announced) -> Store:
    """A store of each kind; it is opened on the loop of the test, see below."""
    del announced
    return new_store(RunRetention())


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Open the store of a test before it, and close it afterwards."""
    if "store" not in inspect.signature(pyfuncitem.obj).parameters:
        return None
    run(_with_open_store(pyfuncitem))
    return True


async def _with_open_store(test: pytest.Function) -> None:
    store = test.funcargs["store"]
    await store.open(test.funcargs["announced"], no_reset)
    names = inspect.signature(test.obj).parameters
    try:
        await test.obj(**{name: test.funcargs[name] for name in names})
    finally:
        await store.close()
