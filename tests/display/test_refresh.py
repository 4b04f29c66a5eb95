"""The outputs of a real kernel follow the runs that they show."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.manager import KernelManager

from realtime_widgets.client.in_process import InProcess
from realtime_widgets.display.refresh import EVERY_S, OFTEN_S, CellOutput
from tests.environment import clean_environment, unix_sockets
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_client.blocking.client import BlockingKernelClient

NOWHERE = "http://127.0.0.1:9/"

# A cell's end waits for its outputs, however busy the machine is, and nothing comes between cells.
PATIENT = f"""
from realtime_widgets.display import refresh
from realtime_widgets.client import history
refresh.WAIT_S = history.SHOW_S = {PATIENCE_S}
refresh.EVERY_S = refresh.OFTEN_S = {10 * PATIENCE_S}
"""

VSCODE = "vscode-notebook-cell:/home/a/nb.ipynb#W0sZmlsZQ%3D%3D"
LAB = "8f4d2c1e-6a0b-4c3d-9e8f-7a6b5c4d3e2f"
WIDGET = "application/vnd.jupyter.widget-view+json"
RUN = "application/vnd.realtime-widgets.sprint.v1+json"


@pytest.fixture
def environment() -> dict[str, str]:
    """What the kernel is given of a server: nothing."""
    return {}


@contextlib.contextmanager
def started(environment: dict[str, str], folder: Path) -> Iterator[BlockingKernelClient]:
    manager = KernelManager(**unix_sockets())
    manager.start_kernel(env=clean_environment() | environment | {"IPYTHONDIR": str(folder)})
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(PATIENCE_S)
    updates(client, PATIENT)
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel(environment: dict[str, str], tmp_path: Path) -> Iterator[BlockingKernelClient]:
    """A kernel with no server around it."""
    with started(environment, tmp_path) as client:
        yield client


@pytest.fixture(scope="module")
def used_kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlockingKernelClient]:
    """The same, in which other cells have run before; a kernel takes seconds to start."""
    with started({}, tmp_path_factory.mktemp("kernel")) as client:
        yield client


@pytest.fixture(scope="module")
def used_kernel_of_a_server(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BlockingKernelClient]:
    with started(SERVED, tmp_path_factory.mktemp("kernel")) as client:
        yield client


def messages(
    kernel: BlockingKernelClient, cell: str, cell_id: str | None = None, *, page: bool = True
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Run a cell, as JupyterLab does if it has an id, or as a program does if there is no page.

    Gives what the kernel sends until it is idle.
    """
    content = {"code": cell, "silent": False, "store_history": True, "allow_stdin": page}
    message = kernel.session.msg("execute_request", content, metadata={"cellId": cell_id})
    kernel.shell_channel.send(message)
    request = message["header"]["msg_id"]
    while True:
        message = kernel.get_iopub_msg(PATIENCE_S)
        kind, content = message["header"]["msg_type"], message["content"]
        if kind == "error":
            raise AssertionError(content)
        if message["parent_header"].get("msg_id") != request:
            continue
        if kind == "status" and content["execution_state"] == "idle":
            return
        yield kind, content


def updates(kernel: BlockingKernelClient, cell: str, cell_id: str | None = None) -> list[str]:
    """The texts of the outputs that a cell changes."""
    sent = messages(kernel, cell, cell_id)
    return [body["data"]["text/plain"] for kind, body in sent if kind == "update_display_data"]


def shown(kernel: BlockingKernelClient, cell: str, cell_id: str | None = None) -> list[set[str]]:
    """The MIME types of the outputs that a cell makes."""
    made = {"display_data", "execute_result"}
    return [set(body["data"]) for kind, body in messages(kernel, cell, cell_id) if kind in made]


def views(kernel: BlockingKernelClient, cell: str) -> int:
    """How many views of runs a cell makes, in a front end that needs a widget for each."""
    return sum(WIDGET in types for types in shown(kernel, cell, VSCODE))


def printed(kernel: BlockingKernelClient, cell: str, cell_id: str | None = None) -> str:
    """What a cell prints."""
    sent = messages(kernel, cell, cell_id)
    return "".join(body["text"] for kind, body in sent if kind == "stream")


