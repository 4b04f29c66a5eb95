"""The recipes of docs/other-languages.md, as they are there, on a real server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from realtime_widgets import history
from tests.serving import SECRET
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from .conftest import Served

pytestmark = pytest.mark.xdist_group("cli")

PAGE = (Path(__file__).parents[2] / "docs/other-languages.md").read_text()


def run(served: Served, language: str, *command: str) -> str:
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no {command[0]} here")
    [recipe] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    variables = {
        "REALTIME_WIDGETS_URL": served.info["url"],
        "REALTIME_WIDGETS_TOKEN": SECRET,
        "PATH": os.environ["PATH"],
    }
    ended = subprocess.run(
        command,
        input=recipe,
        env=variables,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    return ended.stdout


def test_the_shell_publishes_with_curl(served: Served) -> None:
    run(served, "sh", "sh", "-e")

    events = list(history("from-curl", server=served.url))
    assert [event.type for event in events] == [
        "status_update",
        "log",
        "build_progress",
        *["log"] * 3,
        "status_update",
    ]


def test_node_publishes_and_reads_a_stream(served: Served) -> None:
    printed = run(served, "js", "node", "--input-type=module", "-")

    assert printed == "1 log from Node\n2 status_update succeeded\n"
