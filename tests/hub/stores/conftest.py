"""A store of each kind, open, with what it announces."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from realtime_widgets.hub import MemoryStore, SQLiteStore

from .batches import Announced

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from realtime_widgets.hub import Store


@pytest.fixture
def announced() -> Announced:
    return Announced()


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path, announced: Announced) -> Iterator[Store]:
    store: Store
    if request.param == "memory":
        store = MemoryStore()
    else:
        store = SQLiteStore(tmp_path / "sprints.db", durability="normal")
    asyncio.run(store.open(announced))
    yield store
    asyncio.run(store.close())
