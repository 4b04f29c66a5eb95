"""`rtw watch` on a pseudo-terminal, with a real server."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

from realtime_widgets import Sprint, sprints
from realtime_widgets.cli.failures import ExitCode
from tests.waiting import PATIENCE_S, wait_until

from .conftest import RTW, serving

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Served

pytestmark = pytest.mark.xdist_group("cli")

SECOND_SCREEN, FIRST_SCREEN = "\x1b[?1049h", "\x1b[?1049l"

LOG_BESIDE = "│ .*?─ .*?Log"


def watching(served: Served, name: str, columns: int = 80, rows: int = 24) -> pexpect.spawn[Any]:
    return pexpect.spawn(
        RTW[0],
        ["-c", RTW[2], "watch", name],
        env=served.environment | {"TERM": "xterm-256color"},
        dimensions=(rows, columns),
        timeout=PATIENCE_S,
        encoding="utf-8",
    )


def quits(terminal: pexpect.spawn[Any]) -> None:
    terminal.send("q")
    terminal.expect_exact(FIRST_SCREEN)
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0


def status(served: Served, name: str) -> str:
    return next(run.status for run in sprints(server=served.url) if run.sprint_id == name)


def test_a_run_is_followed_filtered_and_its_end_stays_until_q(served: Served) -> None:
    sprint = Sprint("watched", server=served.url)
    sprint.status("running")
    for number in range(1_000):
        sprint.log(f"line {number}")
    assert sprint.flush(PATIENCE_S) == 0

    terminal = watching(served, "watched")
    terminal.expect_exact(SECOND_SCREEN)
    terminal.expect("watched.*Running.*line 999")
    sprint.progress("train", 3, total=4)
    terminal.expect("train.*75%")
    terminal.send("/line 7\r")
    terminal.expect(r"line 7\S*99")
    terminal.send("g")
    terminal.expect(r"line 7\x1b\S* ")  # is found by the server, before the first page
    terminal.send("/\x1b")
    sprint.status("succeeded")
    terminal.expect("Succeeded")
    assert sprint.close(PATIENCE_S) == 0
    quits(terminal)


def test_a_question_is_answered_and_the_run_is_stopped_after_a_confirmation(
    served: Served,
) -> None:
    answers = []

    def ask() -> None:
        with Sprint("asking", server=served.url, on_cancel="flag") as sprint:
            answers.append(sprint.ask("Deploy where?", choices=["test", "live"]))
            wait_until(lambda: sprint.cancelled, "the run is stopped")

    thread = threading.Thread(target=ask)
    thread.start()
    terminal = watching(served, "asking")
    terminal.expect(r"Deploy where\?.*live.*answer")
    terminal.send("a")
    terminal.expect("Enter")
    terminal.send("3\r")
    terminal.expect("is none of test, live")
    terminal.send("\x7f2\r")
    terminal.expect("→.* live")
    terminal.send("s")
    terminal.expect(r"Stop asking\?")
    terminal.send("y")
    terminal.expect("Cancelled")
    thread.join()
    quits(terminal)
    assert answers == ["live"]


@pytest.mark.long
def test_it_follows_the_size_of_the_terminal_and_gives_it_back_while_suspended(
    served: Served,
) -> None:
    sprint = Sprint("resized", server=served.url)
    sprint.status("running")
    sprint.progress("train", 3, total=4)
    assert sprint.close(PATIENCE_S) == 0

    terminal = watching(served, "resized")
    terminal.expect("train.*75%")
    terminal.setwinsize(50, 200)
    terminal.expect(LOG_BESIDE)
    terminal.sendcontrol("z")
    terminal.expect_exact(FIRST_SCREEN)
    os.kill(terminal.pid, signal.SIGCONT)
    terminal.expect_exact(SECOND_SCREEN)
    terminal.expect(LOG_BESIDE)
    terminal.kill(signal.SIGTERM)
    terminal.expect_exact(FIRST_SCREEN)
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 128 + signal.SIGTERM


def test_ctrl_c_ends_it_with_130_and_the_terminal_as_before(served: Served) -> None:
    terminal = watching(served, "not-begun")
    terminal.expect("nothing was published to this run yet")
    terminal.sendintr()
    terminal.expect_exact(FIRST_SCREEN)
    terminal.expect(pexpect.EOF)
    terminal.close()

    assert terminal.exitstatus == ExitCode.INTERRUPTED


@pytest.mark.parametrize("term", ["xterm-256color", "dumb"])
def test_without_a_terminal_it_names_tail(served: Served, term: str) -> None:
    command = [*RTW, "watch", "watched"]
    environment = served.environment | {"TERM": term}
    if term == "dumb":
        terminal = pexpect.spawn(command[0], command[1:], env=environment, timeout=PATIENCE_S)
        terminal.expect("rtw tail -f watched")
        terminal.expect(pexpect.EOF)
        terminal.close()
        assert terminal.exitstatus == ExitCode.USAGE
        return
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == ExitCode.USAGE
    assert "needs a terminal for its input and output; use `rtw tail -f watched`" in ended.stderr


@pytest.mark.long
def test_it_shows_that_it_reconnects_and_resumes_where_the_server_comes_back(
    tmp_path: Path,
) -> None:
    with serving(tmp_path) as first:
        sprint = Sprint("moved", server=first.url)
        sprint.status("running")
        sprint.log("before the restart")
        assert sprint.close(PATIENCE_S) == 0
        terminal = watching(first, "moved")
        terminal.expect("before the restart")
        os.kill(first.info["pid"], signal.SIGKILL)
        terminal.expect("reconnecting; this is as of")
    with serving(tmp_path) as second:
        sprint = Sprint("moved", server=second.url)
        sprint.log("after the restart")
        terminal.expect("after the restart")
        assert sprint.close(PATIENCE_S) == 0
        quits(terminal)
    assert second.info["url"] != first.info["url"]
