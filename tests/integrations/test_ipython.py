"""`%%sprint NAME` in a real kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.kernel import Kernel


@pytest.fixture
def cells(kernel: Kernel) -> Kernel:
    assert kernel.run("%reload_ext realtime_widgets").error is None
    return kernel


def events(kernel: Kernel, name: str) -> list[Any]:
    """Statuses and lines of a run, in their order."""
    return list(
        kernel.value(
            f"[e.status if e.type == 'status_update' else e.message for e in history({name!r})"
            " if e.type in ('status_update', 'log')]"
        )
    )


def test_a_cell_is_a_run_which_is_shown(cells: Kernel) -> None:
    cell = cells.run("%%sprint plain\nprint('hello')\ncurrent_sprint().log('inside')\n1 + 1")

    assert cell.error is None
    assert cell.text == {"stdout": "hello\n"}
    assert {"text/plain"} in cell.shown  # the value of the last expression
    assert any("text/html" in shown for shown in cell.shown)  # the view
    assert events(cells, "plain") == ["running", "inside", "succeeded"]
    assert cells.value("current_sprint()") is None


def test_what_the_cell_prints_is_published_where_it_captures(cells: Kernel) -> None:
    cell = cells.run("%%sprint printing --capture\nprint('hello')\nlogging.warning('careful')")

    assert cell.text["stdout"] == "hello\n"
    assert events(cells, "printing") == ["running", "hello", "careful", "succeeded"]


def test_await_works_at_the_top_level(cells: Kernel) -> None:
    cell = cells.run(
        "%%sprint waiting\nimport asyncio\nawait asyncio.sleep(0)\n"
        "current_sprint().log('after')\nawait asyncio.to_thread(current_sprint().log, 'thread')"
    )

    assert cell.error is None
    assert events(cells, "waiting") == ["running", "after", "thread", "succeeded"]


def test_an_error_fails_the_run_and_has_its_line(cells: Kernel) -> None:
    cell = cells.run("\n%%sprint failing\n\n1 / 0")

    assert cell.error == ("ZeroDivisionError", "division by zero")
    status, traceback, end = events(cells, "failing")
    assert (status, end) == ("running", "failed")
    assert "line 3\n" in traceback
    assert "interactiveshell" not in traceback


def test_a_syntax_error_fails_the_run(cells: Kernel) -> None:
    cell = cells.run("%%sprint wrong\n1 +")

    assert cell.error is not None
    assert cell.error[0] == "SyntaxError"
    assert events(cells, "wrong")[-1] == "failed"


def test_an_interrupt_cancels_the_run(cells: Kernel) -> None:
    cells.run("%%sprint interrupted\nprint('ready')\ntime.sleep(600)", interrupt_at="ready")

    assert events(cells, "interrupted")[-1] == "cancelled"


def test_a_cell_without_a_name_has_a_generated_one(cells: Kernel) -> None:
    cells.run("%%sprint\nname = current_sprint().sprint_id")

    assert events(cells, cells.value("name")) == ["running", "succeeded"]


def test_another_magic_may_follow(cells: Kernel) -> None:
    cell = cells.run("%%sprint timed\n%%time\ncurrent_sprint().log('inside')")

    assert cell.error is None
    assert events(cells, "timed") == ["running", "inside", "succeeded"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("%%sprint no/such", "no/such"),
        ("%%sprint a b", "takes one name, and got 2"),
        ("%%sprint a --fast", "has no option '--fast'"),
    ],
)
def test_a_wrong_line_runs_nothing_and_shows_the_usage(
    cells: Kernel, line: str, words: str
) -> None:
    cell = cells.run(f"{line}\nprint('it ran')")

    assert "it ran" not in cell.text.get("stdout", "")
    shown = cell.text.get("stderr", "") + cell.traceback
    assert words in shown
    assert "usage: %%sprint [NAME] [--capture]" in shown


def test_unloaded_it_changes_no_cell(kernel: Kernel) -> None:
    before = (
        "(len(get_ipython().input_transformer_manager.cleanup_transforms),"
        " {name: len(hooks) for name, hooks in get_ipython().events.callbacks.items()})"
    )
    kernel.run("%load_ext realtime_widgets\n%unload_ext realtime_widgets")
    state = kernel.value(before)
    kernel.run("%load_ext realtime_widgets")
    kernel.run("%reload_ext realtime_widgets")
    assert kernel.value(before) != state
    kernel.run("%unload_ext realtime_widgets")

    assert kernel.value(before) == state
