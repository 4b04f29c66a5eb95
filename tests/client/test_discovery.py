"""Where a kernel publishes to, and what `doctor` reports about it."""

from __future__ import annotations

import asyncio
import http.server
import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote

import pytest

from realtime_widgets import ServerNotFoundError, Sprint, doctor, sprints
from realtime_widgets.client import discovery
from realtime_widgets.client import history as history_module
from realtime_widgets.client import http as http_module
from realtime_widgets.client.discovery import discover
from realtime_widgets.client.history import reading
from realtime_widgets.client.in_process import InProcess
from realtime_widgets.client.server import Server
from tests.client.serving_thread import serving
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

TOKEN = "s3cret-token"  # noqa: S105 - of no server


class Jupyter(http.server.ThreadingHTTPServer):
    """Answers as a Jupyter server does: with the extension, without it, or to others only."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.token = TOKEN
        self.has_extension = True
        self.refuses_with = 0
        self.pause_s = 0.0
        """After each byte of an answer."""
        self.breaks_off = False
        self.moved_to = ""
        self.asked: list[str] = []
        self.user = "alice"
        self.runs: list[dict[str, Any]] = []
        self.next: int | None = None
        self.more: dict[str, Any] = {}
        """Further answers by their paths."""
        self.health: dict[str, Any] = {"status": "ok"}
        self.position: dict[str, Any] = {"epoch": None, "first": 1, "head": 0}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/user/{self.user}/"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Jupyter

    def do_GET(self) -> None:
        answers: dict[str, Any] = {
            "health": self.server.health,
            "sprints": {"sprints": self.server.runs, "next": self.server.next},
            **self.server.more,
            "sprints/nightly/position": self.server.position,
        }
        name = self.path.removeprefix(f"/user/{self.server.user}/realtime/api/")
        self.server.asked.append(self.path)
        if self.server.refuses_with:
            self._answer(self.server.refuses_with, {"message": "Not here"})
        elif self.headers.get("Authorization") != f"token {self.server.token}":
            self._answer(403, {"message": "Forbidden"})
        elif not self.server.has_extension:
            self._answer(404, {"message": "Not Found"})
        elif name in answers:
            self._answer(200, answers[name])
        else:
            self._answer(404, {"code": "unknown_sprint", "message": "there is none"})

    def _answer(self, status: int, content: Any) -> None:
        body = json.dumps(content).encode()
        if self.server.pause_s:
            self._drip(b"HTTP/1.0 200 OK\r\n\r\n" + body)
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) + self.server.breaks_off))
        if self.server.moved_to:
            self.send_header("Location", self.server.moved_to)
        self.end_headers()
        self.wfile.write(body)

    def _drip(self, answer: bytes) -> None:
        with suppress(OSError):  # the client has left
            for byte in answer:
                self.wfile.write(bytes([byte]))
                time.sleep(self.server.pause_s)

    def log_message(self, *_: object) -> None:
        pass


def running() -> AbstractContextManager[Jupyter]:
    return serving(Jupyter())


@pytest.fixture
def jupyter() -> Iterator[Jupyter]:
    with running() as server:
        yield server


@pytest.fixture
def another() -> Iterator[Jupyter]:
    with running() as server:
        yield server


@pytest.fixture
def started_by(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, jupyter: Jupyter) -> Jupyter:
    """This process was started by the server, as a kernel is."""
    entry = {"url": jupyter.url, "token": TOKEN, "pid": 4711}
    tmp_path.joinpath("jpserver-4711.json").write_text(json.dumps(entry))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("JPY_PARENT_PID", "4711")
    return jupyter


@pytest.fixture
def of_hub(monkeypatch: pytest.MonkeyPatch, jupyter: Jupyter) -> Jupyter:
    """This process belongs to a server that JupyterHub started."""
    monkeypatch.setenv("JUPYTERHUB_SERVICE_URL", jupyter.url)
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", TOKEN)
    return jupyter


def write_runtime_file(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    *,
    url: str,
    token: str = TOKEN,
    pid: int | None = None,
) -> Path:
    pid = os.getpid() if pid is None else pid
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(folder))
    file = folder / f"jpserver-{pid}.json"
    file.write_text(json.dumps({"url": url, "token": token, "pid": pid}))
    file.chmod(0o600)
    return file


def set_environment(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("REALTIME_WIDGETS_URL", url)
    monkeypatch.setenv("REALTIME_WIDGETS_TOKEN", TOKEN)


def test_the_argument_comes_first(monkeypatch: pytest.MonkeyPatch, started_by: Jupyter) -> None:
    set_environment(monkeypatch, started_by.url)

    target = discover("http://other:8888/lab?token=abc")

    assert target == Server("http://other:8888/", "abc")


@pytest.mark.usefixtures("started_by")
def test_then_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch, "http://named:8888/user/alice")

    assert discover() == Server("http://named:8888/user/alice/", TOKEN)


def test_then_the_runtime_file_of_the_server_that_started_the_kernel(started_by: Jupyter) -> None:
    assert discover() == Server(started_by.url, TOKEN)


def test_then_the_server_that_jupyterhub_started(of_hub: Jupyter) -> None:
    assert discover() == Server(of_hub.url, TOKEN)


def test_a_server_of_jupyterhub_that_listens_everywhere_is_asked_on_this_machine(
    monkeypatch: pytest.MonkeyPatch, of_hub: Jupyter
) -> None:
    monkeypatch.setenv("JUPYTERHUB_SERVICE_URL", of_hub.url.replace("127.0.0.1", "0.0.0.0"))  # noqa: S104

    assert discover() == Server(of_hub.url, TOKEN)


def test_then_the_hub_in_this_process() -> None:
    assert discover() == InProcess()


def test_a_server_without_the_extension_is_not_used(started_by: Jupyter) -> None:
    started_by.has_extension = False

    assert discover() == InProcess()


def test_a_parent_that_is_no_server_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPY_PARENT_PID", "4711")

    assert discover() == InProcess()


@pytest.mark.usefixtures("started_by")
def test_a_damaged_runtime_file_is_not_used(tmp_path: Path) -> None:
    tmp_path.joinpath("jpserver-4711.json").write_text("[]")

    assert discover() == InProcess()


@pytest.fixture
def _script(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process takes itself for a script, and for no test."""
    monkeypatch.setattr(discovery, "is_in_test", lambda: False)