def show(kernel: BlockingKernelClient) -> None:
    cell = "from realtime_widgets import Sprint\nsprint = Sprint('run')\nsprint"
    kinds = [kind for kind, _ in messages(kernel, cell)]
    assert "display_data" in kinds


def test_an_output_is_fresh_when_the_cell_ends_that_published_something(
    kernel: BlockingKernelClient,
) -> None:
    show(kernel)

    [text] = updates(kernel, "sprint.log('first line')")

    assert "first line" in text


def test_an_output_without_news_is_left_alone(kernel: BlockingKernelClient) -> None:
    show(kernel)
    updates(kernel, "sprint.log('first line')")

    assert updates(kernel, "1 + 1") == []


def test_an_output_is_fresh_from_time_to_time_while_a_cell_runs(
    kernel: BlockingKernelClient, tmp_path: Path
) -> None:
    updates(kernel, "import realtime_widgets.display.refresh as cells; cells.EVERY_S = 0.01")
    show(kernel)
    seen = tmp_path / "seen"

    sent = messages(
        kernel,
        "import pathlib, time\n"
        "sprint.log('while it runs')\n"
        f"while not pathlib.Path({str(seen)!r}).exists(): time.sleep(0.01)",
    )
    for kind, content in sent:
        if kind == "update_display_data" and "while it runs" in content["data"]["text/plain"]:
            seen.touch()

    assert seen.exists()


def test_a_snapshot_that_cannot_be_rebuilt_stays_and_the_next_is_made(
    kernel: BlockingKernelClient,
) -> None:
    show(kernel)
    updates(kernel, "from realtime_widgets.display import bundle\nas_html = bundle.as_html")

    assert updates(kernel, "bundle.as_html = None; sprint.log('first')") == []
    [text] = updates(kernel, "bundle.as_html = as_html; sprint.log('second')")

    assert "second" in text


def test_a_server_that_goes_away_takes_no_snapshot_with_it(kernel: BlockingKernelClient) -> None:
    show(kernel)
    updates(
        kernel,
        "from realtime_widgets import ServerNotFoundError\n"
        "def away(*_): raise ServerNotFoundError('http://x/', 'gone')",
    )

    assert updates(kernel, "refresh.reading = away; sprint.log('last line')") == []


def test_a_run_that_was_deleted_and_started_again_is_refreshed(
    kernel: BlockingKernelClient,
) -> None:
    show(kernel)
    updates(kernel, "for n in range(3): sprint.log(f'old {n}')")
    updates(
        kernel,
        "from realtime_widgets.client.embedded import embedded_hub\n"
        "from realtime_widgets.client.runtime import runtime\n"
        "runtime().run(embedded_hub()._hub.remove('run'))",
    )

    text = updates(kernel, "sprint.log('new'); sprint.flush(60)")[-1]

    assert "new" in text
    assert "old" not in text


def test_a_cell_that_captures_its_output_swallows_no_update(kernel: BlockingKernelClient) -> None:
    show(kernel)
    updates(kernel, "from realtime_widgets.display import refresh")

    cell = "%%capture\nsprint.log('not swallowed')\nrefresh._refresher._refresh_all()"
    [text] = updates(kernel, cell)

    assert "not swallowed" in text


def test_a_cell_that_is_run_again_and_again_takes_the_place_of_itself_only(
    kernel: BlockingKernelClient,
) -> None:
    make = "from realtime_widgets import Sprint\nsprint, other = Sprint('run'), Sprint('other')"
    updates(kernel, make)
    updates(kernel, "sprint", "a")
    for _ in range(80):
        updates(kernel, "display(other, other)", "b")

    assert [len(updates(kernel, f"{name}.log('x')")) for name in ("sprint", "other")] == [1, 2]


def test_a_server_that_is_away_does_no_harm_to_a_cell(kernel: BlockingKernelClient) -> None:
    cell = (
        f"from realtime_widgets import Sprint\nsprint = Sprint('run', server={NOWHERE!r})\nsprint"
    )
    updates(kernel, cell)

    assert updates(kernel, "sprint.log('kept until it is back')") == []


