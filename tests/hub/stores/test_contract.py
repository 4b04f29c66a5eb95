"""What every store promises (see `realtime_widgets/hub/stores/base.py`)."""

from __future__ import annotations

import asyncio
import gc
import json
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from realtime_widgets.hub.stores.base import (
    Appended,
    HoleError,
    IdCaseError,
    SavedState,
    StoredBatch,
)
from realtime_widgets.protocol.position import Bounds
from realtime_widgets.protocol.validation import validate_batch
from tests.hub.loop import until

from .batches import (
    ALICE,
    BOB,
    TIMESTAMP,
    batch_id_at,
    last_publisher_seq,
    lines,
    new_batch,
    whole_log,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime_widgets.hub import Store

    from .batches import Announced


@pytest.fixture
def uncollected() -> Iterator[None]:
    """What is in a cycle stays in memory."""
    gc.disable()
    yield
    gc.enable()


# Appending.


async def test_what_is_appended_is_kept_announced_and_acknowledged(
    store: Store, announced: Announced
) -> None:
    appended = await store.append(new_batch(["a", "b"], n=5, entry="e-1"))

    stored = StoredBatch(
        first=1,
        count=2,
        batch_id="e-1",
        timestamp=TIMESTAMP,
        user="alice",
        raw=b'[{"type": "log", "message": "a"}, {"type": "log", "message": "b"}]',
    )
    assert (appended.seq, appended.up_to) == (2, 6)
    assert await store.read("run", 0, 1_000) == [stored]
    bounds = Bounds(epoch=appended.epoch, first=1, head=2, batch_id="e-1")
    assert announced.batches == [("run", bounds, stored)]


async def test_seqs_continue_over_all_publishers(store: Store) -> None:
    first = await store.append(new_batch(["a"], publisher=ALICE))
    second = await store.append(new_batch(["b", "c"], publisher=BOB))
    third = await store.append(new_batch(["d"], publisher=ALICE, n=2))

    assert [first.seq, second.seq, third.seq] == [1, 3, 4]
    assert {first.epoch, second.epoch, third.epoch} == {first.epoch}
    assert await whole_log(store) == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]


async def test_channels_have_nothing_in_common(store: Store) -> None:
    first = await store.append(new_batch(["a"], channel="one"))
    second = await store.append(new_batch(["b"], channel="two"))

    assert (first.seq, second.seq) == (1, 1)
    assert first.epoch != second.epoch
    assert await whole_log(store, "one") == [(1, "a")]
    assert await whole_log(store, "two") == [(1, "b")]


async def test_what_comes_again_is_acknowledged_and_not_stored(
    store: Store, announced: Announced
) -> None:
    await store.append(new_batch(["a", "b"]))
    await store.append(new_batch(["x"], publisher=BOB))

    again = await store.append(new_batch(["a", "b"]))
    older = await store.append(new_batch(["a"]))

    assert again == older == replace(again, up_to=2, duplicate=True)
    assert await whole_log(store) == [(1, "a"), (2, "b"), (3, "x")]
    assert announced.lines() == await whole_log(store)


async def test_l15_what_comes_again_has_the_seq_that_it_had(store: Store) -> None:
    """It was the head, so that the event of another publisher was taken for it."""
    first = await store.append(new_batch(["a", "b"]))
    await store.append(new_batch(["x", "y", "z"], publisher=BOB))
    await store.append(new_batch(["p"], publisher=None))

    again = await store.append(new_batch(["a", "b"]))
    older = await store.append(new_batch(["a"]))
    of_bob = await store.append(new_batch(["z"], n=3, publisher=BOB))

    assert first == Appended(first.epoch, seq=2, up_to=2)
    assert again == older == Appended(first.epoch, seq=2, up_to=2, duplicate=True)
    assert of_bob == Appended(first.epoch, seq=5, up_to=3, duplicate=True)


