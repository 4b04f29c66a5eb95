"""What a user holds goes to other processes, without anything secret, and into deep copies."""

from __future__ import annotations

import base64
import copy
import os
import pickle
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets import Sprint, follow, history, sprints, watch
from realtime_widgets.client.in_process import InProcess
from realtime_widgets.client.server import Server
from tests.client.hub_server import PATIENCE_S, TOKEN, HubServer
from tests.client.reading import published, statuses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOWHERE = "http://127.0.0.1:9/"

PROTOCOLS = pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with HubServer() as hub:
        yield hub


def again(value: Any, protocol: int = pickle.DEFAULT_PROTOCOL) -> Any:
    return pickle.loads(pickle.dumps(value, protocol))


@PROTOCOLS
def test_b10_a_pickled_sprint_publishes_to_the_same_run(sprint: Sprint, protocol: int) -> None:
    sprint.log("one")
    again(sprint, protocol).log("two")
    sprint.log("three")

    assert [event["message"] for event in published(sprint)] == ["one", "two", "three"]


def test_b10_a_run_that_is_under_way_is_so_where_it_is_loaded(sprint: Sprint) -> None:
    with sprint:
        again(sprint).run([sys.executable, "-c", ""])

    assert statuses(sprint) == ["running", "succeeded"]


def test_b10_a_kind_of_sprint_keeps_what_it_adds() -> None:
    sprint = Evaluation("evaluation", "bleu")

    assert again(sprint).metric == "bleu"


class Evaluation(Sprint):
    def __init__(self, sprint_id: str, metric: str) -> None:
        super().__init__(sprint_id)
        self.metric = metric


def test_b10_a_sprint_in_use_can_be_pickled(remote: Sprint) -> None:
    """Its queue, its connection and its locks stay where they are."""
    with remote:
        remote.log("hello")
        assert again(remote).sprint_id == remote.sprint_id


def test_b10_in_one_process_a_loaded_sprint_has_the_token(
    server: HubServer, remote: Sprint
) -> None:
    loaded = again(remote)

    loaded.log("hello")

    assert loaded.flush(PATIENCE_S) == 0
    assert [event["message"] for event in server.events(remote.sprint_id)] == ["hello"]


@pytest.mark.parametrize("make_copy", [copy.copy, copy.deepcopy])
def test_b10_a_copy_of_what_publishes_is_itself(
    sprint: Sprint, make_copy: Callable[[Any], Any]
) -> None:
    agent = [sprint, sprint.message("planner"), sprint.track([1], "train"), watch("x")]

    for part in agent:
        assert make_copy(part) is part
    assert all(a is b for a, b in zip(copy.deepcopy(agent), agent, strict=True))


def test_b10_a_message_continues_where_it_is_loaded(sprint: Sprint) -> None:
    with sprint.message("planner") as reply:
        reply.write("one ")
        again(reply).write("two")

    events = [event["event"] for event in published(sprint)]
    assert {event["messageId"] for event in events} == {reply.message_id}
    assert "".join(event.get("delta", "") for event in events) == "one two"
    assert events[-1]["type"] == "TEXT_MESSAGE_END"


def test_b10_a_loop_continues_where_it_is_loaded(sprint: Sprint) -> None:
    loop = sprint.track([1, 2, 3], "train")
    assert next(loop) == 1

    assert list(again(loop)) == [2, 3]
    assert [(e["current"], e["state"]) for e in published(sprint)] == [
        (0, "running"),
        (1, "running"),
        (3, "succeeded"),
    ]


def test_b10_a_loaded_loop_that_is_not_iterated_publishes_nothing(sprint: Sprint) -> None:
    loop = sprint.track([1, 2], "train")
    next(loop)

    again(loop)

    assert [event["state"] for event in published(sprint)] == ["running"]
    assert list(loop) == [2]


def test_l7_a_follower_continues_after_its_position_where_it_is_loaded(sprint: Sprint) -> None:
    with sprint:
        for number in range(10):
            sprint.log(number)
    events = follow(sprint.sprint_id, until_end=True)
    seen = [next(events).seq for _ in range(4)]

    for rest in (again(events), copy.copy(events), copy.deepcopy(events), events):
        assert seen + [event.seq for event in rest] == list(range(1, 13))
    assert list(again(events)) == []


