"""The stored events of a run, page by page, from the hub of this process and from a real server."""

from __future__ import annotations

import sys
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from realtime_widgets import (
    InvalidSprintIdError,
    PositionLostError,
    ServerNotFoundError,
    Sprint,
    UnknownRunError,
    _history,
    follow,
    history,
)
from realtime_widgets.client.embedded import embedded_hub
from realtime_widgets.client.in_process import InProcess
from realtime_widgets.client.runtime import runtime
from realtime_widgets.protocol.search.query import SearchQuery
from tests.serving import SECRET, jupyter
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime_widgets._history import History


@pytest.fixture(scope="module")
def real_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Jupyter server, as an argument."""
    folder = tmp_path_factory.mktemp("server")
    with jupyter(folder, f"--IdentityProvider.token={SECRET}") as server:
        yield f"{server.url}?token={SECRET}"


@pytest.fixture(params=["in process", "server"])
def server(request: pytest.FixtureRequest) -> str | None:
    if request.param == "in process":
        return None
    found: str = request.getfixturevalue("real_server")
    return found


@pytest.fixture
def sprint(sprint_id: str, server: str | None) -> Sprint:
    """A run of seven lines, with a status before and after them."""
    sprint = Sprint(sprint_id, server=server, show=False)
    with sprint:
        for number in range(7):
            sprint.log(f"line {number}", level="warning" if number == 3 else "info")
    return sprint


@pytest.fixture(params=[2, 1_000])
def _pages(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of two events, and pages of all."""
    monkeypatch.setattr(_history, "PAGE_EVENTS", request.param)


