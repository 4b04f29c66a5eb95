"""Damaged files: the server starts, nothing wrong is ever read, and what is lost is reported.

SQLite does not see most damage: a page with other bytes in it is a page.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime_widgets.errors import StoreDamagedError, StoreError, StoreUnavailableError
from realtime_widgets.hub import SQLiteStore
from realtime_widgets.hub.stores.base import SavedState
from realtime_widgets.protocol.position import Bounds
from tests.hub.stores.batches import (
    ALICE,
    BOB,
    TIMESTAMP,
    Announced,
    batch_id_at,
    last_publisher_seq,
    lines,
    log,
    new_batch,
    no_reset,
    whole_log,
)
from tests.hub.stores.files import (
    asides,
    beside,
    content,
    execute,
    mode,
    opened,
    overwrite,
    refusal,
)
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

THESIS = b"my thesis, chapter one\n" * 400


async def fill(path: Path) -> None:
    """Three events of a run, each a batch, and a saved state."""
    async with opened(path) as store:
        for n, message in enumerate("abc", 1):
            await store.append(new_batch([message], n=n, entry=f"e-{n}"))
        await store.save_state("run", SavedState(3, b"state"))


# Rows.


@pytest.mark.parametrize(
    "damage",
    [
        "raw = cast(replace(raw, 'b', 'B') as blob)",
        "raw = cast(raw as text)",
        "raw = zeroblob(0)",
        "timestamp = '2026-11-22T21:58:00.124Z'",
        "user = null",
        "user = cast(x'ff616c696365' as text)",
        "entry = 'e-9'",
        "first = 1",
        "crc = crc + 1",
    ],
)
async def test_a_damaged_batch_is_left_out(path: Path, damage: str) -> None:
    await fill(path)
    execute(path, f"update batch set {damage} where last = 2")  # noqa: S608 - of the words above

    async with opened(path) as store:
        assert [lines(await store.read("run", after, 1_000)) for after in range(4)] == [
            [(1, "a")],
            [(3, "c")],
            [(3, "c")],
            [],
        ]
        assert [await batch_id_at(store, "run", seq) for seq in (1, 2, 3)] == ["e-1", None, "e-3"]
        assert (await store.append(new_batch(["d"], n=4))).seq == 4
    assert asides(path) == []


async def test_a_batch_that_is_lost_leaves_a_hole(path: Path) -> None:
    await fill(path)
    execute(path, "delete from batch where last = 2")

    async with opened(path) as store:
        found = [lines(await store.read("run", after, 1_000)) for after in (0, 1, 2)]

    assert found == [[(1, "a")], [(3, "c")], [(3, "c")]]


async def test_when_the_newest_batch_is_damaged_the_log_continues_after_it(path: Path) -> None:
    await fill(path)
    before = execute(path, "select epoch from channel")
    execute(path, "update batch set raw = ? where last = 3", log(["C"]))

    async with opened(path) as store:
        assert await store.bounds("run") == Bounds(
            epoch=before[0][0], first=1, head=3, batch_id="e-3"
        )
        assert await store.read("run", 2, 1_000) == []
        assert (await store.append(new_batch(["d"], n=4))).seq == 4
        assert lines(await store.read("run", 2, 1_000)) == [(4, "d")]


async def test_the_batches_of_another_life_are_not_taken_for_its_own(path: Path) -> None:
    """A page came back from before: ids are used again, and epochs are not."""
    await fill(path)
    rows = execute(path, "select * from batch where last > 1")
    async with opened(path) as store:
        await store.remove("run")
        await store.append(new_batch(["x"]))
        await store.append(new_batch(["y", "z"], n=2))
    for row in rows:
        execute(path, "replace into batch values (?, ?, ?, ?, ?, ?, ?, ?)", *row)

    async with opened(path) as store:
        assert await whole_log(store) == [(1, "x")]


@pytest.mark.parametrize("damage", ["data = x'00'", "data = 'state'", "seq = 2", "crc = 0"])
async def test_a_damaged_saved_state_is_none(path: Path, damage: str) -> None:
    await fill(path)
    execute(path, f"update snapshot set {damage}")  # noqa: S608 - of the words above

    async with opened(path) as store:
        assert await store.saved_state("run") is None
        assert [channel.saved_state for channel in await store.channels()] == [None]
        await store.save_state("run", SavedState(3, b"again"))
        assert await store.saved_state("run") == SavedState(3, b"again")


DAMAGED_HEADS = [
    "update channel set name = 'ran'",
    "update channel set epoch = 'another'",
    "update channel set head = 2",
    "update channel set head = 300",
    "update channel set first = 2",
    "update channel set entry = null",
    "update channel set bytes = 0",
    "update publisher set last_n = 2",
    "update publisher set last_seq = 2",
    "update publisher set publisher_id = 'another'",
    "delete from publisher",
    "update publisher set channel = 7",
]


@pytest.mark.parametrize("damage", DAMAGED_HEADS)
async def test_without_trust_in_heads_and_numbers_the_file_is_put_aside(
    path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Else seqs are given twice, or events stored twice."""
    await fill(path)
    execute(path, damage)

    async with opened(path) as store:
        assert await store.channels() == []
        assert (await store.append(new_batch(["a"]))).seq == 1

    [aside] = asides(path)
    assert [lines_of[0] for lines_of in execute(aside, "select count(*) from batch")] == [3]
    [record] = caplog.records
    text = record.getMessage()
    assert text.startswith(f"{path} was damaged (")
    assert f"was moved to {aside}; a new file was created" in text
    assert f"`sqlite3 {aside} .recover` prints what is left of them" in text
    assert "\n" not in text


