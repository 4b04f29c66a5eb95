"""One client of a live hub: opening, publishing, watching, and being slow."""

from __future__ import annotations

import asyncio
import json
import time
import weakref
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets.errors import (
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
)
from realtime_widgets.hub import Login
from realtime_widgets.hub.parts import Tuning
from realtime_widgets.hub.transport import MAX_UNTAKEN
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.message_text import write_publish

from .fakes import (
    Client,
    FakeClock,
    FakeStore,
    all_events,
    connected,
    plain,
    publisher,
    running,
    taken,
    viewer,
)
from .loop import until

if TYPE_CHECKING:
    from realtime_widgets.protocol.position import Bounds

TWO_FRAMES = Limits(batch_bytes=200)
"""Small enough that every batch of the tests is a separate frame."""


# Opening.


async def test_a_viewer_may_come_before_the_publisher() -> None:
    async with running() as hub:
        early = await viewer(hub)
        sender = await publisher(hub, user="alice")
        await sender.publish(1, "a", "b")
        await until(lambda: len(early.lines) == 2)

    [welcome] = early.of_type("welcome")
    [events] = early.of_type("events")
    assert (welcome["epoch"], welcome["head"], welcome["recovered"]) == (None, 0, None)
    assert early.lines == [(1, "a"), (2, "b")]
    assert events["batches"][0]["user"] == "alice"


async def test_a_viewer_gets_what_was_before_it_and_what_comes_after() -> None:
    async with running() as hub:
        sender = await publisher(hub)
        await sender.publish(1, "a")
        late = await viewer(hub)
        await sender.publish(2, "b")
        await until(lambda: len(late.lines) == 2)

    [welcome] = late.of_type("welcome")
    assert (welcome["first"], welcome["head"]) == (1, 1)
    assert late.lines == [(1, "a"), (2, "b")]


async def test_a_viewer_that_resumes_at_the_head_gets_only_what_is_new() -> None:
    async with running() as hub:
        sender = await publisher(hub)
        await sender.publish(1, "a", "b")
        first = await viewer(hub)
        [welcome] = first.of_type("welcome")
        after = {"epoch": welcome["epoch"], "seq": 2, "entry": welcome["entry"]}

        again = await viewer(hub, after=after)
        await sender.publish(3, "c")
        await until(lambda: bool(again.lines))

    assert again.of_type("welcome")[0]["recovered"] is True
    assert again.lines == [(3, "c")]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"epoch": "another"}, "epoch"),
        ({"seq": 3, "entry": None}, "ahead"),
        ({"entry": "another"}, "diverged"),
    ],
)
async def test_a_viewer_of_another_log_reads_from_its_start(
    wrong: dict[str, Any], reason: str
) -> None:
    async with running() as hub:
        await (await publisher(hub)).publish(1, "a", "b")
        bounds = await hub.store.bounds("run")
        after = {"epoch": bounds.epoch, "seq": 2, "entry": bounds.batch_id, **wrong}

        client = await viewer(hub, after=after)
        await until(lambda: bool(client.lines))

    assert client.of_type("welcome")[0]["recovered"] is False
    assert [reset["reason"] for reset in client.of_type("reset")] == [reason]
    assert client.lines == [(1, "a"), (2, "b")]


async def test_a_viewer_that_reconnects_after_a_trim_gets_a_gap() -> None:
    async with running() as hub:
        sender = await publisher(hub)
        for n, line in enumerate("abcd", 1):
            await sender.publish(n, line)
        epoch = (await hub.store.bounds("run")).epoch
        await hub.store.trim("run", 3)

        client = await viewer(hub, after={"epoch": epoch, "seq": 1})
        await until(lambda: len(client.lines) == 2)

    [gap] = client.of_type("gap")
    assert (gap["from"], gap["to"], gap["reason"]) == (2, 2, "trimmed")
    assert client.lines == [(3, "c"), (4, "d")]


async def test_a_viewer_that_joins_while_the_run_is_deleted_is_closed_to_come_back() -> None:
    store = FakeStore()
    async with running(store) as hub:
        await (await publisher(hub)).publish(1, "a", "b")
        store.may_read.clear()
        reads = store.reads
        joining = asyncio.create_task(viewer(hub, newest=1))
        await until(lambda: store.reads > reads)

        await hub.remove("run")
        store.may_read.set()
        client = await joining

    assert client.messages == []
    assert client.transport.code == CloseCode.RECONNECT


def notices(client: Client) -> list[tuple[Any, ...]]:
    """What a viewer gets before and between the events."""
    return [
        (message["from"], message["to"], message["reason"])
        if message["type"] == "gap"
        else (message["state"]["status"], message["state"]["head"], message["state"]["logs"])
        for message in client.messages
        if message["type"] in {"gap", "state"}
    ]


async def test_a_viewer_that_joins_at_the_end_gets_the_state_the_newest_events_and_what_comes() -> (
    None
):
    async with running() as hub:
        sender = await publisher(hub)
        await sender.publish_status(1, "running")
        await sender.publish(2, "a", "b", "c")
        await sender.publish(5, "d")

        client = await viewer(hub, after=None, newest=2)
        await until(lambda: len(client.lines) == 2)
        await sender.publish(6, "e")
        await until(lambda: len(client.lines) == 3)

    assert client.lines == [(4, "c"), (5, "d"), (6, "e")]
    assert notices(client) == [(1, 3, "skipped"), ("running", 5, 4)]
    assert client.of_type("welcome")[0]["recovered"] is None


async def test_a_viewer_that_joins_at_the_end_of_a_short_log_gets_the_state_and_all() -> None:
    async with running() as hub:
        await (await publisher(hub)).publish(1, "a", "b")

        client = await viewer(hub, newest=1_000)
        await until(lambda: len(client.lines) == 2)

    assert notices(client) == [("pending", 2, 2)]


async def test_a_viewer_that_joins_at_the_end_of_no_log_gets_its_first_events() -> None:
    async with running() as hub:
        client = await viewer(hub, newest=1)
        await (await publisher(hub)).publish(1, "a", "b")
        await until(lambda: len(client.lines) == 2)

    assert client.lines == [(1, "a"), (2, "b")]
    assert notices(client) == []


