"""Arguments of requests, as texts, become values or an error that names them."""

from __future__ import annotations

import json

import pytest

from realtime_widgets.protocol.search.query import SearchQuery
from realtime_widgets.service import ApiError
from realtime_widgets.service.arguments import (
    Start,
    read_flag,
    read_limit,
    read_number,
    read_query,
    read_start,
)


def error_of(error: ApiError) -> tuple[int, str, str | None]:
    body = json.loads(error.body)
    assert body["message"]
    return error.status, body["code"], body["field"]


@pytest.mark.parametrize("given", ["", "-1", "1.0", "٣", "0", "1001", "1" * 30, "x"])
def test_a_number_that_is_none_or_out_of_bounds_is_refused_with_its_bounds(given: str) -> None:
    with pytest.raises(ApiError) as refused:
        read_number(given, "limit", minimum=1, maximum=1_000)

    assert error_of(refused.value) == (400, "bad_field", "limit")
    assert "from 1 to 1,000" in str(refused.value)


def test_without_arguments_a_log_is_read_from_its_start() -> None:
    assert read_start({}) == Start("after", 0)
    assert read_start({"before": "7"}) == Start("before", 7)
    assert read_limit({}) == 300
    assert read_query({}) is None
    assert read_flag({}, "count", default=True) is True


def test_all_that_a_search_has_is_read() -> None:
    flags = {"regex": "true", "case": "true", "word": "false"}
    times = {"since": "-1.5", "until": "1795400000.123"}

    query = read_query({"text": " x", "level": "error", "source": "a b", **flags, **times})

    options = {"regex": True, "case": True, "level": "error", "source": "a b"}
    assert query == SearchQuery(text=" x", **options, since=-1.5, until=1795400000.123)


def test_a_level_a_source_or_a_time_is_searched_without_a_text() -> None:
    assert read_query({"level": "error"}) == SearchQuery(level="error")
    assert read_query({"source": "a"}) == SearchQuery(source="a")
    assert read_query({"since": "1"}) == SearchQuery(since=1.0)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "x" * 1_001}, "text"),
        ({"text": "a\nb"}, "text"),
        ({"level": "debug"}, "text"),
        ({"level": "error", "case": "true"}, "case"),
        ({"until": "x"}, "until"),
        ({"text": "a", "regex": "1"}, "regex"),
        ({"text": "a", "case": ""}, "case"),
        ({"text": "a", "word": "True"}, "word"),
        ({"text": "a", "level": "loud"}, "level"),
        ({"text": "a", "source": "s" * 257}, "source"),
        ({"text": "a", "since": "yesterday"}, "since"),
        ({"text": "a", "since": "nan"}, "since"),
        ({"text": "a", "until": "1e5"}, "until"),
        ({"text": "a", "until": "9" * 16}, "until"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_search_is_refused_with_the_field(arguments: dict[str, str], field: str) -> None:
    with pytest.raises(ApiError) as refused:
        read_query(arguments)

    assert error_of(refused.value) == (400, "bad_field", field)
