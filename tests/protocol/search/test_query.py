"""What a search may look for, and what each limit is."""

from __future__ import annotations

from typing import Any

import pytest

from realtime_widgets.errors import InvalidSearchError
from realtime_widgets.protocol.search.query import SearchQuery


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"text": ""}, "text", "is empty"),
        ({"text": "x" * 1_001}, "text", "has 1,001 characters, at most 1,000 are allowed"),
        ({"text": 7}, "text", "is no text"),
        ({}, "text", "a level above debug, a source, or a time"),
        ({"level": "error", "regex": True}, "regex", "`regex` needs a text"),
        ({"text": "a\nb"}, "text", "has a line break"),
        ({"text": "\ud800"}, "text", "has a lone surrogate"),
        ({"text": "a", "regex": "yes"}, "regex", "`regex` is true or false"),
        ({"text": "a", "case": 1}, "case", "`case` is true or false"),
        ({"text": "a", "word": None}, "word", "`word` is true or false"),
        ({"text": "a", "level": "loud"}, "level", "debug, info, warning, error, critical"),
        ({"text": "a", "level": None}, "level", "`level` is one of"),
        ({"text": "a", "source": "s" * 257}, "source", "257 characters, at most 256 are allowed"),
        ({"text": "a", "since": float("nan")}, "since", "seconds since 1970"),
        ({"text": "a", "since": True}, "since", "seconds since 1970"),
        ({"text": "a", "until": 2.0**53}, "until", "within ±9,007,199,254,740,991"),
        ({"text": "a", "until": "now"}, "until", "seconds since 1970"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_the_error_of_a_search_that_cannot_be_names_the_field_and_the_limit(
    fields: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(InvalidSearchError) as refused:
        SearchQuery(**fields)

    assert refused.value.field == field
    assert words in str(refused.value)


def test_the_largest_search_is_accepted() -> None:
    SearchQuery(text="x" * 1_000, source="s" * 256, since=-(2**53 - 1), until=2**53 - 1)


def test_a_regular_expression_may_have_a_line_break_which_matches_nothing() -> None:
    SearchQuery(text="a\nb", regex=True)


def test_a_query_is_written_as_arguments_of_a_request_without_its_defaults() -> None:
    assert SearchQuery(level="error").as_arguments() == {"level": "error"}
    assert SearchQuery(text="a&b").as_arguments() == {"text": "a&b", "level": "debug"}
    query = SearchQuery(
        text="a", regex=True, case=True, word=True, level="error", source="s", since=1.5, until=2
    )
    flags = {"regex": "true", "case": "true", "word": "true"}
    rest = {"source": "s", "since": "1.5", "until": "2"}
    assert query.as_arguments() == {"text": "a", "level": "error", **flags, **rest}
