"""What is particular to the durable store: files, restarts, transactions, failures."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import sqlite3
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets.errors import StoreError, StoreUnavailableError
from realtime_widgets.hub import SQLiteStore
from realtime_widgets.hub.stores.base import IdCaseError, SavedState
from realtime_widgets.hub.stores.sqlite import file as file_module
from realtime_widgets.hub.stores.sqlite import writer
from tests.hub.stores.batches import (
    ALICE,
    BOB,
    Announced,
    last_publisher_seq,
    new_batch,
    whole_log,
)
from tests.hub.stores.files import (
    asides,
    contents,
    execute,
    mode,
    opened,
    overwrite,
    permit,
    refusal,
    size,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


# Files.


async def test_its_files_are_for_the_user_only(path: Path) -> None:
    async with opened(path) as store:
        await store.append(new_batch(["a"]))

        modes = {each.name: mode(each) for each in path.parent.iterdir()}
        assert {"sprints.db", "sprints.db-shm", "sprints.db-wal", "sprints.db.lock"} <= set(modes)
        assert set(modes.values()) == {0o600}
    assert mode(path.parent) == 0o700


@pytest.fixture
def _wide_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_wide_umask")
async def test_l6_files_readable_by_all_users_are_for_their_user_only_again(path: Path) -> None:
    async with opened(path) as store:
        await store.append(new_batch(["a"]))
        left = contents(path.parent)  # as a server that is killed leaves it
    for name, content in left.items():
        overwrite(path.with_name(name), content)
        path.with_name(name).chmod(0o666)
    overwrite(path.with_name("sprints.db-journal"), b"")
    path.with_name("sprints.db-journal").chmod(0o664)

    async with opened(path) as store:
        assert await whole_log(store) == [(1, "a")]
        modes = {each.name: mode(each) for each in path.parent.iterdir()}
        assert {"sprints.db", "sprints.db-shm", "sprints.db-wal", "sprints.db.lock"} <= set(modes)
        assert set(modes.values()) == {0o600}


@pytest.mark.usefixtures("_wide_umask")
async def test_l6_a_folder_that_is_made_is_for_the_user_only(tmp_path: Path) -> None:
    async with opened(tmp_path / "new" / "sprints.db"):
        assert mode(tmp_path / "new") == 0o700


async def test_l6_permissions_that_cannot_be_changed_are_warned_about(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    overwrite(path, b"")
    permit(path, 0o644)

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.fchmod", refuse)
    async with opened(path):
        pass

    assert f"{path} can be read by others (mode 0644)" in caplog.text


@pytest.mark.parametrize("name", ["", "-wal", "-shm", "-journal", ".lock"])
@pytest.mark.parametrize("leads_to", ["a file", "nothing"])
async def test_l6_a_symbolic_link_is_not_followed(path: Path, name: str, leads_to: str) -> None:
    async with opened(path):
        pass
    link, target = path.with_name(path.name + name), path.with_name("target")
    link.unlink(missing_ok=True)
    link.symlink_to(target)
    if leads_to == "a file":
        overwrite(target, b"mine")
        target.chmod(0o644)

    reason = await refusal(path)

    assert reason.startswith(f"cannot open {link}: it is a symbolic link")
    assert link.is_symlink()
    if leads_to == "a file":
        assert (target.read_bytes(), mode(target)) == (b"mine", 0o644)
    else:
        assert not target.exists()


async def test_l6_a_folder_may_be_behind_a_symbolic_link(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")

    async with opened(tmp_path / "link" / "sprints.db"):
        assert (tmp_path / "folder" / "sprints.db").is_file()


async def test_l6_what_is_no_file_is_refused_and_stays(path: Path) -> None:
    path.parent.mkdir()
    os.mkfifo(path)

    assert await refusal(path) == f"cannot open {path}: it is not a regular file"
    assert stat.S_ISFIFO(os.lstat(path).st_mode)


async def test_a_second_server_is_refused_in_one_line(path: Path) -> None:
    async with opened(path) as store:
        assert await refusal(path) == f"another server uses {path}"
        await store.append(new_batch(["a"]))

    async with opened(path) as store:
        assert await whole_log(store) == [(1, "a")]


async def test_a_path_that_cannot_be_written_is_refused_with_the_path(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()

    path = tmp_path / "file" / "sprints.db"
    assert await refusal(path) == f"cannot open {path}: File exists ({path.parent})"
    path = tmp_path / "folder"
    assert await refusal(path) == f"cannot open {path}: Is a directory ({path})"
    assert contents(path) == {}


async def test_a_lock_that_is_none_is_refused(path: Path) -> None:
    path.parent.mkdir()
    overwrite(path.with_name("sprints.db.lock"), b"x" * 10_000)

    assert await refusal(path) == f"cannot open {path}: file is not a database"


# Restarts.


async def test_a_restart_keeps_everything(path: Path) -> None:
    async with opened(path) as store:
        await store.append(new_batch(["a", "b"], entry="e-1"))
        await store.append(new_batch(["c"], n=3))
        await store.save_state("run", SavedState(2, b"state"))
        await store.append(new_batch(["x"], channel="other"))
        await store.trim("run", 3)
        before = await store.channels()

    async with opened(path) as store:
        assert await store.channels() == before
        assert await whole_log(store) == [(3, "c")]
        assert await last_publisher_seq(store, "run", ALICE) == 3
        assert await store.saved_state("run") == SavedState(2, b"state")


async def test_after_a_restart_a_publisher_continues(path: Path) -> None:
    async with opened(path) as store:
        before = await store.append(new_batch(["a", "b"]))

    announced = Announced()
    async with opened(path, announced) as store:
        again = await store.append(new_batch(["b", "c"], n=2))
        with pytest.raises(IdCaseError):
            await store.append(new_batch(["x"], channel="RUN"))

    assert (again.epoch, again.seq, again.up_to) == (before.epoch, 3, 3)
    assert announced.lines() == [(3, "c")]


CHILD = """
import asyncio, sys
from pathlib import Path
sys.path[:0] = {paths!r}
from tests.hub.stores.batches import Announced, new_batch
from realtime_widgets.hub import SQLiteStore

