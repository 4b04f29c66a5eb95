"""Reading and writing the messages of `realtime-widgets.v1` (protocol 3 to 7)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime_widgets.errors import InvalidEventError, RemoteProtocolError
from realtime_widgets.protocol.message_text import (
    parse_client_message,
    parse_server_message,
    write_publish,
)
from realtime_widgets.protocol.messages import (
    Ack,
    Batch,
    ClientLimits,
    Direct,
    Error,
    Events,
    Gap,
    Hello,
    Nack,
    Ping,
    Pong,
    Publish,
    PublishAs,
    Reset,
    ServerMessage,
    Watch,
    Welcome,
)
from realtime_widgets.protocol.position import Position
from realtime_widgets.protocol.stored_events import read_stored
from realtime_widgets.protocol.validation import validate_batch

PUBLISHER_ID = "0f" * 16
POSITION = Position(epoch="e1", seq=120, entry="a")

FROM_CLIENT = [
    Hello(v=1, sprint_id="run", watch=Watch()),
    Hello(v=1, sprint_id="run", ticket="t" * 128, watch=Watch(after=POSITION)),
    Hello(v=1, sprint_id="run", publish=PublishAs(publisher_id=PUBLISHER_ID)),
    Ping(),
    Pong(),
]
FROM_SERVER: list[ServerMessage] = [
    Welcome(
        session="s",
        sprint_id="run",
        epoch=None,
        first=1,
        head=0,
        entry=None,
        recovered=None,
        may_publish=True,
        last_n=None,
        limits=ClientLimits(
            message_bytes=1, event_bytes=2, batch_events=3, batch_bytes=4, window=5
        ),
        ping_s=25.0,
        pong_s=20.0,
        server_time="2026-11-22T21:58:00.123Z",
    ),
    Events(
        epoch="e1",
        batches=[
            Batch(
                first=7,
                entry="a",
                timestamp="2026-11-22T21:58:00.123Z",
                user="alice",
                events=read_stored(b'[{"type":"log","message":"m"},{"type":"mine"}]'),
            )
        ],
    ),
    Gap(from_=121, to=300),
    Reset(epoch=None, first=1, reason="epoch"),
    Direct(event=read_stored(b'[{"type":"log","message":"m"}]')[0]),
    Ack(up_to=18, seq=481, epoch="e1"),
    Ack(up_to=18, seq=481, epoch="e1", duplicate=True),
    Nack(n=17, code="hole", message="17 came", retry=True, expect=16),
    Error(code="bad_json", message="no JSON"),
    Ping(),
    Pong(),
]


def name(message: object) -> str:
    return type(message).__name__


def refusal(text: str | bytes) -> tuple[str, str | None]:
    with pytest.raises(InvalidEventError) as refused:
        parse_client_message(text)
    return refused.value.code, refused.value.field


class TestFromAClient:
    @pytest.mark.parametrize("message", FROM_CLIENT, ids=name)
    def test_what_one_side_writes_the_other_reads(self, message: Hello | Ping | Pong) -> None:
        assert parse_client_message(message.to_json()) == message
        assert parse_client_message(message.to_json().encode()) == message

    def test_hello_may_leave_out_what_it_does_not_ask_for(self) -> None:
        text = '{"type": "hello", "v": 1, "sprint_id": "run", "watch": {}}'

        assert parse_client_message(text) == Hello(v=1, sprint_id="run", watch=Watch())

    def test_the_bytes_of_a_publish_in_the_usual_order_are_kept(self) -> None:
        events = '[{"type":"log","message":"größe ]}"} , {"type":"mine"}]'

        message = parse_client_message(write_publish(17, events.encode()))

        assert isinstance(message, Publish)
        assert (message.first_n, message.events) == (17, events.encode())

    @pytest.mark.parametrize(
        "text",
        [
            '{"first_n": 17, "type": "publish", "events": [{"type": "mine"}]}',
            '{ "type":"publish","first_n":17,"events":[{"type": "mine"}]}',
            '{"type":"publish","first_n":17,"events":[{"type":"mine"}] }',
        ],
    )
    def test_a_publish_written_in_another_way_is_read_too(self, text: str) -> None:
        message = parse_client_message(text)

        assert isinstance(message, Publish)
        assert (message.first_n, message.events) == (17, [{"type": "mine"}])

    @pytest.mark.parametrize(
        ("text", "code", "field"),
        [
            ("", "bad_json", None),
            ("{", "bad_json", None),
            ("[]", "bad_json", None),
            ("7", "bad_json", None),
            (b"\xff", "bad_json", None),
            ("\ud800", "bad_json", None),
            ('{"type":"ping"} {}', "bad_json", None),
            ('{"type":"publish","first_n":NaN,"events":[]}', "bad_json", None),
            ("{}", "unknown_type", "type"),
            ('{"type":["ping"]}', "unknown_type", "type"),
            ('{"type":"welcome"}', "unknown_type", "type"),
            ('{"type":"ping","loud":true}', "bad_field", "loud"),
            ('{"type":"hello","v":1}', "bad_field", "sprint_id"),
            ('{"type":"hello","v":1,"sprint_id":"a b"}', "bad_field", "sprint_id"),
            ('{"type":"hello","v":1,"sprint_id":"run\\n"}', "bad_field", "sprint_id"),
            (
                '{"type":"hello","v":1,"sprint_id":"run","publish":{"publisher_id":"0F"}}',
                "bad_field",
                "publish.publisher_id",
            ),
            (
                '{"type":"hello","v":1,"sprint_id":"run","watch":{"after":{"epoch":"e","seq":-1}}}',
                "bad_field",
                "watch.after.seq",
            ),
            ('{"type":"publish","first_n":1}', "bad_field", "events"),
            ('{"type":"publish","first_n":1,"events":{}}', "bad_field", "events"),
            ('{"type":"publish","first_n":1,"events":"[]"}', "bad_field", "events"),
            ('{"type":"publish","events":[]}', "bad_field", "first_n"),
            ('{"type":"publish","first_n":0,"events":[]}', "bad_field", "first_n"),
            ('{"type":"publish","first_n":-1,"events":[]}', "bad_field", "first_n"),
            ('{"type":"publish","first_n":9007199254740992,"events":[]}', "bad_field", "first_n"),
            ('{"type":"publish","first_n":1.5,"events":[]}', "bad_field", "first_n"),
        ],
    )
    def test_what_cannot_be_read_is_refused_with_the_reason(
        self, text: str | bytes, code: str, field: str | None
    ) -> None:
        assert refusal(text) == (code, field)

    def test_what_hides_behind_the_usual_order_is_not_stored(self) -> None:
        """The bytes are cut out of the frame by a pattern, so what it lets pass is no array."""
        message = parse_client_message('{"type":"publish","first_n":1,"events":[],"x":[1]}')

        assert isinstance(message, Publish)
        assert isinstance(message.events, bytes)
        with pytest.raises(InvalidEventError):
            validate_batch(message.events)

    @settings(max_examples=100)
    @given(st.binary(max_size=60) | st.text(max_size=60))
    def test_any_frame_is_a_message_or_a_refusal(self, frame: str | bytes) -> None:
        try:
            parse_client_message(frame)
        except InvalidEventError as error:
            assert error.code in {"bad_json", "unknown_type", "bad_field"}  # noqa: PT017 - or none

    @settings(max_examples=100)
    @given(
        first_n=st.integers(1, 2**53 - 1),
        events=st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=9)), max_size=3),
        spaced=st.booleans(),
    )
    def test_a_publish_means_the_same_however_it_is_written(
        self, first_n: int, events: list[dict[str, str]], *, spaced: bool
    ) -> None:
        body = json.dumps(events)
        usual = write_publish(first_n, body.encode())

        message = parse_client_message(json.dumps(json.loads(usual)) if spaced else usual)

        assert isinstance(message, Publish)
        assert message.first_n == first_n
        found = message.events
        assert (json.loads(found) if isinstance(found, bytes) else found) == events


def with_field(place: str, value: str) -> str:
    """A message from a client with this JSON at one place of it."""
    message, _, path = place.partition(" ")
    fields = json.loads(EVERY_FIELD[message])
    inner = fields
    *way, name = path.split(".")
    for step in way:
        inner = inner[step]
    inner[name] = "<here>"
    return json.dumps(fields).replace('"<here>"', value)


EVERY_FIELD = {
    "hello": json.dumps(
        {
            "type": "hello",
            "v": 1,
            "sprint_id": "run",
            "ticket": "t",
            "watch": {"after": {"epoch": "e1", "seq": 5, "entry": "a"}},
            "publish": {"publisher_id": PUBLISHER_ID, "lease": True},
        }
    ),
    "publish": json.dumps({"type": "publish", "first_n": 5, "events": []}),
}
NO_NUMBERS = ["true", "false", '"5"', '"5.0"', "5.0", "5e0", "[5]", "{}"]
NO_TEXTS = ["true", "5", "5.0", "[]", "{}", '["a"]']
NO_FLAGS = ["1", "0", "1.0", '"yes"', '"true"', '"on"', "[]", "null"]
OF_ANOTHER_KIND = {
    "hello v": [*NO_NUMBERS, "null"],
    "hello sprint_id": [*NO_TEXTS, "null"],
    "hello ticket": NO_TEXTS,
    "hello watch.after.epoch": [*NO_TEXTS, "null"],
    "hello watch.after.seq": [*NO_NUMBERS, "null"],
    "hello watch.after.entry": NO_TEXTS,
    "hello publish.publisher_id": [*NO_TEXTS, "null", "1" * 32],
    "hello publish.lease": [value for value in NO_FLAGS if not value.startswith('"')],
    "publish first_n": [*NO_NUMBERS, "null"],
}


@pytest.mark.parametrize(
    ("place", "value"),
    [(place, value) for place, values in OF_ANOTHER_KIND.items() for value in values],
)
def test_l13_a_value_of_another_kind_is_no_value_of_a_field(place: str, value: str) -> None:
    """`true` was position 1, and a position of no client was answered as recovered."""
    assert refusal(with_field(place, value)) == ("bad_field", place.partition(" ")[2])


def test_l13_each_field_of_a_client_is_checked_for_its_kind() -> None:
    fields = {
        *(f"hello {name}" for name in Hello.model_fields if name not in {"watch", "publish"}),
        *(f"hello watch.after.{name}" for name in Position.model_fields),
        *(f"hello publish.{name}" for name in PublishAs.model_fields),
        *(f"publish {name}" for name in Publish.model_fields if name != "events"),
    }

    assert OF_ANOTHER_KIND.keys() == {field for field in fields if not field.endswith(" type")}


class TestFromAServer:
    @pytest.mark.parametrize("message", FROM_SERVER, ids=name)
    def test_what_one_side_writes_the_other_reads(self, message: ServerMessage) -> None:
        assert parse_server_message(message.to_json()) == message

    def test_a_gap_is_written_with_the_name_of_the_page(self) -> None:
        assert json.loads(Gap(from_=121, to=300).to_json()) == {
            "type": "gap",
            "from": 121,
            "to": 300,
            "reason": "trimmed",
        }

    def test_an_event_of_a_later_version_is_read_as_unknown(self) -> None:
        message = parse_server_message('{"type":"direct","event":{"type":"hologram","depth":3}}')

        assert isinstance(message, Direct)
        assert message.event.model_dump(exclude_unset=True) == {"type": "hologram", "depth": 3}

    @pytest.mark.parametrize(
        "text",
        [
            *(
                "",
                "nonsense",
                "[]",
                '{"type":"dance"}',
                '{"type":"ack"}',
                '{"type":"ping","more":1}',
            ),
            '{"type":"ack","up_to":"5","seq":5,"epoch":"e"}',
            '{"type":"ack","up_to":true,"seq":5,"epoch":"e"}',
            '{"type":"gap","from":1,"to":5.0,"reason":"trimmed"}',
        ],
    )
    def test_a_message_that_no_server_of_this_version_sends_is_an_error(self, text: str) -> None:
        with pytest.raises(RemoteProtocolError, match="unreadable message from the server"):
            parse_server_message(text)


@pytest.mark.parametrize("message", [*FROM_CLIENT, *FROM_SERVER], ids=name)
def test_a_message_cannot_be_changed(message: Any) -> None:
    with pytest.raises(ValueError, match="frozen"):
        message.type = "other"
