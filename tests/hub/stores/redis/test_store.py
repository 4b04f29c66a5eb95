"""Two servers that share a Redis: runs are the same on both, whichever has the publisher."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets.errors import StoreUnavailableError
from realtime_widgets.hub.parts import Tuning
from realtime_widgets.hub.stores.redis.address import RedisAddress
from realtime_widgets.hub.stores.redis.settings import RedisSettings
from realtime_widgets.hub.stores.redis.store import RedisStore
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.service.tickets import NameCodec, Tickets
from tests.hub.fakes import PUBLISHER_ID, Client, publisher, running, viewer
from tests.redis_server import RedisServer, new_address
from tests.waiting import PATIENCE_S, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from realtime_widgets.hub import Hub

PAGE = (Path(__file__).parents[4] / "docs/many-servers.md").read_text()
QUICK = Tuning(tick_s=0.05, save_s=0.2)


def store_of(address: RedisAddress, **options: Any) -> RedisStore:
    options.setdefault("timeout_s", 2.0)
    return RedisStore(address, **options)


@contextlib.asynccontextmanager
async def two_hubs(
    address: RedisAddress, *, lease_s: float = 4.0, **options: Any
) -> AsyncIterator[tuple[Hub, Hub]]:
    limits = Limits(lease_s=lease_s)
    one = running(store_of(address, **options), limits=limits, tuning=QUICK)
    other = running(store_of(address, **options), limits=limits, tuning=QUICK)
    async with one as first, other as second:
        yield first, second


def position(client: Client) -> dict[str, Any]:
    """Where a viewer is that has all it was sent."""
    [message, *_] = reversed(client.of_type("events"))
    batch = message["batches"][-1]
    seq = batch["first"] + len(batch["events"]) - 1
    return {"epoch": client.of_type("welcome")[0]["epoch"], "seq": seq, "entry": batch["entry"]}


async def shows(client: Client, *lines: str) -> None:
    """Wait until a viewer has exactly these lines."""
    await until(lambda: len(client.lines) >= len(lines), f"{lines} are shown")
    assert client.lines == list(enumerate(lines, client.lines[0][0]))


async def test_what_is_published_at_one_server_is_watched_at_another() -> None:
    async with two_hubs(new_address()) as (one, other):
        sender = await publisher(one)
        early = await viewer(other)
        await sender.publish(1, "a", "b")
        await sender.publish(3, "c")
        await until(lambda: bool(early.lines), "the events are there")
        late = await viewer(other)

        await shows(late, "a", "b", "c")
        await shows(early, "a", "b", "c")


async def test_a_viewer_that_goes_to_another_server_continues_where_it_was() -> None:
    async with two_hubs(new_address()) as (one, other):
        sender = await publisher(one)
        staying = await viewer(one)
        await viewer(other)
        for n in range(1, 40):
            await sender.publish(n, f"{n}")
            await until(lambda n=n: len(staying.lines) == n, "it is shown")
            hopped = await viewer(other, after=position(staying) | {"epoch": epoch_of(one)})

            assert hopped.of_type("welcome")[0]["recovered"] is True
            assert not hopped.of_type("reset")


async def test_a_viewer_that_comes_while_a_push_is_missing_continues_where_it_was() -> None:
    async with two_hubs(new_address()) as (one, other):
        sender = await publisher(one)
        staying = await viewer(one)
        await sender.publish(1, "a")
        waiting = await viewer(other)
        await shows(waiting, "a")
        lose_pushes_to(other)
        await sender.publish(2, "b")
        await shows(staying, "a", "b")

        hopped = await viewer(other, after=position(staying) | {"epoch": epoch_of(one)})

        assert hopped.of_type("welcome")[0]["recovered"] is True
        await shows(waiting, "a", "b")


def lose_pushes_to(hub: Hub) -> None:
    """Let what Redis pushes to a server be lost from now on."""
    assert isinstance(hub.store, RedisStore)
    wire = hub.store._main._wire  # noqa: SLF001 - as if the network had lost them
    assert wire is not None
    wire._on_push = lambda _: None  # noqa: SLF001 - the same


def epoch_of(hub: Hub) -> str:
    epoch = hub.channels["run"].bounds.epoch
    assert epoch is not None
    return epoch


async def test_publishers_at_both_servers_write_one_log() -> None:
    async with two_hubs(new_address()) as (one, other):
        senders = [await publisher(one), await publisher(other, publisher_id="1e" * 16)]
        viewers = [await viewer(one), await viewer(other)]
        for n in range(1, 21):
            for which, sender in enumerate(senders):
                await sender.publish(n, f"{which} {n}")
        for each in viewers:
            await until(lambda each=each: len(each.lines) == 40, "all are shown")

        assert viewers[0].lines == viewers[1].lines
        assert [seq for seq, _ in viewers[0].lines] == list(range(1, 41))


async def test_a_run_that_is_removed_at_one_server_is_gone_at_the_other() -> None:
    async with two_hubs(new_address()) as (one, other):
        sender = await publisher(one)
        watching = await viewer(other)
        await sender.publish(1, "a")
        await shows(watching, "a")

        await one.remove("run")

        await until(lambda: watching.transport.code is not None, "the viewer is closed")
        assert watching.transport.code == CloseCode.RECONNECT
        assert await other.state("run") is None


async def test_a_list_shows_the_runs_of_the_other_server_without_following_them() -> None:
    async with two_hubs(new_address()) as (one, other):
        version = other.runs.position.version
        await (await publisher(one)).publish_status(1, "running")
        await until(lambda: other.runs.position.version > version, "the change is known")

        [state] = await other.runs.states()
        assert (state.sprint_id, state.status) == ("run", "running")
        assert not other.channels


async def test_a_publisher_at_another_server_is_no_lost_one() -> None:
    async with two_hubs(new_address(), lease_s=1.0) as (one, other):
        sender = await publisher(one)
        await sender.publish_status(1, "running", attempt="a")
        watching = await viewer(other)
        began = time.monotonic()

        def has_been_quiet_for_two_leases() -> bool:
            sender.connection.session.received_at = time.monotonic()  # it answers pings only
            return time.monotonic() - began > 2.0

        await until(has_been_quiet_for_two_leases, "two leases are over")
        assert [status["status"] for status in watching.statuses] == ["running"]
        assert watching.presence in ([], [None])

        one.disconnect(sender.connection)
        await until(lambda: watching.status == "lost", "it is lost")
        again = await viewer(one)
        await until(lambda: again.status == "lost", "it is lost for both")
        assert [status["status"] for status in again.statuses] == ["running", "lost"]


async def test_a_ticket_is_good_once_at_any_server() -> None:
    async with two_hubs(new_address()) as (one, other):
        tickets = [Tickets(NameCodec()), Tickets(NameCodec())]
        for each, hub in zip(tickets, (one, other), strict=True):
            each.shared = hub.store.shared
        ticket = await tickets[0].issue("alice", "run")
        of_other_run = await tickets[0].issue("alice", "other")

        assert await tickets[1].redeem(ticket, "run") == "alice"
        assert await tickets[1].redeem(ticket, "run") is None
        assert await tickets[1].redeem(of_other_run, "run") is None


async def test_r1_after_a_kill_of_redis_nothing_acknowledged_is_missing(
    server: RedisServer,
) -> None:
    async with two_hubs(RedisAddress(url=server.url)) as (one, other):
        sender = await publisher(one)
        watching = await viewer(other)
        await sender.publish(1, "a")
        await shows(watching, "a")

        server.kill()
        await until(lambda: one.storage_status is not None, "the status is degraded")
        refused = one.storage_status
        server.start()
        await until(lambda: one.storage_status is None, "it is back")
        await store_event(one, 2, "b")

        await shows(watching, "a", "b")
        assert refused is not None
        assert refused.code == "storage_unavailable"
        assert watching.transport.code is None


async def head_when_readable(store: RedisStore) -> int:
    """Return the head of the run, as soon as the connection for reads is back."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return (await store.bounds("run")).head
            except StoreUnavailableError:
                await asyncio.sleep(0.01)


