"""The notebook on questions with LangGraph, which is no dependency of the tests in CI."""

from __future__ import annotations

import subprocess
from pathlib import Path

import nbformat
import pytest

from tests.environment import jupyter_environment

from .environments import python_of

pytestmark = pytest.mark.long

NOTEBOOK = Path(__file__).parents[2] / "notebooks/human-in-the-loop.ipynb"

EXECUTE = """
import sys
import nbclient, nbformat
notebook = nbformat.read(sys.argv[1], 4)
nbclient.NotebookClient(notebook, timeout=600).execute()
nbformat.write(notebook, "executed.ipynb")
"""


def test_an_interrupt_of_a_graph_gets_the_default_where_a_program_executes_the_notebook(
    tmp_path: Path,
) -> None:
    python = python_of("langgraph")
    install = [python, "-m", "ipykernel", "install", "--prefix", python.parents[1]]
    subprocess.run(install, check=True, capture_output=True)

    subprocess.run(
        [python, "-c", EXECUTE, NOTEBOOK],
        cwd=tmp_path,
        env=jupyter_environment(tmp_path),
        check=True,
    )

    last = nbformat.read(tmp_path / "executed.ipynb", 4).cells[-1]
    assert last.outputs[0].text == "{'plan': 'Bonn to Oslo for 320 EUR', 'is_booked': False}\n"
