"""Which store a server opens."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from realtime_widgets.hub import Hub, RunRetention, SQLiteStore
from realtime_widgets.hub.stores.siblings import MAX_FILES
from realtime_widgets.service import Storage
from tests.hub.stores.batches import new_batch
from tests.waiting import PATIENCE_S, until

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

LOG = logging.getLogger("tests.service")


async def test_without_a_path_runs_are_in_memory_for_that_reason() -> None:
    hub = await Storage(None).start(Hub, LOG)

    assert hub.store.name == "memory"
    assert hub.kept_in_memory_because == "the setting `store` is `memory`"
    await hub.stop()


async def test_the_first_file_is_taken_by_the_first_server_and_the_next_by_the_second_at_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, LOG.name)
    path = tmp_path / "sprints.db"
    first = await Storage(path, served_folder="/one").start(Hub, LOG)
    second = await Storage(path, served_folder="/two").start(Hub, LOG)

    assert [file_of(first), file_of(second)] == ["sprints.db", "sprints-2.db"]
    assert first.kept_in_memory_because is second.kept_in_memory_because is None
    [line] = [record.getMessage() for record in caplog.records]
    assert "sprints-2.db" in line
    assert "waiting" not in caplog.text
    await first.stop()
    await second.stop()


async def test_a_server_finds_its_file_again_by_the_folder_that_it_serves(tmp_path: Path) -> None:
    path = tmp_path / "sprints.db"
    first = await Storage(path, served_folder="/one").start(Hub, LOG)
    second = await Storage(path, served_folder="/two").start(Hub, LOG)
    await first.stop()
    await second.stop()

    again = await Storage(path, served_folder="/two").start(Hub, LOG)

    assert file_of(again) == "sprints-2.db"
    await again.stop()


async def test_a_server_waits_for_the_file_of_its_folder_that_a_killed_server_still_locks(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, LOG.name)
    storage = Storage(tmp_path / "sprints.db", served_folder="/one", locked_s=PATIENCE_S)
    killed = await storage.start(Hub, LOG)

    starting = asyncio.create_task(storage.start(Hub, LOG))
    await until(lambda: "waiting up to" in caplog.text, "the lock is noticed")
    assert not starting.done()
    await killed.stop()  # as the system does once the process has ended
    again = await starting

    assert file_of(again) == "sprints.db"
    assert not (tmp_path / "sprints-2.db").exists()
    await again.stop()


async def test_a_server_that_waited_in_vain_takes_the_next_file(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "sprints.db", served_folder="/one", locked_s=0.01)
    first = await storage.start(Hub, LOG)
    second = await storage.start(Hub, LOG)

    assert file_of(second) == "sprints-2.db"
    await first.stop()
    await second.stop()


async def test_a_file_that_cannot_be_used_leaves_runs_in_memory_with_the_reason(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "sprints.db"
    path.mkdir()

    hub = await Storage(path).start(Hub, LOG)

    assert hub.store.name == "memory"
    assert (hub.kept_in_memory_because or "").startswith("cannot open the file: ")
    assert str(tmp_path) not in (hub.kept_in_memory_because or "")
    assert str(path) in caplog.text
    await hub.stop()


async def test_where_all_files_are_in_use_runs_are_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "sprints.db"
    storage = Storage(path, locked_s=0)
    hubs = [await storage.start(Hub, LOG) for _ in range(MAX_FILES + 1)]

    assert [hub.store.name for hub in hubs] == ["sqlite"] * MAX_FILES + ["memory"]
    assert hubs[-1].kept_in_memory_because == "another server uses the file"
    for hub in hubs:
        await hub.stop()


async def test_a_store_in_memory_has_the_retention_that_is_set() -> None:
    store = Storage(None, retention=RunRetention(events=5)).memory()
    await store.open(lambda *_: None, lambda _: None)

    for n in range(1, 11):
        await store.append(new_batch(["x"], n=n))

    bounds = await store.bounds("run")
    assert bounds.head - bounds.first + 1 <= 5


def file_of(hub: Hub) -> str:
    assert isinstance(hub.store, SQLiteStore)
    return hub.store.path.name
