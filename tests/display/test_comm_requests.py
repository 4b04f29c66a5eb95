"""What a page requests of the kernel beside the stream: pages of history, and searches."""

from __future__ import annotations

import hashlib
import queue
from base64 import b64decode
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets import Sprint
from realtime_widgets.client import discovery
from realtime_widgets.client.in_process import InProcess
from realtime_widgets.client.server import Server
from realtime_widgets.display import comm_requests, comm_search
from realtime_widgets.display.comm_link import CommLink
from realtime_widgets.errors import ServerNotFoundError
from tests.waiting import PATIENCE_S, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ANSWER = {"type": "answer", "id": "q", "value": "a"}

LINES = ("loss 0.5", "Loss 0.4\nloss 0.3", "\N{ROCKET} loss", "done")


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in discovery.VARIABLES:
        monkeypatch.delenv(name, raising=False)


class Page:
    """A page that sends requests over a comm, and receives what the kernel sends."""

    def __init__(self, link: CommLink, received: queue.Queue[dict[str, Any]]) -> None:
        self._link = link
        self._received = received
        self._requests = 0

    def send(self, **content: object) -> str:
        self._requests += 1
        name = f"r{self._requests}"
        self._link.receive({"request": name, **content})
        return name

    def next(self, name: str) -> dict[str, Any]:
        """The next response to a request."""
        while (response := self._received.get(timeout=PATIENCE_S)).get("response") != name:
            pass
        return response

    def events(self, **given: object) -> dict[str, Any]:
        content: dict[str, Any] = self.next(self.send(events=given))["content"]
        return content

    def search(self, **given: object) -> tuple[list[list[int]], dict[str, Any]]:
        """All matches of a search, and its last report."""
        name = self.send(search=given)
        matches: list[list[int]] = []
        while True:
            report = self.next(name)["content"]
            matches += report["matches"]
            if report["end"] is not None:
                return matches, report

    def error(self, **content: object) -> str:
        error: str = self.next(self.send(**content))["error"]
        return error


@pytest.fixture
def sprint_id(request: pytest.FixtureRequest) -> str:
    return "r-" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16]


@pytest.fixture
def open_page(sprint_id: str) -> Iterator[Callable[..., Page]]:
    links = []

    def open_one(target: Any = None) -> Page:
        received: queue.Queue[dict[str, Any]] = queue.Queue()
        link = CommLink(target or InProcess(), sprint_id, received.put, waits=True)
        links.append(link)
        return Page(link, received)

    yield open_one
    for link in links:
        link.close()


@pytest.fixture
def requester(sprint_id: str, open_page: Callable[[], Page]) -> Page:
    sprint = Sprint(sprint_id)
    for line in LINES:
        sprint.log(line, level="error" if line == "done" else "info")
    sprint.flush(PATIENCE_S)
    return open_page()


def test_the_curves_of_metrics_are_those_of_the_attempt(
    open_page: Callable[..., Page], sprint_id: str
) -> None:
    for value in (1.0, 2.0):
        with Sprint(sprint_id) as sprint:
            sprint.metrics(loss=value)
    page = open_page()

    answers = [page.next(page.send(series=given)) for given in ({}, {"attempt": 1})]

    losses = [answer["content"]["metrics"][0]["sums"] for answer in answers]
    assert losses == [[2.0], [1.0]]
    assert page.error(series={"attempt": 0}).startswith("`attempt`")


def test_a_blob_comes_in_pieces(open_page: Callable[..., Page], sprint_id: str) -> None:
    text = "0123456789" * 20_000
    with Sprint(sprint_id) as sprint:
        sprint.show(text, name="text")
    page = open_page()
    sha256 = hashlib.sha256(text.encode()).hexdigest()

    answers = [
        page.next(page.send(blob={"sha256": sha256, "after": after}))["content"]
        for after in (0, 196_608, 200_000)
    ]

    assert [answer["bytes"] for answer in answers] == [200_000] * 3
    assert "".join(b64decode(answer["data"]).decode() for answer in answers) == text
    unknown = page.next(page.send(blob={"sha256": "0" * 64, "after": 0}))
    assert unknown["content"] == {"bytes": None}
    assert page.error(blob={"sha256": "../x"}).startswith("`sha256`")


