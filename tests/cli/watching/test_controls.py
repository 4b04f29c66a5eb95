"""What the keys of `rtw watch` do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from realtime_widgets.cli.watching.controls import Controls
from realtime_widgets.cli.watching.log import Filter

from .conftest import RUNNING, agui

if TYPE_CHECKING:
    from .conftest import Terminal


class Recorded:
    """Actions that are only noted."""

    def __init__(self) -> None:
        self.called: list[str] = []

    def next_question(self) -> None:
        self.called.append("next")

    def stop_run(self) -> None:
        self.called.append("stop")

    def quit(self) -> None:
        self.called.append("quit")


@pytest.fixture
def actions() -> Recorded:
    return Recorded()


@pytest.fixture
def controls(terminal: Terminal, actions: Recorded) -> Controls:
    lines = ({"type": "log", "message": f"line {n}"} for n in range(100))
    terminal.take(RUNNING, *lines)
    terminal.rows()
    return Controls(terminal.view, actions)


def test_sequences_of_terminals_are_keys(terminal: Terminal, controls: Controls) -> None:
    up, down, home = (b"\x1b[A", b"\x1bOA"), (b"\x1b[B", b"\x1bOB"), (b"\x1b[H", b"\x1b[1~")

    controls.take(b"".join((*up, *up, *down, b"\x1b[1;5C", b"\x1b")))
    assert "line 97" in terminal.rows()[-2]
    for key in home:
        controls.take(key)
        assert "line 0" in terminal.text()
        controls.take(b"\x1b[F")
        assert terminal.view.pane.follows


def test_arrows_and_pages_scroll_and_the_end_is_followed_again(
    terminal: Terminal, controls: Controls
) -> None:
    controls.take(b"\x1b[A")
    assert "line 98" in terminal.rows()[-2]
    assert "↓ 1 newer" in terminal.text()
    controls.take(b"\x1b[5~")
    assert "line 78" in terminal.rows()[-2]
    controls.take(b"g")
    assert "line 0" in terminal.text()
    controls.take(b"G")
    assert terminal.view.pane.follows


def test_a_filter_is_live_while_it_is_typed_and_escape_removes_it(
    terminal: Terminal, controls: Controls
) -> None:
    controls.take(b"/line 42")
    assert "line 42" in terminal.text()
    assert "line 43" not in terminal.text()
    assert "/line 42▏" in terminal.text()
    controls.take(b"\r")
    assert '"line 42"' in terminal.text()
    assert terminal.view.mode == "reading"

    controls.take(b"/")
    controls.take(b"\x1b")
    assert terminal.view.run.log.filter == Filter()

    controls.take(b"/line 43\r")
    assert terminal.view.run.log.filter == Filter("line 43")


def test_l_goes_through_the_levels(terminal: Terminal, controls: Controls) -> None:
    found = []
    for _ in range(3):
        controls.take(b"l")
        found.append(terminal.view.run.log.filter.level)

    assert found == ["warning", "error", "debug"]


def test_a_run_is_stopped_after_y_only(
    terminal: Terminal, controls: Controls, actions: Recorded
) -> None:
    controls.take(b"s")
    assert "Stop nightly-eval?" in terminal.rows()[-1]
    controls.take(b"\r")
    assert actions.called == []

    controls.take(b"s")
    controls.take(b"y")
    assert actions.called == ["stop"]

    terminal.take({"type": "status_update", "status": "succeeded"})
    controls.take(b"s")
    assert "the run is not running" in terminal.rows()[-1]


def test_tab_changes_the_pane_where_there_are_agents(
    terminal: Terminal, controls: Controls
) -> None:
    controls.take(b"\t")
    assert terminal.view.focus == "log"

    terminal.take(agui("STEP_STARTED", stepName="plan"))
    assert terminal.view.focus == "timeline"
    controls.take(b"\t")
    assert terminal.view.focus == "log"


def test_keys_are_explained_and_q_quits(
    terminal: Terminal, controls: Controls, actions: Recorded
) -> None:
    controls.take(b"?")
    assert "unfold what is done" in terminal.text()
    controls.take(b"?")
    assert "unfold what is done" not in terminal.text()

    controls.take(b"n")
    controls.take(b"q")
    assert actions.called == ["next", "quit"]
