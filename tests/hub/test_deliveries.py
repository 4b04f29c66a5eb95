"""To which connections the hub delivers stops and messages of users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .fakes import Client, publisher, running
from .loop import until

if TYPE_CHECKING:
    from realtime_widgets.hub import Hub

STOP = {"type": "control", "action": "stop", "attempt": 1}
MESSAGE = {"type": "user_message", "text": "hello", "attempt": 1}
IDS = [digit * 32 for digit in "abc"]


async def member(hub: Hub, number: int, **hello: Any) -> Client:
    """Connect a publisher, which starts or joins the attempt as the member of this number."""
    client = await publisher(hub, publisher_id=IDS[number], **hello)
    if not hello:
        await client.publish_status(1, "running", attempt=f"m{number}")
        await until(lambda: bool(client.of_type("ack")))
    return client


def delivered(client: Client) -> list[tuple[str, str | None]]:
    return [(one["event"]["type"], one["member"]) for one in client.of_type("deliver")]


async def test_a_stop_is_delivered_to_each_member_once_and_to_those_that_join_later() -> None:
    async with running() as hub:
        first, second = await member(hub, 0), await member(hub, 1)
        seq = await hub.replies.store("run", STOP, "alice")
        third = await member(hub, 2)
        await first.publish(2, "a line")

        events = [one["event"] for one in first.of_type("deliver")]

    assert delivered(first) == [("control", "m0")]
    assert delivered(second) == [("control", "m1")]
    assert delivered(third) == [("control", "m2")]
    assert [(one["seq"], one["user"], one["attempt"]) for one in events] == [(seq, "alice", 1)]


async def test_it_comes_again_on_another_connection_until_the_attempt_has_ended() -> None:
    async with running() as hub:
        first = await member(hub, 0)
        await hub.replies.store("run", STOP, None)
        first.connection.gone()
        again = await member(hub, 0, lease="m0")
        assert delivered(again) == [("control", "m0")]

        await again.publish_status(2, "cancelled", attempt="m0")
        await until(lambda: bool(again.of_type("ack")))
        again.connection.gone()
        after = await member(hub, 0, lease="m0")
        await after.publish_status(3, "running", attempt="m9")
        await until(lambda: bool(after.of_type("ack")))

    assert delivered(after) == []


async def test_a_connection_whose_status_is_not_stored_yet_gets_no_stop_of_the_attempt_before() -> (
    None
):
    async with running() as hub:
        first = await member(hub, 0)
        await first.publish_status(2, "succeeded", attempt="m0")
        await until(lambda: len(first.of_type("ack")) == 2)
        await first.publish_status(3, "running", attempt="m1")
        await until(lambda: len(first.of_type("ack")) == 3)
        await hub.replies.store("run", {**STOP, "attempt": 2}, None)

    assert delivered(first) == [("control", "m1")]


async def test_messages_are_delivered_to_the_members_that_read_them() -> None:
    async with running() as hub:
        reader, other = await member(hub, 0), await member(hub, 1)
        await reader.send(type="publish", first_n=2, events=[{"type": "inbox", "attempt": "m0"}])
        await until(lambda: len(reader.of_type("ack")) == 2)
        seq = await hub.replies.store("run", MESSAGE, "alice")
        assert delivered(reader) == [("user_message", "m0")]
        assert delivered(other) == []

        await other.send(type="publish", first_n=2, events=[{"type": "inbox", "attempt": "m1"}])
        await until(lambda: len(other.of_type("ack")) == 2)
        assert delivered(other) == [("user_message", "m1")]

        await reader.send(type="publish", first_n=3, events=[{"type": "taken", "seqs": [seq]}])
        await until(lambda: len(reader.of_type("ack")) == 3)
        reader.connection.gone()
        again = await member(hub, 0, lease="m0")

    assert delivered(again) == []


async def test_a_reader_that_was_cut_off_gets_what_another_has_taken_meanwhile() -> None:
    async with running() as hub:
        first, second = await member(hub, 0), await member(hub, 1)
        for number, reader in enumerate((first, second)):
            await reader.send(
                type="publish", first_n=2, events=[{"type": "inbox", "attempt": f"m{number}"}]
            )
            await until(lambda reader=reader: len(reader.of_type("ack")) == 2)
        second.connection.gone()
        seq = await hub.replies.store("run", MESSAGE, "alice")
        await first.send(
            type="publish",
            first_n=3,
            events=[{"type": "taken", "seqs": [seq], "attempt": "m0"}],
        )
        await until(lambda: len(first.of_type("ack")) == 3)
        first.connection.gone()

        again = await member(hub, 1, lease="m1")
        has_it = await member(hub, 0, lease="m0")

    assert delivered(again) == [("user_message", "m1")]
    assert delivered(has_it) == []


async def test_a_reader_that_takes_nothing_does_not_hold_up_the_others() -> None:
    async with running() as hub:
        first, second = await member(hub, 0), await member(hub, 1)
        for number, reader in enumerate((first, second)):
            await reader.send(
                type="publish", first_n=2, events=[{"type": "inbox", "attempt": f"m{number}"}]
            )
            await until(lambda reader=reader: len(reader.of_type("ack")) == 2)
        for number in range(30):
            seq = await hub.replies.store("run", MESSAGE, "alice")
            taken = {"type": "taken", "seqs": [seq], "attempt": "m0"}
            await first.send(type="publish", first_n=3 + number, events=[taken])
            await until(lambda acks=3 + number: len(first.of_type("ack")) == acks)

    assert len(delivered(first)) == 30
    assert len(delivered(second)) == 30
