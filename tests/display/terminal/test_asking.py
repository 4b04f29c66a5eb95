"""A script on a terminal is asked there, too; the first answer counts."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

from tests.environment import jupyter_environment
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

BEGIN = """
import sys, threading
from realtime_widgets import NoAnswerError, Sprint
from realtime_widgets.client.in_process import InProcess
from realtime_widgets.client.runtime import runtime

here = InProcess()

def open_questions():
    state = here.run("asks") or {}
    return (state.get("questions") or {}).get("open", [])

def elsewhere(value):
    def answer():
        while not open_questions():
            pass
        event = {"type": "answer", "id": open_questions()[0]["id"], "value": value}
        runtime().run(here.reply("asks", event), 60)
    threading.Thread(target=answer).start()
"""

ASKS = """
with Sprint("asks", server="embedded") as sprint:
    sprint.log("begins")
    print("stage:", sprint.ask("Which stage?", choices=["test", "live"], details="3 files"))
    print("note:", sprint.ask("Which note?", default="none"))
    print("name:", input("name? "))
"""

FORM = """
from typing import Literal
from pydantic import BaseModel, Field, field_validator

class Place(BaseModel):
    city: str = Field(min_length=2)
    sure: bool = False

class Order(BaseModel):
    '''What to order?'''
    size: Literal["s", "m"]
    copies: int = Field(default=1, ge=1, le=9)
    tags: list[str] = []
    place: Place

    @field_validator("copies")
    @classmethod
    def check(cls, copies):
        if copies == 7:
            raise ValueError("seven is refused")
        return copies

with Sprint("asks", server="embedded") as sprint:
    print(repr(sprint.ask(Order)))
"""

ELSEWHERE = """
with Sprint("asks", server="embedded") as sprint:
    elsewhere("from a page")
    print("got:", sprint.ask("Which note?"))
    print("typed:", input("name? "))
"""

INTERRUPTED = """
with Sprint("asks", server="embedded") as sprint:
    try:
        sprint.ask("Which note?")
    except KeyboardInterrupt:
        print("interrupted", len(open_questions()))
    print("typed:", input("name? "))
"""

QUIET = """
with Sprint("asks", server="embedded", echo=sys.argv[-1] != "quiet") as sprint:
    try:
        sprint.ask("Which note?", timeout=0.01)
    except NoAnswerError:
        print("no answer")
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    found = jupyter_environment(tmp_path) | {"TERM": "xterm-256color"}
    found.pop("PYTEST_CURRENT_TEST", None)  # nothing is shown in a test
    return found


def spawn(environment: dict[str, str], script: str, *arguments: str) -> pexpect.spawn[Any]:
    return pexpect.spawn(
        sys.executable,
        ["-c", BEGIN + script, *arguments],
        env=environment,
        dimensions=(24, 100),
        timeout=PATIENCE_S,
        encoding="utf-8",
    )


def test_an_answer_is_typed_below_the_live_row_and_input_works_after_it(
    environment: dict[str, str],
) -> None:
    terminal = spawn(environment, ASKS)
    terminal.expect(r"Which stage\?")
    terminal.expect("3 files")
    terminal.expect("2  live")
    terminal.expect("asks.*> ")
    terminal.sendline("both")
    terminal.expect("is none of test, live")
    terminal.send("lx\x7five\x1b[D\r")
    terminal.expect("stage: live")
    terminal.expect(r"Which note\?")
    terminal.sendline("")
    terminal.expect("note: none")
    terminal.expect(r"name\? ")
    terminal.sendline("alice")
    terminal.expect("name: alice")
    terminal.expect(pexpect.EOF)


def test_a_form_is_typed_field_by_field_and_asked_again_where_the_model_refuses_it(
    environment: dict[str, str],
) -> None:
    terminal = spawn(environment, FORM)
    for copies, problem in (("0", "is below 1"), ("7", "")):
        terminal.expect(r"Size \(s, m\)")
        terminal.sendline("2" if copies == "0" else "m")
        terminal.expect(r"Copies \[1\]")
        terminal.sendline(copies)
        if problem:
            terminal.expect(problem)
            terminal.sendline("7")
        terminal.expect("Tags")
        terminal.sendline("a, b")
        terminal.expect("City")
        terminal.sendline("Bonn")
        terminal.expect("Sure")
        terminal.sendline("yes")
        terminal.expect("seven is refused")
    terminal.expect(r"Size \(s, m\)")
    terminal.sendline("m")
    for label, typed in (("Copies", "2"), ("Tags", ""), ("City", "Bonn"), ("Sure", "")):
        terminal.expect(label)
        terminal.sendline(typed)
    terminal.expect(r"Order\(size='m', copies=2, tags=\[\], place=Place\(city='Bonn', sure=False")
    terminal.expect(pexpect.EOF)


def test_an_answer_from_elsewhere_ends_the_prompt(environment: dict[str, str]) -> None:
    terminal = spawn(environment, ELSEWHERE)
    terminal.expect("> .*?from a page")
    terminal.expect("got: from a page")
    terminal.expect(r"name\? ")
    terminal.sendline("alice")
    terminal.expect("typed: alice")
    terminal.expect(pexpect.EOF)


def test_ctrl_c_ends_the_prompt_and_closes_the_question(environment: dict[str, str]) -> None:
    terminal = spawn(environment, INTERRUPTED)
    terminal.expect(r"\?.*> ")
    terminal.sendintr()
    terminal.expect("interrupted")
    terminal.expect(r"name\? ")
    terminal.sendline("alice")
    terminal.expect("typed: alice")
    terminal.expect(pexpect.EOF)


def test_with_echo_false_and_in_a_pipe_nothing_is_asked(environment: dict[str, str]) -> None:
    terminal = spawn(environment, QUIET, "quiet")
    terminal.expect("no answer")
    assert "Which note" not in terminal.before
    terminal.expect(pexpect.EOF)

    ended = subprocess.run(
        [sys.executable, "-c", BEGIN + QUIET],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (ended.stdout, ended.stderr) == ("no answer\n", "")
