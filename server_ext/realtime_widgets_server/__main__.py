"""`python -m realtime_widgets_server`, which `rtw serve` runs."""

from __future__ import annotations

from realtime_widgets_server.standalone import Standalone

__all__: list[str] = []

if __name__ == "__main__":
    Standalone.launch_instance()  # type: ignore[no-untyped-call]  # of Jupyter Server
