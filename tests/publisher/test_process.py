"""Commands whose output is published while they run."""

from __future__ import annotations

import _thread
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from realtime_widgets import follow

from .reading import lines, published, statuses

if TYPE_CHECKING:
    from pathlib import Path

    from realtime_widgets import Sprint


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_output_is_published_in_order_with_its_source(sprint: Sprint) -> None:
    done = sprint.run(python("for n in range(500): print(n)"))

    assert done.returncode == 0
    assert lines(sprint) == [str(number) for number in range(500)]
    assert published(sprint)[1]["source"].startswith("python")


def test_standard_error_is_published_as_warnings(sprint: Sprint) -> None:
    sprint.run(python("import sys; print('careful', file=sys.stderr)"))

    (line,) = (event for event in published(sprint) if event["type"] == "log")
    assert (line["message"], line["level"]) == ("careful", "warning")


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


def test_a_command_runs_where_and_with_what_it_is_told(sprint: Sprint, tmp_path: Path) -> None:
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


def test_lines_are_seen_while_the_command_runs_and_an_interrupt_ends_it(sprint: Sprint) -> None:
    def interrupt_when_ready() -> None:
        for event in follow(sprint.sprint_id):
            if event.type == "log":
                _thread.interrupt_main()
                return

    watching = threading.Thread(target=interrupt_when_ready)
    watching.start()
    with pytest.raises(KeyboardInterrupt):
        sprint.run(python("print('ready'); import time; time.sleep(600)"))
    watching.join()

    assert statuses(sprint) == ["running", "cancelled"]
