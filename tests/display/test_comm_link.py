"""A run on its way through a widget's comm: a real hub, and a comm that records messages."""

from __future__ import annotations

import contextvars
import hashlib
import json
import os
import queue
from collections import deque
from typing import TYPE_CHECKING, Any

import comm
import ipywidgets
import pytest
from comm.base_comm import BaseComm

from realtime_widgets import Sprint, SprintView, watch
from realtime_widgets.client import discovery
from realtime_widgets.client.in_process import InProcess
from realtime_widgets.client.runtime import running
from realtime_widgets.display import comm_link
from realtime_widgets.display.comm_link import CommLink
from realtime_widgets.errors import (
    ConnectionClosedError,
    InvalidSprintIdError,
    ServerNotFoundError,
)
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime_widgets.client.link import Link

PUBLISHER_ID = "0f" * 16
cell = contextvars.ContextVar("cell", default="none")


class Page(BaseComm):
    """The page's end of a comm."""

    def __init__(self, **options: Any) -> None:
        self.received: queue.Queue[dict[str, Any]] = queue.Queue()
        self.cells: set[str] = set()
        super().__init__(**options)

    def publish_msg(self, msg_type: str, data: Any = None, *_: Any, **__: Any) -> None:
        self.cells.add(cell.get())
        self.received.put({"type": msg_type, **(data or {})})

    def answer(self, content: object) -> None:
        self._send_back({"method": "custom", "content": content})

    def change(self, **state: object) -> None:
        """Change the model, as a front end does."""
        self._send_back({"method": "update", "state": state})

    def _send_back(self, message: dict[str, Any]) -> None:
        self.handle_msg({"content": {"data": message}, "buffers": []})

    def next(self) -> dict[str, Any]:
        """The next custom message of the kernel."""
        while True:
            message = self.received.get(timeout=PATIENCE_S)
            if message.get("method") == "custom":
                content: dict[str, Any] = message["content"]
                return content

    def next_of(self, kind: str) -> dict[str, Any]:
        """The next one of the run (`stream`), or for a page that publishes (`publisher`)."""
        while kind not in (content := self.next()):
            pass
        return content


class Reader:
    """Reads the lines of the log from what a page receives."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.frames: list[dict[str, Any]] = []
        self.lines: list[str] = []

    def read(self, lines: int) -> list[str]:
        """Read until there are so many lines of the log."""
        while len(self.lines) < lines:
            self.take(self._page.next_of("stream"))
        return self.lines

    def take(self, frame: dict[str, Any]) -> None:
        self.frames.append(frame)
        for message in map(json.loads, frame["messages"]):
            for batch in message.get("batches", ()):
                self.lines += [event["message"] for event in batch["events"]]


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in discovery.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    # No stream starts again within a test that does not want it.
    monkeypatch.setattr(comm_link, "FIRST_REPEAT_S", PATIENCE_S)
    yield
    ipywidgets.Widget.close_all()


@pytest.fixture
def page_of(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the page of a view, whose comm is opened by this."""
    pages: list[Page] = []

    def create(**options: Any) -> Page:
        pages.append(Page(**options))
        return pages[-1]

    monkeypatch.setattr(comm, "create_comm", create)

    def get(view: SprintView) -> Page:
        model_id = view.model_id
        return next(page for page in pages if page.comm_id == model_id)

    return get


@pytest.fixture
def sprint_id(request: pytest.FixtureRequest) -> str:
    return "c-" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16]


class Script:
    """A target whose links receive what the test wants, and keep what is sent over them."""

    name = "a script"

    def __init__(self, *script: str | Exception, is_server: bool = False) -> None:
        self.is_server = is_server
        self.connected = 0
        self.opened: set[str] = set()
        self.sent: queue.Queue[str] = queue.Queue()
        self._script = deque(script)

    def prepare(self) -> None:
        pass

    async def connect(self, sprint_id: str) -> Link:
        self.connected += 1
        self.opened.add(sprint_id)
        if self._script and isinstance(self._script[0], ServerNotFoundError):
            raise self._script.popleft()
        return self  # type: ignore[return-value]  # it is its own link

    async def send(self, message: str) -> None:
        self.sent.put(message)

    async def receive(self) -> str:
        next_one = self._script.popleft() if self._script else ConnectionClosedError(1000)
        if isinstance(next_one, Exception):
            raise next_one
        return next_one

    async def close(self, code: int = 1000) -> None:
        pass


