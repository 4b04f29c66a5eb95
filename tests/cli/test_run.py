"""`rtw run`: the command has the same terminal, pipes, signals and exit code as without it."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

from realtime_widgets import history, sprints
from realtime_widgets.protocol.terminal_text import lines_of
from tests.waiting import PATIENCE_S, wait_until

from .conftest import RTW

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Served

pytestmark = pytest.mark.xdist_group("cli")

ON_TERMINAL = """
import os, sys
print("\\x1b[32mgreen\\x1b[0m" if sys.stdout.isatty() else "plain", os.get_terminal_size().columns)
print("you typed", input("name? "))
sys.exit(7)
"""

WAITS = """
import signal, sys
def stop(number, _):
    print("stopped by", signal.Signals(number).name, flush=True)
    sys.exit(5)
signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGINT, stop)
print("ready", flush=True)
signal.pause()
"""


def on_terminal(served: Served, name: str, code: str) -> pexpect.spawn[Any]:
    arguments = ["-c", RTW[2], "run", "--name", name, "--", sys.executable, "-c", code]
    return pexpect.spawn(
        RTW[0],
        arguments,
        env=served.environment,
        dimensions=(24, 200),
        timeout=PATIENCE_S,
        encoding="utf-8",
        # Tests that are started with `nohup` ignore it, and so would the command.
        preexec_fn=partial(signal.signal, signal.SIGHUP, signal.SIG_DFL),
    )


def lines(served: Served, name: str) -> list[str]:
    return [event.message for event in history(name, server=served.url) if event.type == "log"]


def status(served: Served, name: str) -> str | None:
    """The status of a run; None before it is stored, as its command is started first."""
    runs = {run.sprint_id: run.status for run in sprints(server=served.url)}
    return runs.get(name)


def test_on_a_terminal_a_command_has_colours_keys_the_size_and_its_exit_code(
    served: Served,
) -> None:
    terminal = on_terminal(served, "on-terminal", ON_TERMINAL)
    terminal.expect_exact("\x1b[32mgreen\x1b[0m 200\r\n")
    terminal.expect_exact("name? ")
    terminal.sendline("alice")
    terminal.expect_exact("you typed alice\r\n")
    terminal.expect(pexpect.EOF)
    terminal.close()

    assert terminal.exitstatus == 7
    assert status(served, "on-terminal") == "failed"
    assert lines(served, "on-terminal")[0] == "\x1b[32mgreen\x1b[0m 200"


def test_ctrl_c_on_a_terminal_reaches_the_command_only(served: Served) -> None:
    terminal = on_terminal(served, "interrupted", WAITS)
    terminal.expect_exact("ready")
    terminal.sendintr()
    terminal.expect_exact("stopped by SIGINT")
    terminal.expect(pexpect.EOF)
    terminal.close()

    assert terminal.exitstatus == 5


def test_a_terminal_that_is_closed_ends_the_command_and_its_run(served: Served) -> None:
    terminal = on_terminal(served, "hung-up", f"print('before')\n{WAITS}")
    terminal.expect_exact("ready")
    terminal.ptyproc.fileobj.close()  # without the signals that `close` sends

    wait_until(lambda: status(served, "hung-up") not in {None, "running"}, "the run ends")
    assert status(served, "hung-up") == "cancelled"


ECHOES = """
import sys
print("ready", flush=True)
for line in sys.stdin:
    print("got", line.strip() * 10, flush=True)
