"""A browser's way in: a login by cookie, and a ticket for each connection."""

from __future__ import annotations

import asyncio
import json
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING
from urllib.request import HTTPCookieProcessor, ProxyHandler, Request, build_opener

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from .clients import Address


class Page:
    """What a page knows after a login with the server's token: the cookie of its user."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._place = f"127.0.0.1:{address.port}"
        self._cookies = CookieJar()
        self._opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(self._cookies))

    async def open(self) -> None:
        await asyncio.to_thread(self._ask, "GET", "health")

    async def ticket(self) -> str:
        path = f"sprints/{self._address.sprint_id}/ticket"
        answer = await asyncio.to_thread(self._ask, "POST", path)
        return str(json.loads(answer)["ticket"])

    async def is_let_in_with(self, ticket: str) -> bool:
        """Connect as a page does: with its cookies, its origin and a ticket."""
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._cookies)
        async with connect(
            f"ws://{self._place}/realtime/ws/sprints/{self._address.sprint_id}",
            additional_headers={"Cookie": cookies, "Origin": f"http://{self._place}"},
            subprotocols=[Subprotocol("realtime-widgets.v1")],
            proxy=None,
            open_timeout=PATIENCE_S,
        ) as socket:
            await socket.send(self._address.hello(watch={}, ticket=ticket))
            try:
                return bool(json.loads(await socket.recv())["type"] == "welcome")
            except ConnectionClosed:
                return False

    def _ask(self, method: str, path: str) -> bytes:
        request = Request(
            f"http://{self._place}/realtime/api/{path}",
            method=method,
            headers={"Authorization": f"token {self._address.token}"},
        )
        with self._opener.open(request, timeout=PATIENCE_S) as response:
            return bytes(response.read())