@pytest.mark.parametrize("damage", DAMAGED_HEADS[1:])
async def test_damage_that_comes_while_it_runs_is_met_by_the_viewer_that_reaches_it(
    path: Path, damage: str
) -> None:
    await fill(path)
    async with opened(path) as store:
        execute(path, damage)

        with pytest.raises(StoreDamagedError, match="the store cannot"):
            await store.append(new_batch(["d"], n=4))
        # From then on nothing is done with the file.
        with pytest.raises(StoreDamagedError, match="the store cannot read"):
            await store.size_bytes()
        with pytest.raises(StoreDamagedError, match="the store cannot write"):
            await store.append(new_batch(["y"], channel="other"))


async def test_a_run_that_its_index_does_not_find_is_damage(path: Path) -> None:
    """Else it is made a second time."""
    await fill(path)
    [[root]] = execute(
        path, "select rootpage from sqlite_master where name = 'sqlite_autoindex_channel_1'"
    )
    damaged = content(path)
    page = slice((root - 1) * 4_096, root * 4_096)
    overwrite(
        path,
        damaged[: page.start] + damaged[page].replace(b"run", b"ran") + damaged[page.stop :],
    )

    async with opened(path) as store:
        assert await store.channels() == []
    assert len(asides(path)) == 1


async def test_rows_after_the_head_are_damage(path: Path) -> None:
    """Half of a transaction came to the file: the log would continue where there are rows."""
    await fill(path)
    old = execute(path, "select * from channel"), execute(path, "select * from publisher")
    async with opened(path) as store:
        await store.append(new_batch(["d"], n=4))
    execute(path, "replace into channel values (?, ?, ?, ?, ?, ?, ?, ?, ?)", *old[0][0])
    execute(path, "replace into publisher values (?, ?, ?, ?, ?)", *old[1][0])

    async with opened(path) as store:
        assert await whole_log(store) == [(1, "a"), (2, "b"), (3, "c")]
        with pytest.raises(StoreDamagedError, match="has events after its head"):
            await store.append(new_batch(["x"], n=4))


# Files.


def no_database(path: Path) -> None:
    overwrite(path, THESIS)


def head(path: Path) -> None:
    overwrite(path, bytes(range(156, 256)) + content(path)[100:])


def first_page(path: Path) -> None:
    before = content(path)
    overwrite(path, before[:100] + b"\xaa" * 3_996 + before[4_096:])


def written_by_a_future_sqlite(path: Path) -> None:
    before = content(path)
    overwrite(path, before[:18] + b"\x09" + before[19:])