async def viewer_when_accepted(hub: Hub, **options: Any) -> Client:
    """Connect a viewer, again where it is refused, as viewers do while Redis is not back."""
    async with asyncio.timeout(PATIENCE_S):
        while (watching := await viewer(hub, **options)).transport.code is not None:
            hub.disconnect(watching.connection)
            await asyncio.sleep(0.01)
    return watching


async def store_event(hub: Hub, n: int, line: str, publisher_id: str = PUBLISHER_ID) -> None:
    """Connect and send an event until it is acknowledged, as publishers do."""
    for _ in range(200):
        sender = await publisher(hub, publisher_id=publisher_id)
        if sender.transport.code is None:
            answers = len(sender.messages)
            await sender.publish(n, line)
            await until(
                lambda sender=sender, answers=answers: (
                    len(sender.messages) > answers or sender.transport.code is not None
                ),
                "an answer",
            )
            if any(message["up_to"] >= n for message in sender.of_type("ack")):
                return
        hub.disconnect(sender.connection)
        await asyncio.sleep(0.05)
    raise AssertionError(sender.messages)


@pytest.mark.parametrize("fault", ["FLUSHALL", "restart"])
async def test_r2_after_redis_has_lost_all_viewers_are_reset_and_publishers_continue(
    fault: str,
) -> None:
    server = RedisServer("redis").start()
    try:
        async with two_hubs(RedisAddress(url=server.url)) as (one, other):
            sender = await publisher(one)
            watching = await viewer(other)
            await sender.publish(1, "a")
            await shows(watching, "a")
            before = epoch_of(one)
            if fault == "restart":
                server.kill()
                server.start()
            else:
                server.command("FLUSHALL")
                await sender.publish(2, "b")

            await until(lambda: watching.transport.code is not None, "the viewer is closed")
            assert watching.transport.code == CloseCode.RECONNECT
            await store_event(one, 2, "b")
            lost = {"epoch": before, "seq": 1, "entry": None}
            new = await viewer_when_accepted(other, after=lost)
            await until(lambda: bool(new.lines), "the new log is shown")
            assert [reset["reason"] for reset in new.of_type("reset")] == ["epoch"]
    finally:
        server.remove()


