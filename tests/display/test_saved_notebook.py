"""What a notebook that was executed holds of its runs, with a real kernel."""

from __future__ import annotations

import re
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert.exporters import HTMLExporter, MarkdownExporter

from tests.environment import clean_environment
from tests.waiting import PATIENCE_S

WITHOUT_TIMES = Path(__file__).parents[2] / "notebooks/nbval.cfg"

# The end of a cell waits for its outputs, however busy the machine is.
PATIENT = f"""
from realtime_widgets.client import history
from realtime_widgets.display import refresh
refresh.WAIT_S = history.SHOW_S = {PATIENCE_S}
"""

MAKE = """
from realtime_widgets import Sprint
sprint = Sprint("{name}")
"""

DEFINE = """
class Model: pass

def deploy(host):
    raise ConnectionError(f"no such host: {host}")

def rows():
    yield 1
    deploy("c")
"""

SCRIPT = """
from realtime_widgets import Sprint

def script():
    raise ValueError("script")

with Sprint("in-a-script"):
    script()
"""

FAILURES = {
    "in-the-cell": """
with sprint:
    1 / 0
""",
    "in-a-function-of-another-cell": """
with sprint:
    deploy("a")
""",
    "in-a-coroutine": """
import asyncio
async def main():
    await asyncio.sleep(0)
    deploy("b")
with sprint:
    await main()
""",
    "in-a-generator": """
with sprint:
    for _ in sprint.track(rows(), "train"):
        pass
""",
    "in-a-script": """
%run script.py
""",
    "in-a-module": """
import helper
with sprint:
    helper.work()
""",
    "in-a-file-that-is-missing": """
import pathlib
with sprint:
    open(pathlib.Path("missing.csv").absolute())
""",
    "in-an-object": """
with sprint:
    raise ValueError(Model())
""",
    "of-an-agent": """
with sprint, sprint.step("look it up", agent="bot"):
    with sprint.message("bot") as reply:
        reply.write("**Looking** <script>\\n\\n- at one\\n- at two")
    with sprint.tool("sql", query="select 1"):
        deploy("e")
""",
    "that-the-user-logs": """
import traceback, warnings
with sprint:
    try:
        deploy("d")
    except ConnectionError:
        sprint.log(traceback.format_exc(), "error")
    with warnings.catch_warnings(record=True) as caught:
        warnings.warn("careful")
    sprint.log(warnings.formatwarning(caught[0].message, UserWarning, caught[0].filename, 1))
""",
}


def execute(folder: Path) -> dict[str, dict[str, str]]:
    """Execute a notebook in which runs fail; gives what it holds of each, without times."""
    startup = folder / "ipython/profile_default/startup"
    startup.mkdir(parents=True)
    (startup / "patient.py").write_text(PATIENT)
    (folder / "script.py").write_text(SCRIPT)
    (folder / "helper.py").write_text("def work():\n    raise ValueError('module')\n")
    sources = [DEFINE]
    for name, failure in FAILURES.items():
        sources += [MAKE.format(name=name), failure]
    cells = [nbformat.v4.new_code_cell(source.strip()) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, allow_errors=True, resources=resources)
    client.execute(env=clean_environment() | {"IPYTHONDIR": str(folder / "ipython")})
    shown = [
        {kind: without_times(text) for kind, text in output["data"].items()}
        for cell in notebook.cells
        for output in cell.outputs
        if "realtime-widgets-snapshot" in output.get("data", {}).get("text/html", "")
    ]
    return dict(zip(FAILURES, shown, strict=True))


def without_times(text: str) -> str:
    """Replace what nbval does not compare."""
    replaced = RawConfigParser()
    replaced.read(WITHOUT_TIMES)
    for name in replaced.sections():
        text = re.sub(replaced[name]["regex"], replaced[name]["replace"], text)
    return text


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return execute(tmp_path_factory.mktemp("first") / "work")


def test_b16_a_failed_run_is_saved_the_same_whenever_and_wherever_it_is_executed(
    saved: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    assert execute(tmp_path / "elsewhere") == saved


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("in-the-cell", ["Cell In[3], line 2\n    1 / 0", "ZeroDivisionError: division by zero"]),
        (
            "in-a-function-of-another-cell",
            ["Cell In[5], line 2", "Cell In[1], line 4, in deploy", "no such host: a"],
        ),
        (
            "in-a-coroutine",
            ["Cell In[7], line 6", "Cell In[7], line 4, in main", "Cell In[1], line 4, in deploy"],
        ),
        ("in-a-generator", ["Cell In[9], line 2", "Cell In[1], line 8, in rows"]),
        ("in-a-script", ['File "…/script.py", line 5, in script', "ValueError: script"]),
        ("in-a-module", ["Cell In[13], line 3", 'File "…/helper.py", line 2, in work']),
        ("in-a-file-that-is-missing", ["No such file or directory: '…/missing.csv'"]),
        ("in-an-object", ["ValueError: <__main__.Model object at 0x…>"]),
        ("of-an-agent", ['sql {"query":"select 1"} failed: ConnectionError: no such host: e']),
        ("that-the-user-logs", ['File "<cell>", line 4, in deploy', "<cell>:1: UserWarning"]),
    ],
)
def test_b16_a_saved_failure_names_cells_as_ipython_does_and_files_without_their_folders(
    saved: dict[str, dict[str, str]], name: str, lines: list[str]
) -> None:
    text = saved[name]["text/plain"]

    for line in lines:
        assert line in text


def test_b15_exports_show_what_an_agent_did_with_its_messages_as_markdown(
    saved: dict[str, dict[str, str]],
) -> None:
    output = nbformat.v4.new_output("display_data", saved["of-an-agent"])
    cell = nbformat.v4.new_code_cell("sprint", outputs=[output])
    notebook = nbformat.v4.new_notebook(cells=[cell])

    page, _ = HTMLExporter().from_notebook_node(notebook)
    markdown, _ = MarkdownExporter().from_notebook_node(notebook)

    for shown in (page, markdown):
        snapshot = shown[shown.index('<div class="realtime-widgets-snapshot"') :]
        assert "<strong>Looking</strong> &lt;script&gt;" in snapshot
        assert snapshot.count("<li style") == 2
        assert "✗</span> look it up" in snapshot
    assert saved["of-an-agent"]["text/html"] in markdown


def test_b16_a_saved_failure_holds_no_path_no_process_id_and_no_call_of_this_package(
    saved: dict[str, dict[str, str]],
) -> None:
    for name, data in saved.items():
        for text in (data["text/plain"], data["text/html"]):
            assert "/work/" not in text, name
            assert "ipykernel" not in text
            assert "realtime_widgets/" not in text
            assert "site-packages" not in text
