"""A notebook that was run and saved shows its runs without a kernel and without a network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbclient import NotebookClient
from playwright.sync_api import expect

from tests.environment import clean_environment
from tests.waiting import PATIENCE_S

from .conftest import SCREENSHOTS
from .jupyter import Jupyter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

WITHOUT_TIMES = Path(__file__).parents[2] / "notebooks/nbval.cfg"

PATIENT = f"""from realtime_widgets.client import history
from realtime_widgets.display import refresh
refresh.WAIT_S = history.SHOW_S = {PATIENCE_S}"""
"""The end of a cell waits for its outputs, however busy the machine is."""

MAX_BYTES = 50 * 1024

PUBLISH_TOKEN = "for-kernels-of-this-test"  # noqa: S105 - of a server that lives for these tests

SHOW = """from realtime_widgets import Sprint
sprint = Sprint("nightly")
sprint"""

PUBLISH = """sprint.status("running")
sprint.log("loading <b>data</b>")
for _ in sprint.track(range(5), "train", unit="batch"):
    pass
with sprint.message("planner") as reply:
    reply.write("All is well.")"""

END = 'sprint.status("succeeded", "both parts are done")'

AGENT = '''from realtime_widgets import Sprint
sprint = Sprint("answer")
with sprint:
    with sprint.message("researcher", role="user") as question:
        question.write("How did the **nightly** run end?")
    with sprint.step("look it up", agent="researcher"):
        with sprint.message("researcher", reasoning=True) as thought:
            thought.write("The table of runs has it.")
        try:
            with sprint.tool("sql", query="select * from run"):
                raise KeyError("no such table: run")
        except KeyError:
            sprint.log("the first query failed", "warning")
        with sprint.tool("sql", query="select status, loss from runs") as tool:
            tool.result([["failed", 0.25], ["succeeded", 0.125]])
        with sprint.step("check"):
            sprint.agent_event("researcher", {"type": "SUBAGENT_STARTED",
                "subagentRunId": "s", "name": "checker"})
            sprint.agent_event("researcher", {"type": "TEXT_MESSAGE_CHUNK",
                "subagentRunId": "s", "messageId": "c", "delta": "Both rows are *plausible*."})
            sprint.agent_event("researcher", {"type": "SUBAGENT_FINISHED", "subagentRunId": "s"})
    with sprint.model("unpriced", agent="researcher") as call:
        call.usage(input=400, output=20)
    with sprint.model("writer-1", agent="researcher") as call:
        call.usage(input=12_400, output=310, cached=8_000, cost=0.041)
        with sprint.message("researcher") as reply:
            reply.write("""## It **succeeded** at the second attempt

| attempt | status | loss |
|---|---|---|
| 1 | failed | 0.25 |
| 2 | succeeded | 0.125 |

1. The first one ran out of memory: `batch=512`.
2. The second had a smaller batch:

```python
train(batch=256)

save("model.pt")
```

> See [the report](https://example.org/report), and <script>alert(1)</script> is only text.
""")
    for _ in sprint.track(range(3), "report"):
        sprint.log("written")
sprint'''

WHOLE = "\n".join([SHOW.removesuffix("sprint"), PUBLISH, END, "sprint"])

STORY = ("nightly", "succeeded", "both parts are done", "train", "5/5 batch", "All is well.")

RUN = "application/vnd.realtime-widgets.sprint.v1+json"


def executed(folder: Path, cells: list[str], **environment: str) -> Path:
    """Run a notebook as `nbconvert --execute` and papermill do, and save it."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in (PATIENT, *cells)]
    )
    client = NotebookClient(notebook, timeout=int(PATIENCE_S))
    client.execute(env=clean_environment() | environment)
    path = folder / "notebook.ipynb"
    nbformat.write(notebook, path)
    return path


@pytest.fixture(scope="module")
def in_kernel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook whose run was in its kernel, where pages see it through a widget."""
    return executed(tmp_path_factory.mktemp("kernel"), [SHOW, PUBLISH, END])


@pytest.fixture(scope="module")
def on_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A notebook whose run was on a Jupyter server."""
    option = f"--RealtimeWidgets.publish_token={PUBLISH_TOKEN}"
    with Jupyter(tmp_path_factory.mktemp("jupyter"), options=[option]) as jupyter:
        yield executed(
            tmp_path_factory.mktemp("server"),
            [SHOW, PUBLISH, END],
            REALTIME_WIDGETS_URL=jupyter.url,
            REALTIME_WIDGETS_TOKEN=PUBLISH_TOKEN,
        )