async def test_r3_a_tail_that_redis_has_lost_ends_the_epoch_before_the_next_append() -> None:
    address = new_address()
    async with two_hubs(address) as (one, other):
        sender = await publisher(one)
        watching = await viewer(other)
        await sender.publish(1, "a")
        await sender.publish(2, "b")
        await shows(watching, "a", "b")
        before = epoch_of(one)
        lose_newest_batch(address)
        assert isinstance(other.store, RedisStore)
        assert isinstance(one.store, RedisStore)
        for hub in (one, other):
            hub.store._main._wire.close()  # noqa: SLF001 - the connection breaks

        await until(lambda: watching.transport.code is not None, "the viewer is closed")
        again = await viewer(other, after={"epoch": before, "seq": 2, "entry": None})
        assert [reset["reason"] for reset in again.of_type("reset")] == ["epoch"]
        await store_event(one, 1, "c", publisher_id="1e" * 16)
        await shows(again, "a", "c")


def lose_newest_batch(address: RedisAddress) -> None:
    """Do to Redis what a replica without the newest batch does."""
    from tests.redis_server import shared_server

    key = f"{address.prefix}:{{run}}"
    script = (
        "local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 2) "
        "redis.call('XDEL', KEYS[1], last[1][1]) "
        "redis.call('XSETID', KEYS[1], last[2][1]) "
        "redis.call('HSET', KEYS[2], 'head', '1', 'entry', last[2][2][4])"
    )
    answer = shared_server("redis").command("EVAL", script, "2", f"{key}:log", f"{key}:meta")
    assert not answer.startswith("-"), answer


async def test_r4_while_redis_hangs_the_status_is_degraded_and_afterwards_nothing_is_missing(
    server: RedisServer,
) -> None:
    async with two_hubs(RedisAddress(url=server.url), timeout_s=0.5) as (one, other):
        sender = await publisher(one)
        watching = await viewer(other)
        await sender.publish(1, "a")
        await shows(watching, "a")

        server.signal(signal.SIGSTOP)
        await sender.publish(2, "b")
        await until(lambda: one.storage_status is not None, "the status is degraded")
        server.signal(signal.SIGCONT)
        await until(lambda: one.storage_status is None, "it is back")
        await store_event(one, 2, "b")

        await shows(await viewer_when_accepted(other), "a", "b")


async def test_r5_full_memory_is_reported_and_ends(server: RedisServer) -> None:
    async with two_hubs(RedisAddress(url=server.url)) as (one, other):
        sender = await publisher(one)
        watching = await viewer(other)
        await sender.publish(1, "a")
        await shows(watching, "a")
        server.command("CONFIG", "SET", "maxmemory", "1")
        await sender.publish(2, "b")
        await until(lambda: one.storage_status is not None, "the status is degraded")
        assert one.storage_status is not None
        assert one.storage_status.code == "storage_full"
        assert await one.store.missing_bytes() > 0
        server.command("CONFIG", "SET", "maxmemory", "0")
        await store_event(one, 2, "b")

        await shows(watching, "a", "b")


@pytest.mark.parametrize(
    "fault",
    [
        ("SCRIPT", "FLUSH"),
        ("DEL", "rw:{run}:log"),
        ("DEL", "rw:{run}:meta"),
        ("SET", "rw:{run}:log", "x"),
    ],
)
async def test_r5_a_fault_of_the_data_is_seen_and_a_new_publisher_continues(
    fault: tuple[str, ...], server: RedisServer
) -> None:
    async with two_hubs(RedisAddress(url=server.url)) as (one, other):
        sender = await publisher(one)
        watching = await viewer(other)
        await sender.publish(1, "a")
        await shows(watching, "a")

        server.command(*fault)
        await sender.publish(2, "b")
        if fault[0] == "SET":
            await until(lambda: one.storage_status is not None, "the status is degraded")
            server.command("DEL", "rw:{run}:log")
        await until(lambda: one.storage_status is None, "it is back")
        if fault[0] != "SCRIPT":
            await until(lambda: watching.transport.code is not None or one.channels == {}, "reset")
        await store_event(one, 2, "b")
        again = await viewer_when_accepted(other)
        await until(lambda: bool(again.lines), "events are shown")

        assert again.lines[-1][1] == "b"


