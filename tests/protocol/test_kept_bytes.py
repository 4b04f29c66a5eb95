"""What is stored and sent of a batch is what was validated: no other bytes pass with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.events import SERVER_FIELDS
from realtime_widgets.protocol.json_limits import MAX_DEPTH, MAX_INTEGER, MAX_KEY_LENGTH, MAX_VALUES
from realtime_widgets.protocol.validation import validate_batch

if TYPE_CHECKING:
    import random

QUOTE = '"'
LONG = json.dumps("x" * 200_000)
WIDE = f"[{','.join('0' * 100_000)}]"
DEEP = "[" * 150 + "]" * 150
HIDDEN = {"long": LONG, "wide": WIDE, "deep": DEEP, "number": "1e308", "short": '"y"'}

FLOOD = " " * 200_000
EVENTS = {
    "log": '{"type":"log",%s"message":"x"}',
    "status_update": '{"type":"status_update",%s"status":"running"}',
    "build_progress": '{"type":"build_progress",%s"task":"t","current":1}',
    "agent_message": '{"type":"agent_message",%s"agent":"a","event":{"type":"X"}}',
    "in an agent_message": '{"type":"agent_message","agent":"a","event":{%s"type":"X"}}',
    "deep in an agent_message": (
        '{"type":"agent_message","agent":"a","event":{"type":"X","a":[{%s"type":1}]}}'
    ),
    "dropped": '{"type":"dropped",%s"count":1,"reason":"refused"}',
    "unknown": '{"type":"mine",%s"value":1}',
    "with a field of its own": '{"type":"log",%s"message":"x","mine":1}',
}
DOUBLED = {
    "log": "message",
    "status_update": "status",
    "build_progress": "current",
    "agent_message": "event",
    "dropped": "count",
    "unknown": "value",
    "with a field of its own": "mine",
}
"""A key that comes again; `type` in the other events."""


def plainly(text: str) -> Any:
    """The value of a JSON text in which no key comes twice in an object, and no bound is exceeded.

    A separate walk, so that it cannot share a fault with the code.
    """

    def without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        assert len({*keys}) == len(keys), "a key comes twice"
        assert all(len(key) <= MAX_KEY_LENGTH for key in keys)
        return dict(pairs)

    def whole(digits: str) -> int:
        assert abs(int(digits)) <= MAX_INTEGER
        return int(digits)

    def size(value: Any, depth: int) -> int:
        if not isinstance(value, dict | list):
            return 1
        assert depth <= MAX_DEPTH
        inside = value.values() if isinstance(value, dict) else value
        return 1 + sum(size(each, depth + 1) for each in inside)

    events = json.loads(text, object_pairs_hook=without_doubles, parse_int=whole)
    assert all(size(event, 1) <= MAX_VALUES for event in events)
    return events


def kept(text: str) -> str | None:
    """What becomes of a batch, None where it is refused as a whole."""
    try:
        return validate_batch(text.encode()).raw.decode()
    except InvalidEventError:
        return None


def in_escapes(text: str) -> str:
    """The text with each character written as an escape, one beyond U+FFFF as two."""
    raw = text.encode("utf-16-be")
    return "".join(f"\\u{raw[at : at + 2].hex()}" for at in range(0, len(raw), 2))


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("spelling", [str, in_escapes], ids=["as it is", "in escapes"])
@pytest.mark.parametrize("place", EVENTS)
def test_l3_a_value_that_a_doubled_key_hides_is_not_kept(
    place: str, spelling: Any, hidden: str
) -> None:
    key = DOUBLED.get(place, "type")
    event = EVENTS[place] % f'"{spelling(key)}":{HIDDEN[hidden]},'

    found = kept(f"[{event}]")

    # What is deeper than any parser goes is refused as a whole, and what is too wide by itself.
    if found is not None:
        [event] = plainly(found)
        assert event == json.loads(EVENTS[place] % "") or event["type"] == "dropped"
        assert len(found) < 200


@pytest.mark.parametrize("place", EVENTS)
def test_l3_spaces_between_the_values_are_not_kept(place: str) -> None:
    for space in (FLOOD, "\n" * 200_000):
        found = kept(f"[{EVENTS[place] % space}]")

        assert found is not None
        assert plainly(found) == [json.loads(EVENTS[place] % "")]
        assert len(found) < 200


@pytest.mark.parametrize(
    "number",
    ["1." + "0" * 200_000, "1" + "0" * 200 + "e-200", "0." + "0" * 200_000 + "1", "1e-999999"],
    ids=["zeros behind", "exponent", "zeros before", "tiny"],
)
@pytest.mark.parametrize(
    "place",
    [
        '{"type":"log","message":"x","time":%s}',
        '{"type":"build_progress","task":"t","current":%s}',
        '{"type":"agent_message","agent":"a","event":{"type":"X","n":%s}}',
        '{"type":"mine","n":%s}',
    ],
)
def test_l3_redundant_digits_of_a_number_are_not_kept(place: str, number: str) -> None:
    found = kept(f"[{place % number}]")

    assert found is not None
    assert json.loads(found) == json.loads(f"[{place % number}]")
    assert len(found) < 200 + 64


def test_l3_a_quote_that_is_written_as_an_escape_hides_no_doubled_key() -> None:
    """It is none of the quotes that can be counted, so it could be taken for those of a key."""
    levels = '"level":"info","level":"error"'
    found = kept(f'[{{"type":"log","message":"{in_escapes(4 * QUOTE)}",{levels}}}]')

    assert found is not None
    assert plainly(found) == [{"type": "log", "message": '""""', "level": "error"}]


