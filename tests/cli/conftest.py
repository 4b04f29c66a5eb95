"""A server of `rtw serve` for all tests of the command line, and the command itself."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from click.testing import CliRunner, Result

from realtime_widgets.cli.main import rtw
from tests.environment import free_port, jupyter_environment
from tests.hidden_servers import hide_servers
from tests.serving import SECRET, started
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

RTW = (sys.executable, "-c", "from realtime_widgets.cli.main import rtw; rtw(prog_name='rtw')")
"""The command as a process; the script of the package does the same."""


class Served(NamedTuple):
    """A server that `rtw serve` started."""

    folder: Path
    info: dict[str, Any]

    @property
    def url(self) -> str:
        """Its URL, with its token."""
        return f"{self.info['url']}?token={self.info['token']}"

    @property
    def environment(self) -> dict[str, str]:
        """Variables with which a process finds it by its runtime file."""
        found = jupyter_environment(self.folder)
        found.pop("PYTEST_CURRENT_TEST", None)  # a test does not take a local server
        return found


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Served]:
    """Run `rtw serve`, with all that it writes below the folder."""
    (folder / "home").mkdir(parents=True, exist_ok=True)
    (folder / "root").mkdir(exist_ok=True)
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [*RTW, "serve", "--no-browser", "--allow-root", f"--port={free_port()}", *options],
            cwd=folder / "root",
            env=jupyter_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield Served(folder, started(folder, process).info)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served"), f"--IdentityProvider.token={SECRET}") as server:
        yield server


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    hide_servers(monkeypatch)


@pytest.fixture
def call(served: Served) -> Callable[..., Result]:
    """Run a command in this process, on the server."""

    def run(*arguments: str, stdin: str | None = None) -> Result:
        command, *rest = arguments
        return CliRunner().invoke(rtw, [command, "--server", served.url, *rest], input=stdin)

    return run
