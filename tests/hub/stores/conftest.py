"""A store of each kind, open, with what it announces."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from realtime_widgets.hub import MemoryStore, RunRetention, SQLiteStore
from realtime_widgets.hub.stores.sqlite import file as file_module

from .batches import Announced, no_reset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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


@pytest.fixture(params=["memory", "sqlite", "sqlite on a network file system"])
def new_store(request: pytest.FixtureRequest, path: Path) -> Callable[[RunRetention], Store]:
    """Makes a store of each kind."""
    if request.param == "memory":
        return lambda retention: MemoryStore(retention=retention)
    if request.param != "sqlite":
        request.getfixturevalue("on_network")
    return lambda retention: SQLiteStore(path, durability="normal", retention=retention)


@pytest.fixture
def store(new_store: Callable[[RunRetention], Store], announced: Announced) -> Iterator[Store]:
    store = new_store(RunRetention())
    asyncio.run(store.open(announced, no_reset))
    yield store
    asyncio.run(store.close())
