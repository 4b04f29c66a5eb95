"""Commands whose output is published while they run."""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest

from realtime_widgets import Sprint, follow
from realtime_widgets.client.publishing.commands import command_output
from realtime_widgets.client.publishing.text import lines as lines_module
from tests.client.hub_server import PATIENCE_S
from tests.client.reading import lines, published, statuses

if TYPE_CHECKING:
    from collections.abc import Iterator

on_posix = pytest.mark.skipif(os.name == "nt", reason="Windows has neither these shells nor ptys")


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def logged(sprint: Sprint) -> list[dict[str, Any]]:
    return [event for event in published(sprint) if event["type"] == "log"]


def test_output_is_published_in_order_with_its_source(sprint: Sprint) -> None:
    done = sprint.run(python("for n in range(500): print(n)"))

    assert done.returncode == 0
    assert lines(sprint) == [str(number) for number in range(500)]
    assert published(sprint)[1]["source"].startswith("python")


def test_standard_error_is_published_with_a_mark(sprint: Sprint) -> None:
    sprint.run(python("import sys; print('progress', file=sys.stderr); print('result')"))

    marks = {event["message"]: event.get("stream") for event in logged(sprint)}
    assert marks == {"progress": "stderr", "result": None}
    assert {event["level"] for event in logged(sprint)} == {"info"}


def test_both_streams_are_published_in_the_order_in_which_they_are_written(sprint: Sprint) -> None:
    code = """
        import os
        for number in range(20):
            os.write(1 + number % 2, f"{number}\\n".encode())
            os.sched_yield()
            input_is_over = os.read(0, 1)
    """

    sprint.run(python(textwrap.dedent(code)))

    for name, numbers in (("stderr", range(1, 20, 2)), (None, range(0, 20, 2))):
        own = [event["message"] for event in logged(sprint) if event.get("stream") == name]
        assert own == [str(number) for number in numbers]


def test_a_command_is_the_run_where_nothing_else_is(sprint: Sprint) -> None:
    sprint.run(python(""))
    sprint.run(python("raise SystemExit(3)"))

    assert statuses(sprint) == ["running", "succeeded", "running", "failed"]
    assert published(sprint)[-1]["message"].endswith("ended with exit code 3")
    assert lines(sprint) == [published(sprint)[-1]["message"]]


def test_within_a_block_a_command_is_one_step(sprint: Sprint) -> None:
    with sprint:
        sprint.run(python("raise SystemExit(3)"))

    assert statuses(sprint) == ["running", "succeeded"]


def test_a_step_that_is_checked_fails_its_block(sprint: Sprint) -> None:
    with pytest.raises(subprocess.CalledProcessError), sprint:
        sprint.run(python("raise SystemExit(3)"), check=True)

    assert statuses(sprint) == ["running", "failed"]


def test_a_string_is_given_to_the_shell(sprint: Sprint) -> None:
    sprint.run("echo one && echo two")

    assert lines(sprint) == ["one", "two"]


def test_a_command_runs_in_the_folder_and_the_environment_that_it_is_given(
    sprint: Sprint, tmp_path: Path
) -> None:
    code = "import os; print(os.getcwd()); print(os.environ['COLOUR'])"

    sprint.run(python(code), cwd=tmp_path, env={"COLOUR": "blue"})

    assert lines(sprint) == [str(tmp_path), "blue"]


def test_a_module_gives_its_name_as_the_source(sprint: Sprint) -> None:
    sprint.run([sys.executable, "-m", "platform"])

    assert published(sprint)[1]["source"] == "platform"


def test_a_command_that_does_not_exist_fails_the_run(sprint: Sprint) -> None:
    with pytest.raises(FileNotFoundError):
        sprint.run(["no-such-command"])

    assert statuses(sprint) == ["running", "failed"]


def test_a_command_that_waits_for_input_gets_none(sprint: Sprint) -> None:
    sprint.run(python("import sys; print(repr(sys.stdin.read()))"))

    assert lines(sprint) == ["''"]