async def test_l15_of_what_comes_again_in_part_the_seq_is_that_of_the_rest(store: Store) -> None:
    await store.append(new_batch(["a", "b"]))
    await store.append(new_batch(["x"], publisher=BOB))

    more = await store.append(new_batch(["b", "c"], n=2))
    again = await store.append(new_batch(["b", "c"], n=2))

    assert more == Appended(more.epoch, seq=4, up_to=3)
    assert again == replace(more, duplicate=True)


async def test_l15_the_seq_is_known_when_the_event_is_not_kept_any_more(store: Store) -> None:
    first = await store.append(new_batch(["a"]))
    for n in range(1, 4):
        await store.append(new_batch(["x"], n=n, publisher=BOB))
    await store.trim("run", 4)

    assert await store.append(new_batch(["a"])) == replace(first, duplicate=True)


async def test_of_what_comes_again_in_part_the_rest_is_stored(
    store: Store, announced: Announced
) -> None:
    await store.append(new_batch(["a", "b"]))

    more = await store.append(new_batch(["b", "c", "d"], n=2, entry="e-2"))

    assert (more.seq, more.up_to) == (4, 4)
    assert await whole_log(store) == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]
    assert announced.lines() == await whole_log(store)
    assert await batch_id_at(store, "run", 4) == "e-2"


async def test_a_hole_stores_nothing_and_names_what_is_missing(
    store: Store, announced: Announced
) -> None:
    await store.append(new_batch(["a", "b"]))

    with pytest.raises(HoleError, match="publisher seq 3 was expected") as hole:
        await store.append(new_batch(["d"], n=4))

    assert hole.value.expect == 3
    assert await last_publisher_seq(store, "run", ALICE) == 2
    assert await whole_log(store) == announced.lines() == [(1, "a"), (2, "b")]


@pytest.mark.usefixtures("uncollected")
async def test_what_was_not_stored_is_not_kept_in_memory_with_the_reason(
    store: Store,
) -> None:
    own = validate_batch(b'[{"type":"mine"}]').events
    new = replace(new_batch(["b"], n=2, begin_n=1), events=own)
    event = weakref.ref(own[0])
    appending = store.append(new)
    await asyncio.wait([appending])
    del new, own

    assert isinstance(appending.exception(), HoleError)
    await until(lambda: event() is None)


async def test_an_unknown_publisher_may_begin_with_any_number(store: Store) -> None:
    await store.append(new_batch(["a"], n=9_007_199_254_740_991))

    assert await last_publisher_seq(store, "run", ALICE) == 9_007_199_254_740_991
    assert await last_publisher_seq(store, "run", BOB) is None
    assert await last_publisher_seq(store, "other", ALICE) is None


async def test_of_an_unknown_publisher_nothing_is_stored_before_what_it_sent_first(
    store: Store,
) -> None:
    """The first message could not be written, the second could: its ack covered both."""
    with pytest.raises(HoleError) as hole:
        await store.append(new_batch(["b"], n=2, begin_n=1))

    assert hole.value.expect == 1
    assert (await store.append(new_batch(["a", "b"], n=1, begin_n=1))).up_to == 2
    assert await whole_log(store) == [(1, "a"), (2, "b")]


async def test_a_publisher_has_separate_numbers_in_each_channel(store: Store) -> None:
    await store.append(new_batch(["a", "b"], channel="one"))
    appended = await store.append(new_batch(["a"], channel="two"))

    assert appended.seq == 1
    assert await last_publisher_seq(store, "one", ALICE) == 2
    assert await last_publisher_seq(store, "two", ALICE) == 1


async def test_an_id_that_differs_only_in_case_is_refused(
    store: Store, announced: Announced
) -> None:
    await store.append(new_batch(["a"], channel="Nightly"))

    with pytest.raises(IdCaseError, match="'nightly' differs only in case from 'Nightly'"):
        await store.append(new_batch(["b"], channel="nightly"))

    assert await store.bounds("nightly") == Bounds()
    assert await store.read("nightly", 0, 1_000) == []
    assert await batch_id_at(store, "nightly", 1) is None
    assert await last_publisher_seq(store, "nightly", ALICE) is None
    assert [channel.name for channel in await store.channels()] == ["Nightly"]
    assert announced.lines("nightly") == []


