"""Hides the Jupyter servers around a test run from the code that looks for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.client import discovery, whereabouts

if TYPE_CHECKING:
    import pytest


def hide_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave no server to find: tests may run inside a Jupyter server, or beside one."""
    for name in (*discovery.VARIABLES, "JPY_SESSION_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", "/no/such/folder")
    monkeypatch.setattr(discovery, "_found", {})
    monkeypatch.setattr(whereabouts, "_whereabouts", {})
