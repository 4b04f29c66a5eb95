"""Parts of the view that pages load over a widget's comm."""

from __future__ import annotations

import hashlib
import queue
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets import Sprint
from realtime_widgets.client import discovery
from realtime_widgets.client.in_process import InProcess
from realtime_widgets.display.built_files import built_file
from realtime_widgets.display.comm_code import PARTS
from realtime_widgets.display.comm_link import CommLink
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MESSAGE = {"type": "TEXT_MESSAGE_CHUNK", "messageId": "m", "delta": "hello"}


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in discovery.VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def sprint(request: pytest.FixtureRequest) -> Sprint:
    return Sprint("p-" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16])


@pytest.fixture
def received() -> queue.Queue[dict[str, Any]]:
    return queue.Queue()


@pytest.fixture
def link(sprint: Sprint, received: queue.Queue[dict[str, Any]]) -> Iterator[CommLink]:
    link = CommLink(InProcess(), sprint.sprint_id, received.put, waits=True)
    yield link
    link.close()


def text_of(name: str) -> str:
    return built_file(f"{name}.js").read_text("utf-8")


@pytest.mark.parametrize("name", sorted(PARTS))
def test_a_part_that_a_page_requests_is_the_built_file(
    name: str, link: CommLink, received: queue.Queue[dict[str, Any]]
) -> None:
    link.receive({"request": "r1", "code": {"name": name}})

    assert received.get(timeout=PATIENCE_S) == {"response": "r1", "content": text_of(name)}


@pytest.mark.parametrize("name", ["widget", "../../pyproject.toml", ""])
def test_a_name_that_is_no_part_s_is_refused_with_those_there_are(
    name: str, link: CommLink, received: queue.Queue[dict[str, Any]]
) -> None:
    link.receive({"request": "r1", "code": {"name": name}})

    error = received.get(timeout=PATIENCE_S)["error"]
    assert error == f"`name`: give one of {', '.join(sorted(PARTS))}"


@pytest.mark.parametrize(
    ("name", "publish"),
    [
        ("agents", lambda sprint: sprint.agent_event("planner", MESSAGE)),
        ("charts", lambda sprint: sprint.metrics({"hello": 0.5})),
        ("files", lambda sprint: sprint.show({"hello": 3}, name="hello")),
    ],
)
def test_a_part_comes_once_and_before_the_first_event_that_needs_it(
    name: str,
    publish: Callable[[Sprint], None],
    sprint: Sprint,
    link: CommLink,
    received: queue.Queue[dict[str, Any]],
) -> None:
    sprint.log("before")
    sprint.flush(PATIENCE_S)
    link.receive({"watch": {"after": None}})
    frames = [received.get(timeout=PATIENCE_S)]
    while "before" not in str(frames):
        frames.append(received.get(timeout=PATIENCE_S))
    assert not any("code" in frame for frame in frames)

    for _ in range(2):
        publish(sprint)
        sprint.flush(PATIENCE_S)
        while "hello" not in str(frames[-1].get("messages")):
            frames.append(received.get(timeout=PATIENCE_S))
        frames.append({})

    parts = [index for index, frame in enumerate(frames) if "code" in frame]
    first = next(n for n, frame in enumerate(frames) if "hello" in str(frame.get("messages")))
    assert parts == [first - 1]
    assert frames[parts[0]] == {"code": name, "content": text_of(name)}
