"""A run names the notebook and the script that it comes from, and not their folders."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from realtime_widgets.client.origin import origin

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _a_kernel_of_a_notebook(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REALTIME_WIDGETS_ROOT", str(tmp_path))
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "eval" / "night.ipynb"))
    monkeypatch.setattr(sys, "argv", ["/opt/ipykernel_launcher.py"])


def test_the_origin_names_a_notebook_by_its_path_below_the_root_of_the_server() -> None:
    assert origin() == {"notebook": "eval/night.ipynb"}


def test_the_origin_names_a_script_that_a_notebook_runs_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", ["/home/alice/secret/train.py", "--fast"])

    assert origin() == {"notebook": "eval/night.ipynb", "program": "train.py"}


def test_the_origin_names_a_package_that_runs_as_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/opt/site-packages/uvicorn/__main__.py", "service:app"])

    assert origin()["program"] == "uvicorn"


@pytest.mark.parametrize("notebook", ["/elsewhere/night.ipynb", "night.ipynb", ""])
def test_the_origin_leaves_out_a_notebook_that_the_server_does_not_serve(
    monkeypatch: pytest.MonkeyPatch, notebook: str
) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", notebook)

    assert origin() == {}


@pytest.mark.parametrize(
    "argv", [[], [""], ["-c"], ["/usr/bin/tool"], ["/opt/ipykernel/__main__.py"]]
)
def test_the_origin_leaves_out_what_is_no_script(
    monkeypatch: pytest.MonkeyPatch, argv: list[str]
) -> None:
    monkeypatch.delenv("JPY_SESSION_NAME")
    monkeypatch.setattr(sys, "argv", argv)

    assert origin() == {}


def test_a_name_beyond_the_limit_of_the_protocol_is_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / ("n" * 1025)))
    monkeypatch.setattr(sys, "argv", ["p" * 254 + ".py"])

    assert origin() == {}