async def main():
    store = SQLiteStore(Path({path!r}), durability="normal")
    await store.open(Announced(), lambda _: None)
    n = 0
    while True:
        n += 1
        appended = await store.append(new_batch([f"line {{n}}"], n=n))
        print(appended.up_to, flush=True)

asyncio.run(main())
"""


@contextlib.contextmanager
def other_server(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that appends one event after the other, and writes down what was acknowledged."""
    code = CHILD.format(paths=sys.path, path=str(path))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as child:
        try:
            yield child
        finally:
            child.kill()


def acked_before_its_death(server: subprocess.Popen[bytes]) -> list[int]:
    assert server.stdout is not None
    server.kill()
    return [int(line) for line in server.stdout if line.endswith(b"\n")]


async def test_what_was_acknowledged_survives_a_kill_and_the_lock_does_not(path: Path) -> None:
    with other_server(path) as server:
        assert server.stdout is not None
        for _ in range(20):
            assert server.stdout.readline()
        assert await refusal(path) == f"another server uses {path}"
        acked = max([20, *acked_before_its_death(server)])

    async with opened(path) as store:
        kept = await whole_log(store)
        assert len(kept) >= acked
        assert kept == [(n, f"line {n}") for n in range(1, len(kept) + 1)]
        assert await last_publisher_seq(store, "run", ALICE) == len(kept)


async def test_what_can_never_be_written_is_not_its_neighbours_loss(path: Path) -> None:
    """No publisher in the same transaction ever got an answer."""
    async with opened(path) as store:
        poisoned = dataclasses.replace(new_batch(["b"], publisher=BOB), user="\ud800")
        before, bad, after = (
            store.append(new) for new in (new_batch(["a"]), poisoned, new_batch(["c"], n=2))
        )

        with pytest.raises(StoreError, match="cannot write the events"):
            await bad
        assert ((await before).seq, (await after).seq) == (1, 2)