"""


def test_a_long_text_can_be_pasted(served: Served) -> None:
    terminal = on_terminal(served, "pasted", ECHOES)
    terminal.expect_exact("ready")
    text = "".join(f"{n:06} one of many lines\n" for n in range(4_000)) + "END\n"
    typing = threading.Thread(target=terminal.send, args=(text,), daemon=True)
    typing.start()
    terminal.expect_exact("got ENDEND", searchwindowsize=100)
    typing.join()
    terminal.sendeof()
    terminal.expect(pexpect.EOF)
    terminal.close()

    assert terminal.exitstatus == 0


def test_in_the_background_of_a_shell_a_command_runs_and_has_the_keys_in_the_foreground(
    served: Served, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    script = tmp_path / "script"
    script.write_text(f"open({str(pipe)!r}).read()\n{ON_TERMINAL}")
    command = [*RTW, "run", "--name", "in-background", "--", sys.executable, str(script)]
    shell = pexpect.spawn(
        "bash",
        ["--norc", "--noprofile", "-i"],
        env=served.environment | {"PS1": "$ "},
        dimensions=(24, 200),
        timeout=PATIENCE_S,
        encoding="utf-8",
    )
    shell.expect_exact("$ ")
    shell.sendline(f"{shlex.join(command)} &")
    shell.expect_exact("$ ")
    pipe.write_text("")  # waits until the command reads it
    shell.expect_exact("name? ")
    shell.sendline("jobs")
    shell.expect(r"\[1\]\+? +Running ")
    shell.sendline("fg")
    shell.expect_exact("import rtw")
    shell.expect(r"[\r\n]")
    shell.send("alice\r")  # as the key Enter
    shell.expect_exact("you typed alice\r\n")
    shell.expect_exact("$ ")  # what is typed before it is for the command
    shell.sendline("exit $?")
    shell.expect(pexpect.EOF)
    shell.close()

    assert shell.exitstatus == 7


def test_in_a_pipe_both_streams_stay_apart_and_a_signal_is_passed_on(served: Served) -> None:
    code = f"import sys; print('to stderr', file=sys.stderr, flush=True)\n{WAITS}"
    with subprocess.Popen(
        [*RTW, "run", "--json", "--name", "piped", "--", sys.executable, "-c", code],
        env=served.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        out, (first, last) = process.stdout.read(), process.stderr.read().splitlines()

    assert process.returncode == 5
    assert (out, first) == ("stopped by SIGTERM\n", "to stderr")
    assert json.loads(last) == {"sprint_id": "piped", "exit_code": 5, "not_stored": 0}
    assert sorted(lines(served, "piped")) == ["ready", "stopped by SIGTERM", "to stderr"]


def test_what_reads_the_output_may_close_it_and_ends_the_command(served: Served) -> None:
    with subprocess.Popen(
        [*RTW, "run", "--name", "unread", "--", "yes"],
        env=served.environment,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout
        process.stdout.readline()
        process.stdout.close()

    assert process.returncode == 128 + signal.SIGPIPE
    assert status(served, "unread") == "failed"


def test_without_a_server_a_command_runs_all_the_same(served: Served) -> None:
    nowhere = served.environment | {"JUPYTER_RUNTIME_DIR": "/no/such/folder"}
    command = [*RTW, "run", "--", "sh", "-c", "cat; kill -9 $$"]

    ended = subprocess.run(
        command, env=nowhere, input="by stdin", capture_output=True, text=True, check=False
    )

    assert ended.returncode == 128 + signal.SIGKILL
    assert ended.stdout == "by stdin"
    assert "the run is not published" in ended.stderr


def test_a_command_that_is_missing_ends_with_127(served: Served) -> None:
    ended = subprocess.run(
        [*RTW, "run", "--", "no-such-command"],
        env=served.environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 127
    assert "no-such-command: No such file or directory" in ended.stderr


PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "built-by-a-test"
version = "1.0"

[tool.hatch.build.targets.wheel]
packages = ["built"]
"""


@pytest.mark.long
def test_a_build_looks_as_without_it_on_a_terminal_and_its_lines_are_in_the_run(
    served: Served, tmp_path: Path
) -> None:
    (tmp_path / "built").mkdir()
    (tmp_path / "built/__init__.py").touch()
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    build = [sys.executable, "-m", "build", "--no-isolation"]

    def shown(command: list[str], columns: int) -> tuple[str, int | None]:
        terminal = pexpect.spawn(
            command[0],
            command[1:],
            env=served.environment | {"TERM": "xterm-256color"},
            cwd=str(tmp_path),
            dimensions=(24, columns),
            timeout=PATIENCE_S,
            encoding="utf-8",
        )
        terminal.expect(pexpect.EOF)
        terminal.close()
        return str(terminal.before), terminal.exitstatus

    for columns in (80, 200):
        name = f"build-{columns}"
        plain = shown(build, columns)
        published = shown([*RTW, "run", "--name", name, "--", *build], columns)

        assert plain == published
        assert "\x1b[1m" in plain[0]
        assert plain[1] == 0
        assert status(served, name) == "succeeded"
        text = [line for message in lines(served, name) for line in lines_of(message)]
        assert text == lines_of(plain[0].replace("\r\n", "\n"))