@pytest.mark.usefixtures("_script")
@pytest.mark.skipif(sys.platform == "win32", reason="each user has a home folder there")
def test_a_user_without_a_home_folder_has_no_local_servers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import pwd

    # As in a container whose process has a number that is no user's.
    def no_user(number: int) -> NoReturn:
        raise KeyError(number)

    monkeypatch.setattr(pwd, "getpwuid", no_user)
    for name in ("HOME", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JPY_PARENT_PID", "4711")

    assert discover() == InProcess()
    assert discover("http://127.0.0.1:8888/") == Server("http://127.0.0.1:8888/")


def write_files_of_servers(
    monkeypatch: pytest.MonkeyPatch, folder: Path, *servers: Jupyter
) -> None:
    """Write runtime files with the ids of processes that run: this one, and its parent."""
    for pid, server in zip((os.getpid(), os.getppid()), servers, strict=False):
        write_runtime_file(monkeypatch, folder, url=server.url, pid=pid)


@pytest.mark.usefixtures("_script")
def test_a_script_uses_the_only_local_server_with_the_extension(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, jupyter: Jupyter, another: Jupyter
) -> None:
    another.has_extension = False
    write_files_of_servers(monkeypatch, tmp_path, jupyter, another)

    assert discover() == Server(jupyter.url, TOKEN)


@pytest.mark.usefixtures("_script")
def test_of_two_local_servers_with_the_extension_a_script_uses_none_and_the_doctor_lists_both(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    jupyter: Jupyter,
    another: Jupyter,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_files_of_servers(monkeypatch, tmp_path, jupyter, another)

    assert discover() == InProcess()
    doctor()
    shown = capsys.readouterr().out
    for server in (jupyter, another):
        assert (
            f'{server.url} has the extension; to use it: Sprint(..., server="{server.url}")'
            in shown
        )
    assert TOKEN not in shown


@pytest.mark.parametrize("place", ["is_in_test", "is_in_kernel"])
def test_a_kernel_and_a_test_use_no_local_server_that_was_not_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, jupyter: Jupyter, place: str
) -> None:
    write_files_of_servers(monkeypatch, tmp_path, jupyter)
    for name in ("is_in_test", "is_in_kernel"):
        monkeypatch.setattr(discovery, name, lambda name=name: name == place)

    assert discover() == InProcess()
    assert jupyter.asked == []


def test_the_doctor_names_a_local_server_without_the_extension(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    jupyter: Jupyter,
    capsys: pytest.CaptureFixture[str],
) -> None:
    jupyter.has_extension = False
    write_files_of_servers(monkeypatch, tmp_path, jupyter)

    doctor()

    assert f"{jupyter.url} cannot be used: " in capsys.readouterr().out


def test_the_hub_in_this_process_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch, "http://named:8888/")

    assert discover("embedded") == InProcess()


