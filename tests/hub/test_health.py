"""Whether the store works, and when it is re-created."""

from __future__ import annotations

import asyncio

from realtime_widgets.errors import StoreDamagedError, StoreError, StoreFullError
from realtime_widgets.hub.health import DEGRADED_S, RECREATE_RETRY_S, StorageHealth
from realtime_widgets.hub.registry import Registry

from .fakes import FakeClock


def health_at(clock: FakeClock) -> StorageHealth:
    return StorageHealth(Registry(), clock)


def test_a_failed_append_degrades_the_status_until_one_succeeds() -> None:
    health = health_at(FakeClock())

    health.append_failed(StoreFullError("no room"))
    assert health.status is not None
    assert (health.status.code, health.status.message) == ("storage_full", "no room")

    health.append_succeeded()
    assert health.status is None


def test_the_status_is_degraded_for_a_bounded_time_where_nothing_is_published() -> None:
    clock = FakeClock()
    health = health_at(clock)
    health.append_failed(StoreFullError("no room"))

    health.expire(clock.now + DEGRADED_S)
    assert health.status is not None

    health.expire(clock.now + DEGRADED_S + 1)
    assert health.status is None


def test_a_failed_read_of_a_sound_store_changes_nothing() -> None:
    health = health_at(FakeClock())

    health.failed(StoreError("it cannot be read now"))
    health.append_failed(StoreError("it cannot be written"))

    assert health.status is None


async def test_damage_is_reported_once_and_clients_wait_until_it_is_repaired() -> None:
    health = health_at(FakeClock())
    await health.wait_until_usable()
    health.failed(StoreDamagedError("rows are missing"))
    health.failed(StoreDamagedError("more rows are missing"))
    waiting = asyncio.create_task(health.wait_until_usable())

    damage = await health.damaged()
    await asyncio.sleep(0)
    assert (str(damage.error), waiting.done()) == ("rows are missing", False)

    health.clear_damage(damage)
    await health.wait_until_usable()  # for the tasks that repair it
    damage.repaired.set()
    await waiting


async def test_damage_that_is_found_while_the_last_is_repaired_is_repaired_too() -> None:
    """Clients that waited for the first must wait for the second, and let the loop turn."""
    health = health_at(FakeClock())
    health.failed(StoreDamagedError("the first"))
    first = await health.damaged()
    waiting = asyncio.create_task(health.wait_until_usable())
    await asyncio.sleep(0)
    health.clear_damage(first)
    health.failed(StoreDamagedError("the second"))
    health.clear_damage(first)
    first.repaired.set()
    await asyncio.sleep(0)

    second = await health.damaged()
    assert (str(second.error), waiting.done()) == ("the second", False)
    health.clear_damage(second)
    second.repaired.set()
    await waiting


async def test_a_store_that_could_not_be_recreated_is_left_alone_for_a_while() -> None:
    clock = FakeClock()
    health = health_at(clock)
    health.failed(StoreDamagedError("rows are missing"))
    health.recreation_failed()
    health.clear_damage(await health.damaged())
    assert health.status is not None

    health.failed(StoreDamagedError("rows are missing"))
    await health.wait_until_usable()

    clock.now += RECREATE_RETRY_S
    health.failed(StoreDamagedError("rows are missing"))
    assert str((await health.damaged()).error) == "rows are missing"