async def test_what_was_being_removed_when_a_server_died_is_removed_by_the_next(
    path: Path,
) -> None:
    async with opened(path) as store:
        for n in range(1, 11):
            await store.append(new_batch(["x" * 50_000], n=n, channel="old"))
        await store.append(new_batch(["a"], channel="new"))
    for table in ("publisher", "snapshot"):
        execute(path, f"delete from {table} where channel = 1")  # noqa: S608 - of the words above
    execute(path, "delete from channel where name = 'old'")

    async with opened(path) as store:
        [cleaning] = [one for one in asyncio.all_tasks() if one.get_name() == "sqlite clean up"]
        await cleaning
        assert await whole_log(store, "new") == [(1, "a")]
        assert (await store.append(new_batch(["b"], channel="old"))).seq == 1
    assert execute(path, "select count(*) from batch") == [(2,)]
    assert size(path) < 100_000
    assert asides(path) == []


async def test_no_id_is_given_again_while_there_are_rows_of_it(path: Path) -> None:
    async with opened(path) as store:
        await store.append(new_batch(["a"], channel="old"))
    rows = execute(path, "select * from batch")
    async with opened(path) as store:
        await store.remove("old")
        execute(path, "insert into batch values (?, ?, ?, ?, ?, ?, ?, ?)", *rows[0])

        await store.append(new_batch(["b"], channel="new"))

        assert await whole_log(store, "new") == [(1, "b")]