async def test_appends_made_at_once_take_effect_in_the_order_of_the_calls(
    store: Store, announced: Announced
) -> None:
    expected = [f"{publisher}{n}" for n in range(1, 251) for publisher in "ab"]
    appending = [
        store.append(new_batch([f"{name}{n}"], publisher=publisher, n=n))
        for n in range(1, 251)
        for name, publisher in (("a", ALICE), ("b", BOB))
    ]

    appended = await asyncio.gather(*appending)

    assert [each.seq for each in appended] == list(range(1, 501))
    assert announced.lines() == list(enumerate(expected, 1))
    assert await whole_log(store) == announced.lines()


async def test_one_that_fails_does_not_spoil_its_neighbours(store: Store) -> None:
    appending = [
        store.append(new_batch(["a"])),
        store.append(new_batch(["c"], n=3)),
        store.append(new_batch(["x"], channel="RUN")),
        store.append(new_batch(["b"], n=2)),
        store.append(new_batch(["b"], n=2)),
    ]

    outcomes = await asyncio.gather(*appending, return_exceptions=True)

    assert [type(outcome).__name__ for outcome in outcomes] == [
        "Appended",
        "HoleError",
        "IdCaseError",
        "Appended",
        "Appended",
    ]
    assert await whole_log(store) == [(1, "a"), (2, "b")]


async def test_it_is_announced_before_it_is_acknowledged(
    store: Store, announced: Announced
) -> None:
    seen: list[int] = []
    appending = store.append(new_batch(["a"]))
    appending.add_done_callback(lambda _: seen.append(len(announced.batches)))

    await appending
    await asyncio.sleep(0)  # the callbacks of a future that is done run in the next turn

    assert seen == [1]


async def test_cancelling_the_wait_does_not_undo_the_append(
    store: Store, announced: Announced
) -> None:
    given_up = store.append(new_batch(["a"]))
    given_up.cancel()

    await store.append(new_batch(["b"], n=2))

    assert announced.lines() == await whole_log(store) == [(1, "a"), (2, "b")]


async def test_what_was_refused_makes_no_channel(store: Store) -> None:
    for _ in range(2):
        with pytest.raises(HoleError):
            await store.append(new_batch(["b"], n=2, begin_n=1))

    assert await store.channels() == []
    assert await store.bounds("run") == Bounds()
    assert (await store.append(new_batch(["x"], channel="RUN"))).seq == 1


# Reading.


async def test_of_an_unknown_channel_there_is_nothing(store: Store) -> None:
    assert await store.bounds("run") == Bounds(epoch=None, first=1, head=0, batch_id=None)
    assert await store.read("run", 0, 1_000) == []
    assert await batch_id_at(store, "run", 0) is None
    assert await last_publisher_seq(store, "run", ALICE) is None
    assert await store.saved_state("run") is None
    assert await store.channels() == []


async def test_looking_at_a_channel_does_not_make_it(store: Store) -> None:
    await store.save_state("run", SavedState(1, b"state"))
    await store.trim("run", 5)

    assert await store.channels() == []
    assert await store.saved_state("run") is None


async def test_bounds_have_the_newest_batch(store: Store) -> None:
    await store.append(new_batch(["a", "b"], entry="e-1"))
    appended = await store.append(new_batch(["c"], n=3, entry="e-2"))

    assert await store.bounds("run") == Bounds(
        epoch=appended.epoch, first=1, head=3, batch_id="e-2"
    )


async def test_an_entry_is_found_at_the_end_of_its_batch_only(store: Store) -> None:
    await store.append(new_batch(["a", "b", "c"], entry="e-1"))
    await store.append(new_batch(["d"], n=4, entry="e-2"))

    found = [await batch_id_at(store, "run", seq) for seq in range(6)]

    assert found == [None, None, None, "e-1", "e-2", None]