def truncated(path: Path) -> None:
    overwrite(path, content(path)[:6_000])


@pytest.mark.parametrize(
    "damage", [no_database, head, first_page, written_by_a_future_sqlite, truncated]
)
async def test_a_damaged_file_is_put_aside_whole_and_a_fresh_one_begun(
    path: Path, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    await fill(path)
    damage(path)
    before = content(path)

    async with opened(path) as store:
        assert await store.channels() == []
        assert (await store.append(new_batch(["b"], n=2))).seq == 1

    [aside] = asides(path)
    assert content(aside) == before
    assert mode(aside) == mode(path) == 0o600
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    async with opened(path) as store:
        assert await whole_log(store) == [(1, "b")]


async def test_what_was_written_last_goes_aside_with_an_emptied_file(path: Path) -> None:
    """SQLite deletes a log of transactions that has no database."""
    wal = beside(path, "-wal")
    async with opened(path) as store:
        await store.append(new_batch(["a"]))
        left = content(wal)
    overwrite(path, b"")
    overwrite(wal, left)

    async with opened(path) as store:
        assert await store.channels() == []

    [aside] = asides(path)
    assert content(beside(aside, "-wal")) == left


async def test_a_damaged_file_that_cannot_be_put_aside_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(path)
    no_database(path)

    def forbidden(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.rename", forbidden)

    assert await refusal(path) == (
        f"{path} is damaged (file is not a database) and stays: Permission denied"
    )
    assert content(path) == THESIS


async def test_a_file_that_was_not_closed_is_checked_as_a_whole(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Damage to the tree of the batches is found before it is read."""
    crashed = tmp_path / "crashed.db"
    async with opened(path) as store:
        await asyncio.gather(*(store.append(new_batch(["x" * 500], n=n)) for n in range(1, 200)))
        execute(path, "pragma wal_checkpoint(truncate)")
        await store.append(new_batch(["y"], n=200))
        for companion in ("", "-wal"):
            shutil.copy(beside(path, companion), beside(crashed, companion))
    [root] = execute(path, "select rootpage from sqlite_master where name = 'batch'")
    damaged = bytearray(content(crashed))
    page = (root[0] - 1) * 4_096
    damaged[page + 12 : page + 16] = b"\xff\xff\xff\xff"
    overwrite(crashed, damaged)

    async with opened(crashed) as store:
        assert await store.channels() == []
    assert len(asides(crashed)) == 1
    [record] = caplog.records
    assert "\n" not in record.getMessage()


# Replacing the file while it runs.


async def test_recreating_a_store_moves_the_damaged_file_aside(path: Path) -> None:
    announced = Announced()
    await fill(path)
    async with opened(path, announced) as store:
        before = await store.bounds("run")
        execute(path, "update channel set head = 7")
        with pytest.raises(StoreDamagedError):
            await store.bounds("run")

        text = await store.recreate()

        [aside] = asides(path)
        assert text == (
            f"{path} was damaged (the row of a run is damaged) and was moved to {aside}; a new "
            "file was created, so its runs are not shown; "
            f"`sqlite3 {aside} .recover` prints what is left of them"
        )
        assert await store.channels() == []
        after = await store.append(new_batch(["d"], n=4))
        assert (after.seq, after.epoch == before.epoch) == (1, False)
        assert announced.lines() == await whole_log(store) == [(1, "d")]


async def test_a_store_that_is_not_damaged_is_not_recreated(path: Path) -> None:
    """Of two calls for the same damage, the second threw away what was new."""
    await fill(path)
    async with opened(path) as store:
        assert await store.recreate() == f"{path} is not damaged"
        execute(path, "update channel set head = 7")
        with pytest.raises(StoreDamagedError):
            await store.bounds("run")

        first, second = await asyncio.gather(store.recreate(), store.recreate())
        await store.append(new_batch(["x"]))
        await store.recreate()

        assert first == second
        assert await whole_log(store) == [(1, "x")]
    assert len(asides(path)) == 1


async def test_what_is_in_flight_fails_so_that_it_is_sent_again(path: Path) -> None:
    await fill(path)
    announced = Announced()
    async with opened(path, announced) as store:
        execute(path, "update channel set head = 7")
        reading = [asyncio.ensure_future(store.read("run", 0, 1_000)) for _ in range(5)]
        with pytest.raises(StoreDamagedError):
            await store.bounds("run")
        before = [store.append(new_batch(["d"], n=n)) for n in range(4, 304)]

        starting_over = asyncio.ensure_future(store.recreate())
        await asyncio.sleep(0)
        during = [store.append(new_batch(["d"], n=n)) for n in range(304, 310)]
        await starting_over
        outcomes = await asyncio.gather(*before, *during, return_exceptions=True)

        assert {type(each) for each in outcomes} == {StoreDamagedError, StoreUnavailableError}
        assert announced.lines() == await whole_log(store) == []
        outcomes = await asyncio.gather(*reading, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {StoreDamagedError}
        assert (await store.append(new_batch(["d"], n=4))).seq == 1


async def test_a_store_that_cannot_be_recreated_stays_unusable_until_it_can(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(path)
    async with opened(path) as store:
        execute(path, "update channel set head = 7")
        with pytest.raises(StoreDamagedError):
            await store.bounds("run")

        def forbidden(*_: object) -> None:
            raise PermissionError(13, "Permission denied")

        with monkeypatch.context() as patch:
            patch.setattr("pathlib.Path.rename", forbidden)
            with pytest.raises(StoreError, match="and stays: Permission denied"):
                await store.recreate()
        with pytest.raises(StoreDamagedError):
            await store.append(new_batch(["x"]))

        await store.recreate()
        assert (await store.append(new_batch(["x"]))).seq == 1


async def test_closing_waits_for_it(path: Path) -> None:
    await fill(path)
    async with opened(path) as store:
        execute(path, "update channel set head = 7")
        with pytest.raises(StoreDamagedError):
            await store.bounds("run")
        starting_over = asyncio.ensure_future(store.recreate())
        await asyncio.sleep(0)

        await store.close()

        assert "was damaged" in await starting_over


# Anything anywhere.

EVENTS = 60


async def make(path: Path, crashed: Path) -> None:
    """A file of some runs with large and small batches, closed; and a copy as a crash leaves it."""
    async with opened(path) as store:
        for n in range(1, EVENTS + 1, 2):
            for channel, publisher in (("one", ALICE), ("two", BOB)):
                await store.append(
                    new_batch(
                        [message(channel, n), message(channel, n + 1)],
                        n=n,
                        channel=channel,
                        publisher=publisher,
                        entry=f"{channel}-{n + 1}",
                    )
                )
            if n == EVENTS // 2 + 1:
                execute(path, "pragma wal_checkpoint(truncate)")
        await store.save_state("one", SavedState(10, b"state"))
        for companion in ("", "-wal"):
            shutil.copy(beside(path, companion), beside(crashed, companion))


def message(channel: str, seq: int) -> str:
    return f"{channel} {seq} " + "x" * (3_000 if seq % 10 == 1 else 30)


async def ask(path: Path) -> None:
    """Ask for everything: each answer is right, or that there is nothing, or an error of ours."""
    store = SQLiteStore(path, durability="normal", reserve_bytes=0)
    await store.open(Announced(), no_reset)
    try:
        for asking in (ask_channels, ask_batches, ask_numbers, publish):
            with contextlib.suppress(StoreDamagedError):
                await asking(store)
        await store.recreate()
        assert await publish(store) == "it continues"
    finally:
        await store.close()


async def ask_channels(store: SQLiteStore) -> None:
    for summary in await store.channels():
        assert summary.name in {"one", "two"}
        assert summary.bounds == await store.bounds(summary.name)
        assert summary.bounds.batch_id in {f"{summary.name}-{seq}" for seq in range(EVENTS + 1)}
        assert summary.bounds.head in range(0, EVENTS + 1, 2)
        assert summary.saved_state in {None, SavedState(10, b"state")}
        assert summary.saved_state == await store.saved_state(summary.name)


async def ask_batches(store: SQLiteStore) -> None:
    for channel, user in (("one", "alice"), ("two", None)):
        after = 0
        while batches := await store.read(channel, after, 10_000):
            for batch in batches:
                assert batch.first > after
                assert lines([batch]) == [
                    (seq, message(channel, seq)) for seq in range(batch.first, batch.last + 1)
                ]
                assert (batch.batch_id, batch.timestamp) == (f"{channel}-{batch.last}", TIMESTAMP)
                assert (batch.user, batch.count) == (user, 2)
                after = batch.last
        for seq in range(EVENTS + 2):
            found = await batch_id_at(store, channel, seq)
            assert found is None or (found == f"{channel}-{seq}" and seq % 2 == 0)


async def ask_numbers(store: SQLiteStore) -> None:
    for channel, publisher in (("one", ALICE), ("two", BOB)):
        last_n = await last_publisher_seq(store, channel, publisher)
        bounds = await store.bounds(channel)
        assert (last_n or 0) == bounds.head
    assert await store.size_bytes() >= 0


async def publish(store: SQLiteStore) -> str:
    before = await store.bounds("one")
    last_n = await last_publisher_seq(store, "one", ALICE)
    if last_n:
        again = await store.append(new_batch(["again"], n=last_n, channel="one"))
        assert (again.seq, again.up_to) == (before.head, last_n)
    appended = await store.append(new_batch(["more"], n=(last_n or 0) + 1, channel="one"))
    assert appended.seq == before.head + 1
    assert lines(await store.read("one", before.head, 1)) == [(appended.seq, "more")]
    await store.trim("one", 3)
    await store.remove("one")
    assert await store.bounds("one") == Bounds()
    return "it continues"


def spoil(path: Path, how: str, rng: random.Random) -> None:
    damaged = bytearray(content(path))
    if how == "truncated":
        damaged = damaged[: rng.randrange(len(damaged))]
    elif how != "without what was written last":
        end = 200 if how == "head" else len(damaged)
        at = rng.randrange(min(end, len(damaged) - 64))
        damaged[at : at + 64] = rng.randbytes(64)
    overwrite(path, damaged)


WAYS = ["anywhere", "head", "truncated"]
WAYS_AFTER_A_CRASH = [*WAYS, "without what was written last", "what was written last"]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A file that was closed, and one that was not."""
    folder = tmp_path_factory.mktemp("files")
    asyncio.run(make(folder / "closed.db", folder / "crashed.db"))
    return folder / "closed.db", folder / "crashed.db"


def check(files: tuple[Path, Path], folder: Path, how: str, *, crashed: bool, seed: int) -> None:
    path = folder / f"{how}-{crashed}-{seed}" / "sprints.db"
    path.parent.mkdir()
    rng = random.Random(seed)  # noqa: S311 - damage, not a secret
    shutil.copy(files[crashed], path)
    wal = beside(path, "-wal")
    if crashed and how != "without what was written last":
        shutil.copy(beside(files[crashed], "-wal"), wal)
    spoil(wal if how == "what was written last" else path, how, rng)

    asyncio.run(asyncio.wait_for(ask(path), timeout=PATIENCE_S))

    shutil.rmtree(path.parent)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(
    ("how", "crashed"),
    [(how, False) for how in WAYS] + [(how, True) for how in WAYS_AFTER_A_CRASH],
)
def test_of_a_damaged_file_nothing_wrong_is_read(
    files: tuple[Path, Path], tmp_path: Path, how: str, seed: int, *, crashed: bool
) -> None:
    check(files, tmp_path, how, crashed=crashed, seed=seed)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(how=st.sampled_from(WAYS_AFTER_A_CRASH), crashed=st.booleans(), seed=st.integers(100, 10**9))
def test_of_a_file_damaged_in_any_way_nothing_wrong_is_read(
    files: tuple[Path, Path],
    tmp_path_factory: pytest.TempPathFactory,
    how: str,
    seed: int,
    *,
    crashed: bool,
) -> None:
    how = how if crashed or how in WAYS else "anywhere"
    check(files, tmp_path_factory.mktemp("damaged"), how, crashed=crashed, seed=seed)
