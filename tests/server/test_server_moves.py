"""A script continues to publish to a server that was killed and started again at another port."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from realtime_widgets import follow
from tests.environment import jupyter_environment
from tests.serving import PATIENCE_S, SECRET, jupyter

if TYPE_CHECKING:
    from pathlib import Path

NEW_SECRET = f"{SECRET}-again"

SCRIPT = f"""
import sys
from realtime_widgets import Sprint
sprint = Sprint("moved")
for line in sys.stdin:
    sprint.log(line.strip())
    print(sprint.flush({PATIENCE_S}), flush=True)
"""


def test_b14_a_script_continues_with_a_real_server_that_was_killed_and_came_back_elsewhere(
    tmp_path: Path,
) -> None:
    with jupyter(tmp_path, f"--IdentityProvider.token={SECRET}") as first:
        inherited = {
            "REALTIME_WIDGETS_URL": first.url,
            "REALTIME_WIDGETS_TOKEN": SECRET,
            "REALTIME_WIDGETS_ROOT": first.info["root_dir"],
        }
        with subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            env=jupyter_environment(tmp_path) | inherited,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as script:
            assert script.stdin
            assert script.stdout
            assert script.stderr
            script.stdin.write("before\n")
            script.stdin.flush()
            assert script.stdout.readline() == "0\n"

            os.kill(first.info["pid"], signal.SIGKILL)
            script.stdin.write("between\n")
            script.stdin.flush()
            options = (f"--IdentityProvider.token={NEW_SECRET}",)
            with jupyter(tmp_path, *options) as second:
                assert script.stdout.readline() == "0\n"
                url = f"{second.url}?token={NEW_SECRET}"
                with follow("moved", timeout=PATIENCE_S, server=url) as events:
                    lines = [next(events).message for _ in range(2)]
                script.stdin.close()
                printed = script.stderr.read()

    assert second.url != first.url
    assert lines == ["before", "between"]
    assert f"continues at {second.url}" in printed
    assert SECRET not in printed