def test_a_page_that_cannot_send_receives_the_run_from_the_start(
    sprint_id: str, page_of: Any
) -> None:
    sprint = Sprint(sprint_id)
    sprint.log("before")
    sprint.flush(PATIENCE_S)
    reader = Reader(page_of(watch(sprint_id)))
    reader.read(1)

    sprint.log("after")

    assert reader.read(2) == ["before", "after"]
    assert json.loads(reader.frames[0]["messages"][0])["type"] == "welcome"
    assert [frame["n"] for frame in reader.frames] == list(range(len(reader.frames)))
    assert len({frame["stream"] for frame in reader.frames}) == 1


def test_the_stream_starts_again_until_a_page_answers(
    sprint_id: str, page_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comm_link, "FIRST_REPEAT_S", 0.05)
    sprint = Sprint(sprint_id)
    sprint.log("a")
    sprint.flush(PATIENCE_S)
    page = page_of(watch(sprint_id))
    first, second = (Reader(page) for _ in range(2))
    first.read(1)
    second.read(1)
    assert first.frames[0]["stream"] != second.frames[0]["stream"]

    page.answer({"here": True})
    while (sign := page.next_of("stream"))["messages"]:
        pass
    sprint.log("b")

    frame = page.next_of("stream")
    assert (frame["stream"], frame["n"]) == (sign["stream"], sign["n"] + 1)


def test_a_page_that_announces_itself_receives_at_once_how_much_was_sent(
    sprint_id: str, page_of: Any
) -> None:
    page = page_of(watch(sprint_id))
    first = page.next_of("stream")

    page.answer({"here": True})

    assert page.next_of("stream") == {"stream": first["stream"], "n": 1, "messages": []}


def test_after_a_while_of_silence_the_page_receives_a_sign_of_life(
    sprint_id: str, page_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comm_link, "HEARTBEAT_S", 0.01)
    page = page_of(watch(sprint_id))
    while page.next_of("stream")["messages"]:
        pass

    assert page.next_of("stream")["messages"] == []


def test_a_page_that_sends_a_position_receives_what_follows_it(
    sprint_id: str, page_of: Any
) -> None:
    sprint = Sprint(sprint_id)
    for n in range(3):
        sprint.log(f"line {n}")
    sprint.flush(PATIENCE_S)
    page = page_of(watch(sprint_id))
    reader = Reader(page)
    reader.read(3)
    epoch = json.loads(reader.frames[0]["messages"][0])["epoch"]

    page.answer({"watch": {"after": {"epoch": epoch, "seq": 2, "entry": None}}})

    assert Reader(page).read(1) == ["line 2"]


def test_a_page_that_joins_at_the_end_receives_the_state_and_the_newest_events(
    sprint_id: str, page_of: Any
) -> None:
    sprint = Sprint(sprint_id)
    for n in range(5):
        sprint.log(f"line {n}")
    sprint.flush(PATIENCE_S)
    page = page_of(watch(sprint_id))
    Reader(page).read(5)

    page.answer({"watch": {"after": None, "newest": 2}})
    reader = Reader(page)

    assert reader.read(2) == ["line 3", "line 4"]
    messages = [json.loads(text) for frame in reader.frames for text in frame["messages"]]
    assert [message["type"] for message in messages] == ["welcome", "gap", "state", "events"]
    assert messages[1] == {"type": "gap", "from": 1, "to": 3, "reason": "skipped"}
    assert messages[2]["state"]["head"] == 5


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        ({"after": {"epoch": 7}}, "watch.after.epoch", "string"),
        ({"after": None, "newest": 0}, "watch.newest", "1 to 1,000"),
    ],
)
def test_a_beginning_that_is_none_ends_the_stream_with_the_reason(
    asked: dict[str, Any], field: str, words: str, sprint_id: str, page_of: Any
) -> None:
    page = page_of(watch(sprint_id))
    reader = Reader(page)
    page.answer({"watch": asked})

    while "closed" not in (end := page.next_of("stream")):
        reader.frames.append(end)
    error = json.loads(reader.frames[-1]["messages"][-1])
    assert end["closed"] == 4500
    assert (error["type"], error["code"], error["field"]) == ("error", "bad_field", field)
    assert words in error["message"]


def test_an_unanswered_stream_ends_at_a_bound_and_continues_when_a_page_requests_it(
    sprint_id: str, page_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comm_link, "MAX_UNANSWERED", 1)
    monkeypatch.setattr(comm_link, "UNANSWERED_PER_S", 0)
    sprint = Sprint(sprint_id)
    sprint.log("a")
    sprint.flush(PATIENCE_S)
    page = page_of(watch(sprint_id))
    reader = Reader(page)
    while "closed" not in (end := page.next_of("stream")):
        reader.take(end)
    sprint.log("b")
    sprint.flush(PATIENCE_S)
    epoch = json.loads(reader.frames[0]["messages"][0])["epoch"]
    at = len(reader.lines)

    page.answer({"watch": {"after": {"epoch": epoch, "seq": at, "entry": None}}})
    sprint.log("c")

    assert (end["stream"], end["closed"]) == (reader.frames[0]["stream"], 4000)
    assert reader.read(3) == ["a", "b", "c"]


