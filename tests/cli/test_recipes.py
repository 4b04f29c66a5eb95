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


def run(served: Served, language: str, *command: str, probe: tuple[str, ...] = ()) -> str:
    """Run a recipe, and return what it printed.

    Args:
        served: The server.
        language: Of the code block.
        command: What reads the recipe from its standard input.
        probe: A command that fails where a package of the recipe is missing.
    """
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no {command[0]} here")
    if probe and subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip(f"a package of the recipe is missing: {' '.join(probe)}")
    [recipe] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    variables = {
        "REALTIME_WIDGETS_URL": served.info["url"],
        "REALTIME_WIDGETS_TOKEN": SECRET,
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", ""),  # where Julia has its packages
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


IN_SIX_STEPS = [
    "1 status_update",
    "2 log",
    *(f"{seq} build_progress" for seq in (3, 4, 5)),
    "6 status_update",
]


def test_r_publishes_and_reads_a_stream(served: Served) -> None:
    probe = ("Rscript", "-e", "library(httr2); library(jsonlite)")

    printed = run(served, "r", "Rscript", "-", probe=probe)

    assert [line.strip() for line in printed.splitlines()] == IN_SIX_STEPS


def test_julia_publishes_and_reads_a_stream(served: Served) -> None:
    probe = ("julia", "-e", "using HTTP, JSON")

    printed = run(served, "julia", "julia", "-", probe=probe)

    assert printed.splitlines() == IN_SIX_STEPS