def test_l3_a_null_hides_no_doubled_key() -> None:
    """It has no quotes where a text would have two."""
    found = kept('[{"type":"log","message":"x","source":null,"time":1,"time":2}]')

    assert found is not None
    assert plainly(found) == [{"type": "log", "message": "x", "source": None, "time": 2}]


def test_l3_one_event_with_doubled_keys_does_not_spoil_the_others() -> None:
    batch = validate_batch(
        b'[{"type":"log","message":"a"},{"type":"log","message":"b","message":"c"}]'
    )

    assert plainly(batch.raw.decode()) == [
        {"type": "log", "message": "a"},
        {"type": "log", "message": "c"},
    ]
    assert batch.refused == []


@pytest.mark.parametrize(
    "text",
    [
        '[{"type":"log","message":"plain","level":"info","time":1795400000.25}]',
        '[{"type":"log","message":"größe 😀 \\u001b[31mred\\u001b[0m","source":"a"}]',
        '[{"type":"log","message":"say \\"hi\\"\\n\\\\"}]',
        '[{"type":"log","message":"a"},{"type":"build_progress","task":"t","current":0.5}]',
        '[{"type":"agent_message","agent":"a","event":{"type":"X","d":[1,2.5,{"a":null}]}}]',
        '[{"type":"status_update","status":"running","message":null}]',
    ],
)
def test_l3_what_the_publishers_write_is_kept_as_it_came(text: str) -> None:
    raw = text.encode()

    assert validate_batch(raw).raw is raw


class Noise:
    """Writes JSON as no encoder does: with doubled keys, escapes, spaces, long numbers."""

    def __init__(self, chance: random.Random) -> None:
        self._random = chance

    def _rarely(self) -> bool:
        return self._random.random() < 0.15

    def space(self) -> str:
        return self._random.choice(" \t\n\r") * self._random.choice([0, 0, 0, 0, 0, 1, 2, 3_000])

    def text(self, value: str) -> str:
        if self._rarely():
            return f'"{in_escapes(value)}"'
        return json.dumps(value, ensure_ascii=self._rarely())

    def number(self, value: float) -> str:
        text = json.dumps(value)
        if isinstance(value, float) and self._rarely() and "e" not in text:
            return text + "0" * self._random.choice([1, 3_000])
        return text

    def write(self, value: Any) -> str:
        match value:
            case str():
                text = self.text(value)
            case bool() | None:
                text = json.dumps(value)
            case int() | float():
                text = self.number(value)
            case list():
                text = f"[{','.join([self.write(each) for each in value]) or self.space()}]"
            case _:
                text = f"{{{','.join(self._fields(value)) or self.space()}}}"
        return self.space() + text + self.space()

    def _fields(self, value: dict[str, Any]) -> list[str]:
        found = []
        for key, inner in value.items():
            if self._rarely():
                hidden = self._random.choice(['"x"', "1", "null", "[]", f'"{"y" * 3_000}"'])
                found.append(f"{self.space()}{self.text(key)}{self.space()}:{hidden}")
            found.append(f"{self.space()}{self.text(key)}{self.space()}:{self.write(inner)}")
        return found


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ['"', '\\"', "\\", '":"', "\x1b[31m", " ", "😀", "\\u0022"]
)
FREE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
TIMES = st.floats(0, 2e9) | st.integers(0, 2_000_000_000)
LOGS = st.fixed_dictionaries(
    {"type": st.just("log"), "message": TEXTS},
    optional={
        "level": st.sampled_from(["info", "error"]),
        "source": TEXTS | st.none(),
        "time": TIMES | st.none(),
    },
)
OTHERS = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("build_progress"), "task": st.just("t"), "current": TIMES},
        optional={"unit": st.sampled_from(["B", None]), "parent": TEXTS},
    ),
    st.fixed_dictionaries(
        {"type": st.just("status_update"), "status": st.just("running"), "message": TEXTS}
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("agent_message"),
            "agent": st.just("a"),
            "event": st.fixed_dictionaries({"type": TEXTS}, optional={"d": FREE}),
        }
    ),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["mine", "log"]), "message": TEXTS},
        optional={"more": FREE, "seq": FREE, "user": FREE},
    ),
)


@settings(max_examples=400)
@given(
    events=st.lists(LOGS, min_size=1, max_size=4) | st.lists(LOGS | OTHERS, min_size=1, max_size=4),
    chance=st.randoms(use_true_random=False),
)
def test_l3_however_a_batch_is_written_only_what_was_validated_is_kept(
    events: list[dict[str, Any]], chance: random.Random
) -> None:
    found = kept(f"[{','.join(map(Noise(chance).write, events))}]")

    assert found is not None
    wanted = [
        {key: value for key, value in event.items() if key not in SERVER_FIELDS} for event in events
    ]
    assert plainly(found) == wanted
    assert len(found.encode()) <= 7 * len(json.dumps(wanted))
