"""The WebSocket of a sprint: what it carries, and what it does with what it cannot use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .conftest import on_both

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.server.conftest import Client

    Connect = Callable[..., Awaitable[Client]]

pytestmark = on_both

PUBLISHER_ID = "0123456789abcdef" * 2
PUBLISHES = {"publish": {"publisher_id": PUBLISHER_ID}}


def log(message: str) -> dict[str, Any]:
    return {"type": "log", "message": message}


async def test_a_viewer_sees_what_was_published_before_and_after_it_came(connect: Connect) -> None:
    publisher, viewer = await connect(), await connect()
    welcome = await publisher.hello(**PUBLISHES)
    assert (welcome["type"], welcome["epoch"], welcome["head"]) == ("welcome", None, 0)
    ack = await publisher.publish(1, log("before"))
    assert ack["up_to"] == 1

    greeting = await viewer.hello(watch={})
    first = await viewer.events(1)
    await publisher.publish(2, log("after"))
    second = await viewer.events(1)

    assert (greeting["epoch"], greeting["head"]) == (ack["epoch"], 1)
    assert first + second == [{**log("before"), "seq": 1}, {**log("after"), "seq": 2}]


async def test_a_viewer_that_resumes_gets_the_rest_and_no_more(connect: Connect) -> None:
    publisher, viewer = await connect(), await connect()
    await publisher.hello(**PUBLISHES)
    for n in (1, 2, 3):
        ack = await publisher.publish(n, log(f"line {n}"))
    welcome = await viewer.hello(watch={})
    await viewer.events(3)

    position = {"epoch": ack["epoch"], "seq": 3, "entry": welcome["entry"]}
    await publisher.publish(4, log("line 4"))
    again = await connect()
    resumed = await again.hello(watch={"after": position})

    assert resumed["recovered"] is True
    assert await again.events(1) == [{**log("line 4"), "seq": 4}]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"epoch": "0123456789abcdef"}, "epoch"),
        ({"seq": 99}, "ahead"),
        ({"entry": "000000000000"}, "diverged"),
    ],
)
async def test_a_position_that_is_not_of_this_log_resets_the_viewer(
    connect: Connect, wrong: dict[str, Any], reason: str
) -> None:
    publisher, viewer = await connect(), await connect()
    await publisher.hello(**PUBLISHES)
    ack = await publisher.publish(1, log("only"))

    position = {"epoch": ack["epoch"], "seq": 1, "entry": None, **wrong}
    welcome = await viewer.hello(watch={"after": position})
    reset = await viewer.receive()

    assert welcome["recovered"] is False
    assert (reset["type"], reset["reason"], reset["first"]) == ("reset", reason, 1)
    assert await viewer.events(1) == [{**log("only"), "seq": 1}]


async def test_events_that_are_sent_again_are_stored_once(connect: Connect) -> None:
    publisher, viewer = await connect(), await connect()
    await publisher.hello(**PUBLISHES)
    await publisher.publish(1, log("a"), log("b"))
    again = await publisher.publish(1, log("a"), log("b"), log("c"))
    await viewer.hello(watch={})

    assert again["up_to"] == 3
    assert [event["message"] for event in await viewer.events(3)] == ["a", "b", "c"]


async def test_a_hole_in_the_numbers_stores_nothing_and_names_what_is_missing(
    connect: Connect,
) -> None:
    publisher = await connect()
    await publisher.hello(**PUBLISHES)
    await publisher.publish(1, log("a"))

    nack = await publisher.publish(3, log("c"))

    assert (nack["type"], nack["code"], nack["expect"], nack["retry"]) == ("nack", "hole", 2, True)


async def test_a_second_connection_of_a_publisher_fences_the_first(connect: Connect) -> None:
    first, second = await connect(), await connect()
    await first.hello(**PUBLISHES)
    await second.hello(**PUBLISHES)

    assert await first.close_code() == (4508, "fenced")
    assert (await second.publish(1, log("mine")))["type"] == "ack"


async def test_ping_is_answered(connect: Connect) -> None:
    client = await connect()
    await client.hello(watch={})
    await client.send({"type": "ping"})

    assert await client.receive() == {"type": "pong"}


@pytest.mark.parametrize(
    ("message", "code", "field"),
    [
        ("{", "bad_json", None),
        ("[]", "bad_json", None),
        ('{"type": "publish", "first_n": NaN, "events": []}', "bad_json", None),
        ({"type": "dance"}, "unknown_type", "type"),
        ({"first_n": 1}, "unknown_type", "type"),
        ({"type": "publish", "events": []}, "bad_field", "first_n"),
        ({"type": "publish", "first_n": "one", "events": []}, "bad_field", "first_n"),
        ({"type": "publish", "first_n": 1, "events": {}}, "bad_field", "events"),
        ({"type": "publish", "first_n": 1}, "bad_field", "events"),
        ({"type": "ping", "loud": True}, "bad_field", "loud"),
    ],
)
async def test_an_unusable_message_gets_an_error_and_the_connection_stays_open(
    connect: Connect, message: dict[str, Any] | str, code: str, field: str | None
) -> None:
    client = await connect()
    await client.hello(**PUBLISHES)

    await client.send(message)
    error = await client.receive()

    assert (error["type"], error["code"], error["field"]) == ("error", code, field)
    assert (await client.publish(1, log("still here")))["type"] == "ack"


@pytest.mark.parametrize(
    ("event", "code", "field"),
    [
        ({"type": "log"}, "bad_field", "message"),
        ({"type": "log", "message": 7}, "bad_field", "message"),
        ({"type": "log", "message": "x" * 65_537}, "bad_field", "message"),
        ({"type": "status_update", "status": "dancing"}, "bad_field", "status"),
        ({"type": "agent_message", "agent": "a", "event": {}}, "bad_field", "event.type"),
        ({"message": "no type"}, "bad_field", "type"),
        ("text", "bad_field", None),
        ({"type": "mine", "n": 2**53}, "number_out_of_range", "n"),
        ({"type": "mine", "k" * 129: 1}, "key_too_long", None),
        ({"type": "mine", "many": [0] * 10_000}, "too_many_values", "many"),
        ({"type": "mine", "text": "x" * 262_144}, "too_large", None),
    ],
)
async def test_a_refused_event_takes_its_number_and_the_others_are_stored(
    connect: Connect, event: Any, code: str, field: str | None
) -> None:
    publisher, viewer = await connect(), await connect()
    await publisher.hello(**PUBLISHES)
    await viewer.hello(watch={})

    nack = await publisher.publish(1, log("before"), event, log("after"))
    ack = await publisher.receive()
    before, dropped, after = await viewer.events(3)

    assert (nack["n"], nack["code"], nack["retry"]) == (2, code, False)
    if field:
        assert nack["field"].startswith(field)
    assert ack["up_to"] == 3
    assert (before["message"], after["message"]) == ("before", "after")
    assert (dropped["type"], dropped["reason"], dropped["count"]) == ("dropped", "refused", 1)


async def test_numbers_that_json_has_and_browsers_do_not_are_refused(connect: Connect) -> None:
    publisher = await connect()
    await publisher.hello(**PUBLISHES)

    await publisher.send(
        '{"type":"publish","first_n":1,"events":'
        '[{"type":"build_progress","task":"t","current":1e400}]}'
    )

    assert (await publisher.receive())["code"] == "number_out_of_range"


async def test_lone_surrogates_and_deep_nesting_are_bad_json(connect: Connect) -> None:
    publisher = await connect()
    await publisher.hello(**PUBLISHES)

    for events in ('[{"type":"log","message":"\\ud800"}]', "[" * 1_000 + "]" * 1_000):
        await publisher.send(f'{{"type":"publish","first_n":1,"events":{events}}}')
        assert (await publisher.receive())["code"] == "bad_json"


async def test_what_the_server_sets_cannot_be_forged(connect: Connect) -> None:
    publisher, viewer = await connect(), await connect(plain=True)
    await publisher.hello(**PUBLISHES)
    forged = {"seq": 9, "user": "root", "sprint_id": "other", "timestamp": "yesterday"}
    await publisher.publish(1, {**log("hi"), **forged})

    event = await viewer.receive()

    assert (event["seq"], event["sprint_id"]) == (1, "run")
    assert event["user"] != "root"
    assert event["timestamp"] != "yesterday"


async def test_five_unusable_messages_within_a_minute_close_the_connection(
    connect: Connect,
) -> None:
    client, other = await connect(), await connect()
    await client.hello(watch={})
    await other.hello(**PUBLISHES)
    for _ in range(5):
        await client.send("nonsense")

    assert await client.close_code() == (4509, "too_many_errors")
    assert (await other.publish(1, log("undisturbed")))["type"] == "ack"


async def test_a_viewer_that_joins_at_the_end_gets_the_state_and_the_newest_events(
    connect: Connect,
) -> None:
    publisher, viewer = await connect(), await connect()
    await publisher.hello(**PUBLISHES)
    await publisher.publish(1, *(log(str(n)) for n in range(1, 11)))

    welcome = await viewer.hello(watch={"newest": 3})
    gap, state, events = [await viewer.receive() for _ in range(3)]

    assert (welcome["first"], welcome["head"]) == (1, 10)
    assert gap == {"type": "gap", "from": 1, "to": 7, "reason": "skipped"}
    assert (state["state"]["head"], state["state"]["logs"]) == (10, 10)
    [batch] = events["batches"]
    assert [event["message"] for event in batch["events"]] == ["8", "9", "10"]
    assert batch["first"] == 8


async def test_a_newest_page_that_cannot_be_is_refused_with_the_field_and_the_limit(
    connect: Connect,
) -> None:
    client = await connect()

    error = await client.hello(watch={"newest": 10**9})

    assert error == {
        "type": "error",
        "code": "bad_field",
        "message": "is a whole number from 1 to 1,000",
        "field": "watch.newest",
    }
    assert await client.close_code() == (4500, "bad_message")


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ({"type": "ping"}, (4500, "bad_message")),
        ("nonsense", (4500, "bad_message")),
        ({"type": "hello", "v": 1, "sprint_id": "run"}, (4500, "bad_message")),
        ({"type": "hello", "v": 1, "sprint_id": "other", "watch": {}}, (4500, "bad_message")),
        ({"type": "hello", "v": 2, "sprint_id": "run", "watch": {}}, (4506, "protocol_version")),
        (b"\x00", (1003, "binary_not_supported")),
    ],
)
async def test_a_wrong_first_message_closes_the_connection(
    connect: Connect, first: dict[str, Any] | str | bytes, code: tuple[int, str]
) -> None:
    client = await connect()
    await client.send(first)

    assert await client.close_code() == code


async def test_a_second_hello_closes_the_connection(connect: Connect) -> None:
    client = await connect()
    await client.hello(watch={})
    await client.send({"type": "hello", "v": 1, "sprint_id": "run", "watch": {}})

    assert await client.close_code() == (4500, "bad_message")


async def test_a_message_above_the_limit_closes_with_1009(connect: Connect) -> None:
    client = await connect()
    await client.hello(watch={})
    await client.send("x" * (1024 * 1024 + 1))

    code, _ = await client.close_code()
    assert code in {1009, None}  # tornado writes 1009 and aborts, so it may arrive as a reset


async def test_a_viewer_may_not_publish_unasked(connect: Connect) -> None:
    client = await connect()
    await client.hello(watch={})

    assert (await client.publish(1, log("x")))["code"] == "not_publishing"


async def test_an_id_that_differs_only_in_case_is_refused(connect: Connect) -> None:
    first, second = await connect(), await connect("RUN")
    await first.hello(**PUBLISHES)
    await first.publish(1, log("a"))
    await second.hello(**PUBLISHES, sprint_id="RUN")

    assert (await second.publish(1, log("b")))["code"] == "id_case"
    assert await second.close_code() == (4500, "bad_message")


async def test_no_failure_of_a_client_reaches_the_log(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    client = await connect()
    await client.hello(**PUBLISHES)
    await client.send("nonsense")
    await client.receive()
    await client.publish(1, {"type": "log"})
    await client.send(b"\x00")
    await client.close_code()

    assert [record for record in caplog.records if record.levelname in {"ERROR", "CRITICAL"}] == []