@pytest.fixture
def here(sprint_id: str) -> Sprint:
    """A run of 20 lines in the hub of this process, in at least two batches of ten or fewer."""
    sprint = Sprint(sprint_id)
    for number in range(20):
        sprint.log(number)
        if number in {9, 19}:
            sprint.flush(PATIENCE_S)  # the store trims whole batches
    return sprint


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The pages that are read from the hub of this process."""
    page, asked = InProcess.page, []

    def recorded(target: InProcess, sprint_id: str, **arguments: Any) -> dict[str, Any]:
        start = "after" if arguments["before"] is None else "before"
        names = (start, "limit") if arguments["query"] is None else (start, "limit", "query")
        asked.append({name: arguments[name] for name in names})
        return page(target, sprint_id, **arguments)

    monkeypatch.setattr(InProcess, "page", recorded)
    monkeypatch.setattr(_history, "PAGE_EVENTS", 3)
    return asked


def seqs(events: Any) -> list[int]:
    return [event.seq for event in events]


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ({"newest": 3}, [7, 8, 9]),
        ({"newest": 9}, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ({"newest": 10**9}, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ({"after": 6}, [7, 8, 9]),
        ({"after": 9}, []),
        ({"after": 2**53 - 1}, []),
        ({"before": 4}, [1, 2, 3]),
        ({"before": 1}, []),
        ({"before": 2**53 - 1}, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ({"after": 3, "before": 7}, [4, 5, 6]),
        ({"newest": 2, "before": 6}, [4, 5]),
    ],
    ids=str,
)
@pytest.mark.usefixtures("_pages")
def test_the_events_within_the_limits_are_read_in_both_directions(
    limits: dict[str, int], expected: list[int], sprint: Sprint, server: str | None
) -> None:
    events = history(sprint.sprint_id, **limits, server=server)

    assert seqs(events) == expected
    assert seqs(reversed(events)) == expected[::-1]
    assert seqs(events) == expected, "it can be read again"


def test_events_are_as_follow_gives_them(sprint: Sprint, server: str | None) -> None:
    followed = follow(sprint.sprint_id, until_end=True, server=server)

    assert list(history(sprint.sprint_id, server=server)) == list(followed)


def test_a_name_that_nothing_was_published_to_is_an_error_with_similar_names(
    sprint: Sprint, server: str | None
) -> None:
    events = history(f"{sprint.sprint_id}x", server=server)

    with pytest.raises(UnknownRunError, match="similar names: ") as caught:
        list(events)
    assert sprint.sprint_id in caught.value.similar


def test_a_page_is_read_when_it_is_needed_and_no_larger_than_it_needs_to_be(
    here: Sprint, requests: list[dict[str, Any]]
) -> None:
    assert seqs(islice(history(here.sprint_id), 4)) == [1, 2, 3, 4]
    assert requests == [{"after": 0, "limit": 3}, {"after": 3, "limit": 3}]
    requests.clear()

    assert seqs(islice(reversed(history(here.sprint_id)), 4)) == [20, 19, 18, 17]
    assert requests == [{"before": 21, "limit": 3}, {"before": 18, "limit": 3}]
    requests.clear()

    assert seqs(history(here.sprint_id, newest=4)) == [17, 18, 19, 20]
    assert requests == [{"after": 16, "limit": 3}, {"after": 19, "limit": 1}]


def test_an_iteration_has_what_was_stored_when_it_began(here: Sprint) -> None:
    events = history(here.sprint_id)
    reading = iter(events)
    next(reading)

    here.log("later")
    here.flush(PATIENCE_S)

    assert len(list(reading)) == 19
    assert len(list(events)) == 21


def test_events_of_this_process_are_stored_before_they_are_read(sprint_id: str) -> None:
    Sprint(sprint_id).log("just now")

    assert [event.message for event in history(sprint_id)] == ["just now"]


def test_trimmed_events_are_left_out(here: Sprint) -> None:
    hub = embedded_hub()._hub  # noqa: SLF001 - there is no public way to trim
    runtime().run(hub.store.trim(here.sprint_id, 11))
    first = runtime().run(hub.logs.position(here.sprint_id)).first
    assert first > 1

    kept = list(range(first, 21))
    assert seqs(history(here.sprint_id)) == kept
    assert seqs(reversed(history(here.sprint_id))) == kept[::-1]


@pytest.mark.parametrize("read", [iter, reversed])
@pytest.mark.usefixtures("requests")
def test_events_of_two_logs_are_not_mixed(here: Sprint, read: Any) -> None:
    reading = read(history(here.sprint_id))
    next(reading)

    runtime().run(embedded_hub()._hub.remove(here.sprint_id))  # noqa: SLF001 - as a server deletes it
    again = Sprint(here.sprint_id)
    for number in range(20):
        again.log(f"another {number}")
    again.flush(PATIENCE_S)

    with pytest.raises(PositionLostError):
        list(reading)


def test_a_run_that_is_deleted_meanwhile_is_a_lost_position(
    sprint_id: str, real_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_history, "PAGE_EVENTS", 3)
    with Sprint(sprint_id, server=real_server, show=False) as sprint:
        for number in range(7):
            sprint.log(number)
    reading = iter(history(sprint_id, server=real_server))
    next(reading)

    url, _, token = real_server.partition("?token=")
    headers = {"Authorization": f"token {token}"}
    path = f"{url}realtime/api/sprints/{sprint_id}"
    # A proxy of the environment must not be used for a loopback address.
    build_opener(ProxyHandler({})).open(Request(path, method="DELETE", headers=headers)).close()  # noqa: S310 - always our own http URL

    with pytest.raises(PositionLostError):
        list(reading)


def test_a_table_has_a_row_for_each_event(sprint: Sprint, server: str | None) -> None:
    table = history(sprint.sprint_id, server=server).to_dataframe()

    assert list(table.columns[:4]) == ["seq", "timestamp", "type", "user"]
    assert {"message", "level", "status"} <= set(table.columns)
    assert "sprint_id" not in table.columns
    assert list(table["seq"]) == list(range(1, 10))
    assert str(table["timestamp"].dt.tz) == "UTC"
    assert list(table[table["level"] == "warning"]["message"]) == ["line 3"]


def test_a_table_of_no_events_has_its_columns(here: Sprint) -> None:
    table = history(here.sprint_id, after=20).to_dataframe()

    assert list(table.columns) == ["seq", "timestamp", "type", "user"]
    assert len(table) == 0


def test_without_pandas_there_is_no_table_and_what_to_install(
    here: Sprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)

    with pytest.raises(ImportError, match="pip install pandas"):
        history(here.sprint_id).to_dataframe()


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"newest": 0}, "newest is a whole number from 1 to 9,007,199,254,740,991"),
        ({"newest": True}, "newest is a whole number"),
        ({"after": -1}, "after is a whole number from 0 to"),
        ({"after": 1.5}, "after is a whole number"),
        ({"before": 0}, "before is a whole number from 1 to"),
        ({"before": 2**53}, "before is a whole number"),
        ({"newest": 1, "after": 1}, "`newest` or `after`, not both"),
    ],
    ids=str,
)
def test_limits_that_cannot_be_are_refused(limits: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        history("run", **limits)


def test_a_wrong_sprint_id_is_refused() -> None:
    with pytest.raises(InvalidSprintIdError):
        history("no such id")


def test_a_server_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ServerNotFoundError, match=r"127\.0\.0\.1:9"):
        list(history("run", server="http://127.0.0.1:9/?token=s3cret"))


def test_its_text_has_the_run_and_the_limits_and_no_token() -> None:
    events: History = history("run", newest=3, server="http://127.0.0.1:9/?token=s3cret")

    assert repr(events) == "history('run', newest=3)"


# Searching.


@pytest.fixture
def searched(sprint_id: str, server: str | None) -> Sprint:
    """A run of eight lines, some of which have the text `loss`."""
    sprint = Sprint(sprint_id, server=server)
    sprint.log("start")
    sprint.log("\x1b[31mloss\x1b[0m 1", source="train")
    sprint.log("no\nthe LOSS is 2", level="warning", source="train")
    sprint.log("losses", level="error")
    sprint.progress("loss", 1, 2)
    sprint.log("val_loss 3", level="error", source="eval")
    sprint.log("end")
    sprint.flush(PATIENCE_S)
    return sprint


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"search": "loss"}, [2, 3, 4, 6]),
        ({"search": "loss", "case": True}, [2, 4, 6]),
        ({"search": "loss", "word": True}, [2, 3]),
        ({"search": r"loss \d$", "regex": True}, [2, 6]),
        ({"search": "loss", "level": "warning"}, [3, 4, 6]),
        ({"search": "loss", "source": "train"}, [2, 3]),
        ({"search": "loss", "level": "error", "source": "eval"}, [6]),
        ({"search": "loss", "after": 2, "before": 6}, [3, 4]),
        ({"search": "loss", "newest": 3}, [6]),
        ({"search": "nowhere"}, []),
    ],
    ids=str,
)
@pytest.mark.usefixtures("_pages")
def test_a_search_has_only_the_events_that_match_in_both_directions(
    options: dict[str, Any], expected: list[int], searched: Sprint, server: str | None
) -> None:
    events = history(searched.sprint_id, **options, server=server)

    assert seqs(events) == expected
    assert seqs(reversed(events)) == expected[::-1]


def test_a_table_of_a_search_has_a_row_for_each_event_that_matches(
    searched: Sprint, server: str | None
) -> None:
    table = history(searched.sprint_id, search="loss", level="error", server=server).to_dataframe()

    assert list(table["message"]) == ["losses", "val_loss 3"]


def test_events_are_searched_where_they_are_stored(
    here: Sprint, requests: list[dict[str, Any]]
) -> None:
    assert seqs(history(here.sprint_id, search="1")) == [2, *range(11, 21)]

    assert [request["query"].text for request in requests] == ["1"] * 4


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"search": ""}, "the text to search for is empty"),
        ({"search": "x" * 1_001}, "1,001 characters, at most 1,000 are allowed"),
        ({"search": b"x"}, "the text to search for is no text"),
        ({"search": "(", "regex": True}, "not a regular expression of RE2: missing"),
        ({"search": "x", "level": "loud"}, "`level` is one of debug, info"),
        ({"search": "x", "word": "yes"}, "`word` is true or false"),
        ({"level": "debug"}, "a level above debug"),
        ({"level": "error", "word": True}, "`word` needs a text"),
        ({"regex": True}, "`regex` needs a text"),
    ],
    ids=str,
)
def test_a_search_that_cannot_be_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        history("run", **options)


def test_without_its_engine_a_regular_expression_is_refused_by_the_hub_of_this_process(
    here: Sprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "re2", None)
    events = history(here.sprint_id, search="1", regex=True)

    with pytest.raises(ValueError, match="need the package google-re2"):
        list(events)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "its version of realtime-widgets cannot search"),  # an older one reads no others
        ({"text": "x", "level": "loud"}, "it refuses the request: `level` is one of debug, info"),
    ],
)
def test_a_server_that_does_not_search_is_an_error_with_the_reason(
    sprint_id: str,
    real_server: str,
    monkeypatch: pytest.MonkeyPatch,
    arguments: dict[str, str],
    words: str,
) -> None:
    sprint = Sprint(sprint_id, server=real_server)
    sprint.log("line")
    sprint.flush(PATIENCE_S)
    monkeypatch.setattr(SearchQuery, "as_arguments", lambda _: arguments)

    with pytest.raises(ServerNotFoundError, match=words):
        list(history(sprint_id, search="line", server=real_server))


def test_its_text_has_what_is_searched() -> None:
    assert (
        repr(history("run", search="loss", newest=3)) == "history('run', newest=3, search='loss')"
    )