def test_the_token_of_the_environment_is_for_its_server_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_environment(monkeypatch, "http://named:8888/")

    assert discover("http://named:8888/lab") == Server("http://named:8888/", TOKEN)
    assert discover("http://elsewhere:8888/") == Server("http://elsewhere:8888/", "")


def test_where_kernels_have_no_token_of_their_own_the_servers_is_used(
    monkeypatch: pytest.MonkeyPatch, started_by: Jupyter
) -> None:
    monkeypatch.setenv("REALTIME_WIDGETS_URL", started_by.url)
    monkeypatch.setenv("REALTIME_WIDGETS_TOKEN", "")

    assert discover() == Server(started_by.url, TOKEN)
    assert discover(started_by.url) == Server(started_by.url, TOKEN)
    assert discover("http://elsewhere/") == Server("http://elsewhere/", "")


def test_where_kernels_have_no_token_of_their_own_jupyterhubs_is_used(
    monkeypatch: pytest.MonkeyPatch, of_hub: Jupyter
) -> None:
    monkeypatch.setenv("REALTIME_WIDGETS_URL", of_hub.url)
    monkeypatch.setenv("REALTIME_WIDGETS_TOKEN", "")

    assert discover() == Server(of_hub.url, TOKEN)
    assert discover("http://elsewhere/") == Server("http://elsewhere/", "")


@pytest.mark.parametrize("url", ["ftp://localhost:8888", "http://host:port/", "nonsense"])
def test_an_environment_that_is_no_url_is_passed_over_and_the_doctor_prints_that(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    set_environment(monkeypatch, url)

    assert discover() == InProcess()
    doctor()
    assert "is not the URL of a Jupyter server" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("has_runtime_file", "expected"), [(True, Server("http://named/", TOKEN)), (False, InProcess())]
)
def test_a_voila_of_its_own_started_in_a_terminal_of_a_server_has_pages_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
    started_by: Jupyter,
    tmp_path: Path,
    *,
    has_runtime_file: bool,
    expected: Server | InProcess,
) -> None:
    set_environment(monkeypatch, "http://named/")
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.13")
    started_by.has_extension = False
    if not has_runtime_file:
        tmp_path.joinpath("jpserver-4711.json").unlink()

    assert discover() == expected


def test_nor_does_such_a_voila_belong_to_a_server_of_jupyterhub(
    monkeypatch: pytest.MonkeyPatch, of_hub: Jupyter
) -> None:
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.13")

    assert discover() == InProcess()
    assert of_hub.asked == []


@pytest.mark.parametrize("name", ["lab", "tree", "doc", "notebooks"])
@pytest.mark.parametrize("server", [None, "http://hub/user/{name}", "http://hub/user/{name}/lab"])
def test_a_user_may_be_named_as_a_page(
    monkeypatch: pytest.MonkeyPatch, name: str, server: str | None
) -> None:
    set_environment(monkeypatch, f"http://hub/user/{name}/")

    target = discover(server.format(name=name) if server else None)

    assert target == Server(f"http://hub/user/{name}/", TOKEN)


