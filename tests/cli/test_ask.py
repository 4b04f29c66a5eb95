"""`rtw ask` and `rtw answer` on a real server."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets.cli.failures import ExitCode
from realtime_widgets.client.discovery import discover
from realtime_widgets.client.replying import post_reply
from realtime_widgets.errors import ServerNotFoundError
from tests.waiting import PATIENCE_S, wait_until

from .conftest import RTW

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    from .conftest import Served

    Call = Callable[..., Result]

pytestmark = pytest.mark.xdist_group("cli")


def asking(served: Served, name: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*RTW, "ask", "--server", served.url, name, "Which stage?", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def open_questions(call: Call, name: str) -> list[dict[str, Any]]:
    listed = call("answer", name, "--json")
    return [json.loads(line) for line in listed.stdout.splitlines() if line.startswith("{")]


def test_ask_writes_the_answer_that_answer_gives(call: Call, served: Served) -> None:
    process = asking(served, "asked", "--choices", "test", "--choices", "live")
    wait_until(lambda: open_questions(call, "asked"), "the question is open")

    listed = call("answer", "asked")
    wrong = call("answer", "asked", "both")
    other = call("answer", "asked", "live", "--question", "other")
    given = call("answer", "asked", "live", "--json")

    assert "Which stage? (test, live)" in listed.output
    assert wrong.exit_code == ExitCode.USAGE
    assert "value: is none of 'test', 'live'" in wrong.output
    assert other.exit_code == ExitCode.NO_ANSWER
    assert json.loads(given.output)["seq"] == 3
    assert process.communicate(timeout=PATIENCE_S) == ("live\n", "")
    assert process.returncode == ExitCode.OK
    assert call("answer", "asked", "live").exit_code == ExitCode.NO_ANSWER
    assert json.loads(call("show", "asked", "--json").output)["status"] == "succeeded"


def test_ask_ends_with_6_without_an_answer_and_takes_a_default(call: Call) -> None:
    none = call("ask", "late", "Which?", "--timeout", "0.01")
    default = call("ask", "late", "Which?", "--timeout", "0.01", "--default", "a", "--json")

    assert none.exit_code == ExitCode.NO_ANSWER
    assert "none came within 0.01 s" in none.output
    assert json.loads(default.output) == {"sprint_id": "late", "answer": "a"}


def test_answer_needs_the_token_of_a_user(served: Served) -> None:
    server = discover(f"{served.info['url']}?token=wrong")

    with pytest.raises(ServerNotFoundError, match="publish tokens"):
        post_reply(server, "asked", {"type": "answer"}, timeout=PATIENCE_S)