async def test_a_viewer_that_joins_at_the_end_of_a_trimmed_log_skips_only_what_is_kept() -> None:
    async with running() as hub:
        sender = await publisher(hub)
        for n in range(1, 7):
            await sender.publish(n, str(n))
        await hub.store.trim("run", 3)

        part = await viewer(hub, newest=2)
        rest = await viewer(hub, newest=5)
        await until(lambda: len(part.lines) == 2 and len(rest.lines) == 4)

    assert part.of_type("welcome")[0]["first"] == rest.of_type("welcome")[0]["first"] == 3
    assert notices(part) == [(3, 4, "skipped"), ("pending", 6, 6)]
    assert notices(rest) == [("pending", 6, 6)]


async def test_a_viewer_that_joins_at_a_damaged_end_gets_a_gap_there() -> None:
    store = FakeStore()
    async with running(store) as hub:
        sender = await publisher(hub)
        for n in range(1, 7):
            await sender.publish(n, str(n))
        hub.channels.clear()
        store.damaged = {4, 6}

        client = await viewer(hub, newest=2)
        await until(lambda: len(client.of_type("gap")) == 3)

    assert client.lines == [(3, "3"), (5, "5")]
    assert [notice for notice in notices(client) if notice[-1] in {"skipped", "damaged"}] == [
        (1, 2, "skipped"),
        (4, 4, "damaged"),
        (6, 6, "damaged"),
    ]


async def test_a_viewer_that_joins_while_the_log_is_trimmed_gets_what_is_left() -> None:
    store = FakeStore()
    async with running(store) as hub:
        sender = await publisher(hub)
        for n in range(1, 7):
            await sender.publish(n, str(n))
        bounds = store.bounds

        async def trimmed_meanwhile(channel: str) -> Bounds:
            seen = await bounds(channel)
            await store.trim(channel, 6)
            return seen

        store.bounds = trimmed_meanwhile  # type: ignore[method-assign]
        client = await viewer(hub, newest=4)
        await until(lambda: bool(client.lines))

    assert client.lines == [(6, "6")]
    assert client.of_type("welcome")[0]["first"] == 6
    assert notices(client) == [("pending", 6, 6)]


async def test_a_publisher_gets_its_last_number_in_welcome() -> None:
    async with running() as hub:
        await (await publisher(hub)).publish(1, "a", "b")

        again = await publisher(hub)
        other = await publisher(hub, publisher_id="1e" * 16)

    assert again.of_type("welcome")[0]["last_n"] == 2
    assert other.of_type("welcome")[0]["last_n"] is None


async def test_a_ticket_is_checked_before_anything_is_sent() -> None:
    asked: list[str | None] = []

    async def check(ticket: str | None) -> Login | CloseCode:
        asked.append(ticket)
        return Login() if ticket == "good" else CloseCode.UNAUTHORIZED

    async with running() as hub:
        for ticket in ({}, {"ticket": "bad"}, {"ticket": "good"}):
            client = connected(hub, check_ticket=check)
            await client.send(type="hello", v=1, sprint_id="run", watch={}, **ticket)
            if ticket == {"ticket": "good"}:
                assert [message["type"] for message in client.messages] == ["welcome"]
            else:
                assert client.transport.code == CloseCode.UNAUTHORIZED
                assert client.messages == []

    assert asked == [None, "bad", "good"]


async def test_where_the_store_cannot_be_read_the_client_is_closed_to_reconnect() -> None:
    store = FakeStore()
    store.fails_with = StoreError("it is damaged")
    async with running(store) as hub:
        client = await viewer(hub)

    assert client.transport.code == CloseCode.STORAGE_UNAVAILABLE
    assert client.messages == []


async def test_a_client_that_leaves_while_the_log_is_read_is_sent_nothing() -> None:
    store = FakeStore()
    async with running(store) as hub:
        store.may_read.clear()
        client = connected(hub)
        hello = asyncio.create_task(client.send(type="hello", v=1, sprint_id="run", watch={}))
        await until(lambda: store.reads > 0)

        hub.disconnect(client.connection)
        store.may_read.set()
        await hello

    assert client.messages == []
    assert client.transport.code is None
    assert client.connection.channel is None


async def test_a_binary_frame_closes() -> None:
    async with running() as hub:
        client = await viewer(hub)
        await taken(client.connection.receive_binary())

    assert client.transport.code == CloseCode.BINARY_NOT_SUPPORTED


# Publishing.


async def test_an_ack_comes_after_the_commit_and_before_nothing_else() -> None:
    store = FakeStore()
    async with running(store) as hub:
        sender, watcher = await publisher(hub), await viewer(hub)
        store.held = []
        await sender.publish(1, "a")
        await asyncio.sleep(0)
        assert sender.of_type("ack") == watcher.lines == []

        store.release()
        await until(lambda: bool(sender.of_type("ack") and watcher.lines))

        epoch = (await store.bounds("run")).epoch
        ack = {"type": "ack", "up_to": 1, "seq": 1, "epoch": epoch, "duplicate": False}
        assert sender.of_type("ack") == [ack]


async def test_the_bytes_of_a_publisher_reach_the_viewer_as_they_were() -> None:
    body = b'[{ "type":"log", "message":"\xc3\xa4 \\u0041" }]'
    async with running() as hub:
        sender, watcher = await publisher(hub), await viewer(hub)
        await taken(sender.connection.receive(write_publish(1, body)))
        await until(lambda: bool(watcher.lines))

    assert body in watcher.transport.frames[-1]


async def test_what_was_stored_is_not_stored_again() -> None:
    async with running() as hub:
        sender, watcher = await publisher(hub), await viewer(hub)
        await sender.publish(1, "a", "b")
        again = await publisher(hub)
        await again.publish(1, "a", "b", "c")
        await until(lambda: len(watcher.lines) == 3)

    assert watcher.lines == [(1, "a"), (2, "b"), (3, "c")]
    assert [ack["up_to"] for ack in again.of_type("ack")] == [3]


async def test_a_hole_is_answered_with_the_number_to_continue_from() -> None:
    async with running() as hub:
        sender = await publisher(hub)
        await sender.publish(1, "a")
        await sender.publish(3, "c")
        await until(lambda: bool(sender.of_type("nack")))

    [nack] = sender.of_type("nack")
    assert (nack["n"], nack["code"], nack["retry"], nack["expect"]) == (3, "hole", True, 2)


async def test_one_refused_event_takes_its_number_and_the_others_are_stored() -> None:
    async with running() as hub:
        sender, watcher = await publisher(hub), await viewer(hub)
        good = {"type": "log", "message": "m"}
        bad = {"type": "log", "message": "x" * 65_537}
        await sender.send(type="publish", first_n=7, events=[good, bad, good])
        await until(lambda: bool(sender.of_type("ack") and watcher.of_type("events")))

    [nack], [ack] = sender.of_type("nack"), sender.of_type("ack")
    assert (nack["n"], nack["code"], nack["field"], nack["retry"]) == (
        8,
        "bad_field",
        "message",
        False,
    )
    assert (ack["up_to"], ack["seq"]) == (9, 3)
    [events] = watcher.of_type("events")
    kinds = [event["type"] for event in events["batches"][0]["events"]]
    assert kinds == ["log", "dropped", "log"]


