"""What happens to the store's file, and what is kept all the same."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import statistics
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from realtime_widgets import Sprint
from tests.waiting import PATIENCE_S, together, until

from .clients import Address, answer_to, round_trips
from .disk import (
    ENOUGH,
    beside,
    damage,
    empty_wal,
    end_of_the_log,
    kept_aside,
    make_newer,
    read_only,
    small_disk,
    spoil,
    truncate,
)
from .harness import Stage
from .history import Gap
from .measure import ack_delays, p99
from .server import Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from .case import Case

MIB = 1024 * 1024


@contextlib.asynccontextmanager
async def a_stage(case: Case, name: str, **settings: object) -> AsyncIterator[Stage]:
    """A stage on a separate server, under a load whose lines fill a file soon."""
    folder = case.folder / name
    async with (
        Server(folder / "server", settings={**case.settings, **settings}) as server,
        Stage(server, case.rng, folder, patience=case.patience) as stage,
    ):
        stage.publish("p1", rate=200, line=1_000)
        stage.watch("steady")
        stage.follow("follower")
        await stage.flows()
        yield stage


# A full disk.


# Longer than 40 lines: one fault from its beginning to its end, in the order of its events.
async def test_d1_on_a_full_disk_all_clients_get_the_reason_and_wait_until_there_is_room(
    case: Case,
) -> None:
    async def fill_and_free(name: str, reserve_bytes: int) -> list[str]:
        settings = {
            "store_path": case.folder / name / "disk" / "sprints.db",
            "disk_reserve_bytes": reserve_bytes,
        }
        with small_disk(case.folder / name / "disk", 32 * MIB) as disk:
            async with a_stage(case, name, **settings) as stage:
                server, steady = stage.server, stage.watchers["steady"]
                publisher = stage.publishers["p1"]
                pid, log = server.pid, len(server.log())

                disk.fill(leave_bytes=reserve_bytes // 2)
                await until(lambda: steady.seen.troubles() != [], f"{name}: it gets the notice")
                head = await server.head("run")
                stage.update()
                began, calls = time.monotonic(), publisher.calls

                def continues() -> bool:
                    stage.update()
                    return publisher.calls > calls + 100

                by_hand = Address(server.port, server.token, "by-hand")
                answer = await answer_to(by_hand, {"type": "log", "message": "x" * 50_000})
                late = stage.watch("late")
                await until(
                    lambda: late.seq >= head and late.seen.troubles() != [],
                    f"{name}: a late client gets what is stored, and the notice",
                )
                page = await server.get(f"sprints/run/events?after={head - 1}&limit=1")
                health = await server.get("health")
                await asyncio.sleep(case.pick(short=2.0, long=60.0))
                await until(continues, f"{name}: the publisher continues")
                calls_per_s = (publisher.calls - calls) / (time.monotonic() - began)

                disk.free()
                went_on_s = await until(
                    lambda: steady.seen.troubles()[-1] is None, f"{name}: it is over"
                )
                case.figure(f"{name}_continues_after_s", went_on_s)
                case.figure(f"{name}_recovery_s", await stage.recovered())
                case.figure(f"{name}_storage_notices", len(steady.seen.troubles()))
                found = await stage.verdict()
                case.figure(f"{name}_calls_per_s", calls_per_s)
                case.figure(f"{name}_slowest_call_s", publisher.slowest_s)
                log_bytes = len(server.log()) - log
                case.figure(f"{name}_log_bytes_per_s", log_bytes / (time.monotonic() - began))

                assert (answer["type"], answer["code"]) == ("nack", "storage_full")
                assert answer["retry"]
                assert page["events"][0]["seq"] == head
                assert health["trouble"]["code"] == "storage_full"
                for watcher in (steady, late):
                    assert watcher.seen.troubles()[0] == "storage_full"
                    assert watcher.seen.troubles()[-1] is None
                assert (server.is_running, server.pid) == (True, pid)
                assert "Traceback" not in server.log()
                assert log_bytes < 10_240, server.log_tail()
                return found

    found = await together(
        fill_and_free("reserve", 8 * MIB),
        fill_and_free("no-reserve", 0),
    )

    assert found == [[], []]


# Damage.


def lines_in_the_log(server: Server, words: str) -> int:
    return sum(words in line for line in server.log().splitlines())


# Longer than 40 lines: the three ways of damage run at the same time.
async def test_d2_a_damaged_file_is_kept_aside_and_all_clients_get_a_notice(case: Case) -> None:
    async def damage_while_stopped(name: str, how: Callable[[Path], object]) -> list[str]:
        async with a_stage(case, name) as stage:
            await damage(stage, how)
            case.figure(f"{name}_recovery_s", await stage.recovered())
            return await check_new_log(name, stage)

    async def damage_while_it_runs() -> list[str]:
        async with a_stage(case, "used") as stage:
            path = stage.server.store_path
            await stage.server.stored(stage.sprint_id, ENOUGH)
            empty_wal(path)
            stage.history.may_reset = True
            spoil(path, case.rng, 0.0, 1.0)
            began = time.monotonic()
            stage.watch("late")
            readers = stage.watchers["steady"].seen, stage.followers["follower"].seen

            def have_notices() -> bool:
                stage.update()
                return all(reader.resets() for reader in readers)

            await until(have_notices, "the viewers have the notices")
            case.figure("used_reset_after_s", time.monotonic() - began)
            await stage.recovered()
            await stage.take_away()  # what was stored until it was noticed
            return await check_new_log("used", stage)

    async def check_new_log(name: str, stage: Stage) -> list[str]:
        await stage.flows()
        found = await stage.verdict()
        assert stage.watchers["steady"].seen.resets() == ["epoch"], name
        assert len(stage.followers["follower"].seen.resets()) == 1, name
        assert len(kept_aside(stage.server.store_path)) == 1, name
        assert lines_in_the_log(stage.server, "was damaged (") == 1, stage.server.log()
        assert "Traceback" not in stage.server.log(), stage.server.log()
        return found

    found = await together(
        damage_while_stopped("head", partial(spoil, rng=case.rng, begin=0.0, end=0.02)),
        damage_while_stopped("truncated", truncate),
        damage_while_it_runs(),
    )

    assert found == [[], [], []]


async def test_d2_of_a_file_that_is_damaged_in_the_middle_nothing_wrong_is_shown(
    case: Case,
) -> None:
    async with a_stage(case, "middle") as stage:
        await damage(stage, partial(spoil, rng=case.rng, begin=0.4, end=0.6))
        # It is noticed when it is read; the log may be replaced then, and not before.
        late = stage.watch("late")
        await stage.caught_up()
        await stage.recovered()
        await stage.take_away()

        assert await stage.verdict() == []
        gaps = [record for record in late.seen.records if isinstance(record, Gap)]
        is_recreated = bool(kept_aside(stage.server.store_path))
        case.figure("notice", "reset" if is_recreated else "gap")
        assert is_recreated or gaps
        for reader in (stage.watchers["steady"], stage.followers["follower"]):
            assert len(reader.seen.resets()) == is_recreated
        assert "Traceback" not in stage.server.log(), stage.server.log()


# Longer than 40 lines: the three files run at the same time.
@pytest.mark.long
async def test_d2_a_file_that_cannot_be_used_is_left_alone(case: Case) -> None:
    def put_a_folder_there(path: Path) -> None:
        path.rename(beside(path, ".old"))
        path.mkdir()

    async def keep_in_memory(
        name: str,
        how: Callable[[Path], object],
        words: str,
        whole_time: Callable[[Path], AbstractContextManager[None]],
    ) -> list[str]:
        with contextlib.ExitStack() as stack:
            async with a_stage(case, name) as stage:
                path = stage.server.store_path
                content: list[bytes] = []

                def spoil_it(path: Path) -> None:
                    how(path)
                    content.append(path.read_bytes() if path.is_file() else b"")
                    stack.enter_context(whole_time(path))

                await damage(stage, spoil_it)
                case.figure(f"{name}_recovery_s", await stage.recovered())
                await stage.flows()
                health = await stage.server.get("health")

                found = await stage.verdict()
                assert stage.watchers["steady"].seen.resets() == ["epoch"], name
                assert len(stage.followers["follower"].seen.resets()) == 1, name
                assert health["store"] == "memory", name
                assert words in health["kept_in_memory_because"]
                assert lines_in_the_log(stage.server, words) == 1, stage.server.log()
                assert "Traceback" not in stage.server.log(), stage.server.log()
                assert kept_aside(path) == []
                assert content == [path.read_bytes() if path.is_file() else b""], name
            return found

    nothing = contextlib.nullcontext
    found = await together(
        keep_in_memory("folder", put_a_folder_there, "Is a directory", lambda _: nothing()),
        keep_in_memory("read-only", lambda _: None, "cannot open", read_only),
        keep_in_memory("newer", make_newer, "newer version", lambda _: nothing()),
    )

    assert found == [[], [], []]


async def test_d2_a_file_without_the_last_writes_leads_to_a_notice_and_is_used_on(
    case: Case,
) -> None:
    async with a_stage(case, "rewound") as stage:
        server = stage.server
        empty_wal(server.store_path)  # what comes later is not in the file itself
        first = stage.watch("first", directly=True)
        await stage.flows()
        await stage.caught_up()

        stage.proxy.refuses = True
        await server.kill()
        await stage.take_away()
        head = stage.watchers["steady"].seq
        beside(server.store_path, "-wal").unlink()
        epoch, kept = end_of_the_log(server.store_path, "run")
        stage.rewind(epoch, kept)
        await server.start()
        await until(lambda: first.seen.resets() != [], "a client that is back is reset")
        # The others come when the log is longer than it was.
        stage.publish("q1", directly=True, count=2 * head, rate=0)
        await server.stored("run", 2 * head)
        stage.proxy.refuses = False
        await until(lambda: stage.watchers["steady"].seen.resets() != [], "the others are reset")
        case.figure("recovery_s", await stage.recovered())
        await stage.flows()

        assert await stage.verdict() == []
        case.figure("events_lost", head - kept)
        assert 0 < kept < head
        assert first.seen.resets() == ["ahead"]
        assert stage.watchers["steady"].seen.resets() == ["diverged"]
        assert len(stage.followers["follower"].seen.resets()) == 1
        assert kept_aside(server.store_path) == []


# A slow disk, and others at the file.


@pytest.mark.long
async def test_d3_a_slow_disk_delays_acks_and_nothing_else(case: Case) -> None:
    async with (
        Server(case.folder / "server", settings=case.settings, changes=["sync_slowly"]) as server,
        Stage(server, case.rng, case.folder, patience=case.patience) as stage,
    ):
        await stage.load()
        began = time.monotonic()
        took = await round_trips(stage.address, for_s=case.pick(short=5.0, long=30.0))
        stage.update()
        delays = [
            delay for each in stage.publishers.values() for delay in ack_delays(each, since=began)
        ]
        case.figure("round_trip_p99_s", p99(took))
        case.figure("median_ack_s", statistics.median(delays))

        assert await stage.verdict() == []
        assert statistics.median(delays) > 0.5, "the disk is slow"
        # A loop that waited for the disk would answer in the pauses between two commits only.
        assert statistics.median(took) < 0.5


async def test_d4_a_second_server_on_the_same_file_takes_one_of_its_own_and_finds_it_again(
    case: Case, shared_server: Server
) -> None:
    settings = {**case.settings, "store_path": shared_server.store_path}
    async with Stage(
        shared_server, case.rng, case.folder, sprint_id="d4", patience=case.patience
    ) as stage:
        stage.publish("p1")
        stage.watch("steady")
        await stage.flows()
        async with Server(case.folder / "second", settings=settings) as second:
            lines = [line for line in second.log().splitlines() if "another server" in line]
            health = await second.get("health")
            second_has = await _runs_of(second, publish="d4-second")
            await stage.flows()
            await second.kill()
            await second.start()
            after_restart = await _runs_of(second)

        assert await stage.verdict() == []
        assert len(lines) == 1
        assert "Traceback" not in second.log()
        assert (health["store"], health["kept_in_memory_because"]) == ("sqlite", None)
        assert second_has == after_restart == ["d4-second"]
        assert "d4-second" not in await _runs_of(shared_server)


@pytest.mark.long
async def test_d4_two_servers_find_their_runs_again_whichever_starts_first(case: Case) -> None:
    path = case.folder / "store" / "sprints.db"
    settings = {**case.settings, "store_path": path}
    async with (
        Server(case.folder / "one", settings=settings) as one,
        Server(case.folder / "two", settings=settings) as two,
    ):
        await _runs_of(one, publish="d4-one")
        await _runs_of(two, publish="d4-two")
        for order in [(one, two), (two, one)]:
            for server in order:
                await server.kill()
            for server in order:
                await server.start()

            assert await _runs_of(one) == ["d4-one"]
            assert await _runs_of(two) == ["d4-two"]


async def _runs_of(server: Server, *, publish: str | None = None) -> list[str]:
    """The names of all runs of a server, after one was published."""
    if publish is not None:
        sprint = Sprint(publish, server=f"http://127.0.0.1:{server.port}/?token={server.token}")
        sprint.log("kept")
        assert await asyncio.to_thread(sprint.close, PATIENCE_S) == 0
    return [run["sprint_id"] for run in (await server.get("sprints"))["sprints"]]


async def test_d5_events_wait_while_another_program_locks_the_file(
    case: Case, shared_server: Server
) -> None:
    async with Stage(
        shared_server, case.rng, case.folder, sprint_id="d5", patience=case.patience
    ) as stage:
        await stage.load()
        other = sqlite3.connect(shared_server.store_path, isolation_level=None, timeout=PATIENCE_S)
        other.execute("begin exclusive")
        [head] = other.execute("select head from channel where name = 'd5'").fetchone()
        await shared_server.stored("d5", head)
        await asyncio.sleep(case.pick(short=3.0, long=11.0))
        stored = await shared_server.head("d5") - head
        other.execute("rollback")
        other.close()
        case.figure("recovery_s", await stage.recovered())

        assert stored == 0
        assert await stage.verdict() == []
        assert all(publisher.left == 0 for publisher in stage.publishers.values())
        slowest = max(publisher.slowest_s for publisher in stage.publishers.values())
        case.figure("slowest_call_s", slowest)
        assert all(4007 not in watcher.seen.closes() for watcher in stage.watchers.values())
