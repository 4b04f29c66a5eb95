"""The outputs of a real kernel follow the runs that they show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.manager import KernelManager

from tests.environment import clean_environment
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_client.blocking.client import BlockingKernelClient

NOBODY = "http://127.0.0.1:9/"

# A cell's end waits for its outputs, however busy the machine is, and nothing comes between cells.
PATIENT = f"""
from realtime_widgets import _cells
from realtime_widgets.publisher import _story
_cells.WAIT_S = _story.SHOW_S = {PATIENCE_S}
_cells.EVERY_S = {10 * PATIENCE_S}
"""


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[BlockingKernelClient]:
    """A kernel with no server around it."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env=clean_environment() | {"IPYTHONDIR": str(tmp_path)})
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(PATIENCE_S)
    updates(client, PATIENT)
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def messages(
    kernel: BlockingKernelClient, cell: str, cell_id: str | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Run a cell, as JupyterLab does if it has an id; gives what it sends until it is idle."""
    content = {"code": cell, "silent": False, "store_history": True, "user_expressions": {}}
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
    updates(kernel, "import realtime_widgets._cells as cells; cells.EVERY_S = 0.01")
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


def test_a_snapshot_that_cannot_be_made_anew_stays_and_the_next_is_made(
    kernel: BlockingKernelClient,
) -> None:
    show(kernel)
    updates(kernel, "from realtime_widgets import _still\nas_html = _still.as_html")

    assert updates(kernel, "_still.as_html = None; sprint.log('first')") == []
    [text] = updates(kernel, "_still.as_html = as_html; sprint.log('second')")

    assert "second" in text


def test_a_server_that_goes_away_takes_no_snapshot_with_it(kernel: BlockingKernelClient) -> None:
    show(kernel)
    updates(
        kernel,
        "from realtime_widgets import _still, ServerNotFoundError\n"
        "def away(*_): raise ServerNotFoundError('http://x/', 'gone')",
    )

    assert updates(kernel, "_still.read_story = away; sprint.log('last line')") == []


def test_a_run_that_was_forgotten_and_began_anew_is_news(kernel: BlockingKernelClient) -> None:
    show(kernel)
    updates(kernel, "for n in range(3): sprint.log(f'old {n}')")
    updates(
        kernel,
        "from realtime_widgets._embedded import embedded_hub\n"
        "from realtime_widgets.publisher._runtime import runtime\n"
        "runtime().run(embedded_hub()._hub.forget('run'))",
    )

    text = updates(kernel, "sprint.log('new'); sprint.flush(60)")[-1]

    assert "new" in text
    assert "old" not in text


def test_a_cell_that_captures_its_output_swallows_no_update(kernel: BlockingKernelClient) -> None:
    show(kernel)
    updates(kernel, "from realtime_widgets import _cells")

    cell = "%%capture\nsprint.log('not swallowed')\n_cells._keeper._refresh_all()"
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
    cell = f"from realtime_widgets import Sprint\nsprint = Sprint('run', server={NOBODY!r})\nsprint"
    updates(kernel, cell)

    assert updates(kernel, "sprint.log('kept until it is back')") == []