def test_the_user_of_the_server_that_started_the_kernel_may_be_named_as_a_page(
    started_by: Jupyter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = started_by.url.replace("alice", "lab")
    monkeypatch.setattr(started_by, "user", "lab")
    tmp_path.joinpath("jpserver-4711.json").write_text(json.dumps({"url": url, "token": TOKEN}))

    assert discover() == Server(url, TOKEN)


@pytest.mark.parametrize(
    ("argument", "url"),
    [
        # As Jupyter prints it.
        ("http://localhost:8888/lab?token=abc", "http://localhost:8888/"),
        ("http://127.0.0.1:8888/tree?token=abc", "http://127.0.0.1:8888/"),
        ("http://[::1]:8888/?token=abc", "http://[::1]:8888/"),
        ("http://localhost:8888/?token=abc :: /home/me/a project", "http://localhost:8888/"),
        # As a browser shows it.
        ("http://localhost:8888/lab/tree/a/x.ipynb?token=abc", "http://localhost:8888/"),
        ("http://localhost:8888/lab/tree/lab/tree/x.ipynb?token=abc", "http://localhost:8888/"),
        ("http://localhost:8888/lab/tree?token=abc#heading", "http://localhost:8888/"),
        (
            "http://localhost:8888/lab/workspaces/auto-1/tree/x.ipynb?token=abc",
            "http://localhost:8888/",
        ),
        ("http://localhost:8888/lab/workspaces/auto-1?token=abc", "http://localhost:8888/"),
        ("http://localhost:8888/doc/tree/x.ipynb?token=abc", "http://localhost:8888/"),
        ("http://localhost:8888/doc/workspaces/a/tree/x.py?token=abc", "http://localhost:8888/"),
        ("http://localhost:8888/tree/a/b?token=abc", "http://localhost:8888/"),
        ("http://localhost:8888/notebooks/a b/x.ipynb?token=abc", "http://localhost:8888/"),
        ("http://localhost:8888/edit/x.py?token=abc", "http://localhost:8888/"),
        ("http://localhost:8888/consoles/x?token=abc", "http://localhost:8888/"),
        ("http://localhost:8888/terminals/1?token=abc", "http://localhost:8888/"),
        ("http://localhost:8888/nbclassic/tree?token=abc", "http://localhost:8888/"),
        ("http://localhost:8888/voila/render/x.ipynb?token=abc", "http://localhost:8888/"),
        ("http://localhost:8888/realtime/sprints/nightly?token=abc", "http://localhost:8888/"),
        ("http://localhost:8888/realtime/?token=abc", "http://localhost:8888/"),
        ("http://localhost:8888/login?next=%2Flab%3F&token=abc", "http://localhost:8888/"),
        # Below a path.
        ("https://hub/user/alice/lab/tree/x.ipynb?token=abc", "https://hub/user/alice/"),
        ("https://hub/user/alice/gpu/lab?token=abc", "https://hub/user/alice/gpu/"),
        ("https://hub/user/alice/realtime/?token=abc", "https://hub/user/alice/"),
        ("https://hub/user/lab/?token=abc", "https://hub/user/lab/"),
        ("https://hub/user/lab/lab/tree/x.ipynb?token=abc", "https://hub/user/lab/"),
        ("https://hub/user/tree/tree/tree?token=abc", "https://hub/user/tree/"),
        ("https://hub/jupyter/user/doc/lab?token=abc", "https://hub/jupyter/user/doc/"),
        ("http://host/lab/lab/tree/x.ipynb?token=abc", "http://host/lab/"),
        ("http://host/a%40b/lab?token=abc", "http://host/a%40b/"),
        ("http://host/laboratory/?token=abc", "http://host/laboratory/"),
        # As it is typed, or copied with what is around it.
        ("localhost:8888?token=abc", "http://localhost:8888/"),
        ("localhost/?token=abc", "http://localhost/"),
        ("127.0.0.1:8888/?token=abc", "http://127.0.0.1:8888/"),
        ("[::1]:8888/lab?token=abc", "http://[::1]:8888/"),
        ("host:8888/lab?token=abc", "http://host:8888/"),
        ("hub.example:443/user/alice/lab?token=abc", "https://hub.example/user/alice/"),
        ("  http://localhost:8888/lab?token=abc\n", "http://localhost:8888/"),
        ("'http://localhost:8888/lab?token=abc'", "http://localhost:8888/"),
        ('"localhost:8888/lab?token=abc"\n', "http://localhost:8888/"),
        ("<http://localhost:8888/lab?token=abc>", "http://localhost:8888/"),
        ("HTTP://LocalHost:8888/lab?token=abc", "http://localhost:8888/"),
        ("http://host:80/lab?token=abc", "http://host/"),
        ("http://alice:secret@host:8888/lab?token=abc", "http://host:8888/"),
    ],
)
def test_discovery_takes_what_jupyter_prints_and_what_a_browser_shows(
    argument: str, url: str
) -> None:
    assert discover(argument) == Server(url, "abc")


def test_discovery_takes_dots_in_place_of_a_token_for_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Jupyter prints them where its token comes from its configuration."""
    set_environment(monkeypatch, "http://named:8888/")

    assert discover("http://named:8888/lab?token=...") == Server("http://named:8888/", TOKEN)
    assert discover("http://other:8888/lab?token=...") == Server("http://other:8888/", "")


@pytest.mark.parametrize("base", ["http://host/lab/", "http://host/user/", "http://host/a/"])
@pytest.mark.parametrize("page", ["", "lab", "lab/tree/x.ipynb", "tree/lab/x", "realtime/"])
def test_discovery_prefers_a_server_that_it_knows_to_what_the_path_looks_like(
    monkeypatch: pytest.MonkeyPatch, base: str, page: str
) -> None:
    set_environment(monkeypatch, base)

    assert discover(base + page) == Server(base, TOKEN)


@pytest.mark.parametrize(
    ("known", "named"),
    [
        ("http://localhost:8888/", "http://127.0.0.1:8888/lab"),
        ("http://127.0.0.1:8888/", "localhost:8888"),
        ("http://[::1]:8888/a/", "localhost:8888/a/lab/tree/x.ipynb"),
    ],
)
def test_discovery_knows_this_machine_by_each_of_its_names(
    monkeypatch: pytest.MonkeyPatch, known: str, named: str
) -> None:
    """The token goes to the address that it was given for."""
    set_environment(monkeypatch, known)

    assert discover(named) == Server(known, TOKEN)


def test_discovery_takes_the_token_of_a_local_server_from_its_runtime_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_runtime_file(monkeypatch, tmp_path, url="http://localhost:8888/", token=TOKEN)

    assert discover("localhost:8888") == Server("http://localhost:8888/", TOKEN)
    assert discover("localhost:8888/?token=abc") == Server("http://localhost:8888/", "abc")
    assert discover("http://localhost:8889/") == Server("http://localhost:8889/", "")
    assert discover("http://other:8888/") == Server("http://other:8888/", "")
    assert discover() == InProcess()


def test_discovery_takes_no_token_from_a_runtime_file_that_others_could_have_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = write_runtime_file(monkeypatch, tmp_path, url="http://localhost:8888/", token=TOKEN)
    file.chmod(0o666)

    assert discover("localhost:8888") == Server("http://localhost:8888/", "")


def test_discovery_takes_no_token_of_a_server_that_was_killed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    write_runtime_file(monkeypatch, tmp_path, url="http://localhost:8888/", pid=ended.pid)

    assert discover("localhost:8888") == Server("http://localhost:8888/", "")


@pytest.mark.parametrize(
    "argument",
    [
        "",
        " ",
        "ftp://host/",
        "ftp://host/?token=s3cret",
        "file:///home/me/jpserver-4711-open.html?token=s3cret",
        "javascript:s3cret",
        "http://",
        "http:/localhost:8888/?token=s3cret",
        "http//localhost:8888/?token=s3cret",
        "s3cret",
        "token=s3cret",
        "nonsense?token=t",
        "hub.example/user/alice/",
        "http://host:port/?token=t",
        "http://host:99999/",
        "http://[::1/",
        "http+unix:///base/",
        "s3cret://host:8888/",
        "/lab#token=s3cret",
        "http://alice:s3cret@host:port/",
        "http://alice:s3cret?@host/",
        "http://alice:s3cret#@host/",
        "http://alice:s3cret/@host/",
    ],
)
def test_an_argument_that_is_no_url_is_refused_without_its_token_and_password(
    argument: str,
) -> None:
    with pytest.raises(ValueError, match="not the URL of a Jupyter server") as caught:
        discover(argument)

    assert "such as http://localhost:8888/" in str(caught.value)
    assert "token=" not in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_token_that_came_from_a_file_is_used_without_the_end_of_its_line(
    monkeypatch: pytest.MonkeyPatch, jupyter: Jupyter
) -> None:
    set_environment(monkeypatch, jupyter.url)
    monkeypatch.setenv("REALTIME_WIDGETS_TOKEN", f"{TOKEN}\n")

    assert discover() == Server(jupyter.url, TOKEN)
    assert discover(f"http://other/?token={TOKEN}%0A") == Server("http://other/", TOKEN)


@pytest.mark.parametrize("character", ["\n", "\r\n", "\N{EURO SIGN}"])
def test_a_token_that_cannot_be_sent_is_not_shown(
    jupyter: Jupyter,
    sprint_id: str,
    character: str,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = f"{jupyter.url}?token={quote(f's3{character}cret')}"

    with pytest.raises(ServerNotFoundError, match="cannot be sent") as caught:
        sprints(server=server)
    doctor(server=server)
    sprint = Sprint(sprint_id, server=server)
    sprint.log("hello")
    wait_until(lambda: caplog.records, "it is logged")

    for text in (str(caught.value), capsys.readouterr().out, caplog.text):
        assert "cret" not in text


@pytest.mark.parametrize("content", ["", "-----BEGIN EC PRIVATE KEY-----\n"])
def test_a_certificates_file_that_holds_none_is_an_error_that_names_it(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: str,
) -> None:
    file = tmp_path / "certificate.pem"
    file.write_text(content)
    set_environment(monkeypatch, "https://127.0.0.1:9/")
    monkeypatch.setenv("REALTIME_WIDGETS_CERTIFICATE", str(file))

    with pytest.raises(ServerNotFoundError, match="certificate file contains no certificate"):
        sprints()
    doctor()

    assert "REALTIME_WIDGETS_CERTIFICATE" in capsys.readouterr().out.partition("Next: ")[2]


def test_a_socket_in_the_file_system_can_be_named() -> None:
    target = discover("http+unix://%2Frun%2FMe%2Fjupyter.sock/base/lab?token=abc")

    assert target == Server("http+unix://%2Frun%2FMe%2Fjupyter.sock/base/", "abc")


def test_a_socket_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    argument = f"http+unix://{quote(str(tmp_path / 'none.sock'), safe='')}/"

    with pytest.raises(ServerNotFoundError, match="No such file"):
        sprints(server=argument)
    with Sprint("t-no-socket", server=argument) as sprint:
        sprint.log("hello")
    assert sprint.close(timeout=0.1) == 3


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".org"])
def test_a_name_that_no_server_can_have_is_an_error_as_any_other(host: str) -> None:
    with pytest.raises(ServerNotFoundError):
        sprints(server=f"http://{host}/")


def test_no_token_is_part_of_a_repr() -> None:
    assert TOKEN not in repr(Server("http://host/", TOKEN))


def test_runs_are_listed_over_rest(started_by: Jupyter) -> None:
    started_by.runs = [{"sprint_id": "nightly", "status": "running"}]

    (run,) = sprints()

    assert (run.sprint_id, run.status) == ("nightly", "running")


def test_h2_the_pages_of_a_long_list_of_runs_are_read_one_after_the_other(
    started_by: Jupyter,
) -> None:
    started_by.runs, started_by.next = [{"sprint_id": "c"}], 3
    started_by.more = {
        "sprints?before=3": {"sprints": [{"sprint_id": "b"}], "next": 2},
        "sprints?before=2": {"sprints": [{"sprint_id": "a"}], "next": None},
    }

    assert [run.sprint_id for run in sprints()] == ["c", "b", "a"]


def test_h2_the_newest_events_are_read_page_by_page_from_the_end(
    started_by: Jupyter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def events(*seqs: int) -> list[dict[str, int]]:
        return [{"seq": seq} for seq in seqs]

    path = "sprints/nightly/events"
    started_by.more = {
        f"{path}?before={2**53 - 1}&limit=6": {"events": events(8, 9), "next": 8},
        f"{path}?before=8&limit=4": {"events": events(6, 7), "next": 6},
        f"{path}?before=6&limit=2": {"events": events(4, 5), "next": 4},
    }

    monkeypatch.setattr(history_module, "NEWEST", 6)

    with reading(discover(), "nightly") as run:
        assert run.newest() == events(4, 5, 6, 7, 8, 9)


def test_h2_of_large_events_few_are_read_and_they_are_the_newest(sprint: Sprint) -> None:
    for _ in range(30):
        sprint.emit({"type": "mine", "text": "x" * 250_000})
    assert sprint.flush() == 0

    with reading(discover(), sprint.sprint_id) as run:
        events = run.newest()

    seqs = [event["seq"] for event in events]
    assert seqs == list(range(31 - len(seqs), 31))
    assert 2 * 2**20 < len(json.dumps(events)) < 4.1 * 2**20


def test_the_position_of_a_log_is_its_epoch_and_its_head(started_by: Jupyter) -> None:
    target = discover()
    started_by.position = {"epoch": "e1", "first": 1, "head": 20}

    assert target.log_head("nightly").position == ("e1", 20)


def test_the_hub_in_this_process_knows_the_position_of_a_log_too(sprint: Sprint) -> None:
    target = discover()
    assert target.log_head(sprint.sprint_id).position == (None, 0)
    sprint.log("hello")
    sprint.flush()

    epoch, head = target.log_head(sprint.sprint_id).position

    assert epoch
    assert head == 1


def test_any_name_of_a_run_is_one_part_of_the_path(jupyter: Jupyter) -> None:
    target = Server(jupyter.url, TOKEN)

    target.run("../a?b")
    target.page("../a?b", limit=1)
    target.log_head("../a?b")
    with pytest.raises(ServerNotFoundError):
        asyncio.run(target.connect("../a?b"))

    assert len(jupyter.asked) == 4
    assert all("/sprints/..%2Fa%3Fb" in path for path in jupyter.asked)


def test_a_server_whose_answer_takes_too_long_as_a_whole_is_passed_over(
    started_by: Jupyter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte of it comes in time."""
    monkeypatch.setattr(discovery, "CHECK_S", 0.2)
    started_by.pause_s = 0.02

    assert discover() == InProcess()


def test_an_answer_that_is_too_long_or_broke_off_is_an_error(
    started_by: Jupyter, monkeypatch: pytest.MonkeyPatch
) -> None:
    discover()

    started_by.breaks_off = True
    with pytest.raises(ServerNotFoundError, match="incomplete"):
        sprints()
    started_by.breaks_off = False
    sprints()
    monkeypatch.setattr(http_module, "MAX_BYTES", 10)
    with pytest.raises(ServerNotFoundError, match="too long"):
        sprints()


def test_a_server_that_refuses_is_an_error_without_the_token(jupyter: Jupyter) -> None:
    with pytest.raises(ServerNotFoundError, match="refuses the token") as caught:
        sprints(server=f"{jupyter.url}?token=wr0ng")

    assert "wr0ng" not in str(caught.value)


def test_a_server_that_is_not_there_is_an_error_that_advises_what_to_do() -> None:
    with pytest.raises(ServerNotFoundError, match=r"doctor\(\)"):
        sprints(server="http://127.0.0.1:9/")


def test_the_doctor_is_content_with_a_server_that_answers(
    started_by: Jupyter, capsys: pytest.CaptureFixture[str]
) -> None:
    doctor()

    printed = capsys.readouterr().out
    assert f"Runs are published to {started_by.url}" in printed
    assert "All is well" in printed
    assert TOKEN not in printed


@pytest.mark.parametrize(
    ("health", "words"),
    [
        ({"kept_in_memory_because": "the file is locked"}, "loses them when it stops: the file is"),
        ({"shared": {"durability": "none"}}, "A restart of its Redis loses all runs"),
        ({"trouble": {"code": "storage_full", "message": "no room"}}, "store new events: no room"),
    ],
)
def test_the_doctor_prints_what_the_server_cannot_do(
    started_by: Jupyter, capsys: pytest.CaptureFixture[str], health: dict[str, Any], words: str
) -> None:
    started_by.health |= health

    doctor()

    printed = capsys.readouterr().out
    assert words in printed
    assert "All is well" not in printed


@pytest.mark.parametrize(
    ("status", "reason", "next_step"),
    [
        (302, "it redirects elsewhere, such as to a login page", "the address that"),
        (403, "it refuses the token", "restart this kernel"),
        (424, "the server of this user is not running", "start it"),
        (503, "it reports a server error", "try again"),
    ],
)
def test_the_doctor_has_a_next_step_for_each_refusal(
    jupyter: Jupyter, capsys: pytest.CaptureFixture[str], status: int, reason: str, next_step: str
) -> None:
    jupyter.refuses_with = status

    doctor(server=f"{jupyter.url}?token={TOKEN}")

    printed = capsys.readouterr().out
    assert f"This server cannot be used: {reason} (HTTP {status})" in printed
    assert next_step in printed.partition("Next: ")[2]


def test_the_doctor_prints_that_a_login_is_missing(
    jupyter: Jupyter, capsys: pytest.CaptureFixture[str]
) -> None:
    doctor(server=jupyter.url)

    printed = capsys.readouterr().out
    assert "it requires a token, and none was given (HTTP 403)" in printed
    assert "?token=" in printed.partition("Next: ")[2]


def test_the_doctor_prints_which_server_will_not_show_the_runs(
    monkeypatch: pytest.MonkeyPatch,
    started_by: Jupyter,
    another: Jupyter,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A server without the extension, started in a terminal of one that has it."""
    set_environment(monkeypatch, another.url)

    doctor()

    printed = capsys.readouterr().out
    assert f"This kernel was started by another server, {started_by.url}" in printed


def test_a_redirect_is_not_followed(jupyter: Jupyter, another: Jupyter) -> None:
    """The token is for the server that was named."""
    jupyter.refuses_with, jupyter.moved_to = 302, another.url
    server = f"{jupyter.url}?token={TOKEN}"

    with pytest.raises(ServerNotFoundError, match="redirects"):
        sprints(server=server)
    with Sprint("t-redirected", server=server) as sprint:
        sprint.log("hello")
    wait_until(lambda: any("/realtime/ws/" in path for path in jupyter.asked), "it was tried")
    assert sprint.close(timeout=0.2) == 3

    assert another.asked == []


@pytest.mark.parametrize(
    ("url", "reason"),
    [("http://127.0.0.1:9/", "refused"), ("{jupyter}", "not enabled there")],
)
def test_the_doctor_prints_what_is_wrong_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
    jupyter: Jupyter,
    capsys: pytest.CaptureFixture[str],
    url: str,
    reason: str,
) -> None:
    jupyter.has_extension = False
    set_environment(monkeypatch, url.format(jupyter=jupyter.url))

    doctor()

    printed = capsys.readouterr().out
    assert "This server cannot be used" in printed
    assert reason in printed
    assert "Next: " in printed
    assert TOKEN not in printed


def test_the_doctor_prints_why_a_server_was_passed_over(
    started_by: Jupyter, capsys: pytest.CaptureFixture[str]
) -> None:
    started_by.has_extension = False

    doctor()

    printed = capsys.readouterr().out
    assert "cannot be used" in printed
    assert "visible here only" in printed
    assert TOKEN not in printed
