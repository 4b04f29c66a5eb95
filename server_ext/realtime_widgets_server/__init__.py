"""The Jupyter Server extension: thin tornado handlers around the hub."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from realtime_widgets_server.app import RealtimeWidgets

__all__ = ["RealtimeWidgets"]

__version__ = version("realtime-widgets")


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    return [{"module": "realtime_widgets_server", "app": RealtimeWidgets}]
