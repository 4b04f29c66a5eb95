"""The Jupyter Server extension: thin tornado handlers around the hub."""

from __future__ import annotations

from typing import Any

from realtime_widgets_server.app import RealtimeWidgets

__all__ = ["RealtimeWidgets"]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    return [{"module": "realtime_widgets_server", "app": RealtimeWidgets}]
