"""`python -m realtime_widgets_server`, which `rtw serve` runs."""

from __future__ import annotations

import os
import sys

from realtime_widgets_server.standalone import Standalone

__all__: list[str] = []

if __name__ == "__main__":
    try:
        Standalone.launch_instance()  # type: ignore[no-untyped-call]  # of Jupyter Server
        sys.stdout.flush()
    except BrokenPipeError:  # what reads the help has closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