def test_a_page_that_cannot_send_in_a_long_cell_receives_what_comes_slowly(
    sprint_id: str, page_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comm_link, "MAX_UNANSWERED", 1)
    monkeypatch.setattr(comm_link, "UNANSWERED_PER_S", 1_000_000_000)
    sprint = Sprint(sprint_id)
    reader = Reader(page_of(watch(sprint_id)))
    for line in "abc":
        sprint.log(line)
        reader.read(len(reader.lines) + 1)

    assert reader.lines == ["a", "b", "c"]
    assert len({frame["stream"] for frame in reader.frames}) == 1


def test_after_a_page_has_left_nothing_is_sent_until_another_asks(
    sprint_id: str, page_of: Any
) -> None:
    sprint = Sprint(sprint_id)
    page = page_of(watch(sprint_id))
    first = page.next_of("stream")["stream"]

    page.answer({"gone": True})
    end = page.next_of("stream")
    sprint.log("no page is here")
    sprint.flush(PATIENCE_S)
    page.answer({"here": True})

    assert (end["stream"], end["closed"]) == (first, 4000)
    assert Reader(page).read(1) == ["no page is here"]


def test_twenty_thousand_events_come_in_few_messages_of_bounded_size(
    sprint_id: str, page_of: Any
) -> None:
    reader = Reader(page_of(watch(sprint_id)))
    sprint = Sprint(sprint_id)
    for n in range(20_000):
        sprint.log(f"line {n}")

    assert reader.read(20_000) == [f"line {n}" for n in range(20_000)]
    assert len(reader.frames) < 1_000
    assert max(sum(map(len, frame["messages"])) for frame in reader.frames) <= 256_000


def test_what_a_page_publishes_is_stored_and_acknowledged(sprint_id: str, page_of: Any) -> None:
    page = page_of(watch(sprint_id))
    hello = {"type": "hello", "v": 1, "sprint_id": sprint_id}
    hello["publish"] = {"publisher_id": PUBLISHER_ID}
    publish = {"type": "publish", "first_n": 1, "events": [{"type": "log", "message": "hi"}]}

    page.answer({"publisher": "p1", "messages": [json.dumps(hello)]})
    welcome = page.next_of("publisher")
    page.answer({"publisher": "p1", "messages": [json.dumps(publish)]})
    ack = page.next_of("publisher")

    assert [json.loads(message)["type"] for message in welcome["messages"]] == ["welcome"]
    assert [json.loads(message)["up_to"] for message in ack["messages"]] == [1]
    [state] = [run for run in InProcess().runs() if run["sprint_id"] == sprint_id]
    assert state["logs"] == 1


def test_a_publisher_that_the_hub_refuses_learns_the_code(sprint_id: str, page_of: Any) -> None:
    page = page_of(watch(sprint_id))

    page.answer({"publisher": "p1", "messages": ["nonsense"]})

    [error] = map(json.loads, page.next_of("publisher")["messages"])
    assert (error["type"], error["code"]) == ("error", "bad_json")
    assert page.next_of("publisher") == {"publisher": "p1", "closed": 4500}


def test_a_publisher_reaches_no_other_run_than_the_view_s(sprint_id: str, page_of: Any) -> None:
    page = page_of(watch(sprint_id))
    hello = {"type": "hello", "v": 1, "sprint_id": f"{sprint_id}-2", "watch": {"after": None}}

    page.answer({"publisher": "p1", "messages": [json.dumps(hello)]})

    assert page.next_of("publisher") == {"publisher": "p1", "closed": 4500}


def test_a_page_does_not_choose_which_run_the_kernel_opens(sprint_id: str, page_of: Any) -> None:
    target = Script(*['{"type":"pong"}'] * 2, is_server=True)
    view = SprintView(sprint_id, target=target)
    page = page_of(view)

    page.change(sprint_id="../../other", link="kernel", status="running")
    page.answer({"here": True})

    page.next_of("stream")
    assert json.loads(target.sent.get(timeout=PATIENCE_S))["sprint_id"] == sprint_id
    assert target.opened == {sprint_id}
    assert (view.sprint_id, view.link, view.status) == (sprint_id, "server", "running")
    # Nor what other pages show.
    assert "../../other" not in str([*page.received.queue])


def test_a_link_is_made_for_nothing_but_a_valid_id() -> None:
    with pytest.raises(InvalidSprintIdError):
        CommLink(Script(is_server=True), "../other", print)