async def test_reading_begins_with_the_batch_that_holds_the_next_event(store: Store) -> None:
    await store.append(new_batch(["a", "b", "c"]))
    await store.append(new_batch(["d"], n=4))

    starts = {after: lines(await store.read("run", after, 1_000))[:1] for after in range(5)}

    assert starts == {0: [(1, "a")], 1: [(1, "a")], 2: [(1, "a")], 3: [(4, "d")], 4: []}


async def test_the_rest_of_a_batch_keeps_its_place_and_its_entry(store: Store) -> None:
    await store.append(new_batch(["a", "b", "c"], entry="e-1"))

    [batch] = await store.read("run", 1, 1_000)
    rest = batch.after(1)

    assert lines([rest]) == [(2, "b"), (3, "c")]
    assert (rest.last, rest.batch_id, rest.user) == (3, "e-1", "alice")
    assert batch.after(0) is batch


async def test_a_page_has_whole_batches_within_its_size_and_at_least_one(store: Store) -> None:
    for n in range(1, 6):
        await store.append(new_batch(["x" * 100], n=n))
    size = len(new_batch(["x" * 100]).raw)

    found = {
        limit: [batch.first for batch in await store.read("run", 1, limit)]
        for limit in (0, 1, size, 2 * size - 1, 2 * size, 100 * size)
    }

    assert found == {
        0: [2],
        1: [2],
        size: [2],
        2 * size - 1: [2],
        2 * size: [2, 3],
        100 * size: [2, 3, 4, 5],
    }


async def test_reading_back_begins_with_the_batch_that_holds_the_event_before(
    store: Store,
) -> None:
    await store.append(new_batch(["a", "b"]))
    await store.append(new_batch(["c"], n=3))
    await store.append(new_batch(["d", "e"], n=4))
    everything = 1_000

    async def firsts(before: int, limit_bytes: int = everything) -> list[int]:
        return [batch.first for batch in await store.read_back("run", before, limit_bytes)]

    assert await firsts(2**53 - 1) == await firsts(6) == await firsts(5) == [4, 3, 1]
    assert await firsts(4) == [3, 1]
    assert await firsts(3) == await firsts(2) == [1]
    assert await firsts(1) == await firsts(0) == []
    assert await firsts(6, limit_bytes=1) == [4]
    assert await store.read_back("other", 6, everything) == []


async def test_what_is_sent_of_a_batch_is_json_with_what_the_server_knows(store: Store) -> None:
    await store.append(new_batch(["a"], entry="e-1"))
    await store.append(new_batch(["ä"], publisher=BOB, entry="e-2"))

    first, second = await store.read("run", 0, 1_000)

    assert json.loads(first.wire) == {
        "first": 1,
        "entry": "e-1",
        "timestamp": TIMESTAMP,
        "user": "alice",
        "events": [{"type": "log", "message": "a"}],
    }
    assert json.loads(second.wire)["user"] is None


# Trimming.


async def test_trimming_forgets_whole_batches_before_a_seq(store: Store) -> None:
    for n in (1, 3, 5):
        await store.append(new_batch(["a", "b"], n=n, entry=f"e-{n}"))
    before = await store.bounds("run")

    await store.trim("run", 4)

    after = await store.bounds("run")
    assert after == before.model_copy(update={"first": 3})
    assert [seq for seq, _ in await whole_log(store)] == [3, 4, 5, 6]
    assert await batch_id_at(store, "run", 2) is None
    assert [batch.first for batch in await store.read("run", 0, 1_000)] == [3, 5]


async def test_trimming_to_where_the_log_begins_or_before_forgets_nothing(
    store: Store,
) -> None:
    await store.append(new_batch(["a", "b"]))

    for first in (0, 1, 2):
        await store.trim("run", first)

    assert (await store.bounds("run")).first == 1


async def test_a_log_of_which_all_was_trimmed_continues(store: Store) -> None:
    before = await store.append(new_batch(["a", "b"], entry="e-1"))

    await store.trim("run", 1_000)

    assert await store.bounds("run") == Bounds(epoch=before.epoch, first=3, head=2, batch_id="e-1")
    assert await store.read("run", 0, 1_000) == []
    after = await store.append(new_batch(["b", "c"], n=2, entry="e-2"))
    assert (after.epoch, after.seq) == (before.epoch, 3)
    assert await whole_log(store) == [(3, "c")]
    assert await store.bounds("run") == Bounds(epoch=before.epoch, first=3, head=3, batch_id="e-2")