@PROTOCOLS
def test_b10_l7_no_pickle_holds_a_token(
    server: HubServer, remote: Sprint, monkeypatch: pytest.MonkeyPatch, protocol: int
) -> None:
    monkeypatch.setenv("REALTIME_WIDGETS_URL", NOWHERE)
    monkeypatch.setenv("REALTIME_WIDGETS_TOKEN", "another-" + TOKEN)
    remote.log("hello")
    assert remote.flush(PATIENCE_S) == 0
    events = follow(remote.sprint_id, server=server.argument)
    next(events)
    found = Sprint("found")

    for value in (
        remote,
        {"agent": [remote]},
        remote.message("planner"),
        remote.track([1], "train"),
        remote.log,
        events,
        watch(remote.sprint_id, server=server.argument),
        Server(server.url, TOKEN),
        found,
        follow("found"),
        history(remote.sprint_id, server=server.argument),
        history("found"),
        watch("found"),
    ):
        assert_not_in(TOKEN, pickle.dumps(value, protocol))


def assert_not_in(secret: str, data: bytes) -> None:
    assert b"sprint" in data or b"Server" in data or b"discover" in data
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le"):
        assert secret.encode(encoding) not in data
    for shift in range(3):  # wherever it begins in what is encoded
        assert base64.b64encode(b"x" * shift + secret.encode())[4:-4] not in data
    assert secret.encode().hex().encode() not in data


@pytest.mark.parametrize("server", [None, "embedded", f"{NOWHERE}user/alice/lab?token=s3cret"])
def test_b10_a_sprint_is_loaded_for_the_place_that_it_was_made_for(server: str | None) -> None:
    # ruff: noqa: SLF001 - there is no public word of the place
    sprint = Sprint("placed", server=server)

    assert again(sprint)._target == sprint._target


def test_b10_a_discovered_target_is_discovered_again_where_it_is_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = pickle.dumps(Sprint("moved"))
    monkeypatch.setenv("REALTIME_WIDGETS_URL", NOWHERE)

    assert pickle.loads(data)._target == Server(NOWHERE)
    assert again(Sprint("moved", server="embedded"))._target == InProcess()


def test_b10_a_list_of_runs_can_be_pickled(sprint: Sprint) -> None:
    with sprint:
        pass

    assert again(sprints()) == sprints()
    assert repr(copy.deepcopy(sprints())) == repr(sprints())


WORKERS = """
import functools, multiprocessing, pickle, sys
from concurrent.futures import ProcessPoolExecutor
from realtime_widgets import Sprint

def work(sprint, number):
    sprint.log(f"worker {number}")
    return sprint.flush(20)

if __name__ == "__main__":
    sprint = Sprint("workers", server=sys.argv[2] or None)
    sprint.log("parent")
    context = multiprocessing.get_context(sys.argv[1])
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        left = list(pool.map(functools.partial(work, sprint), range(4)))
    assert left == [0, 0, 0, 0], left
"""


def run(code: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as folder:
        # A file, for multiprocessing imports it again.
        program = Path(folder, "program.py")
        program.write_text(textwrap.dedent(code))
        path = os.pathsep.join(sys.path)
        return subprocess.run(
            [sys.executable, str(program), *arguments],
            env={**os.environ, "PYTHONPATH": path, **variables},
            capture_output=True,
            text=True,
            timeout=3 * PATIENCE_S,
            check=False,
        )


@pytest.mark.parametrize(
    "method", ["spawn", pytest.param("forkserver", marks=pytest.mark.long), "fork"]
)
def test_b10_workers_publish_with_the_sprint_that_they_are_given(
    hub: HubServer, method: str
) -> None:
    done = run(
        WORKERS,
        method,
        "",
        REALTIME_WIDGETS_URL=hub.url,
        REALTIME_WIDGETS_TOKEN=TOKEN,
    )

    assert (done.returncode, done.stderr) == (0, "")
    lines = [event["message"] for event in hub.events("workers")]
    assert sorted(lines) == ["parent", *(f"worker {number}" for number in range(4))]


def test_b10_forked_workers_have_the_token_that_was_named(hub: HubServer) -> None:
    done = run(WORKERS, "fork", hub.argument)

    assert (done.returncode, done.stderr) == (0, "")
    assert len(hub.events("workers")) == 5


def test_b10_a_process_that_knows_no_token_raises_at_once(hub: HubServer) -> None:
    # ruff: noqa: S301 - of this test
    done = run(
        """
        import pickle, subprocess, sys
        from realtime_widgets import Sprint
        data = pickle.dumps(Sprint("stranger", server=sys.argv[1]))
        load = "import pickle, sys; pickle.load(sys.stdin.buffer)"
        subprocess.run([sys.executable, "-c", load], input=data, check=True)
        """,
        hub.argument,
    )

    assert done.returncode == 0
    assert f"this process has no token for {hub.url}" in done.stderr
    assert "REALTIME_WIDGETS_TOKEN" in done.stderr
    assert TOKEN not in done.stderr
