"""Serves a `RealtimeApp` that is mounted in FastAPI, with uvicorn.

serve_asgi.py PORT TOKEN STORE SETTINGS
"""

from __future__ import annotations

import json
import sys
from dataclasses import fields
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from realtime_widgets.asgi import Connection, RealtimeApp, User
from realtime_widgets.protocol.limits import Limits


def make_app(token: str, store: Path, settings: dict[str, float]) -> FastAPI:
    """The application; settings are fields of `Limits` or arguments of `RealtimeApp`."""

    def find_user(connection: Connection) -> User | None:
        given = connection.bearer_token or connection.cookies.get("login")
        return User("tester") if given == token else None

    names = {field.name for field in fields(Limits)}
    limits = Limits(**{name: value for name, value in settings.items() if name in names})
    others = {name: int(value) for name, value in settings.items() if name not in names}
    realtime = RealtimeApp(store=store, authenticate=find_user, limits=limits, **others)
    app = FastAPI(lifespan=realtime.lifespan)
    app.mount("/realtime", realtime)
    return app


if __name__ == "__main__":
    port, token, store, settings = sys.argv[1:]
    app = make_app(token, Path(store), json.loads(settings))
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", access_log=False)