async def test_trimming_forgets_no_numbers_and_no_saved_state(store: Store) -> None:
    await store.append(new_batch(["a", "b"]))
    await store.save_state("run", SavedState(2, b"state"))

    await store.trim("run", 3)

    again = await store.append(new_batch(["a", "b"]))
    assert (again.seq, again.up_to) == (2, 2)
    assert await store.saved_state("run") == SavedState(2, b"state")


async def test_trimming_one_channel_leaves_the_others(store: Store) -> None:
    await store.append(new_batch(["a"], channel="one"))
    await store.append(new_batch(["b"], channel="two"))

    await store.trim("one", 2)

    assert await whole_log(store, "two") == [(1, "b")]


# Removing.


async def test_a_removed_channel_is_unknown_and_the_others_stay(store: Store) -> None:
    for channel in ("one", "two"):
        await store.append(new_batch(["a", "b"], channel=channel))
        await store.save_state(channel, SavedState(2, b"state"))

    await store.remove("one")

    assert [channel.name for channel in await store.channels()] == ["two"]
    assert await store.bounds("one") == Bounds()
    assert await store.read("one", 0, 1_000) == []
    assert await batch_id_at(store, "one", 2) is None
    assert await last_publisher_seq(store, "one", ALICE) is None
    assert await store.saved_state("one") is None
    assert await whole_log(store, "two") == [(1, "a"), (2, "b")]
    assert await store.saved_state("two") == SavedState(2, b"state")


async def test_a_channel_that_comes_again_has_another_life(store: Store) -> None:
    before = await store.append(new_batch(["a", "b", "c"]))
    await store.remove("run")

    after = await store.append(new_batch(["c", "d"], n=3))

    assert (after.seq, after.up_to) == (2, 4)
    assert after.epoch != before.epoch
    assert await whole_log(store) == [(1, "c"), (2, "d")]
    await store.remove("run")
    assert (await store.append(new_batch(["x"], channel="RUN"))).seq == 1


async def test_removing_what_is_not_there_changes_nothing(store: Store) -> None:
    await store.append(new_batch(["a"], channel="Nightly"))

    for channel in ("nightly", "other"):
        await store.remove(channel)

    assert await whole_log(store, "Nightly") == [(1, "a")]


async def test_what_is_removed_gives_its_room_back(store: Store) -> None:
    await store.append(new_batch(["a"], channel="small"))
    before = await store.size_bytes()
    await asyncio.gather(*(store.append(new_batch(["x" * 10_000], n=n)) for n in range(1, 1_101)))
    assert await store.size_bytes() > before + 11_000_000

    await store.remove("run")

    assert await store.size_bytes() <= before + 50_000
    assert await whole_log(store, "small") == [(1, "a")]


async def test_what_is_appended_while_a_channel_is_removed_is_kept(store: Store) -> None:
    await asyncio.gather(*(store.append(new_batch(["x"], n=n)) for n in range(1, 2_501)))

    removing = asyncio.create_task(store.remove("run"))
    await asyncio.sleep(0)  # it begins in the next turn
    await store.append(new_batch(["a"], channel="other"))
    appended = await store.append(new_batch(["b"]))
    await removing

    assert appended.seq == 1
    assert await whole_log(store) == [(1, "b")]
    assert await whole_log(store, "other") == [(1, "a")]


# Channels and saved states.


async def test_the_channel_created_last_comes_first(store: Store) -> None:
    for name in ("b", "c", "a"):
        await store.append(new_batch(["x"], channel=name))
    await store.append(new_batch(["y"], channel="b", n=2))
    await store.save_state("c", SavedState(1, b"state"))

    a, c, b = await store.channels()

    assert [a.name, c.name, b.name] == ["a", "c", "b"]
    assert (a.saved_state, c.saved_state) == (None, SavedState(1, b"state"))
    assert b.bounds == await store.bounds("b")
    assert b.size_bytes == sum(len(batch.raw) for batch in await store.read("b", 0, 1_000))


