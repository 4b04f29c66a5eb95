"""The limits of events (protocol 4) at the server's routes and sockets, for any input.

Within a limit everything is stored; beyond it one event is refused, in words, and nothing else.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from tornado.httpclient import HTTPClientError

from .conftest import on_both

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.server.conftest import Client

    Connect = Callable[..., Awaitable[Client]]

PUBLISHER_ID = "0123456789abcdef" * 2
PUBLISHES = {"publish": {"publisher_id": PUBLISHER_ID}}
OTHER_PUBLISHES = {"publish": {"publisher_id": "f" * 32}}


def log(message: str) -> str:
    return json.dumps({"type": "log", "message": message})


def mine(value: str) -> str:
    """An event of a custom type, with this JSON in it."""
    return f'{{"type":"mine","value":{value}}}'


def progress(current: str) -> str:
    return f'{{"type":"build_progress","task":"t","current":{current}}}'


def agui(value: str) -> str:
    return f'{{"type":"agent_message","agent":"a","event":{{"type":"X","value":{value}}}}}'


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def zeros(count: int) -> str:
    return f"[{','.join('0' * count)}]"


def of_size(size: int) -> str:
    return mine('"' + "x" * (size - len(mine('""'))) + '"')


LIMITS = {
    "depth": (mine(nested(31)), mine(nested(32)), "too_deep", "value.0.0.0", "32"),
    "agent depth": (agui(nested(30)), agui(nested(31)), "too_deep", "event.value.0.0", "32"),
    "values": (mine(zeros(9_997)), mine(zeros(9_998)), "too_many_values", "value", "10,000"),
    "key": (
        *(mine(f'{{"{"k" * 128}":0}}'), mine(f'{{"{"k" * 129}":0}}')),
        *("key_too_long", "value", "128"),
    ),
    "2^53": (
        mine(f"[{2**53 - 1}]"),
        mine(f"[{2**53}]"),
        "number_out_of_range",
        "value.0",
        "2^53-1",
    ),
    "-2^63": (mine(f"{1 - 2**53}"), mine(f"{-(2**63)}"), "number_out_of_range", "value", "2^53-1"),
    "1e400": (mine("1e308"), mine("1e400"), "number_out_of_range", "value", "finite"),
    "progress": (
        *(progress(f"{2**53 - 1}"), progress(f"{2**53}")),
        *("number_out_of_range", "current", "2^53-1"),
    ),
    "4,000 digits": (
        *(agui("0"), agui("9" * 4_000)),
        *("number_out_of_range", "event.value", "2^53-1"),
    ),
    "size": (of_size(262_144), of_size(262_145), "too_large", None, "262,144"),
    "line": (log("x" * 65_536), log("x" * 65_537), "bad_field", "message", "65536"),
    "type": (
        *(f'{{"type":"{"t" * 64}"}}', f'{{"type":"{"t" * 65}"}}'),
        *("bad_field", "type", "64"),
    ),
}
"""An event within each limit and one beyond, and how that is refused: code, field, words."""

NO_JSON = {
    "NaN": mine("NaN"),
    "Infinity": mine("-Infinity"),
    "half a surrogate pair": mine(r'"\ud800"'),
    "depth 1,000": mine(nested(1_000)),
    "5,000 digits": mine("9" * 5_000),
}
"""What no parser of every client reads; as in the text of a message, so of the whole message."""

PUBLISH = {
    "canonical": '{"type":"publish","first_n":%d,"events":[%s]}',
    "spaced": '{"type": "publish", "first_n": %d, "events": [%s]}',
}


@on_both
@pytest.mark.parametrize("form", PUBLISH)
@pytest.mark.parametrize("limit", LIMITS)
async def test_a_limit_holds_for_one_event_of_a_message_and_for_no_other(
    connect: Connect, limit: str, form: str
) -> None:
    within, beyond, code, field, words = LIMITS[limit]
    publisher, other, viewer = await connect(), await connect(), await connect()
    await publisher.hello(**PUBLISHES)
    await other.hello(**OTHER_PUBLISHES)
    await viewer.hello(watch={})

    await publisher.send(PUBLISH[form] % (1, f"{log('a')},{within}"))
    assert (await publisher.receive())["up_to"] == 2
    await publisher.send(PUBLISH[form] % (3, f"{log('b')},{beyond},{log('c')}"))
    nack, ack = await publisher.receive(), await publisher.receive()
    await other.send(PUBLISH[form] % (1, log("undisturbed")))

    assert (nack["n"], nack["code"], nack["field"], nack["retry"]) == (4, code, field, False)
    assert words in nack["message"]
    assert ack["up_to"] == 5
    assert (await other.receive())["type"] == "ack"
    assert [own(event) for event in await viewer.events(6)] == [
        *(json.loads(log("a")), json.loads(within), json.loads(log("b"))),
        {"type": "dropped", "count": 1, "reason": "refused", "message": words_of(nack)},
        *(json.loads(log("c")), json.loads(log("undisturbed"))),
    ]


@on_both
@pytest.mark.parametrize("limit", LIMITS)
async def test_a_limit_holds_in_plain_mode(connect: Connect, limit: str) -> None:
    within, beyond, code, field, words = LIMITS[limit]
    client, other = await connect(plain=True), await connect(plain=True)

    await client.send(within)
    await client.send(beyond)
    seen = [await client.receive() for _ in range(3)]
    await other.send(log("undisturbed"))

    seen.append(await client.receive())
    [error] = [message for message in seen if message["type"] == "error"]
    events = [own(message) for message in seen if message["type"] != "error"]
    assert (error["code"], error["field"]) == (code, field)
    assert words in error["message"]
    assert events == [
        json.loads(within),
        {"type": "dropped", "count": 1, "reason": "refused", "message": words_of(error)},
        json.loads(log("undisturbed")),
    ]


@on_both
@pytest.mark.parametrize("form", [*PUBLISH, "plain"])
@pytest.mark.parametrize("event", NO_JSON)
async def test_what_is_no_json_is_refused_as_a_message_and_stores_nothing(
    connect: Connect, event: str, form: str
) -> None:
    client, other = await connect(plain=form == "plain"), await connect()
    await other.hello(**OTHER_PUBLISHES, watch={})
    text = NO_JSON[event]
    if form != "plain":
        await client.hello(**PUBLISHES)
        text = PUBLISH[form] % (1, f"{log('before')},{text}")

    await client.send(text)
    error = await client.receive()
    await client.send('{"type": "ping"}')
    await other.send(PUBLISH["canonical"] % (1, log("undisturbed")))

    assert (error["type"], error["code"]) == ("error", "bad_json")
    assert (await client.receive())["type"] == "pong"
    assert {(await other.receive())["type"] for _ in range(2)} == {"ack", "events"}


HIDING = {
    "text": f'{{"type":"log","message":"{"h" * 200_000}","message":"x"}}',
    "values": f'{{"type":"log","message":{zeros(30_000)},"message":"x"}}',
    "depth": f'{{"type":"log","message":{nested(150)},"message":"x"}}',
    "escaped key": f'{{"type":"log","m\\u0065ssage":"{"h" * 200_000}","message":"x"}}',
    "spaces": f'{{"type":"log",{" " * 200_000}"message":"x"}}',
}
"""Events that are a short line, in bytes that are more."""


@on_both
@pytest.mark.parametrize("form", [*PUBLISH, "plain"])
@pytest.mark.parametrize("event", HIDING)
async def test_l3_bytes_beside_an_event_reach_no_viewer(
    connect: Connect, event: str, form: str
) -> None:
    plain = form == "plain"
    publisher, viewer, plain_viewer = (
        await connect(plain=plain),
        await connect(),
        await connect(plain=True),
    )
    await viewer.hello(watch={})
    if not plain:
        await publisher.hello(**PUBLISHES)

    await publisher.send(HIDING[event] if plain else PUBLISH[form] % (1, HIDING[event]))

    for text in (await viewer.text(), await plain_viewer.text()):
        assert "hhh" not in text
        assert "0,0" not in text
        assert "[[[" not in text
        assert len(text) < 1_000
        assert text.count('"message":"x"') == 1


@on_both
@pytest.mark.parametrize("form", PUBLISH)
async def test_a_message_has_at_most_200_events(connect: Connect, form: str) -> None:
    client = await connect()
    await client.hello(**PUBLISHES)

    await client.send(PUBLISH[form] % (1, ",".join([log("x")] * 200)))
    assert (await client.receive())["up_to"] == 200
    await client.send(PUBLISH[form] % (201, ",".join([log("x")] * 201)))
    error = await client.receive()
    await client.send(PUBLISH[form] % (201, log("y")))

    assert (error["type"], error["code"], error["field"]) == ("error", "bad_field", "events")
    assert "200" in error["message"]
    assert (await client.receive())["up_to"] == 201


@on_both
async def test_the_numbers_of_events_end_where_a_browser_ends(connect: Connect) -> None:
    client = await connect()
    await client.hello(**PUBLISHES)
    last = 2**53 - 1

    for first_n, events in ((last, [log("x")] * 2), (last + 1, [log("x")]), (10**400, [log("x")])):
        await client.send(PUBLISH["canonical"] % (first_n, ",".join(events)))
        error = await client.receive()
        assert (error["type"], error["code"], error["field"]) == ("error", "bad_field", "first_n")
    await client.send(PUBLISH["canonical"] % (last, log("x")))

    assert (await client.receive())["up_to"] == last


@on_both
@pytest.mark.parametrize(
    "hello",
    [
        {"publish": {"publisher_id": PUBLISHER_ID + "\n"}},
        {"publish": {"publisher_id": PUBLISHER_ID[:-1]}},
        {"publish": {"publisher_id": PUBLISHER_ID + "0"}},
        {"publish": {"publisher_id": PUBLISHER_ID.upper()}},
        {"publish": {"publisher_id": "０" * 32}},  # noqa: RUF001 - digits of full width
        {"watch": {"after": {"epoch": "e", "seq": 2**53, "entry": None}}},
        {"watch": {"after": {"epoch": "e", "seq": 10**400, "entry": None}}},
        {"watch": {}, "ticket": "t" * 129},
    ],
    ids=lambda hello: str(hello)[:60],
)
async def test_a_hello_beyond_a_limit_closes_this_connection_and_no_other(
    connect: Connect, hello: dict[str, Any]
) -> None:
    client, other = await connect(), await connect()
    await other.hello(watch={})

    await client.send({"type": "hello", "v": 1, "sprint_id": "run", **hello})
    await other.send({"type": "ping"})

    assert await client.close_code() == (4500, "bad_message")
    assert (await other.receive())["type"] == "pong"


IDS = ["run\n", "\nrun", "ｒｕｎ", "r" * 65, ".run", "-run", "a b", "run\x00", "٣"]  # noqa: RUF001 - letters of full width


@on_both
@pytest.mark.parametrize("sprint_id", IDS, ids=ascii)
async def test_an_id_that_breaks_the_rule_opens_no_door(
    connect: Connect, jp_fetch: Any, sprint_id: str
) -> None:
    for plain in (False, True):
        with pytest.raises(HTTPClientError, match="HTTP 400"):
            await connect(sprint_id, plain=plain)
    for method, *more in (("GET",), ("GET", "events"), ("POST", "ticket")):
        with pytest.raises(HTTPClientError) as refused:
            await jp_fetch(
                *("realtime", "api", "sprints", quote(sprint_id), *more),
                method=method,
                allow_nonstandard_methods=True,
            )
        body = json.loads(refused.value.response.body)
        assert (refused.value.code, body["code"], body["field"]) == (400, "bad_field", "sprint_id")


@on_both
async def test_an_id_of_64_characters_opens_and_is_none_in_another_case(
    connect: Connect, jp_fetch: Any
) -> None:
    sprint_id = "r" * 64
    first, clash = await connect(sprint_id, plain=True), await connect("R" * 64, plain=True)
    await first.send(log("mine"))
    await first.receive()

    await clash.send(log("not mine"))

    assert (await clash.receive())["code"] == "id_case"
    answer = await jp_fetch("realtime", "api", "sprints", sprint_id, "events")
    assert [event["message"] for event in json.loads(answer.body)["events"]] == ["mine"]
    with pytest.raises(HTTPClientError, match="HTTP 404"):
        await jp_fetch("realtime", "api", "sprints", "R" * 64)


@pytest.mark.parametrize("offered", ["other.v9", "realtime-widgets.v2, other"])
@on_both
async def test_a_subprotocol_that_is_not_known_is_refused(connect: Connect, offered: str) -> None:
    """It was taken for the plain mode, which a browser then refuses without a reason."""
    with pytest.raises(HTTPClientError) as refused:
        await connect(plain=True, headers={"Sec-WebSocket-Protocol": offered})

    assert refused.value.code == 400


FULL_WIDTH = "９"  # noqa: RUF001 - a digit for str.isdigit and int
NO_SEQ = ["", "x", "NaN", "-1", "1e3", "5.0", "+5", " 5", "5 ", "0x5", "true", FULL_WIDTH]


@on_both
@pytest.mark.parametrize("plain", [True, False], ids=["plain", "protocol"])
@pytest.mark.parametrize(
    "since", [*NO_SEQ, str(2**53), "9" * 5_000], ids=lambda since: ascii(since)[:20]
)
async def test_l13_a_start_that_is_no_number_opens_no_connection(
    connect: Connect, since: str, *, plain: bool
) -> None:
    """It was taken for 0, so that the whole log came."""
    with pytest.raises(HTTPClientError) as refused:
        await connect(plain=plain, since=since)

    assert refused.value.code == 400
    # An ASGI server chooses the reason itself, and sends the app's text as the body.
    words = "since is a whole number from 0 to 9007199254740991"
    assert refused.value.message in {words, "Bad Request"}


@on_both
@pytest.mark.parametrize(("since", "seqs"), [("0", [1, 2]), ("1", [2]), (str(2**53 - 1), [])])
async def test_l13_a_start_that_is_a_number_is_taken(
    connect: Connect, since: str, seqs: list[int]
) -> None:
    publisher = await connect(plain=True)
    for text in ("a", "b"):
        await publisher.send(log(text))
        await publisher.receive()

    viewer = await connect(plain=True, since=since)

    for seq in seqs:
        assert (await viewer.receive())["seq"] == seq
    await viewer.send('{"type": "ping"}')
    assert await viewer.receive() == {"type": "pong"}


def own(event: dict[str, Any]) -> dict[str, Any]:
    """An event without what the server sets."""
    set_by_server = {"seq", "sprint_id", "timestamp", "user"}
    return {key: value for key, value in event.items() if key not in set_by_server}


def words_of(refusal: dict[str, Any]) -> str:
    """The notice of it for viewers."""
    place = f"{refusal['field']}: " if refusal["field"] else ""
    return f"{place}{refusal['message']} ({refusal['code']})"