def test_the_pings_of_the_hub_are_answered_in_the_kernel(page_of: Any) -> None:
    target = Script('{"type":"ping"}', '{"type":"pong"}')
    page = page_of(SprintView("run", target=target))

    assert page.next()["messages"] == ['{"type":"pong"}']
    assert [json.loads(target.sent.get(timeout=PATIENCE_S))["type"] for _ in range(2)] == [
        "hello",
        "pong",
    ]


@pytest.mark.parametrize(
    ("end", "code"),
    [(ConnectionClosedError(4001), 4001), (ServerNotFoundError("http://x/", "gone"), 1013)],
)
def test_a_page_learns_why_nothing_more_comes(end: Exception, code: int, page_of: Any) -> None:
    page = page_of(SprintView("run", target=Script(end)))

    assert page.next()["closed"] == code


def test_a_stream_that_was_lost_starts_again_though_no_page_can_ask(
    page_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comm_link, "RESTART_S", 0.01)
    page = page_of(SprintView("run", target=Script(ConnectionClosedError(4000), '{"type":"pong"}')))

    assert page.next()["closed"] == 4000
    assert page.next()["messages"] == ['{"type":"pong"}']


def test_d2_a_run_on_a_server_is_sent_before_a_page_has_asked(page_of: Any) -> None:
    page = page_of(SprintView("run", target=Script('{"type":"pong"}', is_server=True)))

    assert page.next()["messages"] == ['{"type":"pong"}']


def test_d2_a_page_that_reads_the_server_by_itself_is_sent_nothing_before_it_asks() -> None:
    target = Script(is_server=True)
    sent: queue.Queue[dict[str, Any]] = queue.Queue()
    link = CommLink(target, "run", sent.put, waits=True)
    link.receive({"publisher": "p1", "messages": []})  # opened after the stream, if there were one
    assert sent.get(timeout=PATIENCE_S)["publisher"] == "p1"
    assert target.sent.empty()

    link.receive({"here": True})

    hello = json.loads(target.sent.get(timeout=PATIENCE_S))
    assert hello["watch"] == {"after": None, "newest": 1_000}


def test_a_view_that_is_closed_sends_nothing_more(sprint_id: str, page_of: Any) -> None:
    view = watch(sprint_id)
    page = page_of(view)
    page.next()
    sprint = Sprint(sprint_id)

    view.close()
    sprint.log("too late")
    sprint.flush(PATIENCE_S)
    page.answer({"here": True})
    page_of(watch(sprint_id)).next()  # the other one has been served

    assert page.received.queue[-1]["type"] == "comm_close"


def test_a_view_whose_run_changes_sends_the_other(sprint_id: str, page_of: Any) -> None:
    Sprint(f"{sprint_id}-2").log("of the other")
    view = watch(sprint_id)
    page = page_of(view)
    page.next()

    view.sprint_id = f"{sprint_id}-2"

    assert Reader(page).read(1) == ["of the other"]


def test_every_message_belongs_to_the_cell_that_made_the_view(sprint_id: str, page_of: Any) -> None:
    token = cell.set("the first cell")
    page = page_of(watch(sprint_id))
    cell.reset(token)

    page.next()
    page.answer({"here": True})
    page.next()
    page.answer({"watch": {"after": None}})
    page.next()

    assert page.cells == {"the first cell"}


def test_the_comm_is_opened_when_its_model_is_needed(sprint_id: str, page_of: Any) -> None:
    target = Script()
    view = SprintView(sprint_id, target=target)
    assert view.comm is None

    box = ipywidgets.VBox([view])

    assert box.get_state()["children"] == [f"IPY_MODEL_{view.model_id}"]
    assert page_of(view).next()["closed"] == 1000


def test_in_a_process_without_a_kernel_nothing_happens() -> None:
    target = Script()
    view = SprintView("run", target=target)

    assert view.model_id
    view._handle_custom_msg({"here": True}, [])  # noqa: SLF001 - as marimo does

    assert target.connected == 0


def test_a_page_may_send_anything(sprint_id: str, page_of: Any) -> None:
    page = page_of(watch(sprint_id))
    page.next()
    for content in (None, 7, [], {}, {"watch": 1}, {"publisher": 1}, {"id": "x", "kind": "y"}):
        page.answer(content)

    page.answer({"here": True})

    assert page.next()["messages"] == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_leaves_the_comm_of_its_parent_alone(sprint_id: str, page_of: Any) -> None:
    page = page_of(watch(sprint_id))
    page.next()

    child = os.fork()
    if child == 0:
        page.answer({"watch": {"after": None}})
        os._exit(0 if running() is None else 1)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