def test_a_page_of_events_is_that_of_the_route(requester: Page) -> None:
    got = requester.events(before=3, limit=1)

    assert [event["message"] for event in got["events"]] == [LINES[1]]
    assert (got["first"], got["head"], got["next"]) == (1, 4, 2)
    assert requester.events(after=3)["events"][0]["message"] == "done"
    assert [event["seq"] for event in requester.events(level="error")["events"]] == [4]


def test_a_run_that_has_not_begun_has_a_page_without_epoch(open_page: Callable[[], Page]) -> None:
    assert open_page().events(before=5)["epoch"] is None
    assert open_page().search(text="a", before=5)[1]["end"] == "gone"


def test_a_search_reports_lines_and_counts_units_as_a_browser_does(requester: Page) -> None:
    matches, last = requester.search(text="loss", before=99)

    assert matches == [[3, 0, 3, 7], [2, 1, 0, 4], [2, 0, 0, 4], [1, 0, 0, 4]]
    assert (last["count"], last["head"], last["searched"], last["end"]) == (4, 4, 1, "done")
    assert requester.search(text="loss", after=1)[0] == [[2, 0, 0, 4], [2, 1, 0, 4], [3, 0, 3, 7]]
    assert requester.search(text="Loss", case=True, before=99)[0] == [[2, 0, 0, 4]]
    assert requester.search(level="error", before=99)[0] == [[4, 0, 0, 0]]


@pytest.mark.parametrize("page_events", [1, 1_000])
def test_a_search_back_from_an_event_ends_at_the_one_after_which_it_is_to_look(
    page_events: int, requester: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comm_search, "PAGE_EVENTS", page_events)

    matches, last = requester.search(text="loss", after=1, before=3)

    assert matches == [[2, 1, 0, 4], [2, 0, 0, 4]]
    assert (last["count"], last["end"]) == (2, "done")


def test_a_regular_expression_is_searched_with_re2(requester: Page) -> None:
    pytest.importorskip("re2")

    assert requester.search(text=r"0\.[45]", regex=True, after=0)[0] == [[1, 0, 5, 8], [2, 0, 5, 8]]


def test_matches_beyond_the_limit_are_counted_and_not_sent(
    requester: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comm_search, "MAX_MATCHES", 2)

    matches, last = requester.search(text="loss", after=0)

    assert (len(matches), last["count"], last["end"]) == (2, 4, "limit")


def test_a_search_of_many_pages_reports_how_far_it_is(
    requester: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comm_search, "PAGE_EVENTS", 1)
    monkeypatch.setattr(comm_search, "PROGRESS_S", -1.0)
    name = requester.send(search={"text": "loss", "before": 99})

    reports = [requester.next(name)["content"]]
    while reports[-1]["end"] is None:
        reports.append(requester.next(name)["content"])

    assert [report["searched"] for report in reports][:3] == [3, 2, 1]
    assert [report["count"] for report in reports][:3] == [1, 3, 4]
    assert reports[-1]["end"] == "done"


def test_a_search_that_takes_too_long_ends_where_it_is(
    requester: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comm_search, "PAGE_EVENTS", 1)
    monkeypatch.setattr(comm_search, "SEARCH_S", -1.0)

    matches, last = requester.search(text="loss", before=99)

    assert (matches, last["searched"], last["end"]) == ([[3, 0, 3, 7]], 3, "time")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"events": {"limit": 0}}, "`limit`"),
        ({"events": {"limit": 10**9}}, "`limit`"),
        ({"events": {"before": "5"}}, "`before`"),
        ({"events": {"after": 1.5}}, "`after`"),
        ({"events": {"server": "http://elsewhere"}}, "`server`"),
        ({"events": {"level": "loud"}}, "`level`"),
        ({"events": {"level": "debug"}}, "a level above debug"),
        ({"search": {"level": "debug", "before": 9}}, "a level above debug"),
        ({"search": {"txt": "a"}}, "`txt` is no argument"),
        ({"search": {"text": "a", "case": "true"}}, "`case` is true or false"),
        ({"search": {}}, "give a text"),
        ({"search": {"text": "x" * 1_001}}, "at most 1,000"),
        ({"search": {"text": "\ud800"}}, "surrogate"),
        ({"search": {"word": True}}, "`word`"),
    ],
)
def test_bad_arguments_are_refused_with_the_field(
    content: dict[str, Any], words: str, requester: Page
) -> None:
    assert words in requester.error(**content)


