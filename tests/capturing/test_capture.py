"""`sprint.capture()` in a script: all is published once, printed as without, and put back."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from tests.capturing.program import FLOOD
from tests.client.hub_server import HubServer
from tests.client.programs import script
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

BEGIN = """
import io, logging, os, sys, threading, warnings
from realtime_widgets import Sprint, history
from tests.capturing.program import processes, published, work
sprint = Sprint("captured", server="embedded")
"""


def run(code: str, *, merged: bool = False) -> tuple[bytes, bytes]:
    """Run a program, and return what it wrote to its two streams."""
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if merged else subprocess.PIPE,
        timeout=PATIENCE_S,
        check=True,
    )
    return done.stdout, done.stderr or b""


def found_by(code: str, file: Path) -> list[object]:
    """Run a program that has its findings in `found`, and return them."""
    run(f"{code}\nwith open({str(file)!r}, 'w') as file:\n    file.write(repr(found))")
    return list(ast.literal_eval(file.read_text()))


def test_an_unchanged_program_is_published_once_and_prints_the_same(tmp_path: Path) -> None:
    file = tmp_path / "published"
    plain = run("work()")
    captured = run(
        "with sprint, sprint.capture():\n    work()\n"
        f"open({str(file)!r}, 'w').write(repr(published('captured')))"
    )

    assert captured == plain
    events = ast.literal_eval(file.read_text())
    lines = [event for event in events if len(event) == 4]
    flood = [line for line in lines if line[3].strip("x") == ""]
    assert sum(len(line[3]) for line in flood) == FLOOD
    traceback = next(line for line in lines if line[1] == "dying")
    assert traceback[0] == "error"
    assert traceback[3].endswith("KeyError: 0")
    warning = next(line for line in lines if line[1] == "UserWarning")
    assert "UserWarning: of a warning" in warning[3]
    others = [line for line in lines if line not in (traceback, warning, *flood)]
    assert sorted(others, key=str) == sorted(
        [
            ("info", None, None, "from Python"),
            ("info", None, "stderr", "to stderr"),
            ("info", None, None, "from a shell"),
            ("info", None, None, "from a child"),
            ("info", None, None, "after the children"),
            ("info", None, None, "from os.write"),
            ("warning", "program.part", None, "of a logger"),
            ("info", None, None, "at the end"),
        ],
        key=str,
    )
    assert [event for event in events if len(event) == 5] == [
        ("inner", "outer", 3, 3, "succeeded"),
        ("inner", "outer", 3, 3, "succeeded"),
        ("outer", None, 2, 2, "succeeded"),
    ]


def test_bars_of_four_processes_are_tasks_and_no_lines() -> None:
    code = """
    from realtime_widgets import Sprint
    from tests.capturing.program import processes

    with Sprint("forked") as sprint, sprint.capture():
        processes()
    """
    with HubServer() as server:
        done = script(code, server.argument)
        events = server.events("forked")

    assert done.returncode == 0, done.stderr
    ended = [event for event in events if event.get("state") == "succeeded"]
    assert [event["task"] for event in ended] == [f"process {number}" for number in range(4)]
    assert [event for event in events if event["type"] == "log"] == []
    assert [f"process {number} 2/2" in done.stderr for number in range(4)] == [True] * 4


def test_lines_are_in_the_order_of_time(tmp_path: Path) -> None:
    lines = found_by(
        """
with sprint.capture():
    for number in range(3):
        print("printed", number)
        logging.warning("logged %d", number)
found = [event.message for event in history("captured") if event.type == "log"]
""",
        tmp_path / "found",
    )

    assert lines == [f"{how} {number}" for number in range(3) for how in ("printed", "logged")]


def test_where_both_streams_lead_to_one_place_their_order_stays() -> None:
    code = """
for number in range(200):
    os.write(1 + number % 2, b"%d " % number)
"""
    captured, _ = run(
        f"with sprint.capture():\n    {code.strip().replace(chr(10), chr(10) + '    ')}",
        merged=True,
    )

    assert captured == b"".join(b"%d " % number for number in range(200))


STATE = """
def state():
    import threading, warnings, tqdm.std
    places = [os.fstat(number)[1:3] for number in (1, 2)]
    bars = tqdm.std.tqdm
    hooks = (threading.excepthook, sys.unraisablehook, warnings.showwarning)
    hooks += (logging.Logger.callHandlers, bars.refresh, bars.clear, bars.close)
    streams = [(stream, "write" in vars(stream), "isatty" in vars(stream))
               for stream in (sys.stdout, sys.stderr)]
    return places, hooks, streams, sorted(os.listdir("/dev/fd")), logging.root.handlers[:]

import tqdm.std
sprint.log("begun")
sprint.flush()  # which opens descriptors
before = state()
"""


@pytest.mark.parametrize(
    ("ending", "error"),
    [
        ("pass", "None"),
        ("raise ValueError", "ValueError"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("os.kill(os.getpid(), 2); threading.Event().wait(60)", "KeyboardInterrupt"),
        ("sys.exit(3)", "SystemExit"),
    ],
)
def test_all_hooks_are_as_before(ending: str, error: str, tmp_path: Path) -> None:
    found = found_by(
        f"""{STATE}
