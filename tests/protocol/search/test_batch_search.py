"""What is found in stored batches is what a search of each shown line finds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import to_json

from realtime_widgets.protocol.search import batch_search, prefilter
from realtime_widgets.protocol.search.batch_search import BatchSearch
from realtime_widgets.protocol.search.query import LEVELS, SearchQuery
from realtime_widgets.protocol.terminal_text import lines_of

STORED = "2026-11-22T21:58:00.000Z"
STORED_S = 1795384680.0
ALL = range(2**53)


def search(
    events: list[dict[str, Any]] | bytes, text: str | None = "x", seqs: range = ALL, **options: Any
) -> list[tuple[int, int, int, int]]:
    """The matches in a batch that begins with seq 1: seq, line, start and end."""
    raw = events if isinstance(events, bytes) else to_json(events)
    found = BatchSearch(SearchQuery(text=text, **options)).find(1, STORED, raw, seqs)
    return [(event.seq, *line) for event in found for line in event.lines]


def log(message: str, **fields: Any) -> dict[str, Any]:
    return {"type": "log", "message": message, **fields}


def test_a_match_has_the_line_of_the_message_and_the_offsets_in_it() -> None:
    events = [log("no"), log("a\nxx ax\n\nx"), log("x\n")]

    assert search(events) == [(2, 1, 0, 1), (2, 3, 0, 1), (3, 0, 0, 1)]


def test_without_a_text_each_event_with_the_level_matches_once() -> None:
    events = [log("a\nb", level="error"), log("c"), log("d", level="critical"), {"type": "log"}]

    assert search(to_json(events), text=None, level="error") == [(1, 0, 0, 0), (3, 0, 0, 0)]
    assert search([log("a", source="x"), log("b")], text=None, source="x") == [(1, 0, 0, 0)]


@pytest.mark.parametrize(
    ("raw", "is_parsed"),
    [
        (rb'[{"type":"log","message":"x","level":"error"}]', True),
        (rb'[{"type":"log","message":"x","level":"\u0065rror"}]', True),
        (rb'[{"type":"log","message":"x error \\u","level":"warning"}]', False),
        (rb'[{"type":"log","message":"\u001b[31mx\u001b[0m"}]', False),
    ],
)
def test_a_batch_without_a_line_of_the_level_is_not_parsed(raw: bytes, *, is_parsed: bool) -> None:
    assert prefilter.Prefilter(SearchQuery(level="error")).passes(raw) is is_parsed
    assert bool(search(raw, text=None, level="error")) is is_parsed


def test_offsets_are_those_of_the_text_that_is_shown_in_code_units_of_browsers() -> None:
    assert search([log("\x1b[31m😀 é\x1b[0m x")]) == [(1, 0, 5, 6)]
    assert search([log("😀x"), log("éx")], text=".x", regex=True) == [(1, 0, 0, 3), (2, 0, 0, 2)]


@pytest.mark.parametrize(
    ("message", "text", "is_found"),
    [
        ("\x1b[32mne\x1b[0medle", "needle", True),
        ("nothing\rneedle", "needle", True),
        ("needle\rnothing", "needle", False),
        ("nee\x7fdle", "needle", True),
        ("nee\u009fdle", "needle", True),
        ("neX\bedle", "needle", True),
        ("needle\x1b[2K", "needle", False),
        ("\x1b]8;;https://needle\x07text\x1b]8;;\x07", "needle", False),
        ("nee\ndle", "needle", False),
        (r"C:\users\new", r"C:\users\new", True),
        (r"\u001b[31mtext", r"\u001b[31mtext", True),
        (r"\u001b[31mtext", "text", True),
        ('say "it"\tnow', '"it"\tnow', True),
        ("a/b", "a/b", True),
        ("carriage\r\nreturn\r\n", "carriage", True),
        ("bell \x07", "\u2407", True),
        ("bell \x07", "\x07", False),
    ],
)
def test_a_text_is_found_where_a_terminal_shows_it(
    message: str, text: str, *, is_found: bool
) -> None:
    assert bool(search([log(message)], text=text)) is is_found


@pytest.mark.parametrize(
    "raw",
    [
        rb'[{"type":"log","message":"\u006eeedle"}]',
        rb'[{"type":"log","\u006dessage":"needle"}]',
        rb'[ {"message" : "\u004EEEDLE", "type":"log"} ]',
        rb'[{"type":"log","message":"a\/needle"}]',
    ],
)
def test_a_text_is_found_however_it_is_written_as_json(raw: bytes) -> None:
    assert len(search(raw, text="needle")) == 1


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"level": "info"}, [1, 3, 4, 5]),
        ({"level": "warning"}, [3, 4]),
        ({"level": "critical"}, []),
        ({"source": "a"}, [3]),
        ({"source": "b"}, []),
        ({"since": 100.0}, [1, 2, 3, 5]),
        ({"since": 100.5}, [1, 2, 5]),
        ({"until": 100.0}, [4]),
        ({"since": 50, "until": 101}, [3, 4]),
        ({"since": STORED_S, "until": STORED_S + 1}, [1, 2, 5]),
        ({"level": "warning", "source": "a", "since": 100}, [3]),
        ({"seqs": range(2, 4)}, [2, 3]),
    ],
    ids=str,
)
def test_level_source_time_and_position_narrow_a_search(
    options: dict[str, Any], expected: list[int]
) -> None:
    events = [
        log("x"),
        log("x", level="debug"),
        log("x", level="warning", source="a", time=100.0),
        log("x", level="error", time=50),
        log("x", level="info", time=None),
        {"type": "status_update", "status": "running", "message": "x"},
        {"type": "mine", "message": "x"},
    ]

    assert [seq for seq, *_ in search(events, **options)] == expected


def test_a_batch_without_the_text_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[bytes] = []
    monkeypatch.setattr(batch_search, "from_json", parsed.append)
    events = [log(f'\x1b[3{n % 8}m"{n}"\x1b[0m C:\\new\té\n') for n in range(200)]

    assert search(events, text="needle") == []
    assert search(events, text="Nädel") == []
    assert parsed == []


def test_an_event_with_many_values_is_parsed_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_search, "has_many_values", lambda _: True)

    assert search([log("no"), log("x")]) == [(2, 0, 0, 1)]


# Against a search of each line.

PIECES = [
    *"aAbBiIkKsSxX \té_-1",
    *("İ", "\u212a", "\u03c2", "\u03c3", "\u03a3", "ß", "😀", "\u2407"),
    *("\n", "\r", "\r\n", "\b", "\x00", "\x7f", "\u0085", "\\", '"', "/", "\\n", "\\u001b[0m"),
    *("\x1b[0m", "\x1b[1;31m", "\x1b[K", "\x1b[2K", "\x1b", "\x1b]0;t\x07", "\x1b[31"),
]
texts = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
needles = st.lists(st.sampled_from([p for p in PIECES if "\n" not in p]), min_size=1, max_size=3)
encodings = st.sampled_from(
    [
        to_json,
        lambda events: json.dumps(events).encode(),
        lambda events: json.dumps(events, ensure_ascii=False, indent=1).encode(),
    ]
)


def folded(character: str) -> str:
    return {"İ": "i", "\u03c2": "\u03c3", "\u03a3": "\u03c3"}.get(character, character.lower())


def naive(query: SearchQuery, line: str) -> int | None:
    """Where the text is found, by looking at each place."""
    length = len(query.text)
    for start in range(len(line) - length + 1):
        pairs = zip(line[start : start + length], query.text, strict=True)
        is_same = all(a == b if query.case else folded(a) == folded(b) for a, b in pairs)
        beside = [line[start - 1] if start else " ", (line + " ")[start + length]]
        is_word = not any(side.isalnum() or side == "_" for side in beside)
        if is_same and (is_word or not query.word):
            return start
    return None


@given(
    messages=st.lists(texts, min_size=1, max_size=5),
    text=needles.map("".join),
    encode=encodings,
    case=st.booleans(),
    word=st.booleans(),
    level=st.sampled_from(LEVELS),
)
@settings(max_examples=400)
def test_a_search_finds_what_a_look_at_every_place_of_every_line_finds(  # noqa: PLR0913 - by Hypothesis
    messages: list[str], text: str, encode: Any, *, case: bool, word: bool, level: str
) -> None:
    query = SearchQuery(text=text, case=case, word=word, level=level)
    events = [log(message, level=LEVELS[n % 5]) for n, message in enumerate(messages)]

    found = BatchSearch(query).find(1, STORED, encode(events), ALL)

    expected = [
        (seq, index, units(line[:start]), units(line[: start + len(text)]))
        for seq, event in enumerate(events, 1)
        if LEVELS.index(event["level"]) >= LEVELS.index(level)
        for index, line in enumerate(lines_of(event["message"]))
        if (start := naive(query, line)) is not None
    ]
    assert [(event.seq, *line) for event in found for line in event.lines] == expected


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@given(
    messages=st.lists(texts, min_size=1, max_size=5),
    pattern=st.sampled_from(
        [
            "a",
            "^a",
            "a$",
            r"\Aa",
            r"a\z",
            "(?-m)^$",
            "^$",
            r"\bi\b",
            "a.b",
            "[^a]b",
            r"\s\S",
            "é|\u03c3",
        ]
    ),
    encode=encodings,
    case=st.booleans(),
)
def test_a_regular_expression_is_searched_in_each_line_alone(
    messages: list[str], pattern: str, encode: Any, *, case: bool
) -> None:
    query = SearchQuery(text=pattern, regex=True, case=case)
    events = [log(message) for message in messages]

    found = BatchSearch(query).find(1, STORED, encode(events), ALL)

    alone = [
        (seq, index)
        for seq, event in enumerate(events, 1)
        for index, line in enumerate(lines_of(event["message"]))
        if search([log(f"{line}\n")], text=pattern, regex=True, case=case)
    ]
    assert [(event.seq, line.line) for event in found for line in event.lines] == alone


@given(messages=st.lists(texts, min_size=1, max_size=3), text=needles.map("".join))
def test_a_batch_that_is_passed_over_has_no_match(messages: list[str], text: str) -> None:
    query = SearchQuery(text=text)
    raw = to_json([log(message) for message in messages])

    if not prefilter.Prefilter(query).passes(raw):
        shown = [line for message in messages for line in lines_of(message)]
        assert not any(naive(query, line) is not None for line in shown)
