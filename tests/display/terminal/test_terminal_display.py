"""A script on a terminal shows its runs there; in a pipe it shows nothing."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

from realtime_widgets import Sprint
from realtime_widgets.client.discovery import discover
from realtime_widgets.client.publishing.outbox.outboxes import outbox
from realtime_widgets.display.terminal.echo import start_echo
from tests.environment import jupyter_environment
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import sys
from realtime_widgets import Sprint
with Sprint("in-a-script", server="embedded", echo=sys.argv[-1] != "quiet") as sprint:
    print("printed")
    sprint.log("logged")
    sprint.metrics(loss=0.5)
    print("typed", input("name? "))
print(type(sys.stdout).__name__)
"""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    found = jupyter_environment(tmp_path) | {"TERM": "xterm-256color"}
    found.pop("PYTEST_CURRENT_TEST", None)  # nothing is shown in a test
    return found


def spawn(environment: dict[str, str], *arguments: str) -> pexpect.spawn[Any]:
    return pexpect.spawn(
        sys.executable,
        ["-c", SCRIPT, *arguments],
        env=environment,
        dimensions=(24, 80),
        timeout=PATIENCE_S,
        encoding="utf-8",
    )


def test_a_script_on_a_terminal_shows_its_run_and_can_read_keys(
    environment: dict[str, str],
) -> None:
    terminal = spawn(environment)
    terminal.expect("▶ .*?in-a-script")
    terminal.expect("printed")
    terminal.expect("logged")
    terminal.sendline("alice")
    terminal.expect("typed alice")
    terminal.expect("✓.* in-a-script succeeded")
    terminal.expect("TextIOWrapper")
    terminal.expect(pexpect.EOF)


def test_with_echo_false_a_terminal_shows_what_the_script_prints_only(
    environment: dict[str, str],
) -> None:
    terminal = spawn(environment, "quiet")
    terminal.sendline("alice")
    terminal.expect(pexpect.EOF)

    assert "printed" in terminal.before
    assert "in-a-script" not in terminal.before
    assert "logged" not in terminal.before


def test_in_a_pipe_nothing_is_shown(environment: dict[str, str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=environment,
        input="alice\n",
        capture_output=True,
        text=True,
        check=True,
    )

    assert ended.stdout == "printed\nname? typed alice\nTextIOWrapper\n"
    assert ended.stderr == ""


def test_the_first_line_has_the_link_without_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    server = "http://127.0.0.1:9/?token=s3cret-token"
    sprint, target = Sprint("with-a-link", server=server), discover(server)
    box = outbox(target, sprint.sprint_id)

    echo = start_echo(box, target, sprint.sprint_id)
    again = start_echo(box, target, sprint.sprint_id)
    assert echo is not None
    echo.end()

    assert again is None
    assert sprint.url == "http://127.0.0.1:9/realtime/sprints/with-a-link"
    assert sprint.url in terminal.getvalue()
    assert "s3cret-token" not in terminal.getvalue()
    assert sys.stderr is terminal


def test_a_run_in_the_hub_of_this_process_has_no_url() -> None:
    assert Sprint("without-a-link", server="embedded").url is None