async def test_more_channels_than_are_remembered_continue(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_LOGS", 3)
    async with opened(path) as store:
        for n in (1, 2, 3):
            for channel in "abcdefgh":
                appended = await store.append(new_batch([f"{n}"], n=n, channel=channel))
                assert appended.seq == n


# Transactions.


class Statements(list[str]):
    """What was executed; a statement that begins with `fails_on` fails."""

    fails_on: str | None = None


class RecordingConnection(sqlite3.Connection):
    """Writes down what is executed."""

    statements: Statements

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        self.statements.append(sql)
        if self.statements.fails_on and sql.startswith(self.statements.fails_on):
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(sql, *args)


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Statements:
    """What all connections that are made from now on execute."""
    executed = Statements()
    connect = sqlite3.connect

    def recording(*args: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*args, factory=RecordingConnection, **options)
        assert isinstance(connection, RecordingConnection)
        connection.statements = executed
        return connection

    monkeypatch.setattr(sqlite3, "connect", recording)
    return executed


async def test_appends_that_are_waiting_share_a_transaction(
    path: Path, statements: Statements
) -> None:
    async with opened(path) as store:
        statements.clear()

        await asyncio.gather(*(store.append(new_batch([f"{n}"], n=n)) for n in range(1, 501)))

        assert statements.count("commit") == 3
        assert len(await whole_log(store)) == 500


async def test_so_much_shares_a_transaction_that_its_log_stays_small(
    path: Path, statements: Statements
) -> None:
    async with opened(path) as store:
        statements.clear()

        large = ["x" * 50_000] * 20
        await asyncio.gather(*(store.append(new_batch(large, n=n)) for n in range(1, 200, 20)))

        assert statements.count("commit") == 2


@pytest.mark.parametrize("durability", ["full", "normal"])
async def test_the_durability_asked_for_is_set(
    path: Path, statements: Statements, durability: Any
) -> None:
    store = SQLiteStore(path, durability=durability)
    await store.open(Announced(), lambda _: None)
    await store.close()

    assert f"pragma synchronous={durability}" in statements
    assert "pragma journal_mode=wal" in statements


@pytest.mark.usefixtures("on_network")
async def test_on_a_network_file_system_it_does_without_shared_memory_and_logs_it(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(path) as store:
        await store.append(new_batch(["a"]))
        assert not {"sprints.db-wal", "sprints.db-shm"} & set(contents(path.parent))

    [record] = caplog.records
    assert record.getMessage() == (
        f"{path} is on a network file system (nfs4): storing is slower there, and as safe as its "
        "locks are; put store_path on a local disk"
    )


@pytest.mark.parametrize("back", [False, True])
async def test_a_file_that_comes_to_another_kind_of_file_system_is_used_as_it_is_fit_there(
    path: Path, monkeypatch: pytest.MonkeyPatch, *, back: bool
) -> None:
    for network in ("nfs4", None) if back else (None, "nfs4"):
        monkeypatch.setattr(file_module, "network_file_system", lambda _, network=network: network)
        async with opened(path) as store:
            n = len(await whole_log(store)) + 1
            await store.append(new_batch([f"{n}"], n=n))
            assert ("sprints.db-wal" in contents(path.parent)) is (network is None)

    async with opened(path) as store:
        assert await whole_log(store) == [(1, "1"), (2, "2")]


# Failures.


async def test_a_program_that_looks_into_the_file_delays_writing_only(path: Path) -> None:
    async with opened(path) as store:
        await store.append(new_batch(["a"]))
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("begin immediate")
            appending = store.append(new_batch(["b"], n=2))

            assert await whole_log(store) == [(1, "a")]
            assert not appending.done()

            other.execute("rollback")
            assert (await appending).seq == 2


async def test_a_transaction_that_fails_in_the_middle_leaves_nothing_behind(
    path: Path, statements: Statements
) -> None:
    announced = Announced()
    async with opened(path, announced) as store:
        statements.fails_on = "replace into publisher"
        outcomes = await asyncio.gather(
            store.append(new_batch(["a"])),
            store.append(new_batch(["b"], publisher=BOB)),
            return_exceptions=True,
        )
        statements.fails_on = None

        assert [str(outcome) for outcome in outcomes] == [
            "the store cannot write: disk I/O error"
        ] * 2
        assert announced.batches == await store.channels() == []
        assert (await store.append(new_batch(["a"]))).seq == 1


async def test_what_cannot_be_written_at_all_is_not_its_neighbours_loss(path: Path) -> None:
    announced = Announced()
    async with opened(path, announced) as store:
        outcomes = await asyncio.gather(
            store.append(new_batch(["a"])),
            store.append(new_batch(["x"], publisher=BOB, entry="\ud800")),
            store.append(new_batch(["b"], n=2)),
            return_exceptions=True,
        )

        assert [type(outcome).__name__ for outcome in outcomes] == [
            "Appended",
            "StoreError",
            "Appended",
        ]
        assert await whole_log(store) == announced.lines() == [(1, "a"), (2, "b")]


async def test_a_cancelled_append_does_not_get_the_failure(path: Path) -> None:
    store = SQLiteStore(path)
    given_up, waiting = store.append(new_batch(["a"])), store.append(new_batch(["b"]))
    given_up.cancel()

    with pytest.raises(StoreUnavailableError):
        await waiting

    await store.close()


async def test_a_closed_store_raises_that_it_is_closed(path: Path) -> None:
    store = SQLiteStore(path)
    await store.open(Announced(), lambda _: None)
    await store.append(new_batch(["a"]))
    await store.close()

    for call in (
        store.append(new_batch(["b"], n=2)),
        store.save_state("run", SavedState(1, b"state")),
        store.trim("run", 1),
        store.remove("run"),
    ):
        with pytest.raises(StoreUnavailableError, match="the store cannot write"):
            await call
    for reading in (store.bounds("run"), store.read("run", 0, 1), store.missing_bytes()):
        with pytest.raises(StoreError, match="the store cannot read"):
            await reading
    with pytest.raises(StoreError, match="cannot be re-created"):
        await store.recreate()


async def test_a_store_that_was_not_opened_raises_that(path: Path) -> None:
    store = SQLiteStore(path)

    with pytest.raises(StoreUnavailableError, match="the store is closed"):
        await store.append(new_batch(["a"]))
    with pytest.raises(StoreError, match="the store is closed") as failed:
        await store.bounds("run")
    assert not isinstance(failed.value, StoreUnavailableError)
    await store.close()


async def test_names_that_are_near_in_the_alphabet_are_found_among_many(path: Path) -> None:
    store = SQLiteStore(path)
    await store.open(lambda *_: None, lambda _: None)
    try:
        await store.append(new_batch(["a"], channel="nightly-eval"))
        await asyncio.gather(
            *(store.append(new_batch(["a"], channel=f"sweep-{number}")) for number in range(400))
        )

        assert "nightly-eval" in await store.names_near("nightly-evla", 30)
    finally:
        await store.close()