BLOCK = """
from realtime_widgets import Sprint, watch
with Sprint("run") as sprint:
    sprint.log("first line")
"""

COMMAND_OF_A_RUN = """
from realtime_widgets import Sprint
sprint = Sprint("run")
sprint.status("running")
sprint.run("true").returncode
"""


def test_a_block_shows_its_run_when_it_is_entered(
    kernel: BlockingKernelClient, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    wait = f"    import pathlib, time\n    while not pathlib.Path({str(seen)!r}).exists(): pass\n"

    for kind, content in messages(kernel, BLOCK + wait):
        if kind == "display_data" and "text/html" in content["data"]:
            seen.touch()

    assert seen.exists()


@pytest.mark.parametrize(
    "cell",
    [
        BLOCK,
        BLOCK + "sprint",
        BLOCK + "display(sprint); display(Sprint('run'))",
        BLOCK + "with sprint:\n    with Sprint('run'): pass",
        BLOCK.replace("with ", "async with "),
        BLOCK.replace("with ", "display(Sprint('run'))\nwith "),
        BLOCK.replace("with ", "display(watch('run'))\nwith "),
        BLOCK + "sprint.run('true')",
        "from realtime_widgets import Sprint\nSprint('run').run('true').returncode",
    ],
)
def test_a_cell_shows_a_run_once(used_kernel: BlockingKernelClient, cell: str) -> None:
    assert views(used_kernel, cell) == 1


def test_each_cell_that_enters_a_block_shows_the_run(kernel: BlockingKernelClient) -> None:
    assert [views(kernel, BLOCK), views(kernel, BLOCK), views(kernel, "sprint")] == [1, 1, 1]


def test_what_is_asked_for_with_watch_is_shown_beside(used_kernel: BlockingKernelClient) -> None:
    assert views(used_kernel, BLOCK + "watch('run', height='20em')") == 2


def test_runs_in_each_other_are_all_shown(used_kernel: BlockingKernelClient) -> None:
    assert views(used_kernel, BLOCK + "    with Sprint('inner'): pass") == 2


def test_a_loop_over_many_runs_shows_some_of_them(used_kernel: BlockingKernelClient) -> None:
    loop = (
        "from realtime_widgets import Sprint\nfor n in range(20):\n    with Sprint(f'r-{n}'): pass"
    )

    assert views(used_kernel, loop) == 8


@pytest.mark.parametrize(
    "cell",
    [
        BLOCK.replace('("run")', '("run", show=False)'),
        "from realtime_widgets import Sprint\nSprint('run', show=False).run('true').returncode",
        COMMAND_OF_A_RUN,
        "%%capture\n" + BLOCK,
        "import threading\ndef work():\n    " + BLOCK.replace("\n", "\n    ") + "\n"
        "thread = threading.Thread(target=work)\nthread.start(); thread.join()",
    ],
    ids=["refused", "refused command", "command of a run", "captured", "thread"],
)
def test_a_cell_shows_nothing(used_kernel: BlockingKernelClient, cell: str) -> None:
    assert views(used_kernel, cell) == 0


def test_a_captured_view_is_shown_with_what_was_captured(used_kernel: BlockingKernelClient) -> None:
    updates(used_kernel, "%%capture captured\n" + BLOCK)

    assert views(used_kernel, "captured.show()") == 1


def test_a_view_is_shown_after_a_captured_one(used_kernel: BlockingKernelClient) -> None:
    capture = "from IPython.utils.io import capture_output\nwith capture_output():\n    "

    assert views(used_kernel, capture + BLOCK.replace("\n", "\n    ") + "\nsprint") == 1


def test_a_forked_child_shows_nothing(kernel: BlockingKernelClient) -> None:
    fork = f"""
import os
if (child := os.fork()) == 0:
    try:
        exec({BLOCK!r})
    finally:
        os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    sent = list(messages(kernel, fork))

    assert [body["text"] for kind, body in sent if kind == "stream"] == ["0\n"]
    assert "display_data" not in [kind for kind, _ in sent]


def test_a_view_that_cannot_be_made_does_not_end_the_block(kernel: BlockingKernelClient) -> None:
    spoil = "from realtime_widgets.display import show\nshow.show = None"

    assert views(kernel, spoil + BLOCK + "print(sprint.is_under_way)") == 0


@pytest.mark.parametrize("program", [["-c"], ["-m", "IPython", "--simple-prompt", "-c"]])
def test_a_terminal_shows_nothing(program: list[str], tmp_path: Path) -> None:
    environment = clean_environment() | {
        "IPYTHONDIR": str(tmp_path),
        "REALTIME_WIDGETS_QUIET": "1",
    }
    command = [sys.executable, *program, BLOCK]

    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    assert done.stdout + done.stderr == ""


SERVED = {"REALTIME_WIDGETS_URL": NOWHERE}
"""Of a kernel that a server started; that it does not answer holds nothing up."""


@pytest.mark.parametrize(
    ("cell_id", "outputs"),
    [
        (LAB, [{RUN}]),
        (VSCODE, [{WIDGET}, {RUN}]),
        ("vscode-interactive-input:/a#0", [{WIDGET}, {RUN}]),
        ("", [{WIDGET}, {RUN}]),
        (None, [{WIDGET}, {RUN}]),
    ],
    ids=["JupyterLab", "VS Code", "its interactive window", "empty", "nbclassic"],
)
def test_d1_the_front_end_decides_whether_a_run_on_a_server_needs_a_widget(
    used_kernel_of_a_server: BlockingKernelClient, cell_id: str | None, outputs: list[set[str]]
) -> None:
    for cell in (BLOCK, BLOCK.replace("with", "async with"), "sprint", "watch('run')"):
        made = shown(used_kernel_of_a_server, cell, cell_id)

        assert [types - {"text/html", "text/plain"} for types in made] == outputs, cell


def test_a_program_that_executes_notebooks_saves_a_snapshot_and_no_widget(
    used_kernel: BlockingKernelClient,
) -> None:
    sent = [
        body for kind, body in messages(used_kernel, BLOCK, page=False) if kind == "display_data"
    ]

    assert [set(body["data"]) for body in sent] == [{"text/plain", "text/html"}]


def test_the_widget_of_a_run_in_the_kernel_stands_apart_from_its_snapshot(
    used_kernel: BlockingKernelClient,
) -> None:
    made = [body["data"] for kind, body in messages(used_kernel, BLOCK) if kind == "display_data"]

    assert [set(data) for data in made] == [{WIDGET}, {RUN, "text/plain", "text/html"}]
    widget, snapshot = made[0][WIDGET], made[1][RUN]
    assert (snapshot["comm_id"], snapshot["is_on_server"]) == (widget["model_id"], False)


@pytest.mark.parametrize("environment", [SERVED])
def test_d1_jupyterlab_needs_a_widget_for_a_run_on_another_server(
    kernel: BlockingKernelClient,
) -> None:
    elsewhere = BLOCK.replace('"run"', '"run", server="http://127.0.0.1:19/"')

    assert WIDGET in shown(kernel, elsewhere, LAB)[0]
    assert printed(kernel, "print(sprint._view.link)").startswith("remote")


@pytest.mark.parametrize("environment", [SERVED])
def test_d2_the_kernel_sends_what_a_page_cannot_ask_for_while_a_cell_runs(
    kernel: BlockingKernelClient, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    wait = f"    import pathlib\n    while not pathlib.Path({str(seen)!r}).exists(): pass\n"

    for kind, content in messages(kernel, BLOCK + wait, VSCODE):
        if kind == "comm_msg" and content["data"].get("content", {}).get("closed") == 1013:
            seen.touch()  # the server does not answer, and the page is sent that

    assert seen.exists()


def test_d1_where_no_view_has_answered_the_snapshot_moves_while_the_cell_runs(
    kernel: BlockingKernelClient, tmp_path: Path
) -> None:
    updates(kernel, "from realtime_widgets.display import refresh\nrefresh.OFTEN_S = 0.01")
    seen = tmp_path / "seen"
    loop = (
        f"    import pathlib\n    while not pathlib.Path({str(seen)!r}).exists(): sprint.log('x')\n"
    )

    moves = []
    for kind, content in messages(kernel, BLOCK + loop, VSCODE):
        if kind == "update_display_data":
            moves.append(content["data"]["text/html"])
        if len(moves) == 5:
            seen.touch()

    assert len(set(moves)) >= 5


@pytest.mark.parametrize("environment", [SERVED])
def test_d1_where_the_page_reads_the_server_the_notebook_is_not_changed_all_the_time(
    kernel: BlockingKernelClient,
) -> None:
    look = "print(refresh._refresher._outputs[-1].is_live())"
    are_live = []
    for cell_id in (LAB, VSCODE):
        shown(kernel, BLOCK, cell_id)
        are_live.append("True" in printed(kernel, look))

    assert are_live == [True, False]


def test_d1_a_run_without_news_is_looked_at_less_and_less_often() -> None:
    output = CellOutput("", "run", InProcess(), "", None, lambda: False, is_automatic=True)
    began = output.changed

    pauses = []
    while output.looked - began < 1_000:
        pauses.append(round(output.due - output.looked, 6))
        output.looked = output.due

    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (pytest.approx(OFTEN_S), EVERY_S)
    output.changed = output.looked
    assert output.due - output.looked == pytest.approx(OFTEN_S)


def texts(kernel: BlockingKernelClient, cell: str, cell_id: str | None = None) -> list[str]:
    """The texts of the outputs that a cell makes."""
    made = {"display_data", "execute_result"}
    sent = messages(kernel, cell, cell_id)
    return [body["data"]["text/plain"] for kind, body in sent if kind in made]


@pytest.mark.parametrize(
    ("cell_id", "words"),
    [
        (LAB, "A cell in JupyterLab or Notebook 7 shows a run live: the page reads it from the"),
        (VSCODE, "A cell in VS Code shows a run live: a widget gets it through the kernel"),
        (None, "A cell in a front end that names no cells shows a run live: a widget gets it"),
    ],
    ids=["JupyterLab", "VS Code", "nbclassic"],
)
def test_doctor_prints_what_a_cell_holds_in_this_front_end(
    used_kernel_of_a_server: BlockingKernelClient, cell_id: str | None, words: str
) -> None:
    [text] = texts(
        used_kernel_of_a_server, "from realtime_widgets import doctor; doctor()", cell_id
    )

    assert f"Runs are published to {NOWHERE}\n" in text
    assert words in text


def test_doctor_is_shown_once_in_each_cell_as_text_and_html(
    used_kernel: BlockingKernelClient,
) -> None:
    cell = "from realtime_widgets import doctor\nreport = doctor()\nreport"

    assert shown(used_kernel, cell) == [{"text/plain", "text/html"}]
    assert shown(used_kernel, "report") == [{"text/plain", "text/html"}]
    assert shown(used_kernel, "doctor(); None") == [{"text/plain", "text/html"}]


COLAB = """
import sys
from types import ModuleType, SimpleNamespace
output = ModuleType("google.colab.output")
output.enable_custom_widget_manager = lambda: None
output._widgets = SimpleNamespace(_installed_url="https://cdn.example/manager.js")
sys.modules |= {"google.colab": ModuleType("google.colab"), "google.colab.output": output}
"""


def test_d9_colab_is_given_where_its_widget_manager_is_with_the_widget_and_doctor_names_it(
    kernel: BlockingKernelClient,
) -> None:
    made = [body for kind, body in messages(kernel, COLAB + BLOCK) if kind == "display_data"]

    assert [body["metadata"] for body in made if WIDGET in body["data"]] == [
        {WIDGET: {"colab": {"custom_widget_manager": {"url": "https://cdn.example/manager.js"}}}}
    ]
    [text] = texts(kernel, "from realtime_widgets import doctor; doctor()")
    assert "A cell in Colab shows a run live: a widget gets it through the kernel" in text