LINE = b'[{"type":"log","message":"%b"}]'
REFUSED = b'[{"type":"log"}]'
UNUSABLE = b"[{]"


def at_once(sender: Client, *messages: tuple[int, bytes]) -> None:
    """Publish messages that one read brings."""
    for first_n, events in messages:
        assert sender.connection.receive(write_publish(first_n, events)) is None, "the next is read"


async def test_messages_that_come_together_are_stored_and_acknowledged_as_one() -> None:
    async with running() as hub:
        sender, watcher = await publisher(hub), await viewer(hub)
        at_once(sender, *((n, LINE % b"%d" % n) for n in (1, 2, 3)))
        await until(lambda: bool(sender.of_type("ack") and watcher.lines))

    assert [(ack["up_to"], ack["seq"]) for ack in sender.of_type("ack")] == [(3, 3)]
    [events] = watcher.of_type("events")
    assert len(events["batches"]) == 1
    assert watcher.lines == [(1, "1"), (2, "2"), (3, "3")]


async def test_a_message_that_comes_alone_waits_for_no_other() -> None:
    store = FakeStore()
    async with running(store) as hub:
        sender = await publisher(hub)
        store.held = []
        at_once(sender, (1, LINE % b"a"))
        await asyncio.sleep(0)
        assert len(store.held) == 1

        store.release()


@pytest.mark.parametrize(
    "limits", [Limits(batch_events=3), Limits(batch_bytes=3 * len(LINE % b"a"))]
)
async def test_what_is_joined_is_no_larger_than_one_message_may_be(limits: Limits) -> None:
    async with running(limits=limits) as hub:
        sender, watcher = await publisher(hub), await viewer(hub)
        at_once(sender, *((n, LINE % b"a") for n in range(1, 6)))
        await until(lambda: len(watcher.lines) == 5)

    batches = [batch for message in watcher.of_type("events") for batch in message["batches"]]
    assert [len(batch["events"]) for batch in batches] == [3, 2]
    assert [ack["up_to"] for ack in sender.of_type("ack")] == [3, 5]


async def test_a_bad_message_among_others_costs_only_itself() -> None:
    async with running() as hub:
        sender, watcher = await publisher(hub), await viewer(hub)
        refused = LINE[:-1] % b"b" + b"," + REFUSED[1:]
        at_once(sender, (1, LINE % b"a"), (2, refused), (4, UNUSABLE), (4, LINE % b"c"))
        await until(lambda: bool(sender.of_type("ack") and len(watcher.lines) == 3))

    assert [error["code"] for error in sender.of_type("error")] == ["bad_json"]
    assert [(nack["n"], nack["code"]) for nack in sender.of_type("nack")] == [(3, "bad_field")]
    assert [ack["up_to"] for ack in sender.of_type("ack")] == [4]
    assert watcher.lines == [(1, "a"), (2, "b"), (4, "c")]


async def test_a_hole_among_messages_costs_only_what_is_behind_it() -> None:
    async with running() as hub:
        sender, watcher = await publisher(hub), await viewer(hub)
        at_once(sender, (1, LINE % b"a"), (2, LINE % b"b"), (4, LINE % b"d"), (5, LINE % b"e"))
        await until(lambda: bool(sender.of_type("nack") and watcher.lines))

    [nack] = sender.of_type("nack")
    assert (nack["n"], nack["code"], nack["expect"]) == (4, "hole", 3)
    assert [ack["up_to"] for ack in sender.of_type("ack")] == [2]
    assert watcher.lines == [(1, "a"), (2, "b")]


async def test_l15_the_ack_of_what_is_sent_again_has_the_seq_that_it_was_stored_with() -> None:
    async with running() as hub:
        sender, other = await publisher(hub), await publisher(hub, publisher_id="1f" * 16)
        await sender.publish(1, "a", "b")
        for n in range(1, 6):
            await other.publish(n, f"other {n}")
        again = await publisher(hub)

        await again.publish(2, "b")
        await again.publish(2, "b", "c")
        await again.publish(1, "a", "b", "c")

    epoch = sender.of_type("ack")[0]["epoch"]
    assert [sender.of_type("ack"), again.of_type("ack")] == [
        [{"type": "ack", "up_to": 2, "seq": 2, "epoch": epoch, "duplicate": False}],
        [
            {"type": "ack", "up_to": 2, "seq": 2, "epoch": epoch, "duplicate": True},
            {"type": "ack", "up_to": 3, "seq": 8, "epoch": epoch, "duplicate": False},
            {"type": "ack", "up_to": 3, "seq": 8, "epoch": epoch, "duplicate": True},
        ],
    ]


async def test_what_is_sent_again_among_new_messages_is_stored_once() -> None:
    async with running() as hub:
        sender, watcher = await publisher(hub), await viewer(hub)
        at_once(sender, (1, LINE % b"a"), (2, LINE % b"b"), (1, LINE % b"a"), (2, LINE % b"b"))
        at_once(sender, (3, LINE % b"c"))
        await until(lambda: len(watcher.lines) == 3)

    assert watcher.lines == [(1, "a"), (2, "b"), (3, "c")]
    assert [ack["up_to"] for ack in sender.of_type("ack")] == [2, 3]


async def test_messages_that_could_not_be_stored_are_asked_for_from_the_first() -> None:
    store = FakeStore()
    async with running(store) as hub:
        sender = await publisher(hub)
        store.append_fails_with = StoreUnavailableError("the disk is full")
        at_once(sender, (1, LINE % b"a"), (2, LINE % b"b"))
        await until(lambda: bool(sender.of_type("nack")))

    [nack] = sender.of_type("nack")
    assert (nack["n"], nack["retry"], nack["expect"]) == (1, True, None)


async def test_what_came_before_the_end_of_a_connection_is_stored() -> None:
    async with running() as hub:
        leaves, is_fenced = await publisher(hub), await publisher(hub, publisher_id="1f" * 16)
        watcher = await viewer(hub)
        at_once(leaves, (1, LINE % b"a"), (2, LINE % b"b"))
        hub.disconnect(leaves.connection)
        at_once(is_fenced, (1, LINE % b"c"), (2, LINE % b"d"))
        again = await publisher(hub, publisher_id="1f" * 16)
        await again.publish(1, "c", "d", "e")
        await until(lambda: len(watcher.lines) == 5)

    assert is_fenced.transport.code == CloseCode.FENCED
    assert [line for _, line in watcher.lines] == list("abcde")