raised = "None"
try:
    with sprint.capture(), sprint.capture():
        print("inside")
        {ending}
except BaseException as error:
    raised = type(error).__name__
found = [raised, before == state()]
""",
        tmp_path / "found",
    )

    assert found == [error, True]


def test_nested_captures_publish_once_to_the_innermost_run(tmp_path: Path) -> None:
    found = found_by(
        """
other = Sprint("other", server="embedded")
with sprint.capture():
    print("one")
    with sprint.capture():
        print("two")
    with other.capture("output"):
        print("three")
        logging.warning("four")
    print("five")
found = [[event.message for event in history(name)] for name in ("captured", "other")]
""",
        tmp_path / "found",
    )

    assert found == [["one", "two", "four", "five"], ["three"]]


def test_only_what_is_named_is_captured(tmp_path: Path) -> None:
    found = found_by(
        """
with sprint.capture("logging", "warnings"):
    print("printed")
    logging.warning("logged")
    warnings.warn("warned")
with sprint.capture("output"):
    logging.warning("logged again")
found = [event.message.split("\\n")[0].rpartition(":")[2].strip() for event in history("captured")]
""",
        tmp_path / "found",
    )

    assert found == ["logged", "warned", "logged again"]


def test_a_handler_and_a_capture_of_the_same_run_publish_a_record_once(tmp_path: Path) -> None:
    found = found_by(
        """
from realtime_widgets.integrations.logging import SprintHandler
logging.root.addHandler(SprintHandler(sprint))
with sprint, sprint.capture():
    logging.warning("one")
logging.captureWarnings(True)
with sprint, sprint.capture():
    warnings.warn("two")
found = [event.message for event in history("captured") if event.type == "log"]
""",
        tmp_path / "found",
    )

    assert found[0] == "one"
    assert len(found) == 2


def test_the_explicit_bar_of_tqdm_is_published_once(tmp_path: Path) -> None:
    found = found_by(
        """
from realtime_widgets.integrations.tqdm import tqdm
with sprint, sprint.capture():
    list(tqdm([1, 2], desc="train"))
found = [json for json in published("captured")]
""",
        tmp_path / "found",
    )

    assert found == [("train", None, 2, 2, "succeeded")]


def test_lines_are_published_while_the_block_runs(tmp_path: Path) -> None:
    found = found_by(
        """
from tests.waiting import wait_until
def lines():
    try:
        return [event.message for event in history("captured")]
    except LookupError:
        return []
with sprint.capture():
    os.system("echo one")
    wait_until(lambda: lines() == ["one"], "the line of the shell is published")
    print("two")
    wait_until(lambda: lines() == ["one", "two"], "the line of Python is published")
found = [True]
""",
        tmp_path / "found",
    )

    assert found == [True]


def test_more_than_the_disk_keeps_is_passed_on_whole() -> None:
    captured, _ = run(
        """
with sprint.capture("output"):
    for number in range(300):
        os.write(1, b"%08d" % number * 5_000)
"""
    )

    assert captured == b"".join(b"%08d" % number * 5_000 for number in range(300))


@pytest.mark.skipif(sys.platform != "linux", reason="others have no files in memory")
def test_without_a_folder_that_can_be_written_to_the_output_is_captured_too(
    tmp_path: Path,
) -> None:
    found = found_by(
        """
import tempfile
tempfile.tempdir = "/no/such/folder"  # as in a container whose disk is read-only
with sprint.capture("output"):
    print("of Python")
    os.system("echo of a child")
found = [event.message for event in history("captured") if event.type == "log"]
""",
        tmp_path / "found",
    )

    assert found == ["of Python", "of a child"]


def test_what_is_written_when_python_exits_in_the_block_is_passed_on() -> None:
    captured, _ = run("sprint.capture().__enter__()\nprint('the last line')")

    assert captured == b"the last line\n"


def test_in_a_terminal_each_line_is_shown_and_published_once(tmp_path: Path) -> None:
    file = tmp_path / "published"
    code = f"""{BEGIN}
with sprint, sprint.capture():
    print("one")
    os.system("echo two")
    sprint.log("three")
    print(sys.stdout.isatty())
open({str(file)!r}, 'w').write(repr(published('captured')))
"""
    inherited = {name: value for name, value in os.environ.items() if name[:7] != "PYTEST_"}
    terminal = pexpect.spawn(
        sys.executable,
        ["-c", code],
        env=inherited | {"PYTHONPATH": os.pathsep.join(sys.path)},
        encoding="utf-8",
        timeout=PATIENCE_S,
    )
    terminal.expect(pexpect.EOF)
    terminal.close()

    assert [terminal.before.count(word) for word in ("one", "two", "True")] == [1, 1, 1]
    events = ast.literal_eval(file.read_text())
    assert sorted(event[3] for event in events) == ["True", "one", "three", "two"]


def test_an_unknown_name_is_refused_with_those_that_are_known() -> None:
    from realtime_widgets import Sprint

    with pytest.raises(ValueError, match="cannot capture 'stdout'; known are 'output', 'logging'"):
        Sprint("x").capture("stdout")  # type: ignore[arg-type]  # the mistake is the test