async def test_channels_are_read_a_part_at_a_time(store: Store) -> None:
    for name in ("a", "b", "c", "d"):
        await store.append(new_batch(["x"], channel=name))
    await store.save_state("c", SavedState(1, b"x" * 10_000))
    await store.remove("b")

    parts = []
    before: int | None = None
    while part := await store.channels(before, limit_bytes=1_100):
        parts.append([channel.name for channel in part])
        before = part[-1].number

    assert parts == [["d"], ["c"], ["a"]]
    assert [each.name for each in await store.channels(limit_bytes=20_000)] == ["d", "c", "a"]


async def test_names_to_propose_are_those_of_channels(store: Store) -> None:
    for name in ("nightly-eval", "nightly-train", "other"):
        await store.append(new_batch(["a"], channel=name))

    names = await store.names_near("nightly-evla", 10)

    assert set(names) == {"nightly-eval", "nightly-train", "other"}
    assert len(names) == 3


async def test_a_name_that_differs_only_in_case_comes_first(store: Store) -> None:
    for number in range(50):
        await store.append(new_batch(["a"], channel="Nightly" if number == 0 else f"n-{number}"))

    assert (await store.names_near("nightly", 9))[0] == "Nightly"


async def test_of_many_channels_few_names_are_read(store: Store) -> None:
    for number in range(50):
        await store.append(new_batch(["a"], channel=f"run-{number:02}"))

    assert len(await store.names_near("run-25x", 12)) <= 12


async def test_a_saved_state_takes_the_place_of_the_one_before(store: Store) -> None:
    await store.append(new_batch(["a", "b"]))
    await store.save_state("run", SavedState(1, b"first"))

    await store.save_state("run", SavedState(2, b"\x00second"))

    assert await store.saved_state("run") == SavedState(2, b"\x00second")


async def test_closing_finishes_what_was_appended(store: Store, announced: Announced) -> None:
    appending = [store.append(new_batch([f"{n}"], n=n)) for n in range(1, 301)]

    await store.close()
    await store.close()

    assert [each.result().seq for each in appending] == list(range(1, 301))
    assert len(announced.batches) == 300


async def test_l11_nothing_is_remembered_of_events_that_are_never_sent_again(
    store: Store,
) -> None:
    for message in ("a", "b"):
        await store.append(new_batch([message], publisher=None))
    await store.append(new_batch(["c"], publisher=ALICE))
    await store.append(new_batch(["d"], publisher=None))

    assert await whole_log(store) == list(enumerate("abcd", 1))
    assert await last_publisher_seq(store, "run", ALICE) == 1


# Access records.


async def test_an_access_record_is_replaced_only_by_a_caller_that_knows_the_last_one(
    store: Store,
) -> None:
    written = [
        await store.replace_access_record("run", b"first", None),
        await store.replace_access_record("run", b"other", None),
        await store.replace_access_record("run", b"second", b"first"),
        await store.replace_access_record("run", b"third", b"first"),
    ]

    assert written == [True, False, True, False]
    assert await store.access_records(["run", "other"]) == {"run": b"second"}


async def test_names_that_differ_only_in_case_have_one_access_record(store: Store) -> None:
    assert await store.replace_access_record("Run", b"first", None)

    assert await store.access_records(["rUN"]) == {"rUN": b"first"}


async def test_the_access_record_of_a_channel_is_removed_with_it(store: Store) -> None:
    await store.append(new_batch(["a"]))
    await store.replace_access_record("run", b"first", None)

    await store.remove("run")

    assert await store.access_records(["run"]) == {}


async def test_the_access_record_of_a_channel_that_begins_is_kept(store: Store) -> None:
    await store.replace_access_record("run", b"first", None)
    await store.append(new_batch(["a"]))

    assert await store.replace_access_record("run", b"second", b"first")
    assert await store.access_records(["run"]) == {"run": b"second"}