async def test_a_store_that_takes_nothing_by_mistake_closes_the_connection_and_is_logged(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when memory ran out: the publisher would wait for ever."""
    store = FakeStore()
    async with running(store) as hub:
        sender = await publisher(hub)
        monkeypatch.setattr(store, "append", lambda _: 1 / 0)
        at_once(sender, (1, LINE % b"a"))
        await until(lambda: sender.transport.code is not None)

    assert sender.transport.code is CloseCode.INTERNAL_ERROR
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    ("first_n", "events", "code", "field"),
    [
        (1, UNUSABLE, "bad_json", None),
        (1, b"[]", "bad_field", "events"),
        (2**53 - 1, b'[{"type":"a"},{"type":"b"}]', "bad_field", "first_n"),
    ],
)
async def test_what_is_no_batch_is_answered_with_an_error_and_nothing_is_stored(
    first_n: int, events: bytes, code: str, field: str | None
) -> None:
    """An empty array made a channel of nothing, and its ack could not be written."""
    async with running() as hub:
        sender = await publisher(hub)
        await taken(sender.connection.receive(write_publish(first_n, events)))

        [error] = sender.of_type("error")
        assert (error["code"], error["field"]) == (code, field)
        assert await hub.store.channels() == []
        await sender.publish(1, "still here")
        await until(lambda: bool(sender.of_type("ack")))


async def test_the_last_number_of_all_can_be_used() -> None:
    async with running() as hub:
        sender = await publisher(hub)
        await sender.publish(2**53 - 1, "the end")
        await until(lambda: bool(sender.of_type("ack")))

    assert sender.of_type("ack")[0]["up_to"] == 2**53 - 1


async def test_an_id_that_differs_only_in_case_is_refused_for_good() -> None:
    async with running() as hub:
        await (await publisher(hub, "Nightly")).publish(1, "a")

        other = await publisher(hub, "nightly")
        await other.publish(1, "b")
        await until(lambda: other.transport.code is not None)

    [error] = other.of_type("error")
    assert (error["code"], error["field"]) == ("id_case", "sprint_id")
    assert other.transport.code == CloseCode.BAD_MESSAGE


async def test_while_the_store_cannot_write_the_publisher_is_asked_to_send_again() -> None:
    store = FakeStore()
    async with running(store) as hub:
        sender = await publisher(hub)
        store.append_fails_with = StoreUnavailableError("the disk is full")
        await sender.publish(1, "a")
        await until(lambda: bool(sender.of_type("nack")))
        store.append_fails_with = None
        await sender.publish(1, "a")
        await until(lambda: bool(sender.of_type("ack")))

    [nack] = sender.of_type("nack")
    assert (nack["n"], nack["code"], nack["message"], nack["retry"], nack["expect"]) == (
        1,
        "storage_unavailable",
        "the disk is full",
        True,
        None,
    )


async def test_viewers_get_trouble_while_nothing_can_be_stored() -> None:
    store = FakeStore()
    async with running(store) as hub:
        early, sender = await viewer(hub), await publisher(hub)
        store.append_fails_with = StoreFullError("no room")
        for _ in range(3):
            await sender.publish(1, "a")
        await until(lambda: len(sender.of_type("nack")) == 3)
        late = await viewer(hub)
        store.append_fails_with = None
        await sender.publish(1, "a")
        await until(lambda: bool(late.lines))

    assert [nack["code"] for nack in sender.of_type("nack")] == ["storage_full"] * 3
    begin = {"type": "trouble", "code": "storage_full", "message": "no room"}
    end = {"type": "trouble", "code": None, "message": None}
    assert early.of_type("trouble") == late.of_type("trouble") == [begin, end]
    assert sender.of_type("trouble") == []


async def test_a_connection_above_its_rate_is_asked_to_send_again_later() -> None:
    clock = FakeClock()
    async with running(limits=Limits(events_per_second=10), clock=clock, tuning=Tuning()) as hub:
        sender, other = await publisher(hub), await publisher(hub, publisher_id="1f" * 16)
        await sender.publish(1, *"abcdefghijkl")
        await sender.publish(13, "m")
        await other.publish(1, "n")
        clock.now += 1.1
        await sender.publish(13, "m")
        await until(lambda: len(sender.of_type("ack")) == 2)

    [nack] = sender.of_type("nack")
    assert (nack["n"], nack["code"], nack["retry"]) == (13, "rate_limited", True)
    assert nack["message"] == "more than 10 events a second"
    assert len(other.of_type("ack")) == 1


async def test_a_store_that_is_damaged_is_recreated_and_all_clients_come_back() -> None:
    store = FakeStore()
    async with running(store) as hub:
        watching, sender = await viewer(hub), await publisher(hub)
        await sender.publish(1, "a")
        await until(lambda: bool(watching.lines))
        position = watching.of_type("events")[0]
        store.append_fails_with = StoreDamagedError("it is damaged")
        await sender.publish(2, "b")
        await until(lambda: watching.transport.code is not None)
        store.append_fails_with = None

        assert watching.transport.code == sender.transport.code == CloseCode.RECONNECT
        [nack] = sender.of_type("nack")
        assert (nack["n"], nack["code"], nack["retry"]) == (2, "storage_unavailable", True)
        again = await publisher(hub)
        assert again.of_type("welcome")[0]["last_n"] is None
        await again.publish(2, "b")
        entry = position["batches"][0]["entry"]
        after = {"epoch": position["epoch"], "seq": 1, "entry": entry}
        back = await viewer(hub, after=after)
        await until(lambda: bool(back.lines))

    assert [reset["reason"] for reset in back.of_type("reset")] == ["epoch"]
    assert back.lines == [(1, "b")]


async def test_a_viewer_gets_a_gap_for_what_is_damaged_and_the_rest() -> None:
    store = FakeStore()
    async with running(store) as hub:
        sender = await publisher(hub)
        for n, line in enumerate("abcd", 1):
            await sender.publish(n, line)
        hub.channels.clear()
        store.damaged = {1, 3}

        client = await viewer(hub)
        await until(lambda: len(client.lines) == 2)

    assert client.lines == [(2, "b"), (4, "d")]
    damaged = {"type": "gap", "reason": "damaged"}
    assert client.of_type("gap") == [
        {**damaged, "from": 1, "to": 1},
        {**damaged, "from": 3, "to": 3},
    ]


async def test_a_viewer_that_misses_events_gets_the_state_that_they_led_to() -> None:
    store = FakeStore()
    async with running(store) as hub:
        sender = await publisher(hub)
        await sender.publish_status(1, "running")
        await sender.publish(2, "a")
        whole = await viewer(hub)
        await until(lambda: bool(whole.lines))
        after = {"epoch": whole.of_type("welcome")[0]["epoch"], "seq": 0}
        await sender.publish(3, "b")
        await store.trim("run", 3)

        trimmed = await viewer(hub)
        resumed = await viewer(hub, after=after)
        diverged = await viewer(hub, after={**after, "epoch": "another"})
        recovered = await viewer(hub, after={**after, "seq": 2})

    for client in (trimmed, resumed, diverged):
        [message] = client.of_type("state")
        state = message["state"]
        assert (state["status"], state["head"], state["logs"]) == ("running", 3, 2)
    assert whole.of_type("state") == recovered.of_type("state") == []


async def test_a_viewer_continues_behind_an_end_that_is_damaged() -> None:
    store = FakeStore()
    async with running(store) as hub:
        sender = await publisher(hub)
        for n, line in enumerate("abc", 1):
            await sender.publish(n, line)
        hub.channels.clear()
        store.damaged = {2, 3}

        client = await viewer(hub)
        await until(lambda: bool(client.of_type("gap")))
        await sender.publish(4, "d")
        await until(lambda: len(client.lines) == 2)

    assert client.lines == [(1, "a"), (4, "d")]
    assert client.of_type("gap") == [{"type": "gap", "from": 2, "to": 3, "reason": "damaged"}]


async def test_a_publisher_whose_messages_wait_for_the_store_is_not_silent() -> None:
    """Its pong was not read, because the window was full."""
    clock = FakeClock()
    store = FakeStore()
    async with running(store, clock=clock, tuning=Tuning()) as hub:
        sender = await publisher(hub, lease=True)
        store.held = []
        await sender.publish(1, "a")
        clock.now += 100

        sender.connection.tick(clock.now)

        assert (sender.transport.code, sender.connection.session.received_at) == (None, clock.now)
        store.release()
        await until(lambda: bool(sender.of_type("ack")))


async def test_a_publisher_that_is_not_listened_to_is_not_silent() -> None:
    """Too much of others waits for the store."""
    clock = FakeClock()
    store = FakeStore()
    async with running(store, clock=clock, tuning=Tuning(max_pending_bytes=1)) as hub:
        other, sender = await publisher(hub), await publisher(hub, publisher_id="1f" * 16)
        store.held = []
        await other.publish(1, "a")
        waiting = asyncio.create_task(sender.publish(1, "b"))
        await asyncio.sleep(0)
        clock.now += 100

        sender.connection.tick(clock.now)

        assert (sender.transport.code, sender.connection.session.received_at) == (None, clock.now)
        store.release()
        await waiting
        store.release()
        await until(lambda: bool(sender.of_type("ack")))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"status": "lost"}, "status"),
        ({"status": "running", "back": True}, "back"),
        ({"status": "running", "last_seen": 1.5}, "last_seen"),
        ({"status": "running", "attempt": "a", "joins": "b"}, "joins"),
    ],
)
async def test_l1_events_of_the_hub_are_refused_in_both_modes(
    fields: dict[str, Any], field: str
) -> None:
    event = {"type": "status_update", **fields}
    async with running() as hub:
        v1, client = await publisher(hub), await plain(hub)
        for text in (
            write_publish(1, json.dumps([event]).encode()),
            json.dumps({"type": "publish", "events": [event], "first_n": 2}),
        ):
            await taken(v1.connection.receive(text))
        await client.send(**event)
        await until(lambda: hub.channels["run"].state.dropped == 3)

        for nack in v1.of_type("nack"):
            assert (nack["code"], nack["field"], nack["retry"]) == ("bad_field", field, False)
        (error,) = client.of_type("error")
        assert (error["code"], error["field"]) == ("bad_field", field)
        state = await hub.state("run")
        assert (state.status, state.members.left) == ("pending", [])
        assert await hub.broadcast("run", event) == 4


async def test_l1_three_largest_counts_are_no_larger_than_browsers_can_count() -> None:
    async with running() as hub:
        sender = await publisher(hub)
        dropped = {"type": "dropped", "count": 2**53 - 1, "reason": "buffer_full"}
        await sender.send(type="publish", first_n=1, events=[dropped] * 3)
        await until(lambda: bool(sender.of_type("ack")))

        assert (await hub.state("run")).dropped == 2**53 - 1


async def test_b33_a_recreated_log_has_the_members_that_continue() -> None:
    store = FakeStore()
    async with running(store) as hub:
        one, two = await publisher(hub), await publisher(hub, publisher_id="1f" * 16)
        await one.publish_status(1, "running", attempt="a")
        await two.publish_status(1, "running", attempt="b")
        await one.publish_status(2, "failed", attempt="a", message="why")
        await two.publish_status(2, "needs_input", attempt="b", message="key?")
        before = hub.channels["run"].state
        await until(lambda: before.status == "needs_input")
        epoch = hub.channels["run"].bounds.epoch

        hub.store_failed(StoreDamagedError("rows are missing"))
        await until(lambda: "run" in hub.channels and hub.channels["run"].bounds.epoch != epoch)

        channel = hub.channels["run"]
        await until(lambda: channel.state.head == 4)
        assert channel.state.status == "needs_input"
        assert channel.state.members.left == before.members.left
        assert channel.state.members.outcome == before.members.outcome


async def test_m4_a_plain_client_that_is_back_takes_its_run_back_with_its_status() -> None:
    async with running() as hub:
        await hub.broadcast("run", {"type": "status_update", "status": "running"})
        await hub.broadcast("run", {"type": "status_update", "status": "lost"})
        client = await plain(hub)
        await client.send(type="log", message="here again")
        await until(lambda: hub.channels["run"].state.logs == 1)
        channel = hub.channels["run"]
        assert not channel.leases.is_held(now=time.monotonic())

        await client.send(type="status_update", status="running")
        await until(lambda: channel.state.status == "running")

        assert channel.leases.is_held(now=time.monotonic())
        assert channel.state.attempt == 1


async def test_a_client_that_connects_while_a_store_is_recreated_waits_for_the_new_log() -> None:
    store = FakeStore()
    async with running(store) as hub:
        sender = await publisher(hub)
        await sender.publish_status(1, "running", attempt="a1", message="epoch 3")
        await sender.publish(2, "a")
        epoch = hub.channels["run"].bounds.epoch
        store.append_fails_with = StoreDamagedError("it is damaged")
        store.may_recreate.clear()
        await sender.publish(3, "b")
        await until(lambda: sender.transport.code is not None)
        store.append_fails_with = None

        coming = asyncio.create_task(viewer(hub, after={"epoch": epoch, "seq": 1}))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not coming.done()
        store.may_recreate.set()
        client = await coming
        await until(lambda: client.status == "running")

    assert [reset["reason"] for reset in client.of_type("reset")] == ["epoch"]
    assert client.lines == []
    # What the run was doing continues in the new log.
    assert client.statuses == [{"status": "running", "message": "epoch 3", "attempt": "a1"}]


async def test_an_append_that_is_never_finished_is_not_answered() -> None:
    store = FakeStore()
    async with running(store) as hub:
        sender = await publisher(hub)
        store.held = []
        await sender.publish(1, "a")
        _, appending = store.held.pop()
        appending.cancel()
        await asyncio.sleep(0)
        await sender.publish(1, "a")
        store.release()
        await until(lambda: bool(sender.of_type("ack")))

    assert [message["type"] for message in sender.messages] == ["welcome", "ack"]


async def test_a_bug_in_a_store_closes_the_connection_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = FakeStore()
    async with running(store) as hub:
        sender = await publisher(hub)
        store.append_fails_with = ZeroDivisionError()
        await sender.publish(1, "a")
        await until(lambda: sender.transport.code is not None)

    assert sender.transport.code is CloseCode.INTERNAL_ERROR
    assert "ZeroDivisionError" in caplog.text


async def test_time_in_which_the_server_was_stopped_is_not_held_against_a_client() -> None:
    async with running() as hub:
        client = await viewer(hub)
        now = time.monotonic()

        client.connection.extend_deadlines(600, now=now + 600)
        client.connection.tick(now + 620)
        assert client.transport.code is None

        client.connection.tick(now + 646)
        assert client.transport.code is CloseCode.NO_PONG


async def test_beyond_the_window_a_publisher_is_not_listened_to() -> None:
    store = FakeStore()
    async with running(store, limits=Limits(window=2)) as hub:
        sender = await publisher(hub)
        store.held = []
        await sender.publish(1, "a")
        second = asyncio.create_task(sender.publish(2, "b"))
        await until(lambda: len(store.held or []) == 2)
        await asyncio.sleep(0)
        assert not second.done()

        store.release()
        await second
        assert not sender.of_type("ack")[1:]
        store.release()
        await until(lambda: len(sender.of_type("ack")) == 2)


async def test_while_too_much_waits_for_the_store_publishers_are_not_listened_to() -> None:
    store = FakeStore()
    async with running(store, tuning=Tuning(max_pending_bytes=200)) as hub:
        sender, other = await publisher(hub), await publisher(hub, publisher_id="1f" * 16)
        watcher = await viewer(hub)
        store.held = []
        await sender.publish(1, "a" * 100)
        await sender.publish(2, "b" * 100)
        waiting = asyncio.create_task(other.publish(1, "c"))
        await asyncio.sleep(0)
        await watcher.send(type="ping")
        assert watcher.of_type("pong")
        assert len(store.held) == 2
        assert not waiting.done()

        store.release()
        await waiting
        store.release()
        store.release()
        await until(lambda: bool(other.of_type("ack")))

    assert watcher.lines == [(1, "a" * 100), (2, "b" * 100), (3, "c")]
    assert not other.of_type("nack")


async def test_a_publisher_of_little_is_not_kept_out_by_one_of_much() -> None:
    """Each waits for the other's events, in the order in which they came."""
    store = FakeStore()
    async with running(store, tuning=Tuning(max_pending_bytes=1)) as hub:
        much, little = await publisher(hub), await publisher(hub, publisher_id="1f" * 16)
        watcher = await viewer(hub)
        store.held = []
        await much.publish(1, "a" * 100)
        waiting = [
            asyncio.create_task(client.publish(n, line))
            for client, n, line in ((much, 2, "b" * 100), (little, 1, "c"), (much, 3, "d" * 100))
        ]
        for number in range(4):
            await until(lambda: len(store.held or []) == 1)
            assert sum(task.done() for task in waiting) == number
            store.release()
        await until(lambda: len(watcher.lines) == 4)

    assert [line[0] for _, line in watcher.lines] == ["a", "b", "c", "d"]


async def test_a_message_is_kept_once_while_its_publisher_waits() -> None:
    """Not as it came, when its events are read from it."""

    class Text(str):
        """A string of which it can be seen whether it is referenced."""

        __slots__ = ("__weakref__",)

    store = FakeStore()
    async with running(store, tuning=Tuning(max_pending_bytes=1)) as hub:
        sender = await publisher(hub)
        store.held = []
        await sender.publish(1, "a")
        text = Text(write_publish(2, b'[{"type":"log","message":"b"}]'))
        kept = weakref.ref(text)
        waiting = asyncio.create_task(taken(sender.connection.receive(text)))
        del text
        await until(lambda: kept() is None)
        assert not waiting.done()

        store.release()
        await waiting
        store.release()
        await until(lambda: len(sender.of_type("ack")) == 2)


async def test_a_client_that_sends_and_does_not_read_is_not_read_from() -> None:
    async with running() as hub:
        client = await viewer(hub, is_slow=True)
        for _ in range(MAX_UNTAKEN):
            await client.send(type="ping")

        one_more = asyncio.create_task(client.send(type="ping"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not one_more.done()

        client.transport.take()
        await one_more
        assert len(client.of_type("pong")) == MAX_UNTAKEN + 1


async def test_a_second_connection_of_a_publisher_fences_the_first() -> None:
    async with running() as hub:
        first = await publisher(hub)
        second = await publisher(hub)
        other = await publisher(hub, publisher_id="1e" * 16)
        elsewhere = await publisher(hub, "other")
        await first.publish(1, "from the grave")
        await second.publish(1, "mine")
        await until(lambda: bool(second.of_type("ack")))

        assert first.transport.code == CloseCode.FENCED
        assert {other.transport.code, elsewhere.transport.code} == {None}
        hub.disconnect(first.connection)
        await publisher(hub)
        assert second.transport.code == CloseCode.FENCED
        [event] = await all_events(hub)
        assert event["message"] == "mine"


async def test_what_the_fenced_one_had_handed_over_is_stored_once() -> None:
    store = FakeStore()
    async with running(store) as hub:
        first = await publisher(hub)
        store.held = []
        await first.publish(1, "a", "b")
        second = await publisher(hub)
        assert second.of_type("welcome")[0]["last_n"] is None
        await second.publish(1, "a", "b", "c")

        store.release()
        store.release()
        await until(lambda: bool(second.of_type("ack")))

        events = await all_events(hub)
        assert [event["message"] for event in events] == ["a", "b", "c"]


# Watching.


async def test_a_slow_viewer_holds_one_message_and_delays_no_other() -> None:
    async with running(limits=TWO_FRAMES) as hub:
        sender, fast = await publisher(hub), await viewer(hub)
        slow = await viewer(hub, is_slow=True)
        for n in range(1, 21):
            await sender.publish(n, f"line {n}")
        await until(lambda: len(fast.lines) == 20)

        assert len(slow.transport.waiting) == 1
        slow.transport.take_all()
        await until(lambda: len(slow.lines) == 20)

    assert slow.lines == fast.lines == [(n, f"line {n}") for n in range(1, 21)]


async def test_what_piled_up_is_joined_for_a_slow_viewer() -> None:
    async with running() as hub:
        sender = await publisher(hub)
        slow = await viewer(hub, is_slow=True)
        for n in range(1, 21):
            await sender.publish(n, f"line {n}")
            await asyncio.sleep(0)

        slow.transport.take_all()
        await until(lambda: len(slow.lines) == 20)

    assert len(slow.of_type("events")) == 2


async def test_a_viewer_far_behind_is_served_from_the_store() -> None:
    store = FakeStore()
    async with running(
        store, limits=TWO_FRAMES, tuning=Tuning(tail_bytes=100, frame_cache_bytes=100)
    ) as hub:
        sender = await publisher(hub)
        slow = await viewer(hub, is_slow=True)
        for n in range(1, 51):
            await sender.publish(n, f"line {n}")
        reads = store.reads
        slow.transport.take_all()
        await until(lambda: len(slow.lines) == 50)

    assert store.reads > reads
    assert slow.lines == [(n, f"line {n}") for n in range(1, 51)]


async def test_a_viewer_that_is_overtaken_by_a_trim_gets_a_gap() -> None:
    async with running(limits=TWO_FRAMES, tuning=Tuning(tail_bytes=1)) as hub:
        sender = await publisher(hub)
        slow = await viewer(hub, is_slow=True)
        for n in range(1, 11):
            await sender.publish(n, f"line {n}")
            await asyncio.sleep(0)
        await hub.store.trim("run", 8)
        slow.transport.take_all()
        await until(lambda: slow.lines[-1:] == [(10, "line 10")])

    assert [seq for seq, _ in slow.lines] == [1, 8, 9, 10]
    [gap] = slow.of_type("gap")
    assert (gap["from"], gap["to"]) == (2, 7)
    assert slow.messages.index(gap) == 2  # after the welcome and the first event


async def test_a_viewer_with_no_events_left_gets_a_gap_when_the_log_continues() -> None:
    store = FakeStore()
    async with running(store, limits=TWO_FRAMES, tuning=Tuning(tail_bytes=1)) as hub:
        sender = await publisher(hub)
        slow = await viewer(hub, is_slow=True)
        for n in range(1, 5):
            await sender.publish(n, f"line {n}")
            await asyncio.sleep(0)
        await hub.store.trim("run", 5)
        reads = store.reads
        slow.transport.take_all()
        await until(lambda: store.reads > reads)
        await asyncio.sleep(0)
        assert slow.lines == [(1, "line 1")]

        await sender.publish(5, "line 5")
        await until(lambda: len(slow.lines) == 2)

    [gap] = slow.of_type("gap")
    assert (gap["from"], gap["to"]) == (2, 4)
    assert slow.lines == [(1, "line 1"), (5, "line 5")]


async def test_a_viewer_that_takes_nothing_for_a_minute_is_cut_and_resumes() -> None:
    async with running(limits=Limits(ping_s=1_000)) as hub:
        sender = await publisher(hub)
        slow = await viewer(hub, is_slow=True)
        begun = time.monotonic()
        await sender.publish(1, "a")
        await until(lambda: bool(slow.lines))

        slow.connection.tick(begun + 59)
        assert slow.transport.code is None
        slow.connection.tick(time.monotonic() + 60)
        assert slow.transport.code == CloseCode.SLOW_READER

        epoch = (await hub.store.bounds("run")).epoch
        again = await viewer(hub, after={"epoch": epoch, "seq": 0})
        await until(lambda: bool(again.lines))
        assert again.of_type("welcome")[0]["recovered"] is True


async def test_a_viewer_for_whom_nothing_waits_is_not_slow() -> None:
    async with running() as hub:
        idle = await viewer(hub)
        await (await publisher(hub)).publish(1, "a")
        await until(lambda: bool(idle.lines))

        idle.connection.tick(time.monotonic() + 44)

    assert idle.transport.code is not CloseCode.SLOW_READER
    assert idle.of_type("ping")


async def test_a_client_that_is_silent_is_asked_and_then_closed() -> None:
    async with running() as hub:
        client = await viewer(hub)
        now = time.monotonic()

        client.connection.tick(now + 26)
        assert client.messages[-1] == {"type": "ping"}
        client.connection.tick(now + 46)

    assert client.transport.code == CloseCode.NO_PONG


async def test_a_socket_that_breaks_in_the_middle_of_a_frame_is_sent_no_more() -> None:
    async with running() as hub:
        sender = await publisher(hub)
        broken = await viewer(hub, is_slow=True)
        await sender.publish(1, "a")
        await until(lambda: bool(broken.transport.waiting))
        broken.transport.waiting.pop().set_exception(ConnectionResetError())
        await sender.publish(2, "b")
        await until(lambda: len(sender.of_type("ack")) == 2)
        hub.disconnect(broken.connection)

    assert [seq for seq, _ in broken.lines][:1] == [1]


async def test_where_the_log_breaks_its_viewers_are_closed_to_reconnect() -> None:
    store = FakeStore()
    async with running(store, limits=TWO_FRAMES, tuning=Tuning(tail_bytes=1)) as hub:
        sender = await publisher(hub)
        slow = await viewer(hub, is_slow=True)
        for n in range(1, 4):
            await sender.publish(n, f"line {n}")
            await asyncio.sleep(0)
        store.fails_with = StoreError("events 2 to 2 are damaged")
        slow.transport.take()
        await until(lambda: slow.transport.code is not None)
        store.fails_with = None

    assert slow.transport.code == CloseCode.STORAGE_UNAVAILABLE


async def test_where_the_log_breaks_only_viewers_at_that_position_are_closed() -> None:
    store = FakeStore()
    async with running(
        store, limits=TWO_FRAMES, tuning=Tuning(tail_bytes=1, frame_cache_bytes=1)
    ) as hub:
        sender, fast = await publisher(hub), await viewer(hub)
        slow = await viewer(hub, is_slow=True)
        for n in range(1, 4):
            await sender.publish(n, f"line {n}")
            await until(lambda n=n: len(fast.lines) == n)
        await sender.publish(4, "line 4")
        await until(lambda: len(fast.lines) == 4)
        store.fails_with = StoreError("events 2 to 2 are damaged")
        slow.transport.take()
        await until(lambda: slow.transport.code is not None)
        store.fails_with = None

        assert fast.transport.code is None


async def test_a_client_whose_transport_is_gone_is_sent_no_more() -> None:
    async with running() as hub:
        sender, gone, there = await publisher(hub), await viewer(hub), await viewer(hub)
        gone.transport.is_gone = True
        await sender.publish(1, "a")
        await until(lambda: len(there.lines) == 1)
        gone.transport.is_gone = False
        await sender.publish(2, "b")
        await until(lambda: len(there.lines) == 2)

    assert gone.lines == []
    assert gone.transport.code is None


async def test_a_client_that_left_is_sent_nothing() -> None:
    async with running() as hub:
        sender, gone, there = await publisher(hub), await viewer(hub), await viewer(hub)
        hub.disconnect(gone.connection)
        hub.disconnect(gone.connection)
        await sender.publish(1, "a")
        await until(lambda: bool(there.lines))

    assert gone.lines == []


# The plain mode.


async def test_a_plain_client_gets_flat_events_from_the_first_one_kept_and_then_live() -> None:
    async with running() as hub:
        sender = await publisher(hub, user="alice")
        await sender.publish(1, "a", "b")
        client = await plain(hub)
        await until(lambda: len(client.messages) == 2)
        await sender.publish(3, "c")
        await until(lambda: len(client.messages) == 3)

    assert [event["message"] for event in client.messages] == ["a", "b", "c"]
    assert [event["seq"] for event in client.messages] == [1, 2, 3]
    assert {event["user"] for event in client.messages} == {"alice"}
    assert {event["sprint_id"] for event in client.messages} == {"run"}


@pytest.mark.parametrize(("since", "seqs"), [(0, [1, 2, 3]), (2, [3]), (3, []), (99, [])])
async def test_a_plain_client_may_begin_after_a_seq(since: int, seqs: list[int]) -> None:
    async with running() as hub:
        await (await publisher(hub)).publish(1, "a", "b", "c")
        client = await plain(hub, since=since)
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    assert [event["seq"] for event in client.messages] == seqs


async def test_a_plain_client_publishes_what_it_sends() -> None:
    async with running() as hub:
        client = await plain(hub, user="bob")
        for text in ("a", "b"):
            await taken(client.connection.receive(json.dumps({"type": "log", "message": text})))
        await taken(client.connection.receive('{"type": "ping"}'))
        await until(lambda: len(client.messages) == 3)

        reader = await plain(hub, may_publish=False)
        await taken(reader.connection.receive('{"type": "log", "message": "mine"}'))
        await until(lambda: len(reader.messages) == 3)

    assert client.of_type("pong")
    assert [(event["seq"], event["message"]) for event in client.of_type("log")] == [
        (1, "a"),
        (2, "b"),
    ]
    assert {event["user"] for event in client.of_type("log")} == {"bob"}
    assert [error["code"] for error in reader.of_type("error")] == ["not_publishing"]


async def test_a_plain_client_gets_an_error_for_a_refused_event() -> None:
    async with running() as hub:
        client = await plain(hub)
        for text in ('{"type": "log"}', '{"type": "mine", "n": 1e400}', "[]"):
            await taken(client.connection.receive(text))
        await until(lambda: len(client.messages) == 5)

    assert [error["code"] for error in client.of_type("error")] == [
        "bad_field",
        "number_out_of_range",
        "bad_json",
    ]
    assert len(client.of_type("dropped")) == 2


async def test_a_plain_client_loses_no_event_without_an_error() -> None:
    """After two failures in a row every event was a hole without a notice."""
    store = FakeStore()
    async with running(store) as hub:
        client = await plain(hub)
        store.append_fails_with = StoreUnavailableError("the disk is full")
        for _ in range(3):
            await taken(client.connection.receive('{"type": "log", "message": "lost"}'))
        await until(lambda: len(client.of_type("error")) == 3)
        store.append_fails_with = None
        for text in ("a", "b"):
            await taken(client.connection.receive(json.dumps({"type": "log", "message": text})))
        await until(lambda: len(client.of_type("log")) == 2)

    assert [event["message"] for event in client.of_type("log")] == ["a", "b"]


async def test_events_of_a_plain_client_are_stored_together_up_to_the_window() -> None:
    """20,000 lines in a burst were 20,000 transactions, and took longer than a ping may."""
    store = FakeStore()
    async with running(store, limits=Limits(window=2)) as hub:
        client = await plain(hub)
        store.held = []
        await taken(client.connection.receive('{"type": "first"}'))
        second = asyncio.create_task(taken(client.connection.receive('{"type": "second"}')))
        await until(lambda: len(store.held or []) == 2)
        await asyncio.sleep(0)
        assert not second.done()

        store.release()
        await second


async def test_l11_a_plain_client_that_sends_only_what_is_refused_is_closed() -> None:
    """Each of its events was answered, and stored as refused, for ever."""
    async with running() as hub:
        client = await plain(hub)
        for _ in range(100):
            await taken(client.connection.receive('{"type": "log"}'))
        await until(lambda: client.transport.code is not None)

    assert client.transport.code == CloseCode.TOO_MANY_ERRORS
    assert len(client.of_type("error")) == 5


async def test_a_slow_plain_client_is_not_sent_the_next_page_either() -> None:
    async with running(limits=TWO_FRAMES) as hub:
        sender = await publisher(hub)
        client = await plain(hub)
        client.transport.is_slow = True
        for n in range(1, 11):
            await sender.publish(n, f"line {n}")
            await asyncio.sleep(0)
        assert len(client.messages) == 1

        client.transport.take_all()
        await until(lambda: len(client.messages) == 10)

    assert [event["seq"] for event in client.messages] == list(range(1, 11))
