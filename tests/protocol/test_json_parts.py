"""Taking JSON apart without parsing it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.events import Dropped, Log
from realtime_widgets.protocol.json_limits import MAX_VALUES
from realtime_widgets.protocol.json_parts import (
    MANY_VALUES,
    has_many_values,
    has_too_many_values,
    members,
    parts,
)
from realtime_widgets.protocol.message_text import parse_client_message
from realtime_widgets.protocol.messages import Publish
from realtime_widgets.protocol.stored_events import read_stored
from realtime_widgets.protocol.validation import validate_batch

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    ['"', "\\", '\\"', ",", "[", "]", "{}", '","', "\\\\"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=15,
)
SPACED = st.sampled_from([None, 1, "\t"])


def encoded(value: object, indent: int | str | None = None) -> bytes:
    return json.dumps(value, indent=indent, ensure_ascii=False).encode()


@settings(max_examples=200)
@given(value=st.lists(JSON, min_size=1, max_size=5), indent=SPACED)
def test_the_parts_of_an_array_are_its_items(value: list[Any], indent: int | None) -> None:
    assert [json.loads(part) for part in parts(encoded(value, indent))] == value


@settings(max_examples=200)
@given(value=st.dictionaries(TEXTS, JSON, min_size=1, max_size=5), indent=SPACED)
def test_the_members_of_an_object_are_its_keys_and_values(
    value: dict[str, Any], indent: int | None
) -> None:
    found = {json.loads(key): json.loads(inner) for key, inner in members(encoded(value, indent))}

    assert found == value


@pytest.mark.parametrize(
    "raw", [b"", b"1", b"[1", b"[1]]", b"[1] 2", b"]", b"[[1]", b'["]', b'["\\', b'["\\"]', b"}{"]
)
def test_what_has_no_parts_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="brackets do not match"):
        list(parts(raw))


@pytest.mark.parametrize("raw", [b"[1]", b"{1:2}", b'{"a"}', b'{"a":1,}', b'{"a"=1}', b"{}"])
def test_what_has_no_members_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"no object|is missing"):
        list(members(raw))


@pytest.mark.parametrize(
    ("raw", "has"),
    [
        (encoded([0] * MAX_VALUES), False),
        (encoded([0] * (MAX_VALUES + 1)), True),
        (encoded({str(n): n for n in range(MAX_VALUES + 1)}), True),
        (encoded([[]] * MAX_VALUES), True),
        (encoded([{"a": 0}] * (MAX_VALUES // 2 + 1)), True),
        (encoded([",[{" * MAX_VALUES]), False),
        (encoded(['"' * 3 * MAX_VALUES]), False),
        (encoded(["\\" * 3 * MAX_VALUES]), False),
    ],
    ids=["just within", "just beyond", "object", "arrays", "objects", "text", "quotes", "slashes"],
)
def test_values_are_counted_and_what_is_in_texts_is_none(raw: bytes, has: bool) -> None:  # noqa: FBT001 - a row of the table
    assert has_too_many_values(raw) is has
    assert has_many_values(raw) is False


@pytest.mark.parametrize(
    "raw",
    [
        b'"' + b'\\"' * 500_000,
        b'"' + b'\\"' * 500_000 + b"\\",
        b'"' * 1_000_000,
        b"\\" * 1_000_000,
        b'["' + b",[{" * 300_000,
        b"[" * 1_000_000,
    ],
    ids=["quotes", "a slash at the end", "empty texts", "slashes", "open text", "brackets"],
)
def test_h2_hostile_text_is_looked_through_once(raw: bytes) -> None:
    """Where an open text were tried again from each quote in it, this would take days."""
    for text in (raw, b"," * MANY_VALUES + raw, b"[" * MANY_VALUES + raw):
        has_many_values(text)
        with pytest.raises(ValueError, match="brackets do not match"):
            list(parts(text))


# What has many values, at the doors of the protocol.


WIDE = json.dumps({"type": "mine", "values": [0] * 100_000})
PUBLISH = {
    "canonical": '{"type":"publish","first_n":1,"events":[%s]}',
    "spaced": '{"type": "publish", "first_n": 1, "events": [%s]}',
    "in another order": ' { "events" : [ %s ] , "first_n":1 , "type":"publish" } ',
    "with escapes": '{"type":"publish","first_n":1,"\\u0065vents":[%s]}',
}


@pytest.mark.parametrize("form", PUBLISH)
def test_h2_one_event_with_many_values_does_not_spoil_the_others(form: str) -> None:
    line = '{"type":"log","message":"a, b"}'

    message = parse_client_message(PUBLISH[form] % f"{line} , {WIDE}, {line}")

    assert isinstance(message, Publish)
    batch = validate_batch(message.events)
    [refusal] = batch.refused
    assert (message.first_n, refusal.index, refusal.error.code) == (1, 1, "too_many_values")
    assert [type(event) for event in batch.events] == [Log, Dropped, Log]


@pytest.mark.parametrize(
    "form",
    ["canonical", *(pytest.param(form, marks=pytest.mark.long) for form in [*PUBLISH][1:])],
)
def test_h2_many_values_of_many_events_are_stored_as_they_are(form: str) -> None:
    event = {"type": "agent_message", "agent": "a", "event": {"type": "X", "values": [[]] * 1_600}}

    message = parse_client_message(PUBLISH[form] % ",".join([json.dumps(event)] * 200))

    assert isinstance(message, Publish)
    batch = validate_batch(message.events)
    assert batch.refused == []
    assert json.loads(batch.raw) == [event] * 200
    assert [each.type for each in read_stored(batch.raw)] == ["agent_message"] * 200


@pytest.mark.parametrize("form", PUBLISH)
@pytest.mark.parametrize(
    ("events", "code"),
    [
        (",".join(["1"] * 100_000), "bad_field"),
        ("[" * 100_000 + "]" * 100_000, "too_many_values"),
        (f"{WIDE}, nonsense", "bad_json"),
        (f"{WIDE}, NaN", "bad_json"),
        (f"{WIDE},", "bad_json"),
        (f"{WIDE}]", "bad_json"),
        (f"[{WIDE}", "bad_json"),
    ],
    ids=["many", "deep", "nonsense", "NaN", "comma", "closed twice", "open"],
)
def test_h2_what_is_wrong_among_many_values_is_refused(form: str, events: str, code: str) -> None:
    try:
        message = parse_client_message(PUBLISH[form] % events)
        assert isinstance(message, Publish)
        codes = {refusal.error.code for refusal in validate_batch(message.events).refused}
    except InvalidEventError as error:
        codes = {error.code}

    assert code in codes


@pytest.mark.parametrize(
    ("text", "code", "field"),
    [
        ('{"type":"hello","x":[%s0]}', "too_many_values", "x"),
        ('{"type":"ping","events":[%s0]}', "bad_field", "events"),
        ('{"type":"publish","first_n":[%s0],"events":[]}', "too_many_values", "first_n"),
        ('{"type":"publish","first_n":1,"events":{"a":[%s0]}}', "bad_field", "events"),
        ("[%s0]", "bad_json", None),
        ("%s", "bad_json", None),
    ],
)
def test_h2_a_message_with_many_values_elsewhere_is_refused(
    text: str, code: str, field: str | None
) -> None:
    with pytest.raises(InvalidEventError) as refused:
        parse_client_message(text % ("0," * 100_000))

    assert (refused.value.code, refused.value.field) == (code, field)
