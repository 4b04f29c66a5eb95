"""What `doctor` returns, where it is printed, and how marimo shows it."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from realtime_widgets import doctor
from realtime_widgets._doctor import Report
from realtime_widgets.client import discovery
from realtime_widgets.client.diagnosis import Findings
from realtime_widgets.client.discovery import discover

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in discovery.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))


@pytest.fixture
def _marimo(monkeypatch: pytest.MonkeyPatch) -> None:
    marimo = SimpleNamespace(running_in_notebook=lambda: True)
    monkeypatch.setitem(sys.modules, "marimo", marimo)  # type: ignore[arg-type]


def test_in_a_script_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    report = doctor()

    assert capsys.readouterr().out == f"{report}\n"
    assert "the hub in this process" in str(report)
    assert "A cell in" not in str(report)


@pytest.mark.usefixtures("_marimo")
def test_in_marimo_it_is_the_value_of_a_cell_and_is_not_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report = doctor()

    assert capsys.readouterr().out == ""
    shown = report._repr_html_()
    assert "the hub in this process" in shown
    assert "A cell in marimo shows a run live: a widget gets it" in shown


def test_its_html_has_what_was_found_as_text() -> None:
    target = discover("embedded")
    report = Report(Findings(target, ("a place: <script>",), ("<b>bold</b>", "<i>")))

    shown = report._repr_html_()

    assert "&lt;script&gt;" in shown
    assert "&lt;b&gt;bold" in shown
    assert "<script>" not in shown
    assert repr(report) == "<Report: <b>bold</b>>"