@pytest.fixture(scope="module")
def of_agent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook with the run of an agent."""
    return executed(tmp_path_factory.mktemp("agent"), [AGENT])


@pytest.fixture(params=["in_kernel", "on_server"])
def saved(request: pytest.FixtureRequest) -> Path:
    path: Path = request.getfixturevalue(request.param)
    return path


def export(notebook: Path, to: str, *options: str) -> Path:
    command = [sys.executable, "-m", "nbconvert", "--to", to, *options, str(notebook)]
    environment = clean_environment() | {"JUPYTER_DATA_DIR": str(notebook.parent)}
    subprocess.run(command, check=True, env=environment, capture_output=True)
    suffix = {"html": ".html", "markdown": ".md", "latex": ".tex"}[to]
    return notebook.with_suffix(suffix)


@pytest.fixture
def offline(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(offline=True)
    yield context.new_page()
    context.close()


def outputs(notebook: Path) -> list[dict[str, Any]]:
    cells = nbformat.read(notebook, as_version=4).cells
    return [dict(output.data) for cell in cells for output in cell.outputs]


def test_an_export_as_html_shows_the_end_of_the_run_once_and_offline(
    saved: Path, offline: Page
) -> None:
    offline.goto(export(saved, "html").as_uri())

    snapshot = offline.locator(".realtime-widgets-snapshot")
    expect(snapshot).to_have_count(1)
    for part in STORY:
        expect(snapshot).to_contain_text(part)
    expect(snapshot).to_contain_text("loading <b>data</b>")
    expect(offline.locator(".jp-OutputArea")).to_contain_text("both parts are done")
    offline.screenshot(path=SCREENSHOTS / f"export-{saved.parent.name}.png")


@pytest.mark.long
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_export_as_html_shows_what_an_agent_did(
    of_agent: Path, offline: Page, theme: str
) -> None:
    offline.goto(export(of_agent, "html", "--theme", theme).as_uri())

    snapshot = offline.locator(".realtime-widgets-snapshot")
    expect(snapshot.locator("table td")).to_have_count(6)
    expect(snapshot.locator("pre")).to_have_text('train(batch=256)save("model.pt")')
    expect(snapshot.get_by_text("the report")).to_have_attribute(
        "href", "https://example.org/report"
    )
    expect(snapshot.locator("script, img")).to_have_count(0)
    for words in (
        "failed: KeyError: 'no such table: run'",
        "checker",
        "12.8k in (8.0k cached) · 330 out",
    ):
        expect(snapshot).to_contain_text(words)
    expect(snapshot).to_contain_text("≥ $0.041")
    expect(snapshot.get_by_text("The table of runs has it.")).to_be_hidden()
    snapshot.get_by_text("Thought").click()
    expect(snapshot.get_by_text("The table of runs has it.")).to_be_visible()
    assert len(snapshot.evaluate("element => element.outerHTML").encode()) < MAX_BYTES
    snapshot.screenshot(path=SCREENSHOTS / f"export-agent-{theme}.png")


@pytest.mark.long
def test_an_export_that_executes_the_notebook_first_shows_it_too(
    tmp_path: Path, offline: Page
) -> None:
    cells = [nbformat.v4.new_code_cell(cell) for cell in (PATIENT, WHOLE)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    path = tmp_path / "unrun.ipynb"
    nbformat.write(notebook, path)

    offline.goto(export(path, "html", "--execute").as_uri())

    expect(offline.locator(".realtime-widgets-snapshot")).to_contain_text("both parts are done")


@pytest.mark.long
@pytest.mark.parametrize("to", ["markdown", "latex"])
def test_an_export_as_text_shows_them_too(saved: Path, to: str) -> None:
    text = export(saved, to).read_text()

    for part in STORY:
        assert part in text


def test_the_snapshot_is_small(saved: Path) -> None:
    assert sum(len(str(output)) for output in outputs(saved)) < 50_000


def test_no_widget_is_saved_where_a_program_executes_the_notebook(
    in_kernel: Path, on_server: Path
) -> None:
    as_text = {"text/html", "text/plain"}

    assert [set(output) for output in outputs(in_kernel)] == [as_text]
    assert [set(output) for output in outputs(on_server)] == [as_text | {RUN}]


@pytest.mark.long
def test_a_notebook_that_is_checked_strictly_gives_the_same_outputs_again(tmp_path: Path) -> None:
    notebook = executed(tmp_path, [WHOLE])

    result = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "no:playwright"),
            *("--nbval", "--nbval-sanitize-with", str(WITHOUT_TIMES)),
            str(notebook),
        ],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert "2 passed" in result.stdout, result.stdout
