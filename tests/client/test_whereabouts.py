"""A server that is started again at another port, or with another token, is found again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from realtime_widgets import ServerNotFoundError, Sprint, doctor, follow, sprints
from realtime_widgets.client import whereabouts

from .hub_server import PATIENCE_S, TOKEN, HubServer
from .test_discovery import Jupyter, running

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NEW_TOKEN = "the-token-of-the-server-that-was-started-again"  # noqa: S105 - of no other server

OLD_PID, NEW_PID = os.getppid(), os.getpid()
"""Two processes that run; where the tests run as root, they are its own."""


class RuntimeFiles:
    """The folder where servers describe themselves."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.root = folder / "root"
        self.root.mkdir()

    def write(self, url: str, token: str, *, pid: int = NEW_PID, root: str | None = None) -> Path:
        root = str(self.root) if root is None else root
        file = self._folder / f"jpserver-{pid}.json"
        file.write_text(json.dumps({"url": url, "token": token, "pid": pid, "root_dir": root}))
        file.chmod(0o600)
        return file

    def remove(self, pid: int = OLD_PID) -> None:
        (self._folder / f"jpserver-{pid}.json").unlink()


@pytest.fixture
def files(server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RuntimeFiles:
    """Those of a server that runs."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(whereabouts, "PATIENCE_S", 0.0)
    files = RuntimeFiles(tmp_path)
    files.write(server.url, server.token, pid=OLD_PID)
    return files


@pytest.fixture
def inherited(server: HubServer, files: RuntimeFiles, monkeypatch: pytest.MonkeyPatch) -> HubServer:
    """The server whose terminal this process was started in."""
    monkeypatch.setenv("REALTIME_WIDGETS_URL", server.url)
    monkeypatch.setenv("REALTIME_WIDGETS_TOKEN", server.token)
    monkeypatch.setenv("REALTIME_WIDGETS_ROOT", str(files.root))
    return server


def messages(server: HubServer, sprint_id: str) -> list[str]:
    return [event["message"] for event in server.events(sprint_id) if event["type"] == "log"]


def move(server: HubServer, files: RuntimeFiles) -> None:
    """Start the server again, elsewhere."""
    server.stop()
    files.remove()
    server.start_elsewhere(NEW_TOKEN)
    files.write(server.url, NEW_TOKEN)


@pytest.mark.usefixtures("inherited")
@pytest.mark.parametrize("named", ["", "{url}", "{localhost}", "{url}?token={token}"])
def test_b14_a_server_that_comes_back_at_another_port_gets_every_event_once(
    server: HubServer, files: RuntimeFiles, sprint_id: str, named: str
) -> None:
    places = {"url": server.url, "localhost": server.url.replace("127.0.0.1", "localhost")}
    sprint = Sprint(sprint_id, server=named.format(token=TOKEN, **places) or None)
    sprint.log(0)
    assert sprint.flush(PATIENCE_S) == 0

    server.stop()
    for number in range(1, 100):
        sprint.log(number)
    move(server, files)
    sprint.log(100)

    assert sprint.flush(PATIENCE_S) == 0
    assert messages(server, sprint_id) == [str(number) for number in range(101)]
    assert set(server.credentials) == {f"token {NEW_TOKEN}"}, "the old token is for the old place"


@pytest.mark.parametrize("named", ["{url}", "{url}?token={token}"])
def test_b14_a_server_that_was_named_is_found_again_by_the_folder_that_it_served(
    server: HubServer, files: RuntimeFiles, sprint_id: str, named: str
) -> None:
    sprint = Sprint(sprint_id, server=named.format(url=server.url, token=TOKEN))
    sprint.log("before")
    assert sprint.flush(PATIENCE_S) == 0

    move(server, files)
    sprint.log("after")

    assert sprint.flush(PATIENCE_S) == 0
    assert messages(server, sprint_id) == ["before", "after"]


def test_b14_a_server_that_comes_back_with_another_token_is_sent_that_one(
    inherited: HubServer, files: RuntimeFiles, sprint_id: str
) -> None:
    """Jupyter makes another token at each start, unless it is given one."""
    sprint = Sprint(sprint_id)
    sprint.log("before")
    assert sprint.flush(PATIENCE_S) == 0

    inherited.stop()
    files.remove()
    inherited.token = NEW_TOKEN
    inherited.start()
    files.write(inherited.url, NEW_TOKEN)
    sprint.log("after")

    assert sprint.flush(PATIENCE_S) == 0
    assert messages(inherited, sprint_id) == ["before", "after"]


def test_b14_a_process_that_inherited_an_old_address_finds_the_server(
    inherited: HubServer, files: RuntimeFiles, sprint_id: str
) -> None:
    move(inherited, files)

    with Sprint(sprint_id) as sprint:
        sprint.log("hello")

    assert sprint.close(PATIENCE_S) == 0
    assert messages(inherited, sprint_id) == ["hello"]


def test_b14_all_runs_and_readers_of_the_process_move_along(
    inherited: HubServer, files: RuntimeFiles, sprint_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = Sprint(sprint_id), Sprint(f"{sprint_id}-2")
    events = follow(sprint_id)
    for sprint in (first, second):
        sprint.log("before")
        assert sprint.flush(PATIENCE_S) == 0
    assert next(events).message == "before"

    move(inherited, files)
    for sprint in (first, second, Sprint(f"{sprint_id}-3")):
        sprint.log("after")
        assert sprint.flush(PATIENCE_S) == 0

    assert next(events).message == "after"
    assert next(follow(f"{sprint_id}-3")).message == "after"
    (moved,) = [line for line in caplog.messages if "continues at" in line]
    assert moved.endswith(inherited.url)
    assert "the-token" not in caplog.text


def test_b14_lists_and_the_doctor_find_the_server_too(
    files: RuntimeFiles, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with running() as old, running() as new:
        monkeypatch.setenv("REALTIME_WIDGETS_URL", old.url)
        monkeypatch.setenv("REALTIME_WIDGETS_TOKEN", old.token)
        monkeypatch.setenv("REALTIME_WIDGETS_ROOT", str(files.root))
        files.write(old.url, old.token, pid=OLD_PID)
        assert sprints() == []
        old.refuses_with, new.token = 404, NEW_TOKEN
        new.runs = [{"sprint_id": "nightly", "status": "running"}]
        files.remove()
        files.write(new.url, NEW_TOKEN)

        assert [run.sprint_id for run in sprints()] == ["nightly"]
        doctor()

        printed = capsys.readouterr().out
        assert f"Runs are published to {new.url}" in printed
        assert "It was restarted" in printed
        assert "All is well" in printed
        assert NEW_TOKEN not in printed


def ended() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def serves_another_folder(files: RuntimeFiles, other: Jupyter) -> None:
    files.write(other.url, other.token, root=f"{files.root}/below")


def serves_no_folder_that_it_names(files: RuntimeFiles, other: Jupyter) -> None:
    files.write(other.url, other.token, root="")


def was_killed(files: RuntimeFiles, other: Jupyter) -> None:
    files.write(other.url, other.token, pid=ended())


def is_described_by_a_file_that_others_may_write(files: RuntimeFiles, other: Jupyter) -> None:
    files.write(other.url, other.token).chmod(0o622)


def is_described_by_nonsense(files: RuntimeFiles, other: Jupyter) -> None:
    files.write(other.url, other.token).write_text("[]")


@pytest.mark.parametrize(
    "describe",
    [
        serves_another_folder,
        serves_no_folder_that_it_names,
        was_killed,
        is_described_by_a_file_that_others_may_write,
        is_described_by_nonsense,
    ],
)
def test_b14_a_server_that_may_be_another_one_is_asked_nothing(
    inherited: HubServer,
    files: RuntimeFiles,
    describe: Callable[[RuntimeFiles, Jupyter], None],
) -> None:
    with running() as other:
        inherited.stop()
        files.remove()
        describe(files, other)

        assert_nothing_is_asked(other)


def test_b14_while_a_server_runs_no_other_takes_its_place(
    inherited: HubServer, files: RuntimeFiles, sprint_id: str
) -> None:
    """It may be busy, or its network may be in trouble."""
    sprint = Sprint(sprint_id)
    sprint.log("before")
    assert sprint.flush(PATIENCE_S) == 0
    with running() as other:
        inherited.stop()
        files.write(other.url, other.token)

        assert_nothing_is_asked(other)


@pytest.mark.parametrize("how", ["named", "inherited"])
def test_b14_for_a_server_on_another_machine_nothing_takes_its_place(
    files: RuntimeFiles, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    url = "http://no-such-host.invalid:8888/"
    monkeypatch.setenv("REALTIME_WIDGETS_ROOT", str(files.root))
    if how == "inherited":
        monkeypatch.setenv("REALTIME_WIDGETS_URL", url)
    with running() as other:
        files.remove()
        files.write(other.url, other.token)

        assert_nothing_is_asked(other, url if how == "named" else None)


def test_b14_a_wrong_token_is_not_replaced_by_the_right_one(
    server: HubServer, files: RuntimeFiles, sprint_id: str
) -> None:
    files.write(server.url, TOKEN)

    with pytest.raises(ServerNotFoundError, match="refuses the token"):
        next(follow(sprint_id, server=f"{server.url}?token=wr0ng"))

    assert server.credentials == ["token wr0ng"]


def assert_nothing_is_asked(other: Jupyter, named: str | None = None) -> None:
    for _ in range(3):
        with pytest.raises(ServerNotFoundError):
            sprints(server=named)
    assert other.asked == []
