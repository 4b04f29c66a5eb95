"""`rtw stop` and `rtw send` on a real server."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from realtime_widgets import Sprint
from realtime_widgets.cli.failures import ExitCode
from tests.waiting import PATIENCE_S, wait_until

from .conftest import RTW

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    from .conftest import Served

    Call = Callable[..., Result]

pytestmark = pytest.mark.xdist_group("cli")


def status(call: Call, name: str) -> str:
    shown = call("show", name, "--json")
    return json.loads(shown.output)["status"] if shown.exit_code == ExitCode.OK else ""


def test_stop_ends_a_command_with_its_children_and_waits_for_it(call: Call, served: Served) -> None:
    # Of the three, shells start the first with SIGINT ignored.
    command = ["sh", "-c", "sleep 1000 & sh -c 'sleep 1001; true'; sleep 1002"]
    process = subprocess.Popen(
        [*RTW, "run", "--server", served.url, "--name", "stopped", "--", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: status(call, "stopped") == "running", "it runs")

    stopped = call("stop", "stopped", "--wait", str(PATIENCE_S), "--json")
    process.communicate(timeout=PATIENCE_S)
    again = call("stop", "stopped")

    assert stopped.exit_code == ExitCode.OK
    assert json.loads(stopped.output)["status"] == "cancelled"
    assert json.loads(call("show", "stopped", "--json").output)["message"].startswith("stopped")
    assert again.exit_code == ExitCode.FAILED
    assert "'stopped': the run has ended" in again.output


def test_stop_ends_with_1_where_the_run_continues_and_4_where_there_is_none(
    call: Call, served: Served
) -> None:
    with Sprint("continues", server=served.url, on_cancel="flag") as sprint:
        assert sprint.flush(PATIENCE_S) == 0
        late = call("stop", "continues", "--wait", "0")

    assert late.exit_code == ExitCode.FAILED
    assert "'continues' has not ended within 0 s" in late.output
    assert call("stop", "no-such-run").exit_code == ExitCode.NO_RUN


def test_send_reaches_the_program_that_reads(call: Call, served: Served) -> None:
    with Sprint("talks", server=served.url) as sprint:
        assert sprint.flush(PATIENCE_S) == 0
        deaf = call("send", "talks", "hello")
        messages = sprint.inbox(timeout=PATIENCE_S)
        assert sprint.flush(PATIENCE_S) == 0
        sent = call("send", "talks", "hello", "--json")
        message = next(messages)

    assert deaf.exit_code == ExitCode.FAILED
    assert "the program of the run reads no messages" in deaf.output
    assert json.loads(sent.output)["seq"] == message.seq
    assert (message.text, message.user is not None) == ("hello", True)