async def test_a_viewer_resumes_from_memory_while_redis_is_down(server: RedisServer) -> None:
    async with two_hubs(RedisAddress(url=server.url)) as (one, other):
        sender = await publisher(one)
        watching = await viewer(other)
        await sender.publish(1, "a")
        await sender.publish(2, "b")
        await shows(watching, "a", "b")
        there = position(watching) | {"epoch": epoch_of(other)}
        server.kill()
        await until(lambda: other.storage_status is not None, "the status is degraded")

        again = await viewer(other, after=there)
        fresh = await viewer(other)

        assert again.of_type("welcome")[0]["recovered"] is True
        assert again.of_type("trouble")[-1]["code"] == "storage_unavailable"
        assert fresh.transport.code == CloseCode.STORAGE_UNAVAILABLE


async def test_an_ack_and_a_welcome_wait_for_the_replicas(server: RedisServer) -> None:
    address = RedisAddress(url=server.url)
    async with two_hubs(address) as (one, _):
        await (await publisher(one)).publish(1, "a")
        await until(lambda: one.channels["run"].bounds.head == 1, "it is stored")
    async with running(store_of(address, replicas=1, timeout_s=0.5)) as hub:
        waiting = await publisher(hub)  # there is no replica

        assert waiting.transport.code == CloseCode.STORAGE_UNAVAILABLE
        assert not waiting.of_type("welcome")
        with pytest.raises(StoreUnavailableError, match="0 of 1 replicas"):
            await hub.broadcast("run", {"type": "log", "message": "b"})


async def test_a_user_with_the_documented_rights_is_enough_and_has_no_other_keys() -> None:
    server = RedisServer("redis").start()
    try:
        [rights] = re.findall(r"ACL SETUSER rwapp on >PASSWORD (.*)", PAGE)
        answer = server.command("ACL", "SETUSER", "rwapp", "on", ">secret", *rights.split())
        assert answer.startswith("+OK"), answer
        mine = RedisAddress(url=server.url, username="rwapp", password="secret")  # noqa: S106 - of a test
        async with two_hubs(mine, lease_s=1.0) as (one, other):
            watching = await viewer(other)
            await (await publisher(one)).publish(1, "a")
            await shows(watching, "a")
            await one.remove("run")
        foreign = RedisAddress(
            url=server.url,
            username="rwapp",
            password="secret",  # noqa: S106 - of a test
            prefix="other",
        )
        async with running(store_of(foreign)) as hub:
            with pytest.raises(StoreUnavailableError):
                await hub.broadcast("run", {"type": "log", "message": "b"})
        assert server.command("KEYS", "other*") == "*0\r\n"
    finally:
        server.remove()


async def test_the_server_of_the_documented_compose_file_keeps_runs() -> None:
    [options] = re.findall(r"command: valkey-server (.*)", PAGE)
    server = RedisServer("valkey", *options.split()).start()
    try:
        store = store_of(RedisAddress(url=server.url))
        async with running(store) as hub:
            await hub.broadcast("run", {"type": "log", "message": "a"})
            server.kill()
            server.start()
            await store_event(hub, 1, "b")
            assert await head_when_readable(store) == 2
            assert store.shared.describe()["durability"] == "always"
    finally:
        server.remove()


async def test_the_health_has_what_redis_keeps_how_many_servers_use_it_and_runs_are_followed() -> (
    None
):
    async with two_hubs(new_address()) as (one, other):
        await (await publisher(one)).publish(1, "a")
        await shows(await viewer(other), "a")

        for shared in (one.store.shared, other.store.shared):
            assert shared is not None
            await until(lambda of=shared: of.describe()["servers"] == 2, "both are counted")
            health = shared.describe()
            assert (health["durability"], health["replicas"], health["followed"]) == ("none", 0, 1)
            assert health["used_bytes"] > 0
            assert health["max_bytes"] == 0


async def test_a_server_without_redis_starts_and_reports_it() -> None:
    address = RedisSettings(url="redis://127.0.0.1:1/0").address()
    async with running(store_of(address)) as hub:
        with pytest.raises(StoreUnavailableError, match="Redis cannot be reached"):
            await hub.store.bounds("run")
