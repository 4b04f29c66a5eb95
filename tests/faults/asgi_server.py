"""The same as `Server`, but FastAPI and uvicorn in place of Jupyter."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from .server import Server

PROGRAM = Path(__file__).with_name("processes") / "serve_asgi.py"


class AsgiServer(Server):
    """A `RealtimeApp` in a separate process, to be killed, stopped and started again."""

    def _command(self) -> list[str]:
        settings = {name: value for name, value in self.settings.items() if name != "store_path"}
        self.store_path.parent.mkdir(exist_ok=True)
        return [
            sys.executable,
            str(PROGRAM),
            str(self.port),
            self.token,
            str(self.store_path),
            json.dumps(settings),
        ]
