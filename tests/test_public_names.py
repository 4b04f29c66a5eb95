"""The package's front door: its names, and what importing them costs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import realtime_widgets

HEAVY = {
    "tqdm",
    "rich",
    "pydantic",
    "websockets",
    "anywidget",
    "ipywidgets",
    "tornado",
    "redis",
    "jupyter_server",
}


def loaded_by(code: str) -> set[str]:
    """Top-level modules that a new process has loaded after running this."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_the_public_names_are_these() -> None:
    assert set(realtime_widgets.__all__) == {
        "Cancelled",
        "FollowTimeoutError",
        "InvalidEventError",
        "InvalidSprintIdError",
        "Position",
        "PositionLostError",
        "NoAnswerError",
        "QueueFullError",
        "RealtimeWidgetsError",
        "ServerNotFoundError",
        "Sprint",
        "SprintView",
        "UnknownRunError",
        "compare",
        "current_sprint",
        "doctor",
        "follow",
        "history",
        "sprints",
        "watch",
    }


@pytest.mark.parametrize("name", sorted({*realtime_widgets.__all__} - {"SprintView", "watch"}))
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(realtime_widgets, name).__name__ == name


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        realtime_widgets.nonsense  # noqa: B018 - the access is the test


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_by("import realtime_widgets") & HEAVY == set()


def test_importing_the_package_takes_less_than_5_ms_of_the_processor() -> None:
    code = (
        "import time; start = time.process_time(); import realtime_widgets; "
        "print(time.process_time() - start)"
    )
    took = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
        for _ in range(5)
    ]

    assert min(took) < 0.005, took


def test_importing_the_package_loads_no_other_module_of_it() -> None:
    code = (
        "import sys, realtime_widgets; print(*[m for m in sys.modules if m.startswith('realtime')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["realtime_widgets"]


def test_publishing_loads_neither_widgets_nor_a_server() -> None:
    code = "from realtime_widgets import Sprint; Sprint('x').log('hello'); Sprint('x').flush()"

    assert loaded_by(code) & HEAVY == {"pydantic"}


def test_publishing_to_a_server_loads_websockets_besides() -> None:
    code = "from realtime_widgets import Sprint; Sprint('x', server='http://127.0.0.1:9/').close(0)"

    assert loaded_by(code) & HEAVY == {"pydantic", "websockets"}
