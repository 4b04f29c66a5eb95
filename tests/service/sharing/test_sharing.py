"""Rights on the runs of a store: the first publisher owns a run, and shares it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from realtime_widgets.hub import MemoryStore
from realtime_widgets.service import ApiError
from realtime_widgets.service.sharing.access import AccessChange, Person, SharingRules
from realtime_widgets.service.sharing.sharing import Rights, Sharing
from tests.hub.stores.batches import new_batch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ALICE, BOB, ROOT = Person("alice"), Person("bob"), Person("root", is_admin=True)
NONE = Rights(may_read=False, may_write=False)


@asynccontextmanager
async def sharing_of(**rules: tuple[str, ...]) -> AsyncIterator[tuple[Sharing, MemoryStore]]:
    store = MemoryStore()
    await store.open(lambda *_: None, lambda _: None)
    yield Sharing(SharingRules(**rules), lambda: store), store


async def test_the_first_user_who_publishes_owns_the_run_and_others_have_no_right() -> None:
    async with sharing_of() as (sharing, _):
        assert (await sharing.rights(BOB, "run")).is_provisional
        claims = [await sharing.claim(user, "run") for user in (ALICE, BOB, ALICE)]

        assert claims == [True, False, True]
        assert await sharing.rights(BOB, "run") == NONE
        assert await sharing.visible(BOB, ["run", "other"]) == set()
        assert await sharing.visible(ALICE, ["run", "other"]) == {"run"}
        assert str(await sharing.refusal("run", "write")) == (
            "the run 'run' belongs to alice: choose another name, or request access"
        )


async def test_a_run_that_was_stored_before_runs_had_owners_is_for_administrators() -> None:
    async with sharing_of() as (sharing, store):
        await store.append(new_batch(["a"]))

        assert await sharing.rights(BOB, "run") == NONE
        assert not await sharing.claim(BOB, "run")
        assert (await sharing.rights(ROOT, "run")).may_write


async def test_a_new_run_is_shared_as_configured_until_its_owner_changes_that() -> None:
    async with sharing_of(viewers=("bob",)) as (sharing, _):
        await sharing.claim(ALICE, "run")
        assert await sharing.rights(BOB, "run") == Rights(may_read=True, may_write=False)

        await sharing.change(ALICE, "run", AccessChange(remove=["bob"]))
        assert await sharing.rights(BOB, "run") == NONE


async def test_only_the_owner_and_administrators_know_and_change_the_access() -> None:
    async with sharing_of() as (sharing, _):
        await sharing.claim(ALICE, "run")
        await sharing.change(ROOT, "run", AccessChange(editors=["bob"]))

        assert (await sharing.access(ALICE, "run")).editors == ["bob"]
        assert not await sharing.owns(BOB, "run")
        for refused in (
            sharing.access(BOB, "run"),
            sharing.change(BOB, "run", AccessChange(viewers=["*"])),
            sharing.access(ALICE, "no-run"),
        ):
            with pytest.raises(ApiError) as error:
                await refused
            assert error.value.status == 404


async def test_a_change_is_reported_before_it_is_answered() -> None:
    changed = []

    async def note(sprint_id: str) -> None:
        changed.append(sprint_id)

    async with sharing_of() as (sharing, _):
        sharing.on_change = note
        await sharing.claim(ALICE, "run")
        await sharing.change(ALICE, "run", AccessChange(viewers=["bob"]))

    assert changed == ["run"]


async def test_a_change_that_another_one_overtakes_is_made_on_top_of_it() -> None:
    async with sharing_of() as (sharing, store):
        await sharing.claim(ALICE, "run")
        replace, overtaking = store.replace_access_record, ["carol"]

        async def overtaken(channel: str, record: bytes, expected: bytes | None) -> bool:
            while overtaking:
                await sharing.change(ALICE, "run", AccessChange(viewers=[overtaking.pop()]))
            return await replace(channel, record, expected)

        store.replace_access_record = overtaken  # type: ignore[method-assign]
        access = await sharing.change(ALICE, "run", AccessChange(viewers=["bob"]))

    assert access.viewers == ["carol", "bob"]


async def test_a_request_is_kept_for_the_owner_and_none_for_a_run_that_there_is_not() -> None:
    async with sharing_of() as (sharing, store):
        await sharing.claim(ALICE, "run")
        for user in (BOB, BOB, ALICE):
            await sharing.request(user, "run")
        await sharing.request(BOB, "no-run")

        assert [each.user for each in (await sharing.access(ALICE, "run")).requests] == ["bob"]
        assert await store.access_records(["no-run"]) == {}