def test_a_regular_expression_that_is_none_is_refused_with_the_reason(requester: Page) -> None:
    pytest.importorskip("re2")

    assert "missing" in requester.error(search={"text": "(", "regex": True})


@pytest.mark.parametrize(
    "content", [{}, {"events": 7}, {"search": None}, {"cancel": True}, {"cancel": "later"}]
)
def test_what_is_no_request_is_ignored(content: dict[str, Any], requester: Page) -> None:
    requester.send(**content)

    assert requester.events(limit=1)["head"] == 4


class Stuck:
    """A target whose pages are never read, and which counts them."""

    name = "a stuck server"
    is_server = True

    def __init__(self) -> None:
        self.read: queue.Queue[int] = queue.Queue()
        self.errors: queue.Queue[Exception] = queue.Queue()

    def prepare(self) -> None:
        pass

    def page(self, sprint_id: str, *, limit: int, **_: Any) -> dict[str, Any]:  # noqa: ARG002
        self.read.put(limit)
        raise self.errors.get(timeout=PATIENCE_S)


def test_a_request_that_is_sent_again_is_read_once(open_page: Callable[..., Page]) -> None:
    target = Stuck()
    page = open_page(target)
    for _ in range(3):
        page._link.receive({"request": "again", "events": {"limit": 5}})  # noqa: SLF001
    assert target.read.get(timeout=PATIENCE_S) == 5
    page.send(events={"limit": 6})

    assert target.read.get(timeout=PATIENCE_S) == 6
    for _ in range(2):
        target.errors.put(ServerNotFoundError("a stuck server", "timed out"))
    assert "timed out" in page.next("again")["error"]


def test_a_log_that_is_not_read_in_time_is_an_error_for_the_page(
    open_page: Callable[..., Page],
) -> None:
    target = Stuck()
    page = open_page(target)
    request = page.send(events={"limit": 5})
    target.errors.put(TimeoutError())

    assert page.next(request)["error"] == "the log was not read within 30 s"


def test_a_request_too_many_cancels_the_oldest(
    open_page: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comm_requests, "MAX_REQUESTS", 1)
    target = Stuck()
    page = open_page(target)
    first = page.send(events={"limit": 1})
    assert target.read.get(timeout=PATIENCE_S) == 1
    second = page.send(events={"limit": 2})
    assert target.read.get(timeout=PATIENCE_S) == 2

    for _ in range(2):
        target.errors.put(ServerNotFoundError("a stuck server", "timed out"))

    response = page._received.get(timeout=PATIENCE_S)  # noqa: SLF001
    assert (response["response"], first) == (second, "r1")


def test_an_answer_is_stored_in_the_hub_of_the_process(
    sprint_id: str, open_page: Callable[[], Page]
) -> None:
    sprint = Sprint(sprint_id)
    sprint.emit({"type": "question", "id": "q", "message": "Which?"})
    sprint.flush(PATIENCE_S)
    page = open_page()

    assert page.next(page.send(reply=ANSWER))["content"] == {"seq": 2}
    assert "was answered at" in page.error(reply={**ANSWER, "value": "b"})


def test_a_stop_and_a_message_are_stored_in_the_hub_of_the_process(
    sprint_id: str, open_page: Callable[[], Page]
) -> None:
    page = open_page()
    with Sprint(sprint_id, on_cancel="flag") as sprint:
        sprint.inbox()
        assert sprint.flush(PATIENCE_S) == 0
        message = {"type": "user_message", "text": "hello", "attempt": 1}
        assert page.next(page.send(reply=message))["content"] == {"seq": 3}
        assert "is the newest" in page.error(reply={**message, "attempt": 7})

        page.next(page.send(reply={"type": "control", "action": "stop", "attempt": 1}))
        wait_until(lambda: sprint.cancelled, "it is stopped")


def test_an_answer_for_a_run_on_a_server_is_given_there(open_page: Callable[..., Page]) -> None:
    page = open_page(Server("http://127.0.0.1:9/", ""))

    assert page.error(reply=ANSWER) == "this run is on a server: answer on its page there"
