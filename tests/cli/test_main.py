"""The commands of `rtw` on a real server: what they write, and their exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from realtime_widgets import Sprint
from realtime_widgets.cli.failures import ExitCode
from realtime_widgets.cli.main import rtw
from tests.serving import SECRET
from tests.waiting import PATIENCE_S

from .conftest import RTW, serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    from .conftest import Served

    Call = Callable[..., Result]

pytestmark = pytest.mark.xdist_group("cli")


def messages(output: str) -> list[str]:
    """The log lines of what `tail` wrote, without times."""
    lines = [line.split(" ", 2) for line in output.splitlines()]
    return [rest for _, level, rest in lines if level != "STATUS"]


def publish(served: Served, name: str, *lines: str, ends: bool = True) -> None:
    sprint = Sprint(name, server=served.url)
    sprint.status("running")
    for line in lines:
        sprint.log(line)
    if ends:
        sprint.status("succeeded")
    assert sprint.close(PATIENCE_S) == 0


@pytest.mark.parametrize("command", ["show", "tail"])
def test_a_character_that_the_output_has_not_becomes_a_question_mark(
    served: Served, command: str
) -> None:
    name = f"marks-{command}"
    publish(served, name, "grüße ✓")

    written = subprocess.run(
        [*RTW, command, name],
        env=served.environment | {"PYTHONIOENCODING": "cp1252"},  # as in a pipe on Windows
        capture_output=True,
        check=False,
    )

    assert written.returncode == 0, written.stderr
    assert "grüße ?" in written.stdout.decode("cp1252")


def test_publish_sends_each_line_of_stdin_and_tail_writes_the_newest_ones(call: Call) -> None:
    sent = call("publish", "lines", "--source", "sh", stdin="one\ntwo\n\x1b[31mthree\x1b[0m\n")

    assert (sent.exit_code, sent.output) == (0, "")
    assert messages(call("tail", "lines", "--all").output) == ["sh one", "sh two", "sh three"]
    assert call("tail", "lines", "-n", "2").output.splitlines()[1].endswith(" STATUS succeeded")


def test_hidden_characters_are_marks_in_all_that_is_written(call: Call, served: Served) -> None:
    with Sprint("hidden", server=served.url) as sprint:
        sprint.progress("task\u202e", 1, total=2)
        sprint.log("line\u202e")
        sprint.flush(PATIENCE_S)

    written = [
        call(*command).output for command in (("tail", "hidden"), ("show", "hidden"), ("ls",))
    ]

    assert all("<U+202E>" in text and "\u202e" not in text for text in written)


def test_publish_sends_events_of_any_type_and_refuses_what_is_none(call: Call) -> None:
    sent = call(
        "publish", "events", "--events", "--json", stdin='{"type": "metric", "loss": 0.5}\n'
    )
    refused = call("publish", "no-events", "--events", stdin="[1]\n")

    assert json.loads(sent.output) == {"sprint_id": "events", "lines": 1, "not_stored": 0}
    written = [json.loads(line) for line in call("tail", "events", "--json").output.splitlines()]
    assert [event.get("loss") for event in written] == [None, 0.5, None]
    assert refused.exit_code == ExitCode.USAGE
    assert "each line is a JSON object" in refused.output


def test_ls_and_show_have_the_run_as_text_and_as_json(call: Call, served: Served) -> None:
    publish(served, "shown", "a line", ends=False)

    assert "shown" in call("ls", "--status", "running").output
    assert "shown" not in call("ls", "--status", "failed").output
    listed = [json.loads(line) for line in call("ls", "--json").output.splitlines()]
    assert "shown" in [run["sprint_id"] for run in listed]
    shown = call("show", "shown").output
    assert "status    running" in shown
    assert "log       1 line, 0 warnings, 0 errors" in shown
    assert json.loads(call("show", "shown", "--json").output)["logs"] == 1


def test_tail_follows_until_the_end_and_its_exit_code_is_that_of_the_run(
    call: Call, served: Served
) -> None:
    publish(served, "followed", "one", "two")
    with Sprint("failed", server=served.url) as failed:
        failed.status("failed", "out of memory")
        failed.flush(PATIENCE_S)

    done = call("tail", "-f", "--until-end", "--all", "followed")

    assert (done.exit_code, messages(done.output)) == (ExitCode.OK, ["one", "two"])
    assert call("tail", "-f", "--until-end", "failed").exit_code == ExitCode.FAILED


def test_an_unknown_run_and_a_bad_name_have_exit_codes_of_their_own(
    call: Call, served: Served
) -> None:
    publish(served, "nightly-eval", "a line")

    unknown, bad = call("tail", "nightly-evil"), call("show", "no name")

    assert unknown.exit_code == ExitCode.NO_RUN
    assert "nightly-eval" in unknown.output
    assert bad.exit_code == ExitCode.USAGE
    assert "did you mean 'no-name'?" in bad.output


@pytest.mark.parametrize("command", [("ls",), ("show", "x"), ("tail", "x"), ("publish", "x")])
def test_without_a_server_a_command_ends_with_3_and_names_the_next_step(
    command: tuple[str, ...],
) -> None:
    ended = CliRunner().invoke(rtw, command)

    assert ended.exit_code == ExitCode.NO_SERVER
    assert "`rtw serve`" in ended.output


def test_doctor_shows_no_token_and_ends_with_3_where_no_server_works(call: Call) -> None:
    found, none = call("doctor", "--json"), CliRunner().invoke(rtw, ["doctor"])

    assert found.exit_code == ExitCode.OK
    assert json.loads(found.output)["works"] is True
    assert SECRET not in found.output
    assert none.exit_code == ExitCode.NO_SERVER
    assert "the hub in this process" in none.output


def test_open_writes_a_link_without_the_token(call: Call, served: Served) -> None:
    assert (
        call("open", "--print", "a-run").output == f"{served.info['url']}realtime/sprints/a-run\n"
    )
    assert call("open", "--print").output == f"{served.info['url']}realtime/\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_writes_a_script_for_the_shell(shell: str) -> None:
    assert "_RTW_COMPLETE" in CliRunner().invoke(rtw, ["completion", shell], prog_name="rtw").output


def test_names_of_runs_are_completed_by_the_server_that_is_found(served: Served) -> None:
    publish(served, "to-complete", "a line")
    variables = {"_RTW_COMPLETE": "zsh_complete", "COMP_WORDS": "rtw show to-c", "COMP_CWORD": "2"}

    completed = subprocess.run(
        RTW, env=served.environment | variables, capture_output=True, text=True, check=False
    )

    assert "to-complete" in completed.stdout.splitlines()


def test_a_closed_pipe_ends_a_command_without_a_traceback(served: Served) -> None:
    publish(served, "long", *("a line" * 100 for _ in range(2_000)))

    with subprocess.Popen(
        [*RTW, "tail", "--all", "long"],
        env=served.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == ExitCode.PIPE_CLOSED


@pytest.mark.long
def test_tail_continues_over_a_restart_of_the_server_without_a_lost_or_doubled_line(
    tmp_path: Path,
) -> None:
    with serving(tmp_path) as first:
        publish(first, "moved", *(f"line {n}" for n in range(50)), ends=False)
        reader = subprocess.Popen(
            [*RTW, "tail", "-f", "--until-end", "--all", "moved"],
            env=first.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert reader.stdout
        before = [reader.stdout.readline() for _ in range(51)]
        first_pid = first.info["pid"]
        os.kill(first_pid, signal.SIGKILL)
    with serving(tmp_path) as second, reader:
        publish(second, "moved", *(f"line {n}" for n in range(50, 100)))
        assert second.info["url"] != first.info["url"]
        written = "".join([*before, *reader.stdout])

    assert messages(written) == [f"line {n}" for n in range(100)]


PAGE = (Path(__file__).parents[2] / "docs/command-line.md").read_text()


@pytest.mark.parametrize("name", rtw.commands)
def test_every_command_is_documented_with_its_options(name: str) -> None:
    section = PAGE.partition(f"## `rtw {name}")[2].partition("\n## ")[0]

    assert section
    for parameter in rtw.commands[name].params:
        shared = {"--server", "--json"}
        for option in set(parameter.opts) - shared if parameter.param_type_name == "option" else ():
            assert f"`{option}" in section


def test_the_help_has_a_whole_sentence_for_each_command() -> None:
    lines = CliRunner().invoke(rtw, ["--help"]).output.partition("Commands:")[2].splitlines()

    assert [line.split()[0] for line in lines if line[:2] == "  "][: len(rtw.commands)] == list(
        rtw.commands
    )
    assert not [line for line in lines if line.endswith("...")]


@pytest.mark.parametrize("name", sorted(rtw.commands.keys() - {"watch", "serve", "completion"}))
def test_every_command_with_a_result_writes_it_as_json(name: str) -> None:
    assert "as_json" in [parameter.name for parameter in rtw.commands[name].params]


@pytest.mark.parametrize("command", [("realtime-widgets",), ("rtw",), ("jupyter", "realtime")])
def test_it_is_installed_by_each_of_its_names(command: tuple[str, ...]) -> None:
    folder = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}

    ended = subprocess.run(
        [str(folder / command[0]), *command[1:], "--version"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert version("realtime-widgets") in ended.stdout


def test_the_help_of_a_server_can_be_read_by_a_program_that_ends_early() -> None:
    with subprocess.Popen(
        [*RTW, "serve", "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == ExitCode.PIPE_CLOSED


@pytest.mark.parametrize("code", ExitCode)
def test_every_exit_code_is_documented(code: ExitCode) -> None:
    assert f"| {code:d} |" in PAGE