def interrupted_at(sprint: Sprint, message: str) -> threading.Thread:
    """Press Ctrl-C once this line is seen."""

    def interrupt() -> None:
        for event in follow(sprint.sprint_id):
            if event.type == "log" and event.message == message:
                _thread.interrupt_main()
                return

    thread = threading.Thread(target=interrupt)
    thread.start()
    return thread


@pytest.mark.parametrize("pty", [False, pytest.param(True, marks=on_posix)])
def test_lines_are_seen_while_the_command_runs_and_an_interrupt_ends_it(
    sprint: Sprint, *, pty: bool
) -> None:
    watching = interrupted_at(sprint, "ready")
    with pytest.raises(KeyboardInterrupt):
        sprint.run(python("print('ready'); import time; time.sleep(600)"), pty=pty)
    watching.join()

    assert statuses(sprint) == ["running", "cancelled"]


@on_posix
class TestBackground:
    """Processes that a command leaves behind."""

    @pytest.fixture
    def gate(self, tmp_path: Path) -> Iterator[Gate]:
        with Gate(tmp_path / "gate") as gate:
            yield gate

    @pytest.mark.parametrize("pty", [False, True])
    @pytest.mark.parametrize(
        ("left", "output"),
        [
            pytest.param("{child} & ", "late", id="ampersand"),
            pytest.param("nohup {child} 2>&1 | cat &", "late", id="nohup"),
            pytest.param("({child} &); ", "late", id="orphan"),
            pytest.param("setsid {child} &", "late", id="session"),
            pytest.param("{child} >&2 2>/dev/null &", "late", id="stderr only"),
            pytest.param("{child} 2>/dev/null &", "late", id="stdout only"),
        ],
    )
    def test_b11_a_background_child_does_not_hold_up_the_command(
        self, sprint: Sprint, gate: Gate, left: str, output: str, *, pty: bool
    ) -> None:
        done = sprint.run(f"echo started; {left.format(child=gate.child)} exit 3", pty=pty)

        assert done.returncode == 3
        assert statuses(sprint) == ["running", "failed"]
        started, notice, ending = logged(sprint)
        assert started["message"] == "started"
        assert "background" in notice["message"]
        assert (notice["level"], notice["source"]) == ("info", "echo")
        assert ending["message"] == "echo ended with exit code 3"

        gate.open()

        assert output in seen_until(sprint, "late")
        assert_no_thread_is_left()

    def test_b11_a_child_that_ends_soon_is_waited_for(
        self, sprint: Sprint, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("GRACE_S", "MAX_GRACE_S"):
            monkeypatch.setattr(command_output, name, PATIENCE_S)

        sprint.run("echo started; (echo late) &")

        assert sorted(lines(sprint)) == ["late", "started"]

    def test_b11_a_double_fork_is_not_waited_for(self, sprint: Sprint, gate: Gate) -> None:
        code = f"""
            import os, subprocess
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    subprocess.run({gate.child!r}, shell=True)
                os._exit(0)
            print("started", flush=True)
        """

        assert sprint.run(python(textwrap.dedent(code))).returncode == 0
        assert lines(sprint)[0] == "started"
        gate.open()
        assert "late" in seen_until(sprint, "late")

    def test_b11_all_that_the_command_wrote_comes_before_its_end(
        self, sprint: Sprint, gate: Gate
    ) -> None:
        sprint.run(f"{gate.child} & seq 20000; printf unfinished")

        *numbers, unfinished, notice = lines(sprint)
        assert numbers == [str(number) for number in range(1, 20_001)]
        assert unfinished == "unfinished"
        assert "background" in notice

    def test_b11_a_child_that_never_stops_writing_does_not_hold_up_the_command(
        self, sprint: Sprint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(command_output, "MAX_GRACE_S", 0.5)

        sprint.run(f"while sleep 0.005; do echo; done & echo $! > {tmp_path / 'pid'}")
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
        assert_no_thread_is_left()

        assert statuses(sprint) == ["running", "succeeded"]

    def test_b11_an_interrupt_ends_the_wait_for_its_output(
        self, sprint: Sprint, gate: Gate, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(command_output, "GRACE_S", 600.0)
        watching = interrupted_at(sprint, "started")
        with pytest.raises(KeyboardInterrupt):
            sprint.run(f"echo started; {gate.child} &")
        watching.join()

        assert statuses(sprint) == ["running", "cancelled"]

    def test_b11_a_child_does_not_keep_the_interpreter_from_ending(self, tmp_path: Path) -> None:
        code = f"""
            from realtime_widgets import Sprint
            Sprint("background", server="embedded").run("sleep 600 & echo $! > {tmp_path}/pid")
        """

        subprocess.run(python(textwrap.dedent(code)), check=True)

        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


class Gate:
    """Holds a shell command back until it is opened; the command prints `late` then."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self._file = os.open(path, os.O_RDWR)
        self.child = f"sh -c 'read x < {path}; echo late; echo late >&2'"

    def open(self) -> None:
        os.write(self._file, b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.open()
        assert_no_thread_is_left()
        os.close(self._file)


def seen_until(sprint: Sprint, message: str) -> list[str]:
    seen = []
    for event in follow(sprint.sprint_id):
        if event.type == "log":
            seen.append(event.message)
            if event.message == message:
                break
    return seen


def pipes_and_terminals() -> set[str]:
    """Which are open in this process, by their names in the kernel; other threads open files."""
    names = set()
    for path in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # it was closed meanwhile
            names.add(str(path.readlink()))
    return {name for name in names if name.startswith(("pipe:", "/dev/pt"))}


def assert_no_thread_is_left() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("output of"):
            thread.join(PATIENCE_S)
            assert not thread.is_alive()


@on_posix
class TestPseudoTerminal:
    """Commands with `pty=True`."""

    def test_b21_a_program_sees_a_terminal(self, sprint: Sprint) -> None:
        code = """
            import os, sys
            print(sys.stdout.isatty(), sys.stderr.isatty(), *os.get_terminal_size(1))
            print(os.environ["COLUMNS"], os.environ["LINES"], bool(os.environ["TERM"]))
            print("last", file=sys.stderr)
            sys.exit(3)
        """

        done = sprint.run(python(textwrap.dedent(code)), pty=True)

        assert done.returncode == 3
        assert lines(sprint)[:3] == ["True True 120 40", "120 40 True", "last"]
        assert all("stream" not in event for event in logged(sprint))
        assert_no_thread_is_left()

    def test_b21_a_program_that_holds_its_lines_back_prints_them_at_once(
        self, sprint: Sprint, tmp_path: Path
    ) -> None:
        os.mkfifo(tmp_path / "fifo")
        watching = interrupted_at(sprint, "ready")
        with pytest.raises(KeyboardInterrupt):
            sprint.run(["awk", f'BEGIN {{ print "ready"; getline < "{tmp_path}/fifo" }}'], pty=True)
        watching.join()

    @pytest.mark.parametrize(
        "reads",
        ["sys.stdin.read()", "os.read(1, 100)", "os.read(2, 100)", "os.read(0, 100)"],
    )
    def test_b21_a_program_that_waits_for_input_gets_none(self, sprint: Sprint, reads: str) -> None:
        sprint.run(python(f"import os, sys; print(len({reads}))"), pty=True)

        assert lines(sprint) == ["0"]

    def test_b21_a_command_that_does_not_exist_fails_the_run(self, sprint: Sprint) -> None:
        with pytest.raises(FileNotFoundError):
            sprint.run(["no-such-command"], pty=True)

        assert statuses(sprint) == ["running", "failed"]

    @pytest.mark.skipif(
        sys.platform != "linux", reason="the names of open files are those of Linux"
    )
    @pytest.mark.parametrize("pty", [False, True])
    def test_b21_no_file_is_left_open(self, sprint: Sprint, *, pty: bool) -> None:
        sprint.run(["true"], pty=pty)
        before = pipes_and_terminals()

        for command in (["true"], ["false"], "exit 3"):
            sprint.run(command, pty=pty)
        with pytest.raises(FileNotFoundError):
            sprint.run(["no-such-command"], pty=pty)

        assert pipes_and_terminals() <= before

    def test_b21_a_command_has_no_other_file_of_this_process(self, sprint: Sprint) -> None:
        sprint.run("ls /dev/fd", pty=True)

        assert " ".join(lines(sprint)).split()[:4] in (list("0123"), list("012"))


def test_b21_where_there_are_no_terminals_the_call_is_refused(
    sprint: Sprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "openpty", raising=False)

    with pytest.raises(ValueError, match="Windows"):
        sprint.run(["true"], pty=True)

    assert statuses(sprint) == []


def test_b21_the_colour_of_a_command_lasts_until_it_ends_it(sprint: Sprint) -> None:
    sprint.run(python(r"print('\x1b[31mred\nstill red\n\x1b[0mplain')"))

    assert lines(sprint) == ["\x1b[31mred\x1b[0m", "\x1b[31mstill red\x1b[0m", "plain"]


def test_b21_each_stream_has_its_own_colour(sprint: Sprint) -> None:
    sprint.run(python(r"import sys; print('\x1b[31mred'); print('plain', file=sys.stderr)"))

    assert sorted(lines(sprint)) == ["\x1b[31mred\x1b[0m", "plain"]


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ({}, "1 1 None"),
        ({"NO_COLOR": "1"}, "None None 1"),
        ({"NO_COLOR": ""}, "1 1 "),
        ({"FORCE_COLOR": "0"}, "0 None None"),
        ({"CLICOLOR_FORCE": "0"}, "None 0 None"),
        ({"FORCE_COLOR": "3", "CLICOLOR_FORCE": "1"}, "3 1 None"),
    ],
)
def test_b21_programs_print_colours_unless_the_environment_forbids_them(
    sprint: Sprint, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], seen: str
) -> None:
    code = "import os; print(*map(os.environ.get, ('FORCE_COLOR', 'CLICOLOR_FORCE', 'NO_COLOR')))"
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)

    sprint.run(python(code), env=given)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    sprint.run(python(code))

    assert lines(sprint) == [seen, seen]


# As these programs write, except for most of the states in between.
BARS = {
    "tqdm": (
        [
            "\rw0:   0%\n\rw1:   0%\x1b[A",
            "\rw0:  50%\n\rw1:  50%\x1b[A",
            "\rw0: 100%\n\rw1: 100%\x1b[A",
            "\rw0: 100%\n\rw1: 100%\n",
        ],
        ["w0: 100%", "w1: 100%"],
    ),
    "rich": (
        [
            "\x1b[?25l\r\x1b[2Kdown 0%  \nunpack 0%",
            "\r\x1b[2K\x1b[1A\x1b[2Kdown 50%  \nunpack 50%",
            "\r\x1b[2K\x1b[1A\x1b[2Khalf way\ndown 50%  \nunpack 50%",
            "\r\x1b[2K\x1b[1A\x1b[2Kdown 100%  \nunpack 100%\n\x1b[?25h",
        ],
        ["half way", "down 100%", "unpack 100%"],
    ),
    "docker": (
        [
            "latest: Pulling\n",
            "\n\x1b[1A\x1b[2K\ra1: Waiting \r\x1b[1B",
            "\n\x1b[1A\x1b[2K\rb2: Waiting \r\x1b[1B",
            "\x1b[2A\x1b[2K\ra1: [=> ] 10MB\r\x1b[2B",
            "\x1b[1A\x1b[2K\rb2: [=> ] 10MB\r\x1b[1B",
            "\x1b[1A\x1b[2K\rb2: Pull complete \r\x1b[1B",
            "\x1b[2A\x1b[2K\ra1: Pull complete \r\x1b[2B",
            "Status: Downloaded\n",
        ],
        ["latest: Pulling", "a1: Pull complete", "b2: Pull complete", "Status: Downloaded"],
    ),
    "pip": (
        [
            "Downloading x.whl (1.0 MB)\n",
            "\x1b[?25l     \x1b[90m----\x1b[0m 0.0/1.0 MB",
            "\r\x1b[2K     \x1b[91m--\x1b[0m\x1b[90m--\x1b[0m 0.5/1.0 MB",
            "\r\x1b[2K     \x1b[32m----\x1b[0m 1.0/1.0 MB\n\x1b[?25hSaved\n",
        ],
        ["Downloading x.whl (1.0 MB)", "     \x1b[32m----\x1b[0m 1.0/1.0 MB", "Saved"],
    ),
    "npm": (
        ["\x1b[1G\x1b[0K⠙", "\x1b[1G\x1b[0K⠹", "\x1b[1G\x1b[0K\nadded 1 package\n"],
        ["added 1 package"],
    ),
    "curl": (["\r  0  100    0     0", "\r100  100  100   100\n"], ["100  100  100   100"]),
    "wget": (
        ["\rx.bin    0%[    ]  --.-KB/s   ", "\rx.bin  100%[===>]  10KB/s in 1s  \n"],
        ["x.bin  100%[===>]  10KB/s in 1s"],
    ),
    "spinner": (["working |", "\b/", "\b-", "\b\\", "\b", "done\n"], ["working done"]),
}


@pytest.mark.parametrize("pty", [False, pytest.param(True, marks=on_posix)])
@pytest.mark.parametrize("program", BARS)
def test_b22_of_a_bar_its_last_form_is_published(
    sprint: Sprint, monkeypatch: pytest.MonkeyPatch, program: str, *, pty: bool
) -> None:
    monkeypatch.setattr(command_output, "SETTLE_S", PATIENCE_S)
    monkeypatch.setattr(lines_module, "STILL_S", PATIENCE_S)
    written, last = BARS[program]
    code = f"import os; [os.write(1, state) for state in {[state.encode() for state in written]!r}]"

    sprint.run(python(code), pty=pty)

    assert [line.rstrip() for line in lines(sprint)] == last


def test_b22_a_bar_that_takes_long_is_seen_meanwhile(
    sprint: Sprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines_module, "REPEAT_S", 0.0)
    watching = interrupted_at(sprint, "50%")
    with pytest.raises(KeyboardInterrupt):
        sprint.run(python("print('\\r10%\\r50%', end=''); import time; time.sleep(600)"))
    watching.join()


def test_b29_a_command_that_fails_is_named_at_the_end_of_its_block(sprint: Sprint) -> None:
    with sprint:
        sprint.run(python("raise SystemExit(2)"))
        sprint.run(python(""))

    *_, last = published(sprint)
    assert last["status"] == "succeeded"
    assert last["message"].endswith("ended with exit code 2")


def test_b29_of_many_commands_that_fail_the_last_is_named_and_how_many_there_are(
    sprint: Sprint,
) -> None:
    with sprint:
        for code in (1, 2, 3):
            sprint.run(["sh", "-c", f"exit {code}"])

    message = published(sprint)[-1]["message"]
    assert message == "3 commands failed; the last: sh ended with exit code 3"


def test_b29_a_block_that_leaves_by_exit_names_it_too(sprint: Sprint) -> None:
    def leave() -> None:
        with sprint:
            sprint.run(["sh", "-c", "exit 2"])
            sys.exit()

    with pytest.raises(SystemExit):
        leave()

    assert published(sprint)[-1]["message"] == "sh ended with exit code 2"


def test_b29_what_was_handled_or_was_before_is_not_named(sprint: Sprint) -> None:
    with sprint:
        sprint.run(["sh", "-c", "exit 2"])
    with sprint, contextlib.suppress(subprocess.CalledProcessError):
        sprint.run(["sh", "-c", "exit 2"], check=True)

    assert published(sprint)[-1] == {"type": "status_update", "status": "succeeded"}


class Refusing(Sprint):
    """A run that cannot take every line."""

    def log(self, message: object, *arguments: Any, **more: Any) -> None:
        if message in {"bad", "worse"}:
            raise RuntimeError("no room")
        super().log(message, *arguments, **more)


def test_a_line_that_cannot_be_published_is_reported_and_the_others_follow(sprint_id: str) -> None:
    sprint = Refusing(sprint_id)

    done = sprint.run(["sh", "-c", "for line in one bad worse two; do echo $line; done"])

    assert done.returncode == 0
    first, report, last = lines(sprint)
    assert (first, last) == ("one", "two")
    assert "RuntimeError('no room')" in report
