"""The routes of a Hub's API that the service requests, in the test process."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from jupyterhub.services.auth import HubOAuth

from realtime_widgets_jupyterhub.cookies import Cookies
from realtime_widgets_jupyterhub.users import HubUsers
from tests.asgi_server import uvicorn_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ACCESS = "access:services!service=realtime"
COOKIES = Cookies("realtime", "/services/realtime/")


class HubApi:
    """Users by name, tokens and codes; all may be changed while it runs."""

    def __init__(self) -> None:
        self.groups: dict[str, list[str]] = {"bob": ["lab"]}
        self.tokens: dict[str, dict[str, Any]] = {}
        self.codes: dict[str, str] = {}
        self.may_read_users = True
        self.asked: list[str] = []

    def add_token(self, token: str, name: str, scopes: tuple[str, ...] = (ACCESS,)) -> None:
        self.tokens[token] = {"kind": "user", "name": name, "scopes": list(scopes)}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        message = await receive()
        token = dict(scope["headers"])[b"authorization"].decode().removeprefix("token ")
        path = scope["path"].removeprefix("/hub/api/")
        self.asked.append(path)
        status, answer = self._answer(path, token, message.get("body", b"").decode())
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    def _answer(self, path: str, token: str, body: str) -> tuple[int, Any]:
        if path == "user":
            known = self.tokens.get(token)
            return (200, {**known, "groups": self._of(known["name"])}) if known else (403, {})
        if path == "oauth2/token":
            code = parse_qs(body)["code"][0]
            found = self.codes.pop(code, None)
            return (200, {"access_token": found}) if found else (400, {"error": "invalid_grant"})
        name = path.removeprefix("users/")
        if not self.may_read_users:
            return 403, {}
        if name not in self.groups:
            return 404, {}
        return 200, {"kind": "user", "name": name, "groups": self._of(name)}

    def _of(self, name: str) -> list[str]:
        return self.groups.get(name, [])


@contextlib.asynccontextmanager
async def serving_hub() -> AsyncIterator[tuple[HubApi, HubOAuth, HubUsers]]:
    """Serve the API, and give what the service requests it with."""
    api = HubApi()
    async with uvicorn_of(api) as port:
        hub = HubOAuth(
            api_url=f"http://127.0.0.1:{port}/hub/api",
            api_token="of-the-service",  # noqa: S106 - of this test
            base_url=COOKIES.path,
            oauth_client_id="service-realtime",
            access_scopes={ACCESS},
        )
        yield api, hub, HubUsers(hub, COOKIES)
